-- What is sound, what is wrong, and what each gets.
local refusals = require "spec.support.refusals"
local recording = require "spec.support.recording"
local replay = require "spec.support.replay"
local streaming = require "spec.support.streaming"

local swap, cut, fault_of = refusals.swap, refusals.cut, refusals.fault_of
local assert_refused, SC, BAD_CONTEXT = refusals.assert_refused, refusals.SC, refusals.BAD_CONTEXT
local INVALID_SECURITY, FAILED, INVALID_REQUEST = refusals.INVALID_SECURITY, refusals.FAILED, refusals.INVALID_REQUEST

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

  it("is needed whole where messages are streamed: the recorded ones, by pieces", function()
    local context = {}
    for key, value in pairs(SHORT) do context[key] = value end
    local read = {}
    local served = replay.listener({ security = replay.described(context), url = url, transfer_mode = "streamed" },
      function(channel)
        local request = assert(channel:receive())
        read[#read + 1] = assert(streaming.drain(request, 20))
        assert(channel:reply(request, "urn:answer", "<ok/>"))
      end)
    for number = 1, 9 do
      local message = recorded.requests[number].body
      served.env:set(replay.seconds(replay.text(message, "Created")))
      served.env:push(replay.draws(recorded.replies[number].body))
      served:post(nil, { body = streaming.pieces(message, 100) })
    end
    local info = served.listener:info()
    assert.same({ 1, 1, 1 }, { info.established, info.renewals, info.cancelled })
    assert.is_true(#read > 3)
  end)

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
