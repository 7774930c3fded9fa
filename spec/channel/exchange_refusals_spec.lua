-- What is sound, what is wrong, and what each gets: the Timestamp alone is signed, so everything else of a recorded
-- message can be changed and its signature still verifies.
local recording = require "spec.support.recording"
local replay = require "spec.support.replay"

local conversation = recording.load "https-user07-sct"
local ISSUE, ADD, SUBTRACT, CANCEL = 1, 2, 3, 4
local URL = replay.text(conversation.requests[ISSUE].body, "To")
local TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
local FEBRUARY = "http://schemas.xmlsoap.org/ws/2005/02/trust"
local MS = "http://schemas.microsoft.com/ws/2006/05/security"
local WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
local SC = "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512"

local function request(number) return conversation.requests[number].body end

local function new(context, more)
  local options = { security = replay.described(context or { secure_conversation_version = "1.3" }), url = URL }
  for key, value in pairs(more or {}) do options[key] = value end
  return replay.listener(options)
end

local function play(served, number, body)
  served.answers = { { "urn:answer", "<ok/>" } }
  return served:play(body or request(number), conversation.replies[number].body)
end

local function established(context, more)
  local served = new(context, more)
  assert.equal(200, (play(served, ISSUE)), tostring(served:error()))
  return served
end

-- The only place, or the test would test nothing.
local function swap(text, from, to)
  local first, last = text:find(from, 1, true)
  assert(first, "not there: " .. from)
  return text:sub(1, first - 1) .. to .. text:sub(last + 1)
end

-- Every place.
local function turn(text, from, to)
  local changed, count = text:gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%")))
  assert(count > 0, "not there: " .. from)
  return changed
end

local function cut(text, pattern)
  local result, count = text:gsub(pattern, "", 1)
  assert(count == 1, "not there: " .. pattern)
  return result
end

-- "{namespace}name" of the most specific code, and whether the fault was secured.
local function fault_of(body)
  local code
  for ns, name in body:gmatch '<s:Value[^>]*xmlns:%w+="([^"]*)"[^>]*>%w+:(%w+)</s:Value>' do
    code = ("{%s}%s"):format(ns, name)
  end
  if not code then code = body:match "<s:Value>s:(%w+)</s:Value>" end
  return code, body:find(":Security", 1, true) ~= nil, body:match "<s:Text[^>]*>([^<]*)<"
end

local function assert_refused(served, expected, status, body, sentence)
  local code, secured = fault_of(body)
  assert.equal(500, status)
  assert.equal(expected, code)
  local is_secured = not (expected:find(WSSE, 1, true) or expected:find("BadContextToken", 1, true)
    or expected:find("addressing", 1, true))
  assert.equal(is_secured, secured)
  local err = served:error()
  assert.is_table(err)
  if sentence then assert.matches(sentence, tostring(err), 1, true) end
end

local BAD_CONTEXT = "{" .. SC .. "}BadContextToken"
local INVALID_SECURITY = "{" .. WSSE .. "}InvalidSecurity"
local ADDRESSING = "{http://www.w3.org/2005/08/addressing}"
local UNREACHABLE = ADDRESSING .. "DestinationUnreachable"
local NOT_ANONYMOUS = ADDRESSING .. "OnlyAnonymousAddressSupported"
local FAILED = "{" .. WSSE .. "}FailedAuthentication"
local INVALID_REQUEST = "{" .. FEBRUARY .. "}InvalidRequest"

local function moved(text, seconds, name)
  local old = replay.text(text, name)
  local at = replay.seconds(old) + seconds
  local day = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(at))
  return swap(text, ">" .. old .. "<", (">%s.%03dZ<"):format(day, math.floor((at % 1) * 1000 + 0.5)))
end

local function counts_of(served, ...)
  local info, counts = served.listener:info(), {}
  for i, name in ipairs { ... } do counts[i] = info[name] end
  return counts
end

