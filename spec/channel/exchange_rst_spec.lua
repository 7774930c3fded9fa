-- What is sound, what is wrong, and what each gets.
local refusals = require "spec.support.refusals"
local replay = require "spec.support.replay"

local request, new, play = refusals.request, refusals.new, refusals.play
local swap, cut, fault_of = refusals.swap, refusals.cut, refusals.fault_of
local assert_refused, moved, TRUST = refusals.assert_refused, refusals.moved, refusals.TRUST
local FEBRUARY, MS, BAD_CONTEXT = refusals.FEBRUARY, refusals.MS, refusals.BAD_CONTEXT
local INVALID_SECURITY, FAILED, INVALID_REQUEST = refusals.INVALID_SECURITY, refusals.FAILED, refusals.INVALID_REQUEST
local ISSUE, ADD = refusals.ISSUE, refusals.ADD

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
