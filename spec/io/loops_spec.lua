local loops = require "spec.support.loops"
local needs = require "spec.support.needs"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1

local function pair(io)
  local acceptor = assert(io.listen("127.0.0.1", 0))
  local client = assert(io.connect("127.0.0.1", acceptor.port))
  local server = assert(acceptor:accept())
  acceptor:close()
  return client, server
end

local function close(...)
  for _, stream in ipairs { ... } do stream:close() end
end

local function streams_specs(io, run)
  it("moves bytes between two ends", function()
    run(function()
      local client, server = pair(io)
      assert.is_true(client:write("hello"))
      assert.equal("hello", server:read(100))
      assert.is_true(server:write("you too"))
      assert.equal("you", client:read(3))
      assert.equal(" too", client:read(100))
      client:close()
      assert.same({ nil, "closed" }, { server:read(1) })
      close(server, server)
      assert.same({ nil, "aborted" }, { server:read(1) })
      assert.same({ nil, "closed" }, { server:write("x") })
    end)
  end)

  it("moves more than the system holds, both ways at once", function()
    run(function()
      local client, server = pair(io)
      local text, done = ("0123456789abcdef"):rep(2 ^ 18), io.queue()
      local function carry(from, to)
        io.spawn(function() assert(from:write(text, io.now() + 20)) end)
        io.spawn(function()
          local parts, size = {}, 0
          while size < #text do
            parts[#parts + 1] = assert(to:read(2 ^ 20, io.now() + 20))
            size = size + #parts[#parts]
          end
          done:push(table.concat(parts) == text)
        end)
      end
      carry(client, server)
      carry(server, client)
      assert.is_true(done:pop(io.now() + 20))
      assert.is_true(done:pop(io.now() + 20))
      close(client, server)
    end)
  end)

  it("names what kept it from connecting or listening", function()
    run(function()
      local acceptor = assert(io.listen("127.0.0.1", 0))
      assert.same({ nil, "address in use" }, { io.listen("127.0.0.1", acceptor.port) })
      acceptor:close()
      assert.same({ nil, "refused" }, { io.connect("127.0.0.1", acceptor.port) })
      assert.same({ nil, "host not found" }, { io.connect("no such host", 1) })
      assert.same({ nil, "closed" }, { acceptor:accept() })
    end)
  end)

  it("looks a name up", function()
    run(function()
      local acceptor = assert(io.listen("127.0.0.1", 0))
      close(assert(io.connect("127.1", acceptor.port, { deadline = io.now() + 5 })), -- no address in its usual form
        assert(io.connect("localhost", acceptor.port)), acceptor)
    end)
  end)

  it("keeps a deadline on read, write, accept, pop and sleep", function()
    run(function()
      local client, server = pair(io)
      local started = io.now()
      assert.same({ nil, "timeout" }, { client:read(1, io.now() + 0.03) })
      assert.same({ nil, "timeout" }, { server:write(("x"):rep(2 ^ 24), io.now() + 0.03) })
      local acceptor = assert(io.listen("localhost", 0))
      assert.same({ nil, "timeout" }, { acceptor:accept(io.now() + 0.03) })
      assert.same({ nil, "timeout" }, { acceptor:accept(io.now() - 1) })
      assert.same({ nil, "timeout" }, { io.queue():pop(io.now() + 0.03) })
      assert.same({ nil, "timeout" }, { io.queue():pop(io.now() - 1) })
      io.sleep(io.now() + 0.03)
      local took = io.now() - started
      assert.is_true(took >= 0.15 and took < 1 * STRESS, took)
      close(acceptor, client, server)
    end)
  end)

  it("ends a read for its deadline although a byte comes now and then", function()
    run(function()
      local client, server = pair(io)
      local stop = io.now() + 1
      io.spawn(function()
        while io.now() < stop and server:write("x") do io.sleep(io.now() + 0.02) end
      end)
      local deadline, got = io.now() + 0.15, 0
      local bytes, why
      repeat
        bytes, why = client:read(1, deadline)
        if bytes then got = got + 1 end
      until not bytes
      assert.equal("timeout", why)
      assert.is_true(got >= 2 and io.now() < stop)
      close(client, server)
    end)
  end)

  it("waits without a busy loop", function()
    run(function()
      local before = os.clock()
      io.sleep(io.now() + 0.2)
      assert.is_true(os.clock() - before < 0.05 * STRESS)
    end)
  end)

  it("wakes whoever waits for a stream or an acceptor that is closed", function()
    run(function()
      local client, server = pair(io)
      local acceptor = assert(io.listen("localhost", 0))
      local why = io.queue()
      io.spawn(function() why:push((select(2, client:read(1)))) end)
      io.spawn(function() client:close() end)
      assert.equal("aborted", why:pop(io.now() + 5))
      io.spawn(function() why:push((select(2, acceptor:accept()))) end)
      io.spawn(function() acceptor:close() end)
      assert.equal("closed", why:pop(io.now() + 5))
      server:close()
    end)
  end)
end

local function coroutines_specs(io, run)
  it("lets a hundred coroutines wait together", function()
    run(function()
      local done, started = io.queue(), io.now()
      for _ = 1, 100 do
        io.spawn(function()
          local client, server = pair(io)
          io.sleep(io.now() + 0.2)
          client:write("done")
          done:push(server:read(10))
          close(client, server)
        end)
      end
      for _ = 1, 100 do assert.equal("done", done:pop(io.now() + 10)) end
      assert.is_true(io.now() - started < 3 * STRESS)
    end)
  end)

  it("serves the one that talks beside many that are silent", function()
    run(function()
      local acceptor = assert(io.listen("127.0.0.1", 0))
      local function echo(stream)
        local bytes = stream:read(100, io.now() + 30)
        while bytes do
          stream:write(bytes)
          bytes = stream:read(100, io.now() + 30)
        end
        stream:close()
      end
      io.spawn(function()
        local stream = acceptor:accept()
        while stream do
          io.spawn(echo, stream)
          stream = acceptor:accept()
        end
      end)
      local silent = {}
      for i = 1, 300 do silent[i] = assert(io.connect("127.0.0.1", acceptor.port)) end
      local client = assert(io.connect("127.0.0.1", acceptor.port))
      local started = os.clock()
      for _ = 1, 200 do
        assert(client:write("ping"))
        assert.equal("ping", client:read(100))
      end
      assert.is_true(os.clock() - started < 0.5 * STRESS, "waiting must not burn the processor")
      close(client, acceptor)
      close((table.unpack or unpack)(silent)) -- luacheck: ignore 143
    end)
  end)

  it("does not starve others when one succeeds all the time", function()
    run(function()
      local client, server = pair(io)
      local stop, other = false, io.queue()
      io.spawn(function()
        while not stop do
          client:write("x")
          server:read(10)
        end
        close(client, server)
      end)
      io.spawn(function()
        for _ = 1, 5 do io.sleep(io.now() + 0.001) end
        stop = true
        other:push(true)
      end)
      assert.is_true(other:pop(io.now() + 5 * STRESS))
    end)
  end)

  it("reports an error in a coroutine and goes on, even when the report fails", function()
    run(function()
      local errors, over = {}, io.queue()
      io.on_error(function(err, traceback)
        errors[#errors + 1] = tostring(err) .. traceback
        error("the hook, too")
      end)
      io.spawn(function() error("broke") end)
      io.spawn(function()
        io.sleep(io.now() + 0.01)
        over:push(true)
      end)
      assert.is_true(over:pop(io.now() + 5))
      assert.equal(1, #errors)
      assert.is_truthy(errors[1]:find("broke", 1, true))
      assert.is_truthy(errors[1]:find("loops_spec.lua", 1, true))
    end)
  end)

  it("wakes who waited longest first, skips who gave up, and lets out what it holds when it is closed", function()
    run(function()
      local queue, got, over = io.queue(), {}, io.queue()
      local function take(name, deadline)
        io.spawn(function()
          local value, why = queue:pop(deadline)
          got[name] = value or why
          over:push(true)
        end)
      end
      for _, name in ipairs { "gave_up", 1, 2 } do
        take(name, name == "gave_up" and io.now() + 0.02)
        io.sleep(io.now() + 0.005)
      end
      io.sleep(io.now() + 0.03)
      queue:push("a")
      queue:push("b")
      for _ = 1, 3 do assert.is_true(over:pop(io.now() + 5)) end
      assert.same({ "a", "b", gave_up = "timeout" }, got)
      take("closed")
      io.spawn(function() queue:close() end)
      assert.is_true(over:pop(io.now() + 5))
      assert.equal("closed", got.closed)
      assert.same({ nil, "closed" }, { queue:push("more") })
    end)
  end)

  it("drops a stream that nobody holds", function()
    run(function()
      local client, server = pair(io)
      client:read(1, io.now() + 0.001)
      client = nil -- luacheck: ignore 311
      local deadline = io.now() + 5
      local bytes, why
      repeat
        collectgarbage()
        bytes, why = server:read(1, io.now() + 0.01)
      until why ~= "timeout" or io.now() > deadline
      assert.same({ nil, "closed" }, { bytes, why })
      server:close()
    end)
  end)

  it("gives the number of a dropped descriptor to another one, and waits for that", function()
    run(function()
      for _ = 1, 20 do
        local client, server = pair(io)
        client:read(1, io.now() + 0.001)
        server:read(1, io.now() + 0.001)
        client, server = nil, nil -- luacheck: ignore 311
        collectgarbage()
        collectgarbage()
        local other, end_of_it = pair(io)
        io.spawn(function()
          io.sleep(io.now() + 0.002)
          end_of_it:write("x")
        end)
        assert.equal("x", other:read(1, io.now() + 5))
        close(other, end_of_it)
      end
    end)
  end)
end

for _, loop in ipairs(loops) do
  describe("io: the driver " .. loop.name, function()
    if not needs(loop.missing) then return end
    local io = loop.driver
    after_each(function() io.on_error(nil) end)

    describe("inside its loop", function()
      streams_specs(io, loop.inside)
      coroutines_specs(io, loop.inside)
    end)

    describe("outside of it", function()
      local function outside(fn)
        fn()
        io.run()
      end
      streams_specs(io, outside)
      coroutines_specs(io, outside)

      it("says so when a wait can never end", function()
        assert.has_error(function() io.queue():pop() end, "this wait can never end: nothing else is going on")
      end)

      it("ends a wait at once although others go on waiting", function()
        local client, server = pair(io)
        io.spawn(function() client:read(1, io.now() + 3) end)
        io.step()
        local queue, before = io.queue(), io.now()
        io.spawn(function() queue:push("now") end)
        assert.equal("now", queue:pop())
        io.sleep(io.now() + 0.01)
        assert.is_true(io.now() - before < 1 * STRESS)
        close(client, server)
        io.run()
      end)

      it("steps as long as it is told, and no longer", function()
        local count, before = 0, io.now()
        io.spawn(function()
          for _ = 1, 3 do
            io.sleep(io.now() + 0.01)
            count = count + 1
          end
        end)
        while count < 3 and io.now() - before < 5 do io.step(0.05) end
        assert.equal(3, count)
        before = io.now()
        io.step(0.03)
        io.step()
        assert.is_true(io.now() - before < 1 * STRESS)
      end)
    end)
  end)
end

describe("io: luv", function()
  local _, _, luv = (table.unpack or unpack)(loops) -- luacheck: ignore 143
  if not needs(luv.missing) then return end

  it("says that a call inside a callback needs a coroutine", function()
    local uv, message = require "luv", nil
    local timer = uv.new_timer()
    timer:start(0, 0, function()
      timer:close()
      message = select(2, pcall(luv.driver.sleep, luv.driver.now() + 1))
    end)
    uv.run "once"
    assert.equal("a call that waits inside a callback of luv needs a coroutine", message)
  end)
end)

describe("io: cqueues", function()
  local _, cqueues = (table.unpack or unpack)(loops) -- luacheck: ignore 143
  if not needs(cqueues.missing) then return end

  it("runs what is spawned outside in the controller that it is given", function()
    local mine, went = require("cqueues").new(), false
    local before = cqueues.driver.controller()
    assert.equal(mine, cqueues.driver.controller(mine))
    cqueues.driver.spawn(function()
      cqueues.driver.sleep(cqueues.driver.now() + 0.001)
      went = true
    end)
    assert(mine:loop(5))
    assert.is_true(went)
    cqueues.driver.controller(before)
  end)
end)
