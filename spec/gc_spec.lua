-- Channels that nobody closes: the collector, the end of the state, a server that is gone. What reaches the listener is
-- told by its trace and its counts; only verified messages are counted there.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local process = require "spec.support.process"
local world = require "spec.support.world"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1
local MANY = 50

local function serve_until(host, seconds, is_true)
  local deadline = blocking.now() + seconds * STRESS
  while not is_true() and blocking.now() < deadline do
    if host then host:step(0.01) else blocking.sleep(blocking.now() + 0.01) end
  end
  return is_true()
end

-- What earlier calls left on the stack keeps objects alive until it is overwritten.
local function wipe(depth)
  return depth > 0 and wipe(depth - 1) + 1 or 0
end

local function collect()
  wipe(100)
  collectgarbage()
  collectgarbage()
end

-- A host that notes the identifiers of the contexts that Cancel messages were accepted for.
local function watched(given)
  local cancelled, count = {}, 0
  given = given or {}
  given.host = given.host or {}
  given.host.trace = function(event)
    if event.side == "server" and event.step == "cancel" and event.direction == "out" then
      cancelled[event.context], count = true, count + 1
    end
  end
  local scene = world.scene(given)
  return scene, function() return count, cancelled end
end

-- In a function of its own, so that no register of the caller keeps a channel.
local function drop_established(scene, count, ...)
  local identifiers = {}
  for _ = 1, count do
    local channel = scene:establish(...)
    identifiers[#identifiers + 1] = channel:security_context():get("identifier")
  end
  return identifiers
end

-- The server closes all connections it has, as one does whose patience with idle ones is over.
local function hang_up(scene)
  for connection in pairs(core.listener.anchor(scene.host.endpoints[1].listener).state.hosts) do
    connection.stream:close()
  end
end

describe("collector: channels dropped without close", function()
  it("cancel each its own context, by valid messages", function()
    local scene, cancels = watched()
    local identifiers = drop_established(scene, MANY)
    assert.equal(MANY, #identifiers)
    collect()
    assert.is_true(serve_until(scene.host, 20, function() return cancels() >= MANY end))
    local count, cancelled = cancels()
    assert.equal(MANY, count)
    for _, identifier in ipairs(identifiers) do assert.is_true(cancelled[identifier]) end
    local info = scene:info()
    assert.same({ MANY, MANY, 0, 0 }, { info.established, info.cancelled, info.active_contexts, info.refused })
    scene:close()
  end)

  it("cancel over a new connection when their own was closed meanwhile, verified alike", function()
    local scene, cancels = watched()
    local kept = { (scene:establish()) }
    hang_up(scene)
    assert.equal(1, #kept)
    kept = nil -- luacheck: ignore 311
    collect()
    serve_until(scene.host, 10, function() return cancels() >= 1 end)
    assert.equal(1, (cancels()))
    assert.equal(2, scene:info().accepted)
    scene:close()
  end)

  describe("with a certificate callback", function()
    local function establish(scene, asked)
      local callback = { certificate_validation_callback = function()
        asked.count = asked.count + 1
        return true
      end }
      local channel = scene:connect { security = world.secured(nil, nil, nil, callback) }
      assert(channel:request(world.ADD, world.BODY))
    end

    it("cancel over their own connection, asking nobody", function()
      local scene, cancels = watched()
      local asked = { count = 0 }
      establish(scene, asked)
      local before = asked.count
      collect()
      assert.is_true(serve_until(scene.host, 10, function() return cancels() >= 1 end))
      assert.equal(1, scene:info().accepted)
      assert.equal(before, asked.count)
      scene:close()
    end)

    it("open no new connection", function()
      local scene, cancels = watched()
      establish(scene, { count = 0 })
      hang_up(scene)
      local before = core.reaper_stats()
      collect()
      serve_until(scene.host, 10, function()
        local after = core.reaper_stats()
        return after.failed + after.completed > before.failed + before.completed
      end)
      serve_until(scene.host, 0.1, function() return false end)
      assert.equal(1, scene:info().accepted)
      assert.equal(0, (cancels()))
      assert.equal(1, scene:info().active_contexts)
      scene:close()
    end)
  end)
end)

describe("collector: the end of a state (attack G1)", function()
  local interpreter = "lua"
  for i = -1, -20, -1 do
    if not arg[i] then break end
    interpreter = arg[i]
  end

  -- With "gone" and "steps" the service lives there, too, and goes away before the channels do.
  local PROGRAM = [[
    local core = require "wws.core"
    local world = require "spec.support.world"
    local url, ending, many = ...
    local gone = ending == "gone" or ending == "steps"
    local function establish(host_url)
      kept = {}
      for i = 1, tonumber(many) do
        kept[i] = world.channel()
        assert(kept[i]:open(host_url))
        assert(kept[i]:request(world.ADD, world.BODY))
      end
    end
    local function establish_and_lose()
      local scene = world.scene()
      establish(scene.url)
      scene:close()
    end
    local function count()
      local stats = core.reaper_stats()
      return stats.queued + stats.completed + stats.failed
    end
    -- The longest step of a whole cycle among those that finalized a channel, but for one in five: those in which the
    -- machine did something else.
    local function longest_pause()
      local pauses, over = {}, false
      collectgarbage()
      kept = nil
      while not over do
        local before, started = count(), core.now()
        over = collectgarbage("step", 0)
        local pause = core.now() - started
        if count() > before then pauses[#pauses + 1] = pause end
      end
      table.sort(pauses)
      return pauses[math.ceil(#pauses * 0.8)] or 0
    end
    if gone then establish_and_lose() else establish(url) end
    if ending == "fork" then
      assert(require("wws.probe").fork(function() os.exit(0, true) end) == 0, "the child failed")
      for _, channel in ipairs(kept) do assert(channel:request("urn:forked", "<x/>")) end
    end
    if ending == "steps" then
      if not jit then collectgarbage "incremental" end
      for round = 1, 6 do
        local before = count()
        if round > 1 then establish_and_lose() end
        local pause = longest_pause()
        print(("%.6f %d"):format(pause, count() - before))
      end
      core.reaper_flush(5)
    end
    print(("%.6f"):format(core.now()))
    io.stdout:flush()
    if ending == "exit" then os.exit(0, true) end
  ]]

  local function start(url, ending, many, idle)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(PROGRAM)
    file:close()
    -- A forked child has lost its threads, and with them what a leak checker could find their memory by.
    local environment = ("ASAN_OPTIONS=detect_leaks=0 LUA_PATH=%s LUA_CPATH=%s")
      :format(process.quote(package.path), process.quote(package.cpath))
    local preload = os.getenv "LD_PRELOAD" -- of the sanitizers, when they are on
    if preload then environment = ("LD_PRELOAD=%s %s"):format(process.quote(preload), environment) end
    local program = process.start({ interpreter, path, url, ending, many }, { environment = environment, idle = idle })
    return program, function()
      program:stop()
      os.remove(path)
    end
  end

  for _, ending in ipairs { "return", "exit" } do
    it("cancels fifty contexts at once: " .. ending, function()
      local scene, cancels = watched()
      local program, clean = start(scene.url, ending, MANY, function() scene.host:step(0.01) end)
      assert.equal(0, program:wait(60))
      assert.is_true(serve_until(scene.host, 5, function() return cancels() >= MANY end))
      local info = scene:info()
      assert.same({ MANY, MANY, 0, 0 }, { info.established, info.cancelled, info.active_contexts, info.refused })
      clean()
      scene:close()
    end)
  end

  it("sends nothing in a forked child, and takes nothing from its parent", function()
    local scene, cancels, before
    scene, cancels = watched { operations = { ["urn:forked"] = function()
      blocking.sleep(blocking.now() + 0.05)
      before = cancels()
      return "<ok xmlns='urn:x'/>"
    end } }
    local program, clean = start(scene.url, "fork", 5, function() scene.host:step(0.01) end)
    assert.equal(0, program:wait(60), program:errors())
    assert.equal(0, before)
    assert.is_true(serve_until(scene.host, 5, function() return cancels() >= 5 end))
    local info = scene:info()
    assert.same({ 5, 5, 10, 5, 0 }, { info.established, info.accepted, info.requests, info.cancelled, info.refused })
    clean()
    scene:close()
  end)

  it("is delayed by no more than the bound when the server is gone", function()
    local program, clean = start("", "gone", MANY)
    local line = assert(program:line(60))
    assert.equal(0, program:wait(60))
    assert.is_true(core.now() - tonumber(line) < 0.5 + 3 * STRESS) -- the bound, and how long it takes to be seen
    clean()
  end)

  -- Other programs make pauses, too: what counts is that the collector can do without.
  it("comes without a pause over a millisecond in the collector when the server is gone", function()
    local program, clean = start("", "steps", MANY)
    local best, list = math.huge, {}
    for round = 1, 6 do
      local line = assert(program:line(60))
      local pause, said = line:match("^(%S+) (%d+)$")
      assert.equal(MANY, tonumber(said))
      best, list[round] = math.min(best, tonumber(pause)), pause
    end
    assert.is_true(best < 0.001 * STRESS, table.concat(list, " "))
    assert.equal(0, program:wait(60))
    clean()
  end)
end)
