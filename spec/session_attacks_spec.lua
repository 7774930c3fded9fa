--- What hostile peers do to sessions over net.tcp, at both ends.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local core = require "wws.core"
local listeners = require "wws.listener"
local wws = require "wws"

local STRESS = os.getenv "WWS_STRESS" and 20 or 1
local PATIENCE = 10 * STRESS
local inside = core.listener
local SSL = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } }
local TRUSTING = { { type = "ssl", trust = certs.ca } }

local function preamble(url, rest) return "\0\1\0\1\2\2" .. string.char(#url) .. url .. "\3\3" .. (rest or "") end

local function sized(text) return "\6" .. string.char(#text % 128 + 128, math.floor(#text / 128)) .. text end

local function message(to)
  return sized('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">'
    .. "<s:Header><a:Action>urn:a</a:Action><a:MessageID>urn:1</a:MessageID><a:To>" .. to
    .. "</a:To></s:Header><s:Body><x/></s:Body></s:Envelope>")
end

describe("attacks on sessions:", function()
  local opened
  before_each(function() opened = {} end)
  after_each(function()
    for i = #opened, 1, -1 do opened[i]:close() end
  end)

  local function keep(object)
    opened[#opened + 1] = object
    return object
  end

  local function listen(security)
    local listener = keep(assert(listeners.new { security = security, encoding = "text_utf8" }))
    assert(listener:open "net.tcp://localhost:0/x")
    return listener
  end

  -- Gives a listener's machine these bytes and then `last`; what it did, in order.
  local function play(listener, bytes, last)
    local machine = assert(inside.session(listener))
    local kind, input
    local done = {}
    for _ = 1, 100 do
      local op, a = machine:step(kind, input)
      kind, input = nil, nil
      done[#done + 1] = op or a.code
      if op == "read" then
        assert.is_truthy(bytes, "it reads after the end")
        kind, input = "bytes", bytes:sub(1, a)
        bytes = bytes:sub(a + 1)
        if input == "" then kind, input, bytes = last, nil, nil end
      elseif op == "route" then
        machine:enter(listener)
      elseif op == nil or op == "close" or op == "done" and machine:state() ~= "open" then
        machine:close()
        return table.concat(done, " ")
      end
    end
    error("it goes on for ever: " .. table.concat(done, " "))
  end

  it("the end of the connection ends every state at once (attack F1)", function()
    for security, rest in pairs { [false] = "\12", [SSL] = "\9\19application/ssl-tls" } do
      local listener = listen(security or nil)
      local bytes = preamble(listener.url, rest)
      if not security then bytes = bytes .. message(listener.url) .. message(listener.url) .. "\7" end
      local whole = play(listener, bytes, "end")
      assert.is_truthy(whole:find(security and "write read" or "request.*request", 1), whole)
      for _, last in ipairs { "end", "broken", "timeout" } do
        for cut = 0, #bytes, STRESS > 1 and 17 or 1 do play(listener, bytes:sub(1, cut), last) end
      end
      local info = listener:info()
      assert.same({ 0, 0 }, { info.handshakes, info.connections })
    end
  end)

  -- What a machine does next: it ends each session of its own accord, and begins another.
  local NEXT = { open = "finish", ended = "restart" }
  local function go_on(machine, listener, op)
    if op == "route" then machine:enter(listener) end
    local step = op == "done" and NEXT[machine:state()]
    if step then assert(machine[step](machine)) end
    return op == "read" or op == "write" or op == "route" or step
  end

  it("nothing failed where a client lets a connection go between two sessions", function()
    for _, last in ipairs { "broken", "timeout" } do
      for more, failed in pairs { [""] = 0, ["\0\1\0\1\2\2\1x"] = 1 } do
        local listener = listen()
        local machine = assert(inside.session(listener))
        local inputs, kind, input = { preamble(listener.url, "\12\7"), more ~= "" and more or nil }, nil, nil
        repeat
          local op = machine:step(kind, input)
          kind, input = nil, nil
          if op == "read" then
            input = table.remove(inputs, 1)
            kind = input and "bytes" or last
          end
        until not go_on(machine, listener, op)
        machine:close()
        assert.same({}, inputs)
        assert.equal(failed, listener:info().failed, last .. #more)
      end
    end
  end)

  -- A server that answers what comes with these texts in turn, and then closes; `silent` keeps it open.
  local function server(answers, silent)
    local acceptor = keep(assert(blocking.listen("localhost", 0)))
    blocking.spawn(function()
      local stream = acceptor:accept(core.now() + PATIENCE)
      for _, answer in ipairs(answers) do
        if not stream:read(65536, core.now() + PATIENCE) then break end
        stream:write(answer, core.now() + PATIENCE)
      end
      if silent then stream:read(65536, core.now() + PATIENCE) end
      stream:close()
    end)
    return ("net.tcp://localhost:%d/x"):format(acceptor.port)
  end

  local function open(url, security)
    local channel = keep(assert(wws.channel { timeout = PATIENCE, security = security }))
    local ok, err = channel:open(url)
    return ok, err, channel
  end

  it("a client is told at once when its server goes, wherever that is (attack F1)", function()
    for _, case in ipairs { { {} }, { { "\8\200half a fault" } }, { { "\10" } }, { { "\10", "\22\3\3" }, TRUSTING } } do
      local ok, err = open(server(case[1]), case[2])
      assert.is_nil(ok)
      assert.is_not.equal("operation_timed_out", err.code)
    end
    for _, answer in ipairs { "", "\6", "\6\5", "\6\5abc" } do
      local _, _, channel = open(server { "\11", answer })
      local reply, err = channel:request("urn:a", "<x/>")
      assert.is_nil(reply)
      assert.is_not.equal("operation_timed_out", err.code)
    end
  end)

  it("a client lets no server skip its upgrade, nor say anything before it is done (attacks F3, F5)", function()
    for what, answers in pairs {
      ["an acknowledgement instead"] = { "\11" }, ["an acknowledgement along"] = { "\10\11" },
      ["a message along"] = { "\10\6\4<x/>" }, ["a byte of TLS along"] = { "\10\22" },
      ["another response"] = { "\10\10" }, ["an end"] = { "\7" }, ["nothing of framing"] = { "HTTP/1.1 200 OK\r\n\r\n" },
    } do
      local ok, err = open(server(answers, true), TRUSTING)
      assert.is_nil(ok, what)
      assert.equal("invalid_format", err.code, what)
    end
    local ok, err = open(server({ "\10" }, true)) -- and no upgrade that it did not ask for
    assert.is_nil(ok)
    assert.equal("invalid_format", err.code)
  end)

  it("a client takes no message before it is acknowledged, nor after its server's end (attack F5)", function()
    local ok, err = open(server({ "\6\4<x/>" }, true))
    assert.is_nil(ok)
    assert.equal("invalid_format", err.code)
    local _, _, channel = open(server({ "\11", "\7\6\4<x/>" }, true))
    local reply
    reply, err = channel:request("urn:a", "<x/>")
    assert.is_nil(reply)
    assert.is_truthy(err)
  end)

  -- LEB128 of sizes around 2^16, 2^31, 2^32, 2^35, and without end
  local SIZES = { "\129\128\4", "\255\255\255\255\7", "\128\128\128\128\8", "\255\255\255\255\15", "\128\128\128\128\16",
    "\255\255\255\255\127", "\128\128\128\128\128\1", ("\255"):rep(20), ("\128"):rep(20) }

  it("sizes that lie, overflow or are no 31 bits are refused before they are believed, at both ends (attack E6)", function()
    local listener = listen()
    for _, size in ipairs(SIZES) do
      local failed = listener:info().failed
      play(listener, preamble(listener.url, "\12\6" .. size), "end")
      assert.equal(failed + 1, listener:info().failed)
      local code = listener:info().last_error.code
      assert.is_true(code == "quota_exceeded" or code == "invalid_format", code)
      local _, _, channel = open(server({ "\11", "\6" .. size }, true))
      local reply, err = channel:request("urn:a", "<x/>")
      assert.is_nil(reply)
      assert.is_true(err.code == "quota_exceeded" or err.code == "invalid_format", err.code)
    end
    for _, bytes in ipairs { "\0\1\0\1\2\2", "\0\1\0\1\2\2\1a\4" } do -- a Via, a content type
      for _, size in ipairs(SIZES) do
        local failed = listener:info().failed
        play(listener, bytes .. size .. ("x"):rep(4000), "end")
        assert.equal(failed + 1, listener:info().failed)
        local code = listener:info().last_error.code
        assert.is_not.equal("endpoint_disconnected", code)
      end
    end
  end)

  it("an envelope of no bytes is no message, and its session is over (attack E6)", function()
    local listener = listen()
    play(listener, preamble(listener.url, "\12\6\0"), "end")
    assert.equal(1, listener:info().failed)
  end)

  it("connections that say nothing, or half a preamble, keep no client out (attack F2)", function()
    local host = keep(assert(wws.service_host { { url = "net.tcp://localhost:0/x", max_connections = 8, max_handshakes = 8,
      operations = { ["urn:a"] = function() return "<y/>" end } } }))
    assert(host:open())
    local port = tonumber(host.urls[1]:match ":(%d+)/")
    local silent = {}
    for i = 1, 40 do
      silent[i] = assert(blocking.connect("localhost", port))
      if i % 2 == 0 then silent[i]:write("\0\1\0\1\2", core.now() + PATIENCE) end
      local deadline = core.now() + PATIENCE
      while host:info().accepted < i and core.now() < deadline do blocking.step(0.01) end
    end
    assert.equal(40, host:info().accepted)
    assert.is_true(host:info().connections <= 8)
    for _ = 1, 2 do
      local ok, err, channel = open(host.urls[1])
      assert(ok, tostring(err))
      assert(channel:request("urn:a", "<x/>"))
      assert(channel:close())
    end
    for _, stream in ipairs(silent) do stream:close() end
  end)

  it("a message for another endpoint than its session's is refused, the weaker one's way in or not (attacks A18, D3)",
    function()
      local reached = {}
      local function serve(path, port, security)
        local host = keep(assert(wws.service_host { { url = ("net.tcp://localhost:%d%s"):format(port, path),
          security = security, encoding = "text_utf8", close_timeout = 0.02, to_header_matching_options = { "exact_path" },
          operations = { ["urn:a"] = function()
            reached[#reached + 1] = path
            return "<y/>"
          end } } }))
        assert(host:open())
        return host.urls[1]
      end
      local weak = serve("/weak", 0)
      local port = tonumber(weak:match ":(%d+)/")
      local strong = serve("/strong", port, SSL)
      local function say(bytes)
        local stream = assert(blocking.connect("localhost", port))
        assert(stream:write(bytes .. "\7", core.now() + PATIENCE))
        local all = ""
        repeat
          local more = stream:read(65536, core.now() + PATIENCE)
          all = all .. (more or "")
        until not more or all:find "\7$"
        stream:close()
        return all
      end
      assert.is_truthy(say(preamble(weak, "\12" .. message(weak))):find("<y", 1, true))
      assert.same({ "/weak" }, reached)
      assert.is_truthy(say(preamble(weak, "\12" .. message(strong))):find("DestinationUnreachable", 1, true))
      assert.is_truthy(say(preamble(strong, "\12" .. message(strong))):find("UpgradeInvalid", 1, true))
      assert.is_truthy(say(preamble(strong, "\12" .. message(weak))):find("UpgradeInvalid", 1, true))
      assert.same({ "/weak" }, reached)
    end)
end)
