-- Channel, listener and host behave alike under each driver, used as a program of that loop's users would.
local calculator = require "spec.support.calculator"
local loop_kit = require "spec.support.loop_kit"
local loops = require "spec.support.loops"
local needs = require "spec.support.needs"
local popen = io.popen
local world = require "spec.support.world"
local wws = require "wws"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1
local SOON = 0.3 * math.min(STRESS, 6) -- seconds a server waits at most
local SLOW = loop_kit.SLOW
local CALLS, ANSWER_AFTER, TOGETHER = STRESS > 1 and 10 or 100, 0.2, 0.6

local function bare(body)
  return (body:gsub(' xmlns:%w+="[^"]*"', ""))
end

local function port_of(url)
  return tonumber(url:match ":(%d+)/")
end

local function add(channel, a, b)
  local reply = assert(channel:request(world.ADD, ("<Add xmlns='http://example.org/'><a>%d</a><b>%d</b></Add>"):format(a, b)))
  return calculator.sum(reply)
end

local function calls_specs(io, run, tools)
  it("establishes a context, calls in it, and cancels it", function()
    run(function()
      local host, url = tools.host()
      local channel = tools.open(url)
      assert.equal(3, add(channel, 1, 2))
      assert.equal(7, add(channel, 3, 4))
      assert(channel:close())
      local info = host:info()
      assert.same({ 1, 1, 2, 0 }, { info.established, info.cancelled, info.requests, info.active_contexts })
      host:close()
    end)
  end)

  it("talks over a pipe, whose ends know one another", function()
    run(function()
      local made = popen "mktemp -d"
      local directory = made:read "*l"
      made:close()
      local host, url = tools.host({}, { url = "net.pipe://localhost/calculator", run_directory = directory, security = {} })
      local sums, calls = {}, {}
      for i = 1, 3 do
        calls[i] = function()
          local channel = assert(wws.connect(url, { driver = io, run_directory = directory, timeout = 10 * STRESS }))
          sums[i] = add(channel, i, 1)
          assert(channel:close())
        end
      end
      tools.together(calls)
      assert.same({ 2, 3, 4 }, sums)
      host:close()
      assert(os.remove(directory))
    end)
  end)

  it("serves many clients at once with a listener and a loop", function()
    run(function()
      local listener = assert(wws.listener { driver = io, security = world.served() })
      assert(listener:open "https://localhost:0/calculator")
      io.spawn(function()
        for channel in listener:channels() do
          for request in channel:messages() do
            channel:reply(request, calculator.ADD_RESPONSE, world.add(request))
          end
          channel:close()
        end
      end)
      local clients = {}
      for i = 1, 8 do
        clients[i] = function()
          local channel = tools.open(listener.url)
          for j = 1, 5 do assert.equal(i + j, add(channel, i, j)) end
          assert(channel:close())
        end
      end
      tools.together(clients)
      local info = listener:info()
      assert.same({ 8, 8, 40 }, { info.established, info.cancelled, info.requests })
      listener:close()
    end)
  end)

  it("answers above somebody else's HTTP server", function()
    run(function()
      local listener = assert(wws.listener { driver = io, security = {}, url = "http://localhost:1/x",
        on_request = function(channel)
          local request = assert(channel:receive())
          io.sleep(io.now() + 0.01)
          assert(channel:reply(request, "urn:r", "<r/>"))
        end })
      local status, _, body = listener:handle {
        method = "POST", path = "/x", headers = { ["Content-Type"] = "application/soap+xml; charset=utf-8" },
        body = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">'
          .. '<s:Header><a:Action s:mustUnderstand="1">urn:a</a:Action><a:To s:mustUnderstand="1">http://localhost:1/x</a:To>'
          .. "<a:MessageID>urn:uuid:1</a:MessageID></s:Header><s:Body><q/></s:Body></s:Envelope>",
      }
      assert.equal(200, status)
      assert.is_truthy(body:find("<r", 1, true))
      listener:close()
    end)
  end)

  -- A machine that is busy with something else gets another try.
  local function is_quick(attempt)
    local took
    for _ = 1, 3 do
      took = attempt()
      if took < TOGETHER * STRESS then return end
    end
    error(("it took %.3f s"):format(took))
  end

  it(("has %d calls answered together that are answered after %d ms each"):format(CALLS, ANSWER_AFTER * 1000), function()
    run(function() is_quick(function()
      local host, url = tools.plain_host(ANSWER_AFTER)
      local callers = {}
      for i = 1, CALLS do
        callers[i] = function()
          local channel = tools.open(url)
          local reply = assert(channel:request(SLOW, "<n>" .. i .. "</n>"))
          channel:close()
          return bare(reply.body)
        end
      end
      local before = io.now()
      local replies = tools.together(callers)
      local took = io.now() - before
      for i = 1, CALLS do assert.equal("<n>" .. i .. "</n>", replies[i]) end
      host:close()
      return took
    end) end)
  end)

  it(("has %d calls inside contexts answered together, too"):format(CALLS), function()
    run(function() is_quick(function()
      local host, url = tools.slow_host(ANSWER_AFTER)
      local channels, callers, closers = {}, {}, {}
      for i = 1, CALLS do
        channels[i] = tools.open(url)
        assert.equal(i, add(channels[i], i, 0))
        callers[i] = function() return bare(assert(channels[i]:request(SLOW, "<n>" .. i .. "</n>")).body) end
        closers[i] = function() assert(channels[i]:close()) end
      end
      local before = io.now()
      local replies = tools.together(callers)
      local took = io.now() - before
      for i = 1, CALLS do assert.equal("<n>" .. i .. "</n>", replies[i]) end
      tools.together(closers)
      assert.equal(CALLS, host:info().cancelled)
      host:close()
      return took
    end) end)
  end)
