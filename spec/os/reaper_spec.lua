local blocking = require "wws.io.blocking"
local probe = require "wws.probe"
local reaping = require "spec.support.reaping"

local STRESS, collect = reaping.STRESS, reaping.collect

-- A server that notes what it hears, and answers "ok" unless it is silent.
local function serve(silent)
  local server = { heard = {}, streams = {}, acceptor = assert(blocking.listen("127.0.0.1", 0)) }
  server.port = server.acceptor.port
  blocking.spawn(function()
    while true do
      local stream = server.acceptor:accept()
      if not stream then break end
      server.streams[#server.streams + 1] = stream
      blocking.spawn(function()
        local words = stream:read(1000)
        server.heard[#server.heard + 1] = words
        if words and not silent then stream:write("ok") end
        stream:read(1)
        stream:close()
      end)
    end
  end)
  function server.stop()
    server.acceptor:close()
    for _, stream in ipairs(server.streams) do stream:close() end
  end
  function server.wait(count, seconds)
    local deadline = blocking.now() + seconds * STRESS
    while #server.heard < count and blocking.now() < deadline do blocking.step(0.01) end
    return #server.heard
  end
  return server
end

local function flush()
  local deadline = blocking.now() + 5 * STRESS
  while probe.reaper_stats().queued > 0 and blocking.now() < deadline do blocking.step(0.01) end
  return probe.reaper_stats()
end

describe("os: the reaper", function()
  before_each(reaping.settle)

  it("performs what collected machines still want to say", function()
    local server, before = serve(), probe.reaper_stats()
    local usual = collect()
    for i = 1, 50 do probe.farewell("127.0.0.1", server.port, "bye " .. i, 2) end
    assert.is_true(collect() - usual < 1 * STRESS)
    assert.equal(50, server.wait(50, 5))
    local after = flush()
    assert.equal(50, after.completed - before.completed)
    assert.equal(before.failed, after.failed)
    table.sort(server.heard)
    assert.equal("bye 1", server.heard[1])
    server.stop()
  end)

  it("looks names up", function()
    local server = serve()
    probe.farewell("localhost", server.port, "hello", 2):drop()
    assert.equal(1, server.wait(1, 5))
    flush()
    local before = probe.reaper_stats()
    probe.farewell("no such host", 1, "hello", 2):drop()
    assert.equal(1, flush().failed - before.failed)
    server.stop()
  end)

  it("takes the connection of the one that is gone", function()
    local server = serve()
    local stream = assert(blocking.connect("127.0.0.1", server.port))
    probe.farewell("127.0.0.1", 1, "over the old one", 2, stream.socket):drop()
    assert.equal(1, server.wait(1, 5))
    assert.equal("over the old one", server.heard[1])
    assert.same({ nil, "aborted" }, { stream:read(1) })
    flush()
    server.stop()
  end)

  it("costs the collector next to nothing when the server is gone", function()
    local acceptor = assert(blocking.listen("127.0.0.1", 0))
    acceptor:close()
    local before, pauses = probe.reaper_stats(), {}
    local all = {}
    for i = 1, 50 do all[i] = probe.farewell("127.0.0.1", acceptor.port, "anybody there?", 2) end
    for i = 1, 50 do
      local started = blocking.now()
      all[i]:drop()
      pauses[i] = blocking.now() - started
    end
    table.sort(pauses)
    assert.is_true(pauses[45] < 0.001 * STRESS, pauses[45])
    assert.equal(50, flush().failed - before.failed)
  end)

  it("waits at the end no longer than it is told when the server is silent", function()
    local server = serve(true)
    for i = 1, 5 do probe.farewell("127.0.0.1", server.port, "bye " .. i, 2):drop() end
    assert.equal(5, server.wait(5, 5))
    local started = blocking.now()
    assert.is_false(probe.reaper_flush(0.1))
    local took = blocking.now() - started
    assert.is_true(took >= 0.1 and took < 2 * STRESS, took)
    local before = probe.reaper_stats()
    server.stop()
    assert.equal(5, flush().failed - before.failed)
  end)

  it("is silent in a forked child, whatever the child inherits", function()
    local server, silent = serve(), serve(true)
    local mine = {}
    for i = 1, 5 do mine[i] = probe.farewell("127.0.0.1", server.port, "bye " .. i, 2) end
    probe.farewell("127.0.0.1", silent.port, "in flight", 2):drop()
    assert.equal(1, silent.wait(1, 5))
    local status = probe.fork(function()
      assert(probe.reaper_stats().queued == 0, "the child inherited a queue")
      for i = 1, 5 do mine[i]:drop() end
      local stats = probe.reaper_stats()
      assert(stats.wiped == 5 and stats.queued == 0 and stats.completed == 0, "the child sends")
      assert(probe.reaper_flush(1))
    end)
    assert.equal(0, status)
    assert.equal(0, server.wait(1, 0.1))
    for i = 1, 5 do mine[i]:drop() end
    assert.equal(5, server.wait(5, 5))
    silent.stop()
    server.stop()
    flush()
  end)

  it("sends for a child what the child made", function()
    local server = serve()
    probe.farewell("127.0.0.1", server.port, "the parent's", 2):drop() -- its thread is not the child's
    assert.equal(1, server.wait(1, 5))
    flush()
    local status = probe.fork(function()
      probe.farewell("127.0.0.1", server.port, "the child's", 0):drop()
      assert(probe.reaper_flush(5))
      assert(probe.reaper_stats().completed == 1)
    end)
    assert.equal(0, status)
    assert.equal(2, server.wait(2, 5))
    assert.equal("the child's", server.heard[2])
    server.stop()
  end)
end)

describe("os: the reaper at the end of a program", function()
  local interpreter = arg[-1]
  for i = -1, -20, -1 do
    if not arg[i] then break end
    interpreter = arg[i]
  end

  local function run(port, rest, ending)
    local script = ([[
      local probe = require "wws.probe"
      KEEP = {}
      for i = 1, 20 do KEEP[i] = probe.farewell("127.0.0.1", %d, "bye " .. i, 2) end
      %s
    ]]):format(port, ending)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    local handle = io.popen(("LUA_PATH='%s' LUA_CPATH='%s' %s %s 2>&1; echo ended; rm %s"):format(package.path,
      package.cpath, interpreter, path, path))
    local result = rest()
    return result, handle:read("*a"), handle:close()
  end

  for name, ending in pairs { ["that ends"] = "", ["that calls os.exit(0, true)"] = "os.exit(0, true)" } do
    it("sends all of a program " .. name, function()
      local server = serve()
      local count, output = run(server.port, function() return server.wait(20, 5) end, ending)
      assert.equal("ended\n", output)
      assert.equal(20, count)
      server.stop()
    end)
  end

  it("delays the end by no more than its bound when the server is silent", function()
    local server = serve(true)
    local started = blocking.now()
    local _, output = run(server.port, function() return server.wait(20, 5) end, "")
    local took = blocking.now() - started
    assert.equal("ended\n", output)
    assert.is_true(took >= 0.5 and took < 4 * STRESS, took)
    server.stop()
  end)
end)
