-- The .NET client's conversations with CoreWCF, played again with our client in its place: it draws what .NET drew, at
-- the times when .NET drew it, so what it sends must be the same to the signatures.
local probe = require "wws.probe"
local base64 = require "spec.support.base64"
local infoset = require "spec.support.infoset"
local recording = require "spec.support.recording"
local service = require "spec.support.service"

local FEB2005, SC13 = "february_2005", "1.3"

local function time_of(message)
  return assert(probe.time_read(assert(message.body:match("Created>([^<]*)<"))))
end

local function drawn_by(request)
  local id = recording.from_hex((request.body:match("MessageID>urn:uuid:([^<]*)<"):gsub("-", "")))
  local entropy = request.body:match("BinarySecret[^>]*Nonce\">([^<]*)<")
  return id .. (entropy and base64(entropy) or "")
end

-- The whole response as it went over the wire.
local function raw(reply)
  return reply.head .. "\r\n" .. reply.body
end

local function is_infrastructure(request)
  return request.body:find("/RST/SCT", 1, true) ~= nil
end

local function value_of(message, name)
  return message.body:match("<" .. name .. ">([^<]*)<")
end

-- What a binding of WS-Security 1.0 leaves away, which means the same.
local OLD = { ["{}Type"] = true, ["{}ValueType"] = true }

local function same(theirs, ours, without)
  assert.are.equal(infoset.of(theirs.body, without), infoset.of(ours.body, without))
  for _, name in ipairs { "SignatureValue", "DigestValue", "a:MessageID", "u:Created", "u:Expires" } do
    assert.are.equal(value_of(theirs, name), value_of(ours, name))
  end
end

local function prepare(request)
  probe.clock(time_of(request))
  probe.random(drawn_by(request))
end

-- Answers with the recording, compares, and makes the world ready for the request after.
local function player(talk, compared, case)
  return function(request, session)
    local number = #session.requests
    same(talk.requests[number], request, case.without)
    compared[number] = true
    if talk.requests[number + 1] then prepare(talk.requests[number + 1]) end
    return case.change and case.change(talk.replies[number], number) or raw(talk.replies[number])
  end
end

local function description_of(case)
  if not case.version then
    return { { type = "ssl" },
             { type = "username", credential = { type = "string", username = "alice", password = "Password-alice" } } }
  end
  return service.secured { secure_conversation_version = case.version, renewal_interval = case.interval }
end

local function application_body(request)
  return request.body:match("<s:Body>(.*)</s:Body>")
end

local function play(case)
  local talk = recording.load(case.name)
  local compared, session = {}, {}
  local url = assert(talk.requests[1].body:match("<a:To[^>]*>([^<]*)<"))
  local channel = service.open(description_of(case), {}, url)
  local results, answer = {}, player(talk, compared, case)
  prepare(talk.requests[1])
  for _, request in ipairs(talk.requests) do
    if not is_infrastructure(request) then
      local reply, err = service.request(channel, answer, session,
        { action = request.body:match("<a:Action[^>]*>([^<]*)<"), body = application_body(request) })
      results[#results + 1] = { reply = reply, err = err, request = request }
      if case.watch then case.watch(channel, talk, #results) end
    end
  end
  assert(probe.channel.begin_close(channel))
  assert.are.equal("done", service.run(channel, answer, session))
  assert.are.equal("closed", probe.channel.state(channel))
  assert.are.equal(#talk.requests, #session.requests)
  return talk, results, session
end

describe("channel: request channel against recordings of WCF", function()
  for _, case in ipairs {
    { name = "https-user" },
    { name = "https-user-sct", version = FEB2005 },
    { name = "https-user07-sct", version = SC13 },
    { name = "https-sct-renew", version = SC13 },
    { name = "https-sct-renew05", version = FEB2005, without = OLD },
    { name = "x-renewpatched-proactive", version = SC13, interval = 4 },
  } do
    it("sends what .NET sent in " .. case.name .. " and accepts every reply", function()
      local _, results, session = play(case)
      for _, result in ipairs(results) do
        assert.is_nil(result.err)
        assert.is_truthy(result.reply.body:find("Result>", 1, true))
      end
      assert.are.equal(1, session.connections)
    end)
  end

  it("has the keys that .NET had", function()
    for _, case in ipairs { { name = "https-user-sct", version = FEB2005 }, { name = "https-user07-sct",
      version = SC13 } } do
      case.watch = function(channel, talk)
        assert.are.equal(talk.contexts[1].key, probe.context_key(channel))
        assert.are.equal(talk.contexts[1].identifier, probe.channel.context(channel).identifier)
      end
      play(case)
    end
  end)

  it("has the key of each renewal", function()
    local seen = {}
    play { name = "x-renewpatched-proactive", version = SC13, interval = 4, watch = function(channel, _, number)
      seen[number] = { probe.context_key(channel), probe.channel.context(channel) }
    end }
    local contexts = recording.load("x-renewpatched-proactive").contexts
    assert.are.equal(contexts[1].key, seen[2][1])
    assert.are.equal(contexts[2].key, seen[3][1])
    assert.are.equal(contexts[3].key, seen[5][1])
    assert.are.equal(contexts[3].instance, seen[5][2].instance)
    assert.are.equal(2, seen[5][2].renewals)
  end)

  -- The recorded client was told to wait for the fault; ours would renew before, so the key is said to live longer.
  local function long_lived(reply, number)
    if number > 1 then return nil end
    return (raw(reply):gsub("(Lifetime>.*Expires>2026%-11%-)21(T.*Lifetime)", "%122%2"))
  end

  it("renews at the send after RenewNeeded", function()
    local _, results = play { name = "x-renewpatched-fault", version = SC13, change = long_lived }
    local failed = 0
    for _, result in ipairs(results) do
      if result.err then
        failed = failed + 1
        assert.are.equal("security_token_expired", result.err.code)
        assert.is_truthy(result.err.fault.subcode:find("RenewNeeded", 1, true))
        assert.is_true(result.err.fault.secured)
      end
    end
    assert.are.equal(1, failed)
  end)

  it("reads an application's fault with its detail", function()
    local _, results = play { name = "x-fault-sct", version = SC13 }
    local err = results[2].err
    assert.are.equal("endpoint_fault_received", err.code)
    assert.are.equal("{urn:wws:peers:calc}Custom", err.fault.code)
    assert.is_true(err.fault.secured)
    assert.is_truthy(err.fault.detail)
  end)

  it("says of a refused password what the service said, and where it was given", function()
    local talk = recording.load("x-sct-badpass")
    local channel = service.open(service.secured { secure_conversation_version = SC13 }, {},
      talk.requests[1].body:match("<a:To[^>]*>([^<]*)<"))
    prepare(talk.requests[1])
    local reply, err = service.request(channel, function() return raw(talk.replies[1]) end)
    assert.is_nil(reply)
    assert.are.equal("establish the security context", err.step)
    assert.are.equal("security_context", err.binding)
    assert.are.equal("bootstrap", err.property)
    assert.is_truthy(err.cause.message:find("InvalidSecurity", 1, true))
    assert.is_truthy(err.cause.hint:find("password", 1, true))
    assert.is_false(err.fault.secured)
    assert.is_nil(probe.channel.context(channel))
  end)
end)
