-- What is sound, what is wrong, and what each gets.
local refusals = require "spec.support.refusals"
local replay = require "spec.support.replay"

local request, new, play = refusals.request, refusals.new, refusals.play
local established, swap, cut = refusals.established, refusals.swap, refusals.cut
local assert_refused, moved, wrongly_signed = refusals.assert_refused, refusals.moved, refusals.wrongly_signed
local conversation, URL, SC = refusals.conversation, refusals.URL, refusals.SC
local BAD_CONTEXT, INVALID_SECURITY, UNREACHABLE = refusals.BAD_CONTEXT, refusals.INVALID_SECURITY, refusals.UNREACHABLE
local NOT_ANONYMOUS, INVALID_REQUEST, ISSUE = refusals.NOT_ANONYMOUS, refusals.INVALID_REQUEST, refusals.ISSUE
local ADD, SUBTRACT, CANCEL = refusals.ADD, refusals.SUBTRACT, refusals.CANCEL

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
