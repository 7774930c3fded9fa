local drive = require "wws.drive"
local unpack = table.unpack or unpack -- luacheck: ignore 143

-- A machine that answers by a script and records what it was given.
local function machine(...)
  local self, steps, at = { inputs = {} }, { ... }, 0
  function self.step(_, kind, bytes)
    self.inputs[#self.inputs + 1] = { kind, bytes }
    at = at + 1
    return unpack(steps[at], 1, 6)
  end
  return self
end

local function driver(streams)
  local self = { log = {}, clock = 100 }
  function self.now() return self.clock end
  function self.connect(host, port, options)
    self.log[#self.log + 1] = { "connect", host, port, options.deadline }
    local stream = table.remove(streams, 1)
    if type(stream) == "string" then return nil, stream end
    return stream
  end
  return self
end

local function stream(answers)
  local self = { log = {} }
  function self.read(_, max, deadline)
    self.log[#self.log + 1] = { "read", max, deadline }
    local answer = table.remove(answers, 1)
    if answer:sub(1, 1) == "!" then return nil, answer:sub(2) end
    return answer
  end
  function self.write(_, bytes, deadline)
    self.log[#self.log + 1] = { "write", bytes, deadline }
    local answer = table.remove(answers, 1)
    if answer:sub(1, 1) == "!" then return nil, answer:sub(2) end
    return true
  end
  function self.close() self.log[#self.log + 1] = { "close" } end
  return self
end

describe("drive", function()
  it("connects, writes, reads and closes, and ends at done", function()
    local s = stream { "ok", "answer", "!closed" }
    local m = machine({ "connect", "h", 80, 5, "connecting" }, { "write", "ask", 7, "sending" },
      { "read", 10, math.huge, "waiting" }, { "read", 10, 3, "waiting" }, { "close" }, { "done" })
    local host = { driver = driver { s } }
    assert.equal("done", drive(m, host))
    assert.same({ {}, {}, {}, { "bytes", "answer" }, { "end" }, {} }, m.inputs)
    assert.same({ { "connect", "h", 80, 105 } }, host.driver.log)
    assert.same({ { "write", "ask", 107 }, { "read", 10 }, { "read", 10, 103 }, { "close" } }, s.log)
    assert.is_nil(host.stream)
  end)

  it("looks without waiting, and sees nothing through streams that cannot look", function()
    for answer, input in pairs { ["bytes"] = { "bytes", "bytes" }, ["!closed"] = { "end" }, ["!timeout"] = { "timeout" },
      ["!reset"] = { "broken", "reset" } } do
      local s = stream {}
      function s.look(_, max)
        assert.equal(9, max)
        if answer:sub(1, 1) == "!" then return nil, answer:sub(2) end
        return answer
      end
      local m = machine({ "look", 9 }, { "done" })
      assert.equal("done", drive(m, { driver = driver {}, stream = s }))
      assert.same(input, m.inputs[2])
    end
    local m = machine({ "look", 9 }, { "done" })
    drive(m, { driver = driver {}, stream = stream {} })
    assert.same({ "timeout" }, m.inputs[2])
    m = machine({ "look", 9 }, { "done" })
    drive(m, { driver = driver {} })
    assert.same({ "end" }, m.inputs[2])
  end)

  it("keeps the nearer of the action's time-out and the call's deadline", function()
    local s = stream { "x", "x" }
    local m = machine({ "read", 1, 50, "" }, { "read", 1, 1, "" }, { "done" })
    drive(m, { driver = driver {}, stream = s, deadline = 110 })
    assert.same({ { "read", 1, 110 }, { "read", 1, 101 } }, s.log)
  end)

  it("tells the machine of time-outs and failures in its own words", function()
    local m = machine({ "connect", "h", 1, 1, "" }, { "connect", "h", 1, 1, "" }, { "read", 1, 1, "" },
      { "write", "", 1, "" }, { nil, "the error" })
    local ok, err = drive(m, { driver = driver { "timeout", "refused" } })
    assert.is_nil(ok)
    assert.equal("the error", err)
    assert.same({ {}, { "timeout" }, { "broken", "refused" }, { "broken", "closed" }, { "broken", "closed" } },
      m.inputs)
    m = machine({ "read", 1, 1, "" }, { "write", "a", 1, "" }, { "write", "b", 1, "" }, { "request" })
    assert.equal("request", drive(m, { driver = driver {}, stream = stream { "!reset", "!timeout", "!closed" } }))
    assert.same({ {}, { "broken", "reset" }, { "timeout" }, { "broken", "closed" } }, m.inputs)
  end)

  it("closes the old connection before it opens another", function()
    local old = stream {}
    local m = machine({ "connect", "h", 1, 1, "" }, { "done" })
    local host = { driver = driver { stream {} }, stream = old }
    drive(m, host)
    assert.same({ { "close" } }, old.log)
    assert.is_not_equal(old, host.stream)
  end)

  it("shows the machine its socket, and takes it away again", function()
    local seen = {}
    local s = stream {}
    s.socket = "the socket"
    local m = machine({ "connect", "h", 1, 1, "" }, { "close" }, { "done" })
    function m.attach(_, socket) seen[#seen + 1] = socket or "none" end
    drive(m, { driver = driver { s } })
    assert.same({ "none", "the socket", "none" }, seen)
  end)

  it("accepts only what a callback accepts with true", function()
    local verdicts = { function() return true end, function() return 1 end, function() return nil end,
      function() error("no") end, false }
    local expected = { "accepted", "refused", "refused", "refused", "refused" }
    for i = 1, 5 do
      local m = machine({ "callback", verdicts[i], "alice", "secret" }, { "done" })
      drive(m, { driver = driver {} })
      assert.same({ expected[i] }, m.inputs[2])
    end
  end)

  it("hands a callback its arguments, and lets it yield", function()
    local given
    local m = machine({ "callback", function(...)
      given = { ... }
      coroutine.yield()
      return true
    end, "alice", "secret" }, { "done" })
    local task = coroutine.create(function() return drive(m, { driver = driver {} }) end)
    coroutine.resume(task)
    assert.equal("suspended", coroutine.status(task))
    coroutine.resume(task)
    assert.same({ "alice", "secret" }, given)
    assert.same({ "accepted" }, m.inputs[2])
  end)

  it("hands events to the trace, whose errors stay there", function()
    local seen = {}
    local m = machine({ "event", { step = "a" } }, { "event", { step = "b" } }, { "done" })
    assert.equal("done", drive(m, { driver = driver {}, trace = function(event)
      seen[#seen + 1] = event.step
      error("broken trace")
    end }))
    assert.same({ "a", "b" }, seen)
    assert.equal("done", drive(machine({ "event", {} }, { "done" }), { driver = driver {} }))
  end)

  it("gives the machine the first input it is called with", function()
    local m = machine { "done" }
    drive(m, { driver = driver {} }, "bytes", "first")
    assert.same({ { "bytes", "first" } }, m.inputs)
  end)
end)