local function wrongly_signed(message)
  return (message:gsub("<SignatureValue>[^<]*", "<SignatureValue>AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
end

describe("channel: exchange, an RST", function()
  local OK = "200"
  local cases = {
    { "password without Type", OK, function(m) return cut(m, ' Type="[^"]*#PasswordText"') end },
    { "Nonce and Created in the UsernameToken", OK, function(m)
      return swap(m, "</o:Password>", "</o:Password><o:Nonce>AAAA</o:Nonce><u:Created>2026-11-21T08:00:00Z</u:Created>")
    end },
    { "mustUnderstand absent on Security", OK, function(m)
      return swap(m, '<o:Security s:mustUnderstand="1"', "<o:Security")
    end },
    { "no Expires in the Timestamp", OK, function(m) return cut(m, "<u:Expires>[^<]*</u:Expires>") end },
    { "no TokenType", OK, function(m) return cut(m, "<trust:TokenType>[^<]*</trust:TokenType>") end },
    { "no KeySize", OK, function(m) return cut(m, "<trust:KeySize>256</trust:KeySize>") end },
    { "a comment where none matters", OK, function(m) return swap(m, "<s:Body", "<!-- hello --><s:Body") end },
    { "created 4 minutes ahead", OK, function(m) return moved(moved(m, 240, "Created"), 240, "Expires") end },
    { "expired 4 minutes ago", OK, function(m) return moved(moved(m, -540, "Created"), -540, "Expires") end },
    { "16 octets of entropy for 256 bits", OK, function(m)
      return (m:gsub("(<trust:BinarySecret[^>]*>)[^<]*", "%1AAAAAAAAAAAAAAAAAAAAAA=="))
    end },
    { "the wrong password", FAILED, function(m) return swap(m, ">Password-alice<", ">Password-bob<") end, "password" },
    { "an unknown user", FAILED, function(m) return swap(m, ">alice<", ">mallory<") end, "mallory" },
    { "a PasswordDigest", INVALID_SECURITY, function(m) return swap(m, "#PasswordText", "#PasswordDigest") end },
    { "an unknown child of the UsernameToken", INVALID_SECURITY, function(m)
      return swap(m, "</o:Password>", "</o:Password><o:Else/>")
    end },
    { "no UsernameToken", INVALID_SECURITY, function(m) return cut(m, "<o:UsernameToken.*</o:UsernameToken>") end },
    { "two UsernameTokens", INVALID_SECURITY, function(m)
      return (m:gsub("(<o:UsernameToken)(.*)(</o:UsernameToken>)", "%1%2%3%1 x=''%2%3"))
    end },
    { "an unknown element in Security", INVALID_SECURITY, function(m)
      return swap(m, "</u:Timestamp>", "</u:Timestamp><x/>")
    end },
    { "two Timestamps", INVALID_SECURITY, function(m)
      return (m:gsub('<u:Timestamp u:Id="_0">(.-)</u:Timestamp>', '%0<u:Timestamp u:Id="_1">%1</u:Timestamp>'))
    end },
    { "an empty Security header", INVALID_SECURITY, function(m)
      return (m:gsub("(<o:Security[^>]*>).*(</o:Security>)", "%1%2"))
    end },
    { "created 6 minutes ahead (attack C9)", INVALID_SECURITY, function(m)
      return moved(moved(m, 360, "Created"), 360, "Expires")
    end, "clock" },
    { "expired 6 minutes ago (attack C9)", INVALID_SECURITY, function(m)
      return moved(moved(m, -660, "Created"), -660, "Expires")
    end },
    { "created 11 minutes ago, expiring later (attack C9)", INVALID_SECURITY, function(m)
      return moved(m, -660, "Created")
    end },
    { "Created equal to Expires (attack C9)", INVALID_SECURITY, function(m) return moved(m, -300, "Expires") end },
    { "Expires before Created (attack C9)", INVALID_SECURITY, function(m) return moved(m, -301, "Expires") end },
    { "no Security header", BAD_CONTEXT, function(m)
      return cut(m, "<o:Security.*</o:Security>")
    end, "no Security header" },
    { "two Security headers (attack D4)", INVALID_SECURITY, function(m)
      return (m:gsub("<o:Security.*</o:Security>", "%0%0"))
    end },
    { "a Security header for somebody else alone (attack D4)", BAD_CONTEXT, function(m)
      return swap(m, "<o:Security ", '<o:Security s:role="urn:another" ')
    end },
    { "the other version's action", BAD_CONTEXT, function(m)
      return swap(m, TRUST .. "/RST/SCT", FEBRUARY .. "/RST/SCT")
    end,
      "secure_conversation_version" },
    { "another TokenType", INVALID_REQUEST, function(m) return swap(m, "/200512/sct<", "/200512/dk<") end },
    { "a RequestType that is not the action's (attack C7)", INVALID_REQUEST, function(m)
      return swap(m, TRUST .. "/Issue<", TRUST .. "/Renew<")
    end },
    { "a cancelling RequestType (attack C7)", INVALID_REQUEST, function(m)
      return swap(m, TRUST .. "/Issue<", TRUST .. "/Cancel<")
    end },
    { "the other version's body", INVALID_REQUEST, function(m)
      return (m:gsub('xmlns:trust="[^"]*"', 'xmlns:trust="' .. FEBRUARY .. '"'))
    end },
    { "a key of 128 bits", INVALID_REQUEST, function(m) return swap(m, ">256<", ">128<") end, "128 bits" },
    { "a key of 512 bits", INVALID_REQUEST, function(m) return swap(m, ">256<", ">512<") end, "512 bits" },
    { "a key size that overflows (attack E6)", INVALID_REQUEST, function(m)
      return swap(m, ">256<", ">4294967552<")
    end },
    { "a negative key size (attack E6)", INVALID_REQUEST, function(m) return swap(m, ">256<", ">-256<") end },
    { "no entropy", INVALID_REQUEST, function(m)
      return cut(m, "<trust:Entropy>.*</trust:Entropy>")
    end, "key_entropy_mode" },
    { "eight octets of entropy", INVALID_REQUEST, function(m)
      return (m:gsub("(<trust:BinarySecret[^>]*>)[^<]*", "%1AAAAAAAAAAA="))
    end },
    { "an empty body", INVALID_REQUEST, function(m) return (m:gsub("(<s:Body[^>]*>).*(</s:Body>)", "%1%2")) end },
  }
  for _, case in ipairs(cases) do
    local name, expected, change, sentence = case[1], case[2], case[3], case[4]
    it(("%s for %s"):format(expected == OK and "is granted" or "is refused", name), function()
      local message = change(request(ISSUE))
      assert.not_equal(request(ISSUE), message)
      local served = new()
      served.env:set(replay.seconds(replay.text(request(ISSUE), "Created")))
        local status, _, body = served:post(message)
      if expected == OK then
        assert.equal(200, status, tostring(served:error()))
        assert.equal(1, served.listener:info().pending_contexts)
      else
        assert_refused(served, expected, status, body, sentence)
        assert.same({ 0, 0, 1 }, { served.listener:info().pending_contexts, served.listener:info().established,
          served.listener:info().refused })
      end
    end)
  end

  it("measures by how much the clocks differ, for its own side alone", function()
    local served = new()
    served.env:set(replay.seconds(replay.text(request(ISSUE), "Created")) + 3600)
    local _, _, body = served:post(request(ISSUE))
    local err = served:error()
    assert.matches("3600.000 s behind", err.got, 1, true)
    assert.not_matches("clock", body)
  end)

  it("grants nothing when nobody would hear of it", function()
    local served = new()
    local status, _, body = play(served, ISSUE, swap(request(ISSUE), "addressing/anonymous", "addressing/none"))
    assert.same({ 202, "" }, { status, body })
    assert.equal(0, served.listener:info().established)
    assert.matches("ReplyTo", served:error().message)
  end)

  it("is refused when the quota is reached (attacks C3, C8)", function()
    local served = new { secure_conversation_version = "1.3", max_pending_contexts = 1 }
    assert.equal(200, (play(served, ISSUE)))
    local status, _, body = served:post(request(ISSUE))
    assert.equal(500, status)
    assert.equal("{" .. MS .. "}ServerTooBusy", (fault_of(body)))
    assert.matches("<s:Value>s:Receiver</s:Value>", body, 1, true)
    assert.equal("max_pending_contexts", served:error().property)
    assert.equal(1, served.listener:info().pending_contexts)
  end)

  it("frees its place once the context is used", function()
    local served = new { secure_conversation_version = "1.3", max_pending_contexts = 1 }
    assert.equal(200, (play(served, ISSUE)))
    assert.equal(200, (play(served, ADD)))
    assert.equal(200, (served:post(request(ISSUE))))
    assert.same({ 1, 1 }, { served.listener:info().active_contexts, served.listener:info().pending_contexts })
  end)

  it("makes the key by the entropy mode, and refuses the others' entropies", function()
    for mode, wants in pairs { server_only = false, client_only = true, combined = true } do
      local with, without = request(ISSUE), cut(request(ISSUE), "<trust:Entropy>.*</trust:Entropy>")
      local served = new { secure_conversation_version = "1.3", key_entropy_mode = mode }
      local status, _, body = play(served, ISSUE, wants and with or without)
      assert.equal(200, status, tostring(served:error()))
      assert.equal(mode == "combined", body:find("ComputedKey", 1, true) ~= nil)
      assert.equal(mode ~= "client_only", body:find("BinarySecret", 1, true) ~= nil)
      status, _, body = served:post(wants and without or with)
      assert_refused(served, INVALID_REQUEST, status, body, "key_entropy_mode")
    end
  end)
end)

describe("channel: exchange, a message in a context", function()
  local function changed(number, expected, name, change, sentence)
    it(("%s %s"):format(expected == "200" and "accepts" or "refuses", name), function()
      local served = established()
      local message = change(request(number))
      assert.not_equal(request(number), message)
      local status, _, body = play(served, number, message)
      if expected == "200" then
        assert.equal(200, status, tostring(served:error()))
      else
        assert_refused(served, expected, status, body, sentence)
        assert.equal(0, served.listener:info().requests)
      end
    end)
  end
  local SCT = "<sc:SecurityContextToken.-</sc:SecurityContextToken>"

  changed(ADD, "200", "KeyInfo without ValueType", function(m)
    return (m:gsub('(<KeyInfo>.-)ValueType="[^"]*"', "%1", 1))
  end)
  changed(ADD, "200", "the identifier in upper case", function(m)
    return (m:gsub("(<sc:Identifier>urn:uuid:)([^<]*)", function(a, b) return a .. b:upper() end))
  end)
  changed(ADD, BAD_CONTEXT, "no token and no signature", function(m)
    return cut(cut(m, SCT), "<Signature.*</Signature>")
  end, "no SecurityContextToken")
  changed(ADD, BAD_CONTEXT, "an unknown identifier (attack C5)", function(m)
    return (m:gsub("(<sc:Identifier>urn:uuid:)%x%x%x%x", "%10000"))
  end, "not known")
  changed(ADD, BAD_CONTEXT, "an unknown instance", function(m)
    return swap(m, "</sc:Identifier>", "</sc:Identifier>"
      .. "<sc:Instance>urn:uuid:37800b09-756c-411d-9918-ad853a3d925c</sc:Instance>")
  end, "instance")
  changed(ADD, BAD_CONTEXT, "a wrong signature value (attacks A5, C5)", function(m)
    return (m:gsub("<SignatureValue>[^<]*", "<SignatureValue>AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
  end, "signature")
  changed(ADD, BAD_CONTEXT, "a changed Timestamp", function(m) return moved(m, 1, "Created") end)
  changed(ADD, INVALID_SECURITY, "a signature before its Timestamp", function(m)
    local signature = m:match "<Signature.*</Signature>"
    return swap(cut(m, "<Signature.*</Signature>"), '<u:Timestamp u:Id="_0">', signature .. '<u:Timestamp u:Id="_0">')
  end)
  changed(ADD, INVALID_SECURITY, "two signatures", function(m) return (m:gsub("<Signature.*</Signature>", "%0%0")) end)
  changed(ADD, INVALID_SECURITY, "a token without a signature", function(m)
    return cut(m, "<Signature.*</Signature>")
  end)
  changed(ADD, INVALID_SECURITY, "a user name in addition", function(m)
    return swap(m, "</u:Timestamp>", "</u:Timestamp><o:UsernameToken><o:Username>alice</o:Username></o:UsernameToken>")
  end)
  changed(ADD, INVALID_SECURITY, "another signature algorithm (attack A11)", function(m)
    return swap(m, "xmldsig#hmac-sha1", "xmldsig-more#hmac-sha256")
  end, "suite")
  changed(ADD, INVALID_SECURITY, "no Timestamp", function(m) return cut(m, "<u:Timestamp.*</u:Timestamp>") end)
  changed(ADD, BAD_CONTEXT, "the other version's token", function(m)
    return (m:gsub(SC:gsub("%-", "%%-"), "http://schemas.xmlsoap.org/ws/2005/02/sc"))
  end, "secure_conversation_version")

  changed(ADD, UNREACHABLE, "To of another service (attack D3)", function(m)
    return swap(m, ">" .. URL .. "<", ">https://localhost:18307/other<")
  end, "path differs")
  changed(ADD, UNREACHABLE, "To of another host (attack D3)", function(m)
    return swap(m, ">https://localhost:", ">https://elsewhere:")
  end, "host differs")
  changed(ADD, UNREACHABLE, "To of another port (attack D3)", function(m)
    return swap(m, ">https://localhost:18307", ">https://localhost:18308")
  end, "port differs")
  changed(ADD, UNREACHABLE, "To of another scheme (attack D3)", function(m)
    return swap(m, ">https://localhost", ">http://localhost")
  end, "scheme differs")
  changed(ADD, NOT_ANONYMOUS, "ReplyTo that leads elsewhere (attack D2)",
    function(m)
      return swap(m, ">http://www.w3.org/2005/08/addressing/anonymous<", ">http://attacker.example/<")
    end, "ReplyTo")
  changed(ADD, NOT_ANONYMOUS, "FaultTo that leads elsewhere (attack D2)",
    function(m)
      return swap(m, "</a:ReplyTo>",
        "</a:ReplyTo><a:FaultTo><a:Address>http://attacker.example/</a:Address></a:FaultTo>")
    end, "FaultTo")
  changed(ADD, "MustUnderstand", "a header that nobody understands (attack D4)", function(m)
    return swap(m, "</s:Header>", '<x:Y xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>')
  end)
  changed(ADD, "200", "such a header for another role", function(m)
    return swap(m, "</s:Header>", '<x:Y xmlns:x="urn:x" s:mustUnderstand="1" s:role="urn:other"/></s:Header>')
  end)
  changed(CANCEL, INVALID_REQUEST, "a Cancel whose RequestType is Renew (attack C7)", function(m)
    return swap(m, "/Cancel</trust:RequestType>", "/Renew</trust:RequestType>")
  end)
  changed(CANCEL, INVALID_REQUEST, "a Cancel of another context than the one that signs it", function(m)
    return (m:gsub('(<trust:CancelTarget>.-URI="urn:uuid:)%x%x%x%x', "%10000"))
  end, "another token")

  it("is served on, whatever others sent in between", function()
    local served = established()
    play(served, ADD, wrongly_signed(request(ADD)))
    assert.equal(200, (play(served, ADD)))
    assert.equal(200, (play(served, SUBTRACT)))
  end)

  it("has the header that the application understands", function()
    local served = established(nil, { understands = { "{urn:x}Y" } })
    local message = swap(request(ADD), "</s:Header>", '<x:Y xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>')
    assert.equal(200, (play(served, ADD, message)))
    message = swap(request(SUBTRACT), "</s:Header>", '<x:Z xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>')
    assert.equal(500, (play(served, SUBTRACT, message)))
  end)

  it("shows who sent it, and in which context", function()
    local served = established()
    assert.equal(200, (play(served, ADD)))
    local context = assert(served.request:property "security_context")
    assert.equal("alice", served.request:property "username")
    assert.equal("sign_and_encrypt", served.request:property "protection_level")
    assert.equal("alice", context:get "username")
    assert.equal(replay.text(conversation.replies[ISSUE].body, "Identifier"), context:get "identifier")
    local info = context:info()
    assert.equal("active", info.state)
    assert.equal(15 * 3600, info.expires - info.created)
    assert.equal("invalidarg", select(2, context:get "saml_assertion").code)
    assert.equal("invalidarg", select(2, context:get "nothing").code)
  end)

  for _, ending in ipairs { "revoked", "cancelled" } do
    it("is refused once the context is " .. ending .. " (attack C4)", function()
      local served = established()
      assert.equal(200, (play(served, ADD)))
      local context = served.request:property "security_context"
      if ending == "revoked" then assert(context:revoke()) else assert.equal(200, (play(served, CANCEL))) end
      assert.equal(ending, context:info().state)
      assert.equal("invalid_operation", select(2, context:revoke()).code)
      local status, _, body = play(served, SUBTRACT)
      assert_refused(served, BAD_CONTEXT, status, body, "not known")
      assert.same({ 0, 1 }, { served.listener:info().active_contexts, served.listener:info()[ending] })
    end)
  end

  it("is unknown on another listener (attack C4)", function()
    established()
    local other = new()
    other.env:set(replay.seconds(replay.text(request(ADD), "Created")))
    local status, _, body = other:post(request(ADD))
    assert_refused(other, BAD_CONTEXT, status, body, "not known")
  end)

  it("gets one and the same answer for an unknown context and for a wrong key (attack C5)", function()
    local served = established()
    local _, _, unknown = play(served, ADD, (request(ADD):gsub("(<sc:Identifier>urn:uuid:)%x%x%x%x", "%10000")))
    local _, _, wrong = play(served, ADD, wrongly_signed(request(ADD)))
    assert.equal(unknown, wrong)
  end)

  it("is answered with 202 when the application leaves it, and with nothing when ReplyTo is none", function()
    local served = established()
    served:play(request(ADD), "")
    served.answers = {}
    assert.equal(202, (served:post(request(ADD))))
    served.answers = { { "urn:answer", "<ok/>" } }
    local status, headers, body = served:post(swap(request(ADD), "addressing/anonymous", "addressing/none"))
    assert.same({ 202, "" }, { status, body })
    assert.is_nil(headers["Content-Type"])
  end)
end)

describe("channel: exchange, a renewal", function()
  local recorded = recording.load "x-renewpatched-fault"
  local RENEW, AFTER, AGAIN, END = 6, 7, 8, 9
  local url = replay.text(recorded.requests[1].body, "To")
  local SHORT = { secure_conversation_version = "1.3", renewal_interval = 6, rollover_interval = 4 }

  local function step(served, number, change)
    served.answers = { { "urn:answer", "<ok/>" } }
    local message = recorded.requests[number].body
    return served:play(change and change(message) or message, recorded.replies[number].body)
  end

  local function until_renewal(more)
    local context = {}
    for key, value in pairs(SHORT) do context[key] = value end
    for key, value in pairs(more or {}) do context[key] = value end
    local served = replay.listener { security = replay.described(context), url = url }
    for number = 1, 5 do step(served, number) end
    return served
  end

  it("is refused without the bootstrap's token", function()
    local served = until_renewal()
    local status, _, body = step(served, RENEW, function(m) return cut(m, "<o:UsernameToken.*</o:UsernameToken>") end)
    assert_refused(served, INVALID_SECURITY, status, body)
  end)

  it("is refused without the context's token", function()
    local served = until_renewal()
    local status, _, body = step(served, RENEW, function(m)
      return cut(cut(m, "<sc:SecurityContextToken.-</sc:SecurityContextToken>"), "<Signature.*</Signature>")
    end)
    assert_refused(served, INVALID_SECURITY, status, body)
  end)

  it("is refused to another user with a good password (attack C4)", function()
    local served = until_renewal()
    local status, _, body = step(served, RENEW, function(m)
      return swap(swap(m, ">alice<", ">bob<"), ">Password-alice<", ">Password-bob<")
    end)
    assert_refused(served, INVALID_REQUEST, status, body, "another user")
    assert.equal(0, served.listener:info().renewals)
  end)

  it("is refused with a wrong password, and may be tried again", function()
    local served = until_renewal()
    local status, _, body = step(served, RENEW, function(m) return swap(m, ">Password-alice<", ">x<") end)
    assert_refused(served, FAILED, status, body)
    assert.equal(200, (step(served, RENEW)))
  end)

  it("is refused for another target", function()
    local served = until_renewal()
    local status, _, body = step(served, RENEW, function(m)
      return (m:gsub('(<trust:RenewTarget>.-URI="urn:uuid:)%x%x%x%x', "%10000"))
    end)
    assert_refused(served, INVALID_REQUEST, status, body, "another token")
  end)

  it("is refused as a whole where the listener renews nothing, and an expired key then is a bad context", function()
    local served = until_renewal { support_renew = false }
    local status, _, body = step(served, 5)
    assert_refused(served, BAD_CONTEXT, status, body, "expired")
    status, _, body = step(served, RENEW)
    assert_refused(served, "{" .. SC .. "}UnableToRenew", status, body, "support_renew")
  end)

  it("is refused once the rollover after the key's expiry is over (attack C4)", function()
    local served = until_renewal { rollover_interval = 2 }
    local status, _, body = step(served, RENEW)
    assert_refused(served, BAD_CONTEXT, status, body)
    assert.equal(0, served.listener:info().active_contexts)
  end)

  it("is granted before the first message of the application too", function()
    local served = replay.listener { security = replay.described { secure_conversation_version = "1.3" }, url = url }
    step(served, 1)
    assert.equal(200, (step(served, RENEW)))
    assert.equal(200, (step(served, AFTER)))
  end)

  it("keeps the old key until its rollover ends after the new one was used, not longer (attack C4)", function()
    local served = replay.listener {
      security = replay.described { secure_conversation_version = "1.3", rollover_interval = 4 }, url = url }
    for number = 1, 4 do assert.equal(200, (step(served, number))) end
    local old = recorded.requests[5].body
    assert.equal(200, (step(served, RENEW)))
    assert.equal(200, (step(served, 5))) -- the new key was not used yet
    assert.equal(200, (step(served, AFTER)))
    served.answers = { { "urn:answer", "<ok/>" } }
    assert.equal(200, (served:post(old)))
    served.env:advance(3.9)
    served.answers = { { "urn:answer", "<ok/>" } }
    assert.equal(200, (served:post(old)))
    served.env:advance(0.2)
    local status, _, body = served:post(old)
    assert_refused(served, BAD_CONTEXT, status, body, "rollover")
    assert.equal(200, (step(served, AGAIN)))
    assert.equal(200, (step(served, END)))
  end)

  it("is one at a time", function()
    local inner
    local served
    local description = replay.described(SHORT)
    local validate = description[2].bootstrap[2].validate_password
    description[2].bootstrap[2].validate_password = function(...)
      if served.racing then
        served.racing = false
        inner = { served:post(recorded.requests[RENEW].body) }
      end
      return validate(...)
    end
    served = replay.listener { security = description, url = url }
    for number = 1, 5 do step(served, number) end
    served.racing = true
    assert.equal(200, (step(served, RENEW)))
    assert.equal(500, inner[1])
    assert.equal(INVALID_REQUEST, (fault_of(inner[3])))
    assert.equal(1, served.listener:info().renewals)
    assert.equal(200, (step(served, AFTER)))
  end)

  it("fails when the context was revoked while the password was checked", function()
    local served
    local description = replay.described(SHORT)
    description[2].bootstrap[2].validate_password = function()
      if served.request then assert(served.request:property("security_context"):revoke()) end
      return true
    end
    served = replay.listener { security = description, url = url }
    for number = 1, 5 do step(served, number) end
    local status, _, body = step(served, RENEW)
    assert_refused(served, BAD_CONTEXT, status, body, "revoked")
  end)

  it("cancels with an expired key", function()
    local served = until_renewal()
    served.env:advance(3)
    local first = recorded.requests[1].body
    assert.is_string(first)
    assert.equal(200, (step(served, RENEW)))
    assert.equal(200, (step(served, END)))
    assert.equal(1, served.listener:info().cancelled)
  end)
end)

describe("channel: exchange above HTTP", function()
  local function refused(name, status, change, sentence)
    it(("answers %d to %s"):format(status, name), function()
      local served = new()
      served.env:set(replay.seconds(replay.text(request(ISSUE), "Created")))
        local body, more = change(request(ISSUE))
      local got, headers, answer = served:post(body, more)
      assert.equal(status, got, tostring(served:error()))
      assert.equal("", answer)
      if status == 405 then assert.equal("POST", headers.Allow) end
      assert.matches(sentence, tostring(served:error()), 1, true)
    end)
  end
  local function headers(more)
    local result = { ["Content-Type"] = "application/soap+xml; charset=utf-8" }
    for key, value in pairs(more) do result[key] = value or nil end
    return { headers = result }
  end

  refused("a request without TLS, whatever its headers say", 403, function(m)
    local more = headers { ["X-Forwarded-Proto"] = "https" }
    more.tls = false
    return m, more
  end, "TLS")
  for _, method in ipairs { "GET", "PUT", "DELETE", "OPTIONS", "HEAD" } do
    refused(method, 405, function(m) return m, { method = method } end, "POST")
  end
  refused("another path", 404, function(m) return m, { path = "/other" } end, "path")
  refused("a longer path", 404, function(m) return m, { path = URL:match "^%w+://[^/]+(/.*)$" .. "/x" } end, "path")
  refused("a query", 404, function(m) return m, { path = URL:match "^%w+://[^/]+(/.*)$" .. "?x=1" } end, "path")
  refused("a browser", 403, function(m)
    return m, headers { ["User-Agent"] = "Mozilla/5.0 (X11)" }
  end, "disallowed_user_agent")
  refused("no content type", 415, function(m) return m, { headers = {} } end, "content type")
  refused("the other SOAP version's type", 415, function(m)
    return m, headers { ["Content-Type"] = "text/xml" }
  end, "envelope_version")
  refused("a character set that is not UTF-8", 415, function(m)
    return m, headers { ["Content-Type"] = "application/soap+xml; charset=iso-8859-1" }
  end, "character set")
  refused("a compressed body (attack E9)", 415, function(m)
    return m, headers { ["Content-Encoding"] = "gzip" }
  end, "compressed")
  refused("an empty body", 400, function() return "" end, "")
  refused("what is no XML", 400, function() return "hello" end, "")
  refused("XML cut short", 400, function(m) return m:sub(1, -10) end, "")
  refused("a DTD (attack E1)", 400, function(m) return "<!DOCTYPE x [<!ENTITY a 'b'>]>" .. m end, "")
  refused("text behind the envelope", 400, function(m) return m .. "x" end, "")
  refused("a message above the limit (attack E6)", 413, function(m)
    return swap(m, "</s:Body>", ("<x/>"):rep(20000) .. "</s:Body>")
  end, "max_buffered_message_size")

  for _, type in ipairs { "application/soap+xml", 'APPLICATION/SOAP+XML ; charset="UTF-8"' } do
    it("accepts " .. type, function()
      local served = new()
      served.env:set(replay.seconds(replay.text(request(ISSUE), "Created")))
        assert.equal(200, (served:post(request(ISSUE), headers { ["Content-Type"] = type })))
    end)
  end

  it("refuses an action parameter that is not the Action header's (attack D1)", function()
    local served = established()
    served.content_type = 'application/soap+xml; charset=utf-8; action="urn:another"'
    local status, _, body = play(served, ADD)
    assert_refused(served, "{http://www.w3.org/2005/08/addressing}ActionMismatch", status, body, "urn:another")
    served.content_type = ('application/soap+xml; action="%s"'):format(replay.action(request(ADD)))
    assert.equal(200, (play(served, ADD)))
  end)

  it("asks for a client certificate where the description does", function()
    local description = replay.described()
    description[1].require_ssl_client_cert = true
    local served = replay.listener { security = description, url = "https://localhost/x" }
    assert.equal(403, (served:post("<x/>", { path = "/x" })))
    assert.equal("require_ssl_client_cert", served:error().property)
    assert.equal(400, (served:post("", { path = "/x", tls = { client_certificate = "DER" } })))
    local certs = require "spec.support.certs"
    assert.equal(400, (served:post("", { path = "/x", tls = { client_certificate = certs.read(certs.client_pem) } })))
    local status, err = served:post("", { path = "/x", tls = { client_certificate = "-----BEGIN nonsense" } })
    assert.is_nil(status)
    assert.equal("invalidarg", err.code)
  end)
end)

describe("channel: exchange in SOAP 1.1", function()
  local S12, S11 = "http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"

  local function older(message) return turn(message, S12, S11) end

  local function soap11(number, change, action)
    local served = new(nil, { envelope_version = "soap_1_1" })
    served.content_type = "text/xml; charset=utf-8"
    for i = 1, number do
      local message = older(request(i))
      if i == number and change then message = change(message) end
      served.env:set(replay.seconds(replay.text(message, "Created")))
      served.env:push(replay.draws(conversation.replies[i].body))
        served.answers = { { "urn:answer", "<ok/>" } }
      local more
      if i == number and action then
        more = { headers = { ["Content-Type"] = "text/xml", SOAPAction = action } }
      end
      served.last = { served:post(message, more) }
    end
    return served, served.last[1], served.last[2], served.last[3]
  end

  it("serves the same conversation", function()
    local served, status, headers, body = soap11(CANCEL)
    assert.equal(200, status, tostring(served:error()))
    assert.equal("text/xml; charset=utf-8", headers["Content-Type"])
    assert.matches(S11, body, 1, true)
    assert.same({ 1, 1, 2 }, counts_of(served, "established", "cancelled", "requests"))
  end)

  it("names faults by their own code", function()
    local _, status, _, body = soap11(ADD, function(m)
      return (m:gsub("(<sc:Identifier>urn:uuid:)%x%x%x%x", "%10000"))
    end)
    assert.equal(500, status)
    assert.matches('<faultcode xmlns:%w+="' .. SC:gsub("%-", "%%-") .. '">%w+:BadContextToken</faultcode>', body)
    _, _, _, body = soap11(ISSUE, function(m) return swap(m, ">Password-alice<", ">x<") end)
    assert.matches(">%w+:FailedAuthentication</faultcode>", body)
  end)

  it("holds SOAPAction against Action (attack D1)", function()
    local action = replay.action(request(ADD))
    for _, good in ipairs { '"' .. action .. '"', action, '""', "" } do
      assert.equal(200, (select(2, soap11(ADD, nil, good))))
    end
    local served, status, _, body = soap11(ADD, nil, '"urn:another"')
    assert.equal(500, status)
    assert.matches("InvalidAddressingHeader", body)
    assert.matches("urn:another", served:error().got)
  end)

  it("answers the other envelope with VersionMismatch", function()
    local served = new(nil, { envelope_version = "soap_1_1" })
    served.content_type = "text/xml"
    local status, _, body = served:post(request(ISSUE))
    assert.equal(500, status)
    assert.matches("VersionMismatch", body)
    assert.not_matches(":Security", body)
  end)
end)

describe("channel: exchange in both SecureConversation versions", function()
  it("answers in the listener's own namespace", function()
    local february = recording.load "https-user-sct"
    local served = replay.listener {
      security = replay.described { secure_conversation_version = "february_2005" },
      url = replay.text(february.requests[1].body, "To"),
    }
    local status, _, body = served:play(february.requests[2].body, february.replies[2].body)
    assert.equal(500, status)
    assert.equal("{http://schemas.xmlsoap.org/ws/2005/02/sc}BadContextToken", (fault_of(body)))
    status, _, body = served:post(turn(request(ISSUE), URL, replay.text(february.requests[1].body, "To")))
    assert.equal(500, status)
    assert.equal("{http://schemas.xmlsoap.org/ws/2005/02/sc}BadContextToken", (fault_of(body)))
    assert.equal("1.3", served:error().got)
  end)
end)
