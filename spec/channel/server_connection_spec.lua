local core = require "wws.core"
local listeners = require "wws.listener"
local recording = require "spec.support.recording"

local inside = core.listener
local raw = core.server_channel

local ADD = "urn:add"
local ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing">'
  .. "<s:Header><a:Action>%s</a:Action><a:MessageID>urn:1</a:MessageID><a:To>http://localhost/calc</a:To></s:Header>"
  .. "<s:Body><x/></s:Body></s:Envelope>"
local MESSAGE = ENVELOPE:format(ADD)

local function head(fields, first)
  return (first or "POST /calc HTTP/1.1") .. "\r\nHost: localhost\r\n" .. (fields or "") .. "\r\n"
end

local TYPE = "Content-Type: application/soap+xml; charset=utf-8\r\n"

local function post(body, fields, first)
  return head(TYPE .. ("Content-Length: %d\r\n"):format(#body) .. (fields or ""), first) .. body
end

local function chunked(body)
  return head(TYPE .. "Transfer-Encoding: chunked\r\n")
    .. ("%x\r\n%s\r\n"):format(#body, body) .. "0\r\n\r\n"
end

local peer = {}
peer.__index = peer

local function new(options)
  local given = { url = "http://localhost/calc", env = core.env {} }
  for key, value in pairs(options or {}) do given[key] = value end
  local self = setmetatable({ env = given.env, out = "", size = math.huge, requests = {} }, peer)
  self.listener = assert(listeners.new(given))
  self.machine = assert(inside.connection(self.listener))
  return self
end

-- Goes on until the machine wants to read, or is over.
function peer:run(kind, bytes)
  while true do
    local op, a, b, c = self.machine:step(kind, bytes)
    kind, bytes = nil, nil
    if op == "write" then
      self.out = self.out .. a
    elseif op == "request" then
      self:serve()
    elseif op == "close" then
      self.closed = true
    else
      self.op, self.err, self.timeout, self.what = op, a, b, c
      return
    end
  end
end

function peer:serve()
  local channel = self.machine:request()
  local message = raw.take(channel)
  self.requests[#self.requests + 1] = message
  if self.answer ~= "nothing" then assert(raw.reply(channel, "urn:answer", "<y/>")) end
end

function peer:feed(bytes)
  if not self.op then self:run() end
  for first = 1, #bytes, math.min(self.size, #bytes) do
    if self.op ~= "read" then return end
    self:run("bytes", bytes:sub(first, first + math.min(self.size, #bytes) - 1))
  end
end

-- What was answered: a list of { status=, headers=, body= }.
function peer:responses()
  local list = {}
  for _, message in ipairs(recording.http((self.out:gsub("HTTP/1.1 100 Continue\r\n\r\n", "")))) do
    local status = tonumber(message.start:match " (%d+)")
    list[#list + 1] = { status = status, headers = message.headers, body = message.body }
  end
  return list
end

local function both_ways(name, body)
  for label, size in pairs { ["at once"] = math.huge, ["byte by byte"] = 1 } do
    it(name .. ", " .. label, function()
      body(function(options)
        local self = new(options)
        self.size = size
        return self
      end)
    end)
  end
end

describe("channel: server_connection", function()
  both_ways("answers one request after another on a kept connection", function(make)
    local client = make()
    for _ = 1, 3 do client:feed(post(MESSAGE)) end
    local responses = client:responses()
    assert.equal(3, #responses)
    for _, response in ipairs(responses) do
      assert.equal(200, response.status)
      assert.equal("application/soap+xml; charset=utf-8", response.headers["content-type"])
      assert.equal("wws", response.headers.server)
      assert.matches("^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d GMT$", response.headers.date)
      assert.is_nil(response.headers.connection)
      assert.matches("<a:RelatesTo>urn:1</a:RelatesTo>", response.body, 1, true)
      assert.matches("<y/>", response.body, 1, true)
    end
    assert.equal("read", client.op)
    assert.equal(ADD, client.requests[1].action)
  end)

  both_ways("answers pipelined requests in order", function(make)
    local client = make()
    client:feed(post(ENVELOPE:format "urn:1") .. chunked(ENVELOPE:format "urn:2") .. post(ENVELOPE:format "urn:3"))
    local actions = {}
    for i, message in ipairs(client.requests) do actions[i] = message.action end
    assert.same({ "urn:1", "urn:2", "urn:3" }, actions)
    assert.equal(3, #client:responses())
  end)

  both_ways("takes chunked requests", function(make)
    local client = make()
    client:feed(chunked(MESSAGE))
    assert.equal(200, client:responses()[1].status)
  end)

  both_ways("invites a client that waits for 100 Continue", function(make)
    local client = make()
    client:feed(head(TYPE .. ("Content-Length: %d\r\nExpect: 100-continue\r\n"):format(#MESSAGE)))
    assert.equal("HTTP/1.1 100 Continue\r\n\r\n", client.out)
    client:feed(MESSAGE)
    assert.equal(200, client:responses()[1].status)
  end)

  it("does not invite a client whose request is refused already", function()
    local client = new()
    client:feed(head(("Content-Length: %d\r\nExpect: 100-continue\r\n"):format(#MESSAGE)))
    assert.not_matches("100 Continue", client.out)
    assert.equal(415, client:responses()[1].status)
    assert.equal("close", client:responses()[1].headers.connection)
  end)

  both_ways("answers 202 when the application leaves the request", function(make)
    local client = make()
    client.answer = "nothing"
    client:feed(post(MESSAGE))
    client:feed(post(MESSAGE))
    assert.same({ 202, 202 }, { client:responses()[1].status, client:responses()[2].status })
    assert.equal("0", client:responses()[1].headers["content-length"])
  end)

  both_ways("closes after a request that says so, and after HTTP/1.0", function(make)
    for _, bytes in ipairs { post(MESSAGE, "Connection: close\r\n"), post(MESSAGE, nil, "POST /calc HTTP/1.0") } do
      local client = make()
      client:feed(bytes)
      assert.equal(200, client:responses()[1].status)
      assert.equal("close", client:responses()[1].headers.connection)
      assert.same({ "done", true }, { client.op, client.closed })
    end
  end)

  it("keeps an HTTP/1.0 connection that asks for it", function()
    local client = new()
    client:feed(post(MESSAGE, "Connection: keep-alive\r\n", "POST /calc HTTP/1.0"))
    assert.equal("keep-alive", client:responses()[1].headers.connection)
    assert.equal("read", client.op)
  end)

  describe("refuses, and goes on,", function()
    local function keeps(name, status, bytes, more)
      both_ways(name, function(make)
        local client = make(more)
        client:feed(bytes)
        client:feed(post(MESSAGE))
        assert.equal(status, client:responses()[1].status)
        assert.equal("0", client:responses()[1].headers["content-length"])
        assert.equal(200, client:responses()[2].status)
        if status == 405 then assert.equal("POST", client:responses()[1].headers.allow) end
      end)
    end
    keeps("a GET", 405, head("", "GET /calc HTTP/1.1"))
    keeps("a PUT with a good message", 405, post(MESSAGE, nil, "PUT /calc HTTP/1.1"))
    keeps("another path", 404, post(MESSAGE, nil, "POST /other HTTP/1.1"))
    keeps("no content type", 415, head(("Content-Length: %d\r\n"):format(#MESSAGE)) .. MESSAGE)
    keeps("a browser", 403, post(MESSAGE, "User-Agent: Mozilla/5.0\r\n"))
    keeps("an empty body", 400, post "")
    keeps("what is no XML", 400, post "hello")
    keeps("a DTD (attack E1)", 400, post("<!DOCTYPE x>" .. MESSAGE))
  end)

  describe("refuses, and closes,", function()
    local function closes(name, status, bytes, more)
      both_ways(name, function(make)
        local client = make(more)
        client:feed(bytes)
        if client.op == "read" then client:run "end" end
        local responses = client:responses()
        assert.equal(1, #responses)
        assert.equal(status, responses[1].status)
        assert.equal("close", responses[1].headers.connection)
        assert.equal(0, #client.requests)
        assert.same({ "done", true }, { client.op, client.closed })
        assert.is_table(client.listener:info().last_error)
      end)
    end
    closes("a head that is none", 400, "hello\r\n\r\n")
    closes("the beginning of TLS", 400, "\22\3\1\2\0\1\0\1\252\3\3\r\n")
    closes("a folded field", 400, head "X: a\r\n b\r\n")
    closes("lines that end in LF alone", 400, "POST /calc HTTP/1.1\nHost: x\n\n")
    closes("two lengths", 400, head(TYPE .. "Content-Length: 5\r\nContent-Length: 6\r\n"))
    closes("a length with chunks", 400, head(TYPE .. "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"))
    closes("another transfer coding", 400, head(TYPE .. "Transfer-Encoding: gzip, chunked\r\n"))
    closes("a negative length (attack E6)", 400, head(TYPE .. "Content-Length: -1\r\n"))
    closes("a length past 64 bits (attack E6)", 400, head(TYPE .. "Content-Length: 18446744073709551616\r\n"))
    closes("no Host", 400, "POST /calc HTTP/1.1\r\n\r\n")
    closes("two Hosts", 400, head "Host: other\r\n")
    closes("HTTP/2.0", 505, head("", "POST /calc HTTP/2.0"))
    closes("an expectation that nobody knows", 417, head "Expect: money\r\n")
    closes("a length past the limit (attack E6)", 413, head(TYPE .. "Content-Length: 65537\r\n"))
    closes("a length of 2^32 (attack E6)", 413, head(TYPE .. "Content-Length: 4294967296\r\n"))
    closes("chunks past the limit (attack E6)", 413, head(TYPE .. "Transfer-Encoding: chunked\r\n") .. "10001\r\n")
    closes("a chunk size that is none", 400, head(TYPE .. "Transfer-Encoding: chunked\r\n") .. "xyz\r\n")
    closes("too many fields", 431, head(("X: y\r\n"):rep(70)))
    closes("a head past the limit", 431, head("X: " .. ("y"):rep(300) .. "\r\n"),
      { max_http_request_headers_buffer_size = 200 })
  end)

  it("accepts a message of exactly the limit, and refuses one byte more (attack E6)", function()
    for more, status in pairs { [0] = 200, [1] = 413 } do
      local client = new { max_buffered_message_size = 2000 }
      local padding = (" "):rep(2000 - #MESSAGE + more)
      client:feed(post((MESSAGE:gsub("<x/>", "<x/>" .. padding))))
      assert.equal(status, client:responses()[1].status)
    end
  end)

  describe("measures time by the tick:", function()
    it("a head must be whole within connect_timeout, however slowly it comes (attack F2)", function()
      local client = new { connect_timeout = 15 }
      client:run()
      assert.is_true(client.timeout <= 15 and client.timeout > 14)
      for second = 1, 14 do
        client.env:advance(1)
        client:feed(post(MESSAGE):sub(second, second))
        assert.is_true(client.timeout <= 15 - second)
      end
      client.env:advance(1)
      client:run "timeout"
      assert.equal(408, client:responses()[1].status)
      client:run "timeout"
      assert.is_true(client.closed)
      assert.equal("operation_timed_out", client.listener:info().last_error.code)
    end)

    it("a connection that says nothing is closed without a word", function()
      local client = new()
      client:run()
      client:run "timeout"
      assert.same({ "", true }, { client.out, client.closed })
      assert.is_nil(client.op)
      assert.equal("operation_timed_out", client.err.code)
    end)

    it("a body has receive_timeout", function()
      local client = new { receive_timeout = 7 }
      client:feed(post(MESSAGE):sub(1, -5))
      assert.is_true(client.timeout <= 7 and client.timeout > 6)
      client:run "timeout"
      assert.equal(408, client:responses()[1].status)
      assert.equal("receive_timeout", client.listener:info().last_error.property)
    end)

    it("an idle connection is kept for two minutes, and its end is no failure", function()
      local client = new()
      client:feed(post(MESSAGE))
      assert.is_true(client.timeout <= 120 and client.timeout > 119)
      client:run "timeout"
      assert.same({ "done", true }, { client.op, client.closed })
      assert.equal(0, client.listener:info().failed)
    end)

    it("the next head has its own time, from its first byte on", function()
      local client = new { connect_timeout = 15 }
      client:feed(post(MESSAGE))
      client.env:advance(100)
      client:feed "P"
      assert.is_true(client.timeout <= 15 and client.timeout > 14)
    end)
  end)

  it("takes the end of the stream between requests as an end in order", function()
    local client = new()
    client:feed(post(MESSAGE))
    client:run "end"
    assert.same({ "done", true }, { client.op, client.closed })
    assert.equal(0, client.listener:info().failed)
  end)

  it("counts a client that goes in the middle of a request (attack F1)", function()
    for _, bytes in ipairs { post(MESSAGE):sub(1, -5) } do
      local client = new()
      client:feed(bytes)
      client:run "end"
      assert.is_nil(client.op)
      assert.equal("endpoint_disconnected", client.err.code)
      assert.equal(1, client.listener:info().failed)
    end
  end)

  it("survives a write that breaks, and tells the channel", function()
    local client = new()
    client:run()
    local op = client.machine:step("bytes", post(MESSAGE))
    assert.equal("request", op)
    local channel = client.machine:request()
    assert(raw.take(channel))
    assert(raw.reply(channel, "urn:answer", "<y/>"))
    op = client.machine:step()
    assert.equal("write", op)
    client:run("broken", "reset by peer")
    assert.is_nil(client.op)
    assert.equal("endpoint_disconnected", client.err.code)
    assert.is_true(client.closed)
  end)

  it("makes nothing of a client that breaks a connection at rest, but of one that breaks a request off", function()
    for bytes, failed in pairs { [post(MESSAGE)] = 0, [post(MESSAGE) .. "POST"] = 1, POST = 1 } do
      local client = new()
      client:feed(bytes)
      client:run("broken", "reset by peer")
      assert.equal(failed, client.listener:info().failed, bytes)
    end
  end)

  it("tells a channel whose client is gone that nobody waits", function()
    local client = new()
    client:run()
    assert.equal("request", (client.machine:step("bytes", post(MESSAGE))))
    local channel = client.machine:request()
    client.machine:close()
    local ok, err = raw.reply(channel, "urn:answer", "<y/>")
    assert.is_nil(ok)
    assert.equal("endpoint_disconnected", err.code)
  end)

  it("answers 500 when the application's channel is collected", function()
    local client = new()
    client:run()
    assert.equal("request", (client.machine:step("bytes", post(MESSAGE))))
    do
      local channel = client.machine:request()
      assert.is_userdata(channel)
    end
    assert.is_false(client.machine:answered())
    collectgarbage()
    collectgarbage()
    assert.is_true(client.machine:answered())
    client:run()
    assert.equal(500, client:responses()[1].status)
  end)

  it("drops what a refused client still sends, up to a bound, so that its answer is not cut off", function()
    local client = new()
    client:feed "nonsense\r\n\r\n"
    assert.equal("read", client.op)
    local rounds = 0
    while client.op == "read" and rounds < 1000 do
      client:run("bytes", ("x"):rep(16384))
      rounds = rounds + 1
    end
    assert.same({ "done", true }, { client.op, client.closed })
    assert.is_true(rounds < 100)
  end)

  it("turns connections away at the cap, and takes them again below it (attack F2)", function()
    local client = new { max_connections = 2 }
    local second = assert(inside.connection(client.listener))
    local third, err = inside.connection(client.listener)
    assert.is_nil(third)
    assert.equal("quota_exceeded", err.code)
    assert.same({ 2, 1 }, { client.listener:info().connections, client.listener:info().turned_away })
    second:close()
    assert(inside.connection(client.listener))
  end)

  it("turns connections away while too many are in their handshake (attack F2)", function()
    local client = new { max_handshakes = 1 }
    assert.is_nil((inside.connection(client.listener)))
    client:run()
    assert.equal(0, client.listener:info().handshakes)
    assert(inside.connection(client.listener))
  end)

  it("shows each message, each refusal and each answer to the trace", function()
    local steps = {}
    local client = new { trace = function() end }
    local kind, bytes
    local fed = { post(MESSAGE), post "hello" }
    while true do
      local op, a = client.machine:step(kind, bytes)
      kind, bytes = nil, nil
      if op == "event" then
        steps[#steps + 1] = a.step .. ":" .. (a.direction or "")
        assert.equal("server", a.side)
      elseif op == "request" then
        client:serve()
      elseif op == "read" then
        if #fed == 0 then break end
        kind, bytes = "bytes", table.remove(fed, 1)
      end
    end
    assert.same({ "request:in", "reply:out", "refuse:", "refuse:out" }, steps)
  end)
end)

describe("channel: server_connection under TLS", function()
  local certs = require "spec.support.certs"
  local replay = require "spec.support.replay"
  local tls_pair = require "spec.support.tls_pair"

  local conversation = recording.load "https-user07-sct"
  local URL = replay.text(conversation.requests[1].body, "To")

  local secured = {}
  secured.__index = secured

  local function connect(served)
    local self = setmetatable({ machine = assert(inside.connection(served.listener)), seen = 0 }, secured)
    self.tls = assert(tls_pair.client():connection("localhost"))
    self:run()
    self:shake()
    return self
  end

  function secured:run(kind, bytes)
    while true do
      local op, a = self.machine:step(kind, bytes)
      kind, bytes = nil, nil
      if op == "write" then
        assert(self.tls:feed(a))
      elseif op == "callback" then
        kind = "accepted"
      elseif op == "request" then
        local channel = self.machine:request()
        raw.take(channel)
        assert(raw.reply(channel, "urn:answer", "<y/>"))
      elseif op ~= "close" then
        self.op = op
        return
      end
    end
  end

  function secured:shake()
    for _ = 1, 6 do
      local done, err = self.tls:handshake()
      assert(done ~= nil, err)
      local bytes = assert(self.tls:take())
      if #bytes > 0 then self:run("bytes", bytes) end
      if done then return end
    end
  end

  function secured:send(message)
    local path = URL:match "^%w+://[^/]+(/.*)$"
    local request = post(message, nil, ("POST %s HTTP/1.1"):format(path))
    assert(self.tls:write((request:gsub("Host: localhost", "Host: " .. URL:match "^%w+://([^/]+)", 1))))
    self:run("bytes", assert(self.tls:take()))
    local answer = assert(self.tls:read(100000))
    return tonumber(answer:match "^HTTP/1.1 (%d+)"), answer
  end

  it("serves one context over two connections at once, and over a third after both", function()
    local served = replay.listener { security = replay.described { secure_conversation_version = "1.3" }, url = URL }
    assert(inside.secure(served.listener, { certificate = certs.read(certs.server_pem),
                                            private_key = certs.read(certs.server_key) }))
    local first, second = connect(served), connect(served)
    local function play(connection, number)
      local request, reply = conversation.requests[number].body, conversation.replies[number].body
      served.env:set(replay.seconds(replay.text(request, "Created")))
      served.env:push(replay.draws(reply))
      return connection:send(request)
    end
    -- The server's TLS draws nothing of the environment, so the recorded entropy is still the context's.
    assert.equal(200, (play(first, 1)))
    assert.equal(200, (play(second, 2)))
    assert.equal(200, (play(first, 3)))
    assert.equal(2, served.listener:info().connections)
    first.machine:close()
    second.machine:close()
    assert.equal(1, served.listener:info().active_contexts)
    assert.equal(200, (play(connect(served), 4)))
    local info = served.listener:info()
    assert.same({ 1, 1, 2 }, { info.established, info.cancelled, info.requests })
  end)
end)
