local infoset = require "spec.support.infoset"
local recording = require "spec.support.recording"
local replay = require "spec.support.replay"

local read = recording.read

local function recorded(name)
  local list = {}
  local conversation = recording.load(name)
  for i, request in ipairs(conversation.requests) do
    local reply = conversation.replies[i]
    list[i] = { request = request.body, reply = reply.body, status = tonumber(reply.start:match " (%d+)") }
  end
  return list
end

local function captured()
  local list = {}
  for number = 10, 18 do
    local path = ("spec/vectors/security/sct-feb2005-renew/00%02d-%%s.body"):format(number)
    list[#list + 1] = { request = read(path:format "req"), reply = read(path:format "res"), status = 200 }
  end
  return list
end

local function is_infrastructure(message) return replay.action(message):find("/RST/SCT", 1, true) ~= nil end

local function answer_of(reply)
  local action, body = replay.action(reply), replay.body(reply)
  if not body:find "^<s:Fault>" then return { action, body } end
  local ns, code = body:match '<s:Value xmlns:a="([^"]*)">a:(%w+)</s:Value>'
  return {
    code = ("{%s}%s"):format(ns, code),
    reason = body:match "<s:Text[^>]*>([^<]*)<",
    detail = body:match "<s:Detail>(.*)</s:Detail>",
    action = action,
  }
end

-- CoreWCF leaves the ValueType out of attached references under WS-Security 1.0; it may always stand there.
local function lenient(text) return (text:gsub("(URI=#%*) {}ValueType=[^\n]*", "%1")) end

-- Plays the whole conversation; our answers must be the recorded ones but for what varies.
local function play(list, context, settings)
  local url = replay.text(list[1].request, "To")
  local served = replay.listener { security = replay.described(context, settings), url = url }
  for i, exchange in ipairs(list) do
    if not is_infrastructure(exchange.request) then served.answers = { answer_of(exchange.reply) } end
    local status, headers, body = served:play(exchange.request, exchange.reply)
    local where = ("exchange %d, %s: %s"):format(i, replay.action(exchange.request), tostring(served:error()))
    assert.equal(exchange.status, status, where)
    assert.equal("application/soap+xml; charset=utf-8", headers["Content-Type"])
    assert.equal(lenient(infoset.of(exchange.reply)), lenient(infoset.of(body)), where)
    local identifier = replay.text(exchange.reply, "Identifier")
    if identifier then assert.equal(identifier, replay.text(body, "Identifier")) end
  end
  return served
end

local SHORT = { renewal_interval = 6, rollover_interval = 4 }

local function short(version)
  return { renewal_interval = 6, rollover_interval = 4, secure_conversation_version = version }
end

describe("channel: exchange with recorded WCF clients", function()
  local conversations = {
    ["https-user-sct"] = { version = "february_2005", established = 1, cancelled = 1, requests = 2 },
    ["https-user07-sct"] = { version = "1.3", established = 1, cancelled = 1, requests = 2 },
    ["https-sct-renew"] = { version = "1.3", established = 1, cancelled = 1, requests = 2 },
    ["https-sct-renew05"] = { version = "february_2005", established = 1, cancelled = 1, requests = 2 },
    ["x-fault-sct"] = { version = "1.3", established = 1, cancelled = 1, requests = 2 },
    ["x-renewpatched-proactive"] = {
      version = "1.3", established = 1, renewals = 2, cancelled = 1, requests = 5, context = SHORT },
  }
  for name, expected in pairs(conversations) do
    it("serves " .. name, function()
      local context = short(expected.version)
      if not expected.context then context = { secure_conversation_version = expected.version } end
      local served = play(recorded(name), context)
      local info = served.listener:info()
      for _, count in ipairs { "established", "renewals", "cancelled", "requests" } do
        assert.equal(expected[count] or 0, info[count], count)
      end
      assert.same({ 0, 0, 0 }, { info.active_contexts, info.pending_contexts, info.refused })
    end)
  end

  it("serves a February 2005 context through three renewals", function()
    local info = play(captured(), { secure_conversation_version = "february_2005" }).listener:info()
    assert.same({ 1, 3, 1, 4 }, { info.established, info.renewals, info.cancelled, info.requests })
  end)

  it("asks for a renewal as recorded, and grants it with the expired key (x-renewpatched-fault)", function()
    local list = recorded "x-renewpatched-fault"
    local url = replay.text(list[1].request, "To")
    local served = replay.listener { security = replay.described(short "1.3"), url = url }
    for i, exchange in ipairs(list) do
      if i ~= 5 and not is_infrastructure(exchange.request) then served.answers = { answer_of(exchange.reply) } end
      local status, _, body = served:play(exchange.request, exchange.reply)
      assert.equal(exchange.status, status, tostring(served:error()))
      local ours, theirs = infoset.of(body), infoset.of(exchange.reply)
      if i == 5 then -- only the reason's words and language are ours
        ours, theirs = ours:gsub("lang=.*$", ""), theirs:gsub("lang=.*$", "")
      end
      assert.equal(theirs, ours)
    end
    local info = served.listener:info()
    assert.same({ 1, 1, 1, 5, 1 }, { info.established, info.renewals, info.cancelled, info.requests, info.refused })
    assert.equal("security_token_expired", info.last_error.code)
  end)

  it("serves one-shot user names (https-user)", function()
    local list = recorded "https-user"
    local served = play(list, nil)
    assert.equal(#list, served.listener:info().requests)
    assert.equal("alice", served.request:property "username")
  end)

  local refused = { ["x-sct-badpass"] = { secure_conversation_version = "1.3" }, ["x-user-badpass"] = false }
  for name, context in pairs(refused) do
    it("refuses the wrong password of " .. name .. ", and says so to its own side alone", function()
      local exchange = recorded(name)[1]
      local served = replay.listener {
        security = replay.described(context or nil),
        url = replay.text(exchange.request, "To"),
      }
      local status, _, body = served:play(exchange.request, exchange.reply)
      assert.equal(500, status)
      assert.matches(":FailedAuthentication<", body)
      assert.not_matches("Security s:mustUnderstand", body)
      local err = served:error()
      assert.equal("username", err.binding)
      assert.matches("password is wrong", err.message)
      assert.equal("alice", err.got)
    end)
  end
end)

describe("channel: exchange without memory", function()
  local probe = require "wws.probe"

  local list = recorded "https-user07-sct"
  local url = replay.text(list[1].request, "To")
  local raw = probe.server_channel

  -- One exchange by hand; nil when memory ended.
  local function exchange(listener, i)
    local request = list[i].request
    probe.clock(replay.seconds(replay.text(request, "Created")) * 1000)
    probe.random(replay.draws(list[i].reply))
    local channel = probe.listener.exchange(listener, {
      method = "POST",
      path = url:match "^%w+://[^/]+(/.*)$",
      content_type = "application/soap+xml; charset=utf-8",
      secure = true,
    }, request)
    local op = channel and channel:step()
    if op == "callback" then op = channel:step "accepted" end
    if op == "request" then
      raw.reply(channel, "urn:answer", "<ok/>")
      op = channel:step()
    end
    local status = op == "done" and raw.response(channel) or nil
    if channel then raw.drop(channel) end
    return status
  end

  local function play_all(listener, n)
    local served = 0
    probe.memory(n)
    for i = 1, 4 do
      local status = exchange(listener, i) or 0
      if status == 200 then served = served + 1 end
      assert(status == 200 or status == 500 or status == 503 or status == 0, status)
    end
    probe.memory()
    return served == 4
  end

  it("answers or fails, and gives everything back (attack E10)", function()
    local description = assert(probe.description(replay.described { secure_conversation_version = "1.3" }, "server"))
    collectgarbage()
    local before, finished = probe.blocks(), false
    for n = 0, 2000 do
      local listener = assert(probe.listener.new(description, {}))
      assert(probe.listener.bind(listener, url))
      finished = play_all(listener, n)
      listener = nil -- luacheck: ignore 311
      if n % 50 == 0 or finished then
        collectgarbage()
        collectgarbage()
        assert.equal(before, probe.blocks())
      end
      if finished then break end
    end
    assert.is_true(finished)
  end)
end)
