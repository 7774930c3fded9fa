-- Streamed messages over net.tcp and pipes: a singleton session of the framing for each, both ends in one process.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local core = require "wws.core"
local streaming = require "spec.support.streaming"
local wws = require "wws"

local PATIENCE = 10 * (os.getenv "WWS_STRESS" and 20 or 1)
local ECHO = "urn:echo"
local pieces, drain = streaming.pieces, streaming.drain
local SSL = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } }
local function trusting(more)
  local list = { { type = "ssl", trust = certs.ca } }
  for _, binding in ipairs(more or {}) do list[#list + 1] = binding end
  return list
end
local USER = { type = "username", credential = { type = "string", username = "alice", password = "secret" } }
local KNOWS = { type = "username", validate_password = function(name, password)
  return name == "alice" and password == "secret"
end }

local function with(base, more)
  for name, value in pairs(more or {}) do base[name] = value end
  return base
end

local function hosted(options, body)
  streaming.hosted(with({ url = "net.tcp://localhost:0/s", close_timeout = 0.02 }, options), body)
end

local TEXT_ONLY = { encoding = "text_utf8" }

local function connect(url, options, may_fail)
  return streaming.connect(url, with({ timeout = PATIENCE }, options), may_fail)
end

local function wait_until(holds)
  local deadline = core.now() + PATIENCE
  while not holds() and core.now() < deadline do blocking.sleep(core.now() + 0.005) end
  assert.is_truthy(holds())
end

-- What a client of our own making does, as raw bytes; returns what the server says until it closes, or said `last`.
local function raw(url, bytes, last)
  local stream = assert(blocking.connect("localhost", tonumber(url:match ":(%d+)/"), {}))
  assert(stream:write(bytes, core.now() + PATIENCE))
  local got = ""
  local more, why = stream:read(65536, core.now() + PATIENCE)
  while more do
    got = got .. more
    if last and got:sub(-#last) == last then break end
    more, why = stream:read(65536, core.now() + PATIENCE)
  end
  stream:close()
  return got, why
end

local function preamble(url, rest)
  return "\0\1\0\1\1\2" .. string.char(#url) .. url .. "\3\3\12" .. (rest or "")
end

local function chunk(bytes) return string.char(#bytes % 128 + 128, math.floor(#bytes / 128)) .. bytes end

-- A server that says what it is told to each session in turn: "ack", or bytes after whatever the client sent.
local function scripted(script)
  local acceptor = assert(blocking.listen("localhost", 0, {}))
  local seen = { connections = 0 }
  blocking.spawn(function()
    while true do
      local stream = acceptor:accept()
      if not stream then return end
      seen.connections = seen.connections + 1
      for _, said in ipairs(table.remove(script, 1) or {}) do
        local bytes = stream:read(65536, core.now() + PATIENCE)
        seen[#seen + 1] = bytes
        if not bytes or said == "close" then break end
        stream:write(said, core.now() + PATIENCE)
      end
      stream:close()
    end
  end)
  return ("net.tcp://localhost:%d/s"):format(acceptor.port), seen, acceptor
end

local REPLY = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>urn:r</a:Action>'
  .. '<a:RelatesTo>urn:1</a:RelatesTo></s:Header><s:Body><r xmlns="urn:x">9</r></s:Body></s:Envelope>'

describe("streamed messages over net.tcp", function()
  local TEXT = "<d xmlns='urn:d' a='&#38;\"'>&lt;<!-- c > --><![CDATA[<x>]]><e/>\n</d>"
  local SAME = { text_utf8 = TEXT, binary = "<d xmlns=\"urn:d\" a=\"&amp;&quot;\">&lt;<!-- c > -->&lt;x&gt;<e></e>\n</d>" }

  for encoding, same in pairs(SAME) do
    it("flow in both directions, sessions one after another on one connection, in " .. encoding, function()
      hosted({ encoding = encoding }, function(url, host)
        local channel = connect(url, { encoding = encoding })
        assert.equal("request", channel:get "channel_type")
        for _, size in ipairs { 1, 7, 1000 } do
          local reply = assert(channel:request(ECHO, pieces(TEXT, size)))
          assert.is_nil(reply.body)
          assert.equal(same, (drain(reply, 5):gsub(" xmlns:[sa]=\"[^\"]*\"", "")))
          assert.is_nil(reply:read())
        end
        assert(channel:request("urn:ignore", "<c/>"))
        assert(channel:request(ECHO, pieces("<a/>", 9))) -- whatever was not read of the last one
        assert(channel:close())
        assert.is_true(host:info().accepted <= 2)
      end)
    end)
  end

  for name, form in pairs {
    ["UTF-16, which is held whole"] = { encoding = "text_utf16le", transfer_mode = "streamed_input" },
    ["SOAP 1.1"] = { envelope_version = "soap_1_1" }, ["no addressing"] = { addressing_version = "transport" },
  } do
    it("have the forms of others: " .. name, function()
      local function size(request) return ("<size>%d</size>"):format(#drain(request):match ">(x+)<") end
      hosted(with({ operations = { [""] = size, ["urn:size"] = size } }, form), function(url, host)
        local channel = connect(url, form)
        local text = "<a>" .. ("x"):rep(30000) .. "</a>"
        for _ = 1, 2 do
          local reply = assert(channel:request("urn:size", form.transfer_mode and text or pieces(text, 7000)))
          assert.equal("30000", drain(reply):match ">(%d+)<")
        end
        assert(channel:close())
        assert.equal(1, host:info().accepted)
      end)
    end)
  end

  it("end with their channel, wherever it is given up", function()
    hosted({}, function(url, host)
      local long = "<a>" .. ("x!"):rep(100000) .. "</a>"
      local channel = connect(url)
      assert(channel:request(ECHO, pieces(long, 9000)))
      channel:abort()
      assert.equal("faulted", channel:state())
      assert.equal("invalid_operation", select(2, channel:request(ECHO, "<a/>")).code)
      channel = connect(url)
      local reply = assert(channel:request(ECHO, pieces(long, 9000)))
      assert(channel:close())
      assert.equal("invalid_operation", select(2, reply:read()).code)
      local other = connect(url)
      other:request(ECHO, function()
        other:abort()
        return long
      end)
      assert.equal("faulted", other:state())
      assert(drain(assert(connect(url):request(ECHO, pieces("<a/>", 2)))))
      wait_until(function() return host:info().handshakes == 0 end)
    end)
  end)

  it("are in binary, each by itself, when nothing else is said", function()
    hosted({}, function(url)
      local streamed, session = connect(url), assert(wws.connect(url, { timeout = PATIENCE }))
      assert.equal("binary", streamed:get "encoding")
      assert.equal("binary_session", session:get "encoding")
      for _ = 1, 2 do
        assert.is_truthy(drain(assert(streamed:request("urn:size", pieces("<a>b</a>", 3)))):find "<size")
        assert.is_truthy(assert(session:request("urn:size", "<a>b</a>")).body:find "<size")
      end
      assert(streamed:close())
      assert(session:close())
    end)
  end)

  for name, ends in pairs { ["over ssl"] = { SSL, trusting() },
                            ["with a user name over ssl"] = { { SSL[1], KNOWS }, trusting { USER } } } do
    it("flow " .. name .. ", with an upgrade for each session on the same connection", function()
      hosted({ security = ends[1] }, function(url, host)
        local channel = connect(url, { security = ends[2] })
        for n = 1, 3 do
          local reply = assert(channel:request(ECHO, pieces("<a>" .. ("x"):rep(20000 * n) .. "</a>", 5000)))
          assert.equal(20000 * n, #drain(reply):match ">(x+)<")
        end
        assert(channel:close())
        assert.equal(1, host:info().accepted)
      end)
    end)
  end

  it("go to ends that hold messages whole, and come from them", function()
    hosted({ transfer_mode = "buffered", encoding = "text_utf8" }, function(url)
      local channel = connect(url, TEXT_ONLY)
      local reply = assert(channel:request("urn:size", pieces("<a>" .. ("x"):rep(5000) .. "</a>", 999)))
      assert.is_true(tonumber(drain(reply):match ">(%d+)<") >= 5007) -- and its declarations
      assert.is_truthy(select(2, channel:request(ECHO, pieces("<a/>", 9))).fault) -- a function is not for such a listener
      assert(channel:close())
    end)
    hosted({ encoding = "text_utf8" }, function(url)
      local channel = assert(wws.connect(url, { encoding = "text_utf8", timeout = PATIENCE }))
      local reply, err = channel:request("urn:size", "<a>b</a>")
      assert.is_truthy(reply and reply.body:find "<size", err)
      err = select(2, channel:request(ECHO, pieces("<a/>", 9)))
      assert.same({ "invalidarg", "transfer_mode" }, { err.code, err.property })
      assert.is_truthy(select(2, channel:request(ECHO, "<a/>")).fault) -- its messages belong to a session
      assert(channel:close())
    end)
  end)

  it("flow one way only, where that is what was asked for", function()
    hosted({}, function(url)
      local sends = connect(url, { transfer_mode = "streamed_output", max_buffered_message_size = 1e6 })
      local reply = assert(sends:request(ECHO, pieces("<a>" .. ("x"):rep(70000) .. "</a>", 9999)))
      assert.equal(70000, #reply.body:match ">(x+)<")
      local takes = connect(url, { transfer_mode = "streamed_input" })
      reply = assert(takes:request(ECHO, "<a>" .. ("x"):rep(50000) .. "</a>"))
      assert.equal(50000, #drain(reply):match ">(x+)<")
      local err = select(2, takes:request(ECHO, pieces("<a/>", 9)))
      assert.same({ "invalid_operation", "transfer_mode" }, { err.code, err.property })
      assert(sends:close())
      assert(takes:close())
    end)
  end)

  it("may want no answer, and may be answered with a fault", function()
    hosted({ operations = { ["urn:note"] = function() end,
                            ["urn:boom"] = function() return nil, { reason = "no such luck" } end } }, function(url)
      local channel = connect(url)
      assert(channel:send("urn:note", pieces("<a/>", 9)))
      local message, why = channel:receive()
      assert.is_nil(message)
      assert.is_nil(why)
      local err = select(2, channel:request("urn:note", "<a/>"))
      assert.equal("invalid_format", err.code)
      assert.equal("the service ended the session without a message", err.message)
      assert.equal("no such luck", select(2, channel:request("urn:boom", pieces("<a/>", 9))).fault.reason)
      assert.equal("open", channel:state())
      assert(channel:close())
    end)
  end)

  it("leave their connection for another channel, where it is kept", function()
    hosted({ security = SSL }, function(url, host)
      for _ = 1, 3 do
        local channel = connect(url, { security = trusting(), reuse_connection = true })
        assert(drain(assert(channel:request(ECHO, pieces("<a>b</a>", 2)))))
        assert(channel:close())
      end
      assert.equal(1, host:info().accepted)
      local channel = connect(url, { security = trusting() })
      assert(drain(assert(channel:request(ECHO, pieces("<a>b</a>", 2)))))
      assert(channel:close())
      assert.equal(2, host:info().accepted)
    end)
  end)

  it("find another connection when the server has closed theirs", function()
    local answer = "\5" .. chunk(REPLY) .. "\0\7"
    local url, seen, acceptor = scripted { { "\11", answer }, { "\11", answer } }
    local channel = connect(url, TEXT_ONLY)
    for _ = 1, 2 do
      local reply = assert(channel:request("urn:q", "<q/>", { message_id = "urn:1" }))
      assert.is_truthy(drain(reply):find ">9<")
    end
    assert.equal(2, seen.connections)
    assert(channel:close())
    acceptor:close()
  end)

  it("are refused at the piece that is wrong, and cut off where their function breaks off", function()
    hosted({}, function(url)
      local channel = connect(url)
      for _, bad in ipairs { "<a></b>", "</s:Body>", "<?pi x?>" } do
        local given = 0
        local reply, err = channel:request(ECHO, function()
          given = given + 1
          return given == 1 and "<ok/>" or given == 2 and bad .. (" "):rep(400) .. "<z/>" or "<more/>"
        end)
        assert.is_nil(reply)
        assert.equal("invalidarg", err.code, bad)
        assert.equal(2, given)
      end
      local err = select(2, channel:request(ECHO, function() return nil, "no disk" end))
      assert.is_truthy(err.got:find "no disk")
      local reply = assert(channel:request("urn:broken", ""))
      local text, why = drain(reply)
      assert.is_nil(text)
      assert.equal("endpoint_disconnected", why.code)
      assert(drain(assert(channel:request(ECHO, pieces("<a/>", 10)))))
      assert(channel:close())
    end)
  end)

  it("have a limit at either end", function()
    hosted({ max_streamed_message_size = 3600 }, function(url)
      local reply, err = connect(url):request("urn:size", pieces("<a>" .. ("x"):rep(4000) .. "</a>", 500))
      assert.is_nil(reply)
      local why = err.fault and err.fault.reason or tostring(err)
      assert.is_truthy(why:find "quota", why)
    end)
    hosted({}, function(url)
      local channel = connect(url, { max_streamed_message_size = 1000 })
      local err = select(2, channel:request("urn:size", pieces("<a>" .. ("x"):rep(3001) .. "</a>", 10000)))
      assert.same({ "quota_exceeded", "max_streamed_message_size" }, { err.code, err.property })
    end)
    hosted({ max_streamed_start_size = 600 }, function(url)
      local channel = connect(url)
      assert(channel:request(ECHO, pieces("<a/>", 10)))
      local headers = { "<h xmlns='urn:h'>" .. ("x"):rep(600) .. "</h>" }
      local err = select(2, channel:request(ECHO, pieces("<a/>", 10), { headers = headers }))
      assert.equal("quota_exceeded", err.code)
    end)
  end)

  it("that nobody reads hold nobody up", function()
    hosted({}, function(url)
      local channel = connect(url)
      local long = "<a>" .. ("x"):rep(300000) .. "</a>"
      local unread = assert(channel:request(ECHO, pieces(long, 10000)))
      local reply = assert(channel:request(ECHO, pieces("<b/>", 10)))
      assert.equal("invalid_operation", select(2, unread:read()).code)
      assert.is_truthy(drain(reply))
      assert(channel:request("urn:ignore", pieces(long, 10000)))
      assert(channel:close())
    end)
  end)

  it("are read and answered by whoever accepts channels, too", function()
    local listener = assert(wws.listener { transfer_mode = "streamed", close_timeout = 0.02 })
    assert(listener:open "net.tcp://localhost:0/s")
    local told = {}
    blocking.spawn(function()
      for channel in listener:channels() do
        local request = channel:receive()
        if request and request.action == "urn:skip" then
          told.after = { channel:receive() }
          told.gone = select(2, request:read())
        elseif request then
          local text = assert(drain(request, 3))
          told.ok, told.err = channel:reply(request, "urn:r", pieces(text, 4))
          told.late = select(2, request:read())
          told.again = select(2, channel:reply(request, "urn:r", function() end))
          told.more = select(2, channel:send("urn:more", "<m/>"))
        end
        channel:close()
      end
    end)
    local channel = connect(listener.url)
    local reply = assert(channel:request(ECHO, pieces("<a>b</a>", 2)))
    assert.is_truthy(drain(reply):find(">b</a>", 1, true))
    wait_until(function() return told.more end)
    assert.is_true(told.ok, told.err)
    for _, name in ipairs { "late", "again", "more" } do assert.equal("invalid_operation", told[name].code, name) end
    assert(channel:send("urn:skip", pieces("<a>" .. ("x"):rep(100000) .. "</a>", 7000)))
    wait_until(function() return told.gone end)
    assert.same({}, told.after)
    assert.equal("invalid_operation", told.gone.code)
    assert(channel:close())
    listener:close()
  end)

  it("that are malformed fail where they are read, and can be answered with a fault", function()
    hosted({ encoding = "text_utf8" }, function(url)
      for _, bad in ipairs { "<a></b>", "<a>", "<a>\1</a>", "</s:Body><s:Body>" } do
        local got = raw(url, preamble(url, "\5" .. chunk(streaming.message(url, bad)) .. "\0\7"), "\0\7")
        assert.equal("\11\5", got:sub(1, 2), bad)
        assert.is_truthy(got:find("invalid_format", 1, true), got)
      end
    end)
  end)

  it("that end before their End are cut short at either end", function()
    local answer = "\5" .. chunk(REPLY)
    for _, cut in ipairs { answer:sub(1, 100), answer, answer .. "\0" } do
      local url, _, acceptor = scripted { { "\11", cut } }
      local channel = connect(url, TEXT_ONLY)
      local reply, err = channel:request("urn:q", "<q/>", { message_id = "urn:1" })
      if reply then
        local text
        text, err = drain(reply)
        assert.is_nil(text)
      end
      assert.equal("endpoint_disconnected", err.code)
      acceptor:close()
    end
    local fault = "\8\65http://schemas.microsoft.com/ws/2006/05/framing/faults/ServerTooBusy"
    fault = "\8" .. string.char(#fault - 2) .. fault:sub(3)
    local url, _, acceptor = scripted { { "\11", fault }, { fault }, { "\11", "\6\1x" } }
    for _, code in ipairs { "endpoint_too_busy", "endpoint_too_busy", "invalid_format" } do
      assert.equal(code, select(2, connect(url):request("urn:q", "<q/>")).code)
    end
    acceptor:close()
    hosted({ encoding = "text_utf8" }, function(to, host)
      raw(to, preamble(to, "\6\1x"))
      raw(to, preamble(to, "\5\3abc\0\6"))
      wait_until(function() return host:info().failed == 2 end)
    end)
  end)

  it("need no session, and what needs one is refused", function()
    local context = { type = "security_context", bootstrap = trusting { USER } }
    local err = select(2, connect("net.tcp://localhost:1/x", { security = trusting { context } }, true))
    assert.same({ "invalidarg", "security_context", "transfer_mode" }, { err.code, err.binding, err.property })
    err = select(2, connect("net.tcp://localhost:1/x", { encoding = "binary_session" }, true))
    assert.same({ "invalidarg", "encoding" }, { err.code, err.property })
    err = select(2, connect("net.tcp://localhost:1/x", { type = "duplex_session" }, true))
    assert.same({ "invalidarg", "type" }, { err.code, err.property })
    hosted({}, function(url)
      local channel = connect(url)
      assert.equal("invalid_operation", select(2, channel:shutdown()).code)
      assert(channel:close())
      assert(channel:reset())
      assert(channel:open(url))
      assert(drain(assert(channel:request(ECHO, pieces("<a/>", 2)))))
      assert(channel:close())
    end)
  end)

  it("come in time or not at all", function()
    local url, _, acceptor = scripted { { "\11", "\5" .. chunk(REPLY:sub(1, -24)), "" } }
    local channel = connect(url, { encoding = "text_utf8", receive_timeout = 0.3 })
    local reply = assert(channel:request("urn:q", "<q/>", { message_id = "urn:1" }))
    local text, err = drain(reply)
    assert.is_nil(text)
    assert.equal("operation_timed_out", err.code)
    assert.equal("receive_timeout", err.property)
    acceptor:close()
  end)

  it("flow through pipes, whose connection stays as well", function()
    local pipe = io.popen "mktemp -d"
    local directory = pipe:read "*l"
    pipe:close()
    for _, url in ipairs { "net.pipe://localhost/s", "net.uds://" .. directory .. "/x.sock" } do
      hosted({ url = url, run_directory = directory }, function(at, host)
        local channel = connect(at, { run_directory = directory })
        for _ = 1, 2 do
          local reply = assert(channel:request(ECHO, pieces("<a>" .. ("x"):rep(30000) .. "</a>", 999)))
          assert.equal(30000, #drain(reply):match ">(x+)<")
        end
        assert(channel:close())
        assert.equal(1, host:info().accepted)
      end)
    end
    os.execute("rm -rf " .. directory)
  end)
end)
