local blocking = require "wws.io.blocking"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1

local function pair()
  local acceptor = assert(blocking.listen("127.0.0.1", 0))
  local client = assert(blocking.connect("127.0.0.1", acceptor.port))
  local server = assert(acceptor:accept())
  acceptor:close()
  return client, server
end

local function collect_errors()
  local errors = {}
  blocking.on_error(function(err) errors[#errors + 1] = tostring(err) end)
  return errors
end

describe("io: the blocking driver", function()
  it("moves bytes between two ends outside of any coroutine", function()
    local client, server = pair()
    assert.is_true(client:write("hello"))
    assert.equal("hello", server:read(100))
    assert.is_true(server:write("you too"))
    assert.equal("you", client:read(3))
    assert.equal(" too", client:read(100))
    client:close()
    server:close()
  end)

  it("tells the end of a stream from a stream closed here", function()
    local client, server = pair()
    client:close()
    assert.same({ nil, "closed" }, { server:read(1) })
    server:close()
    server:close()
    assert.same({ nil, "aborted" }, { server:read(1) })
    assert.same({ nil, "closed" }, { server:write("x") })
  end)

  it("reports a write to a peer that went away, without a signal", function()
    local client, server = pair()
    server:close()
    local ok, why
    for _ = 1, 50 do
      ok, why = client:write(("x"):rep(65536), blocking.now() + 1)
      if not ok then break end
    end
    assert.is_nil(ok)
    assert.is_truthy(why == "closed" or why == "reset")
    client:close()
  end)

  it("names what kept it from connecting or listening", function()
    local acceptor = assert(blocking.listen("127.0.0.1", 0))
    assert.same({ nil, "address in use" }, { blocking.listen("127.0.0.1", acceptor.port) })
    acceptor:close()
    assert.same({ nil, "refused" }, { blocking.connect("127.0.0.1", acceptor.port) })
    assert.same({ nil, "host not found" }, { blocking.connect("no such host", 1) })
    assert.same({ nil, "address not available" }, { blocking.listen("192.0.2.1", 0) })
    assert.same({ nil, "closed" }, { acceptor:accept() })
  end)

  it("takes v4 and v6 when it listens on all addresses, and one alone for localhost", function()
    for _, host in ipairs { "+", "*", "some.name.example" } do
      local acceptor = assert(blocking.listen(host, 0))
      local client = assert(blocking.connect("127.0.0.1", acceptor.port))
      client:close()
      acceptor:close()
    end
    local acceptor = assert(blocking.listen("localhost", 0))
    assert(blocking.connect("localhost", acceptor.port)):close()
    assert.same({ nil, "refused" }, { blocking.connect("127.0.0.2", acceptor.port) })
    acceptor:close()
  end)

  it("keeps a deadline on read, write, accept and sleep", function()
    local client, server = pair()
    local started = blocking.now()
    assert.same({ nil, "timeout" }, { client:read(1, blocking.now() + 0.03) })
    assert.same({ nil, "timeout" }, { server:write(("x"):rep(2 ^ 24), blocking.now() + 0.03) })
    local acceptor = assert(blocking.listen("localhost", 0))
    assert.same({ nil, "timeout" }, { acceptor:accept(blocking.now() + 0.03) })
    assert.same({ nil, "timeout" }, { acceptor:accept(blocking.now() - 1) })
    blocking.sleep(blocking.now() + 0.03)
    local took = blocking.now() - started
    assert.is_true(took >= 0.12 and took < 1 * STRESS, took)
    acceptor:close()
    client:close()
    server:close()
  end)

  it("ends a read for its deadline although a byte comes now and then", function()
    local client, server = pair()
    local stop = blocking.now() + 0.5
    blocking.spawn(function()
      while blocking.now() < stop do
        if not server:write("x") then break end
        blocking.sleep(blocking.now() + 0.02)
      end
    end)
    local deadline, got = blocking.now() + 0.15, 0
    local bytes, why
    repeat
      bytes, why = client:read(1, deadline)
      if bytes then got = got + 1 end
    until not bytes
    assert.equal("timeout", why)
    assert.is_true(got >= 2 and blocking.now() < stop)
    client:close()
    server:close()
    blocking.run()
  end)

  it("lets a hundred coroutines wait together", function()
    local count, started = 0, blocking.now()
    for _ = 1, 100 do
      blocking.spawn(function()
        local client, server = pair()
        blocking.sleep(blocking.now() + 0.2)
        client:write("done")
        count = count + (server:read(10) == "done" and 1 or 0)
        client:close()
        server:close()
      end)
    end
    blocking.run()
    assert.equal(100, count)
    assert.is_true(blocking.now() - started < 3 * STRESS)
  end)

  it("serves the one that talks beside hundreds that are silent", function()
    local acceptor = assert(blocking.listen("127.0.0.1", 0))
    local silent, served = {}, 0
    blocking.spawn(function()
      while true do
        local stream = acceptor:accept()
        if not stream then break end
        blocking.spawn(function()
          local bytes = stream:read(100, blocking.now() + 30)
          while bytes do
            stream:write(bytes)
            served = served + 1
            bytes = stream:read(100, blocking.now() + 30)
          end
          stream:close()
        end)
      end
    end)
    for i = 1, 400 do silent[i] = assert(blocking.connect("127.0.0.1", acceptor.port)) end
    local client = assert(blocking.connect("127.0.0.1", acceptor.port))
    local started = os.clock()
    for _ = 1, 200 do
      assert(client:write("ping"))
      assert.equal("ping", client:read(100))
    end
    assert.equal(200, served)
    assert.is_true(os.clock() - started < 0.5 * STRESS, "waiting must not burn the processor")
    client:close()
    for _, stream in ipairs(silent) do stream:close() end
    acceptor:close()
    blocking.run()
  end)

  it("waits without a busy loop", function()
    local before = os.clock()
    blocking.sleep(blocking.now() + 0.2)
    assert.is_true(os.clock() - before < 0.05 * STRESS)
  end)

  it("reports an error in a coroutine and goes on", function()
    local errors, went_on = collect_errors(), false
    blocking.spawn(function() error("broke") end)
    blocking.spawn(function()
      blocking.sleep(blocking.now() + 0.01)
      went_on = true
    end)
    blocking.run()
    assert.equal(1, #errors)
    assert.is_truthy(errors[1]:find("broke", 1, true))
    assert.is_true(went_on)
  end)

  it("survives an error hook that raises", function()
    blocking.on_error(function() error("the hook, too") end)
    blocking.spawn(function() error("broke") end)
    assert.has_no.errors(blocking.run)
    collect_errors()
  end)

  it("runs the coroutines while the main program waits, and lets those wait inside them", function()
    local client, server = pair()
    blocking.spawn(function()
      local request = server:read(100)
      blocking.sleep(blocking.now() + 0.01)
      server:write(request:upper())
    end)
    client:write("abc")
    assert.equal("ABC", client:read(10))
    client:close()
    server:close()
  end)

  it("works inside a coroutine that is not its own", function()
    local client, server = pair()
    local answers = coroutine.wrap(function()
      for i = 1, 3 do
        client:write("n" .. i)
        coroutine.yield(server:read(10))
      end
    end)
    assert.equal("n1", answers())
    assert.equal("n2", answers())
    assert.equal("n3", answers())
    client:close()
    server:close()
  end)

  it("does not starve others when one succeeds all the time", function()
    local client, server = pair()
    local stop, other = false, 0
    blocking.spawn(function()
      while not stop do
        client:write("x")
        server:read(10)
      end
    end)
    blocking.spawn(function()
      for _ = 1, 5 do
        blocking.sleep(blocking.now() + 0.001)
        other = other + 1
      end
      stop = true
    end)
    blocking.run()
    assert.equal(5, other)
    client:close()
    server:close()
  end)

  it("wakes a reader whose stream is closed by another coroutine", function()
    local client, server = pair()
    local why
    blocking.spawn(function() why = select(2, client:read(1)) end)
    blocking.spawn(function() client:close() end)
    blocking.run()
    assert.equal("aborted", why)
    server:close()
  end)

  it("wakes an acceptor that is closed", function()
    local acceptor = assert(blocking.listen("localhost", 0))
    local why
    blocking.spawn(function() why = select(2, acceptor:accept()) end)
    blocking.spawn(function() acceptor:close() end)
    blocking.run()
    assert.equal("closed", why)
  end)

  it("says so when a wait can never end", function()
    assert.has_error(function() blocking.queue():pop() end, "this wait can never end: nothing else is going on")
  end)

  it("drops a stream that nobody holds", function()
    local client, server = pair()
    client:read(1, blocking.now() + 0.001)
    client = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.same({ nil, "closed" }, { server:read(1, blocking.now() + 1) })
    server:close()
  end)

  it("holds a coroutine that waits, although nobody else does", function()
    local client, server = pair()
    local got
    do
      local mine = server
      blocking.spawn(function() got = mine:read(10) end)
    end
    server = nil -- luacheck: ignore 311
    blocking.step()
    collectgarbage()
    collectgarbage()
    client:write("still there?")
    blocking.run()
    assert.equal("still ther", got)
    client:close()
  end)
end)

describe("io: a queue", function()
  it("hands values over in order", function()
    local queue = blocking.queue()
    queue:push(1)
    queue:push(2)
    assert.equal(2, queue:count())
    assert.equal(1, queue:pop())
    assert.equal(2, queue:pop())
    assert.same({ nil, "timeout" }, { queue:pop(blocking.now() + 0.01) })
    assert.same({ nil, "timeout" }, { queue:pop(blocking.now() - 1) })
  end)

  it("wakes who waited longest first, and skips who gave up", function()
    local queue, got = blocking.queue(), {}
    blocking.spawn(function() got.gave_up = select(2, queue:pop(blocking.now() + 0.005)) end)
    for i = 1, 2 do blocking.spawn(function() got[i] = queue:pop() end) end
    blocking.sleep(blocking.now() + 0.02)
    queue:push("a")
    queue:push("b")
    blocking.run()
    assert.same({ "a", "b", gave_up = "timeout" }, got)
  end)

  it("lets out what it holds when it is closed", function()
    local queue = blocking.queue()
    local why
    queue:push("last")
    queue:close()
    queue:close()
    assert.same({ nil, "closed" }, { queue:push("more") })
    assert.equal("last", queue:pop())
    assert.same({ nil, "closed" }, { queue:pop() })
    local other = blocking.queue()
    blocking.spawn(function() why = select(2, other:pop()) end)
    blocking.spawn(function() other:close() end)
    blocking.run()
    assert.equal("closed", why)
  end)
end)