end

-- An operation that answers when the spec lets it.
local function gate(io)
  local opened = io.queue()
  return function(request)
    opened:pop(io.now() + 5 * STRESS)
    return request.body
  end, function() opened:close() end
end

local function turns_specs(io, run, tools)
  it("lets a second call on a channel wait its turn", function()
    run(function()
      local host, url = tools.slow_host(0.05)
      local channel, order = tools.open(url), {}
      add(channel, 1, 1)
      local before = io.now()
      local function caller(n)
        return function()
          io.sleep(before + n * 0.01)
          assert.equal("<n>" .. n .. "</n>", bare(assert(channel:request(SLOW, "<n>" .. n .. "</n>")).body))
          order[#order + 1] = n
        end
      end
      tools.together { caller(1), caller(2), caller(3) }
      assert.same({ 1, 2, 3 }, order)
      assert.is_true(io.now() - before >= 0.15)
      assert.equal(1, host:info().connections)
      assert(channel:close())
      host:close()
    end)
  end)

  it("counts the wait for its turn as a call's own time", function()
    run(function()
      local operation, answer = gate(io)
      local host, url = tools.host { [SLOW] = operation }
      local channel = tools.open(url)
      local err
      tools.together {
        function() assert(channel:request(SLOW, "<n>1</n>")) end,
        function()
          io.sleep(io.now() + 0.02)
          err = select(2, channel:request(SLOW, "<n>2</n>", { timeout = 0.05 }))
          answer()
        end,
      }
      assert.equal("operation_timed_out", err.code)
      assert.equal(3, add(channel, 1, 2))
      assert(channel:close())
      host:close()
    end)
  end)

  it("ends a call under way, and those that wait for their turn, when the channel is aborted", function()
    run(function()
      local operation, answer = gate(io)
      local host, url = tools.host { [SLOW] = operation }
      local channel, errors, before = tools.open(url), {}, io.now()
      local function caller(n)
        return function()
          local reply, err = channel:request(SLOW, "<n/>")
          assert.is_nil(reply)
          errors[n] = err.code
        end
      end
      tools.together { caller(1), caller(2), function()
        io.sleep(io.now() + 0.05)
        channel:abort()
      end }
      assert.is_true(io.now() - before < 4 * STRESS)
      answer()
      assert.equal("operation_aborted", errors[1])
      assert.is_truthy(errors[2] == "operation_aborted" or errors[2] == "object_faulted", errors[2])
      assert.equal("faulted", channel:state())
      host:close()
    end)
  end)

  it("ends a call that is still being connected when the channel is aborted", function()
    run(function()
      local acceptor = assert(io.listen("127.0.0.1", 0))
      local cancelled, before = nil, io.now()
      -- a driver whose connections never come about: the stream waits for what its peer never sends
      local stuck = setmetatable({ connect = function(_, _, options)
        local stream = assert(io.connect("127.0.0.1", acceptor.port))
        options.began(stream)
        cancelled = select(2, stream:read(1, options.deadline))
        return nil, cancelled
      end }, { __index = io })
      local channel = tools.open("http://localhost:1/", { driver = stuck })
      local reply, err
      tools.together {
        function() reply, err = channel:request(SLOW, "<n/>") end,
        function()
          io.sleep(io.now() + 0.05)
          channel:abort()
        end,
      }
      assert.is_nil(reply)
      assert.equal("operation_aborted", err.code)
      assert.equal("aborted", cancelled)
      assert.is_true(io.now() - before < 4 * STRESS)
      acceptor:close()
    end)
  end)
end

local function deadlines_specs(io, run, tools)
  local function talk_slowly(text, interval)
    return function(stream)
      for i = 1, #text do
        if not stream:write(text:sub(i, i)) then break end
        io.sleep(io.now() + interval)
      end
    end
  end

  local function timed_out(seconds, body)
    local before = io.now()
    local reply, err = body()
    local took = io.now() - before
    assert.is_nil(reply)
    assert.equal("operation_timed_out", err.code)
    assert.is_true(took >= seconds * 0.9 and took < seconds + 2 * STRESS, took)
  end

  it("bounds a call by its timeout, and goes on afterwards", function()
    run(function()
      local operation, answer = gate(io)
      local host, url = tools.host { [SLOW] = operation }
      local channel = tools.open(url)
      add(channel, 1, 2)
      timed_out(0.1, function() return channel:request(SLOW, "<n/>", { timeout = 0.1 }) end)
      answer()
      assert.equal(3, add(channel, 1, 2))
      assert(channel:close())
      host:close()
    end)
  end)

  it("bounds a call to a peer that sends a byte now and then", function()
    run(function()
      local url, stop = tools.peer(talk_slowly("HTTP/1.1 200 OK\r\n", 0.1))
      local channel = tools.open(url)
      timed_out(0.35, function() return channel:request(SLOW, "<n/>", { timeout = 0.35 }) end)
      channel:abort()
      stop()
    end)
  end)

  it("bounds each part of a call: head, body, TLS handshake", function()
    run(function()
      local head = "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: 1000\r\n\r\n"
      local slowly = talk_slowly((" "):rep(1000), 0.02)
      local in_head, stop_head = tools.peer(talk_slowly(head, 0.02))
      local in_body, stop_body = tools.peer(function(stream)
        stream:write(head)
        slowly(stream)
      end)
      local in_tls, stop_tls = tools.peer(talk_slowly("\22\3\3\64\0" .. ("\2"):rep(1000), 0.02))
      local callers = {}
      for i, url in ipairs { in_head, in_body, (in_tls:gsub("^http:", "https:")) } do
        callers[i] = function()
          local channel = tools.open(url)
          timed_out(0.2, function() return channel:request(SLOW, "<n/>", { timeout = 0.2 }) end)
          channel:abort()
        end
      end
      tools.together(callers)
      stop_head()
      stop_body()
      stop_tls()
    end)
  end)

  for what, begin in pairs {
    head = "POST /service HTTP/1.1\r\nHost: localhost\r\nX: ",
    body = "POST /service HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml; charset=utf-8\r\n"
      .. "Content-Length: 1000\r\n\r\n",
  } do
    it("bounds a client that sends its request's " .. what .. " byte by byte, and serves others meanwhile", function()
      run(function()
        local host, url = tools.slow_host(0, { url = "http://localhost:0/service", security = {}, receive_timeout = SOON,
                                               connect_timeout = SOON })
        local stream = assert(io.connect("localhost", port_of(url)))
        local before, over = io.now(), false
        io.spawn(function()
          local ok = stream:write(begin)
          while ok and not over and io.now() - before < 3 * STRESS do
            ok = stream:write "x"
            io.sleep(io.now() + 0.03)
          end
        end)
        local channel = tools.open(url)
        assert(channel:request(SLOW, "<n/>"))
        channel:close()
        local answer = stream:read(1000, io.now() + 2 * STRESS)
        assert.matches("^HTTP/1.1 408 ", tostring(answer))
        assert.is_true(io.now() - before < 2.5 * STRESS)
        over = true
        io.sleep(io.now() + 0.05)
        stream:close()
        host:close()
      end)
    end)
  end

  it("bounds accept, and closing bounds it, too", function()
    run(function()
      local listener = assert(wws.listener { driver = io, security = {} })
      assert(listener:open "http://localhost:0/")
      local before = io.now()
      local channel, err = listener:accept(0.05)
      assert.is_nil(channel)
      assert.is_nil(err)
      assert.is_true(io.now() - before >= 0.05)
      tools.together {
        function() channel, err = listener:accept() end,
        function()
          io.sleep(io.now() + 0.02)
          listener:close()
        end,
      }
      assert.is_nil(channel)
      assert.equal("operation_aborted", err.code)
      assert.equal("invalid_operation", select(2, listener:accept()).code)
    end)
  end)
end

-- What earlier calls left on the stack keeps objects alive until it is overwritten.
local function wipe(depth)
  local a, b, c, d, e, f, g, h -- luacheck: ignore 221
  if depth > 0 then wipe(depth - 1) end
  return a, b, c, d, e, f, g, h
end

local function lives_specs(io, run, tools)
  it("cancels the contexts of channels that were dropped", function()
    run(function()
      local host, url = tools.host()
      local function use_and_drop()
        for i = 1, 3 do assert.equal(i, add(tools.open(url), i, 0)) end
      end
      use_and_drop()
      assert.equal(3, host:info().established)
      local deadline = io.now() + 5 * STRESS
      repeat
        wipe(20)
        collectgarbage()
        io.sleep(io.now() + 0.01)
      until host:info().active_contexts == 0 or io.now() > deadline
      assert.same({ 3, 0 }, { host:info().cancelled, host:info().active_contexts })
      host:close()
    end)
  end)

  it("runs a host until one of its operations closes it", function()
    run(function()
      local host, url
      host, url = tools.host({ ["urn:stop"] = function()
        io.spawn(function() host:close() end)
        return "<stopped/>"
      end }, { url = "http://localhost:0/service", security = {} })
      local stopped = io.queue()
      io.spawn(function()
        local channel = tools.open(url)
        stopped:push(channel:request("urn:stop", "<x/>") and "answered" or "not answered")
        channel:close()
      end)
      assert.is_true(host:run())
      assert.equal("answered", stopped:pop(io.now() + 5))
    end)
  end)

  it("serves while a host is stepped", function()
    run(function()
      local host, url = tools.plain_host(0.01)
      local reply
      io.spawn(function()
        local channel = tools.open(url)
        reply = assert(channel:request(SLOW, "<n/>"))
        channel:close()
      end)
      local deadline = io.now() + 5 * STRESS
      repeat host:step(0.01) until reply or io.now() > deadline
      assert.equal("<n/>", bare(reply.body))
      host:close()
    end)
  end)

  it("is what wws.use chooses", function()
    wws.use(io)
    finally(function() wws.use(nil) end)
    run(function()
      local host = assert(wws.service_host { {
        url = "http://localhost:0/", operations = { [SLOW] = function(request)
          io.sleep(io.now() + 0.01)
          return request.body
        end },
      } })
      assert(host:open())
      local channel = assert(wws.connect(host.urls[1]))
      assert.equal("<n/>", bare(assert(channel:request(SLOW, "<n/>")).body))
      channel:close()
      host:close()
    end)
  end)
end

for _, loop in ipairs(loops) do
  describe("io: channel, listener and host under " .. loop.name, function()
    if not needs(loop.missing) then return end
    local io = loop.driver
    local ways = {
      ["inside its loop"] = loop.inside,
      ["outside of it"] = function(fn)
        fn()
        io.run()
      end,
    }
    for _, way in ipairs { "inside its loop", "outside of it" } do
      describe(way, function()
        local tools = loop_kit.new(io)
        turns_specs(io, ways[way], tools)
        if way == "inside its loop" then
          calls_specs(io, ways[way], tools)
          deadlines_specs(io, ways[way], tools)
        end
        lives_specs(io, ways[way], tools)
      end)
    end
  end)
end
