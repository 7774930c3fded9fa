local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local probe = require "wws.probe"
local process = require "spec.support.process"
local wws = require "wws"

local reaping = require "spec.support.reaping"

local STRESS, collect, reaped = reaping.STRESS, reaping.collect, reaping.stats

local function serve(options)
  options = options or {}
  options.url = "https://localhost:0/calculator"
  options.operations = calculator.operations
  options.security = calculator.server_context()
  local host = assert(wws.service_host { options })
  assert(host:open())
  return host, host.endpoints[1].listener
end

local function establish(host)
  local channel = assert(wws.connect(host.urls[1], { security = calculator.client_context() }))
  local reply = assert(channel:request(calculator.ADD, calculator.body(1, 2)))
  assert.equal(3, calculator.sum(reply))
  return channel
end

local function serve_until(host, seconds, is_true)
  local deadline = blocking.now() + seconds * STRESS
  while not is_true() and blocking.now() < deadline do host:step(0.01) end
end

-- In a function of its own, so that no register of the caller keeps a channel.
local function establish_many(host, count)
  local channels = {}
  for i = 1, count do channels[i] = establish(host) end
  return channels
end

describe("lua: dropped channels", function()
  before_each(reaping.settle)

  it("cancel their contexts, all fifty of them", function()
    local host, listener = serve()
    local channels = establish_many(host, 50)
    assert.equal(50, listener:info().active_contexts)
    assert.equal(50, #channels)
    local usual = collect()
    assert.equal(50, #channels)
    channels = nil -- luacheck: ignore 311
    local pause = collect() - usual
    serve_until(host, 10, function()
      if listener:info().cancelled >= 50 then return true end
      collect() -- a stale slot of a stack may have kept one
      return false
    end)
    local info = listener:info()
    assert.equal(50, info.cancelled)
    assert.equal(0, info.active_contexts)
    assert.equal(0, info.refused)
    assert.is_true(pause < 0.5 * STRESS, pause)
    host:close()
  end)

  it("say nothing when they were closed, aborted or faulted before", function()
    local host, listener = serve()
    establish(host):close()
    assert.equal(1, listener:info().cancelled)
    establish(host):abort()
    collect()
    serve_until(host, 1, function() return reaped().queued == 0 end)
    assert.equal(1, listener:info().cancelled)
    host:close()
  end)

  it("cost the collector less than a millisecond each when the server is gone", function()
    local host = serve()
    local channels = establish_many(host, 20)
    host:close()
    local finalize = debug.getmetatable(channels[1]).__gc
    local pauses, before = {}, reaped()
    for i, channel in ipairs(channels) do
      local started = blocking.now()
      finalize(channel)
      pauses[i] = blocking.now() - started
    end
    table.sort(pauses)
    assert.is_true(pauses[18] < 0.001 * STRESS, pauses[18])
    serve_until({ step = function() blocking.sleep(blocking.now() + 0.01) end }, 5, function()
      return reaped().queued == 0
    end)
    local after = reaped()
    assert.equal(20, after.failed + after.completed - before.failed - before.completed)
  end)

  it("are silent in a forked child, and cancel in the parent", function()
    local host, listener = serve()
    local channels = establish_many(host, 5)
    local status = probe.fork(function()
      channels = nil
      collect()
      local stats = reaped()
      assert(stats.wiped == 5 and stats.queued == 0, "the child sends")
    end)
    assert.equal(0, status)
    serve_until(host, 0.1, function() return false end)
    assert.equal(0, listener:info().cancelled)
    for i = 1, 5 do -- the child took nothing from them
      assert.equal(5, calculator.sum(assert(channels[i]:request(calculator.ADD, calculator.body(2, 3)))))
    end
    channels = nil -- luacheck: ignore 311
    collect()
    serve_until(host, 5, function() return listener:info().cancelled >= 5 end)
    assert.equal(5, listener:info().cancelled)
    host:close()
  end)
end)

describe("lua: channels at the end of a program", function()
  local interpreter = "lua"
  for i = -1, -20, -1 do
    if not arg[i] then break end
    interpreter = arg[i]
  end

  local PROGRAM = [[
    local calculator = require "spec.support.calculator"
    local wws = require "wws"
    local url, ending = ...
    kept = {}
    for i = 1, 20 do
      kept[i] = assert(wws.connect(url, { security = calculator.client_context() }))
      assert(kept[i]:request(calculator.ADD, calculator.body(1, 2)))
    end
    print "established"
    io.stdout:flush()
    if ending == "exit" then os.exit(0, true) end
    if ending == "error" then error "an end by error" end
  ]]

  local function run(host, ending)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(PROGRAM)
    file:close()
    local environment = ("LUA_PATH=%s LUA_CPATH=%s"):format(process.quote(package.path), process.quote(package.cpath))
    local preload = os.getenv "LD_PRELOAD" -- of the sanitizers, when they are on
    if preload then environment = ("LD_PRELOAD=%s %s"):format(process.quote(preload), environment) end
    local program = process.start({ interpreter, path, host.urls[1], ending },
      { environment = environment, idle = function() host:step(0.01) end })
    return program, function()
      program:stop()
      os.remove(path)
    end
  end

  for _, ending in ipairs { "return", "exit", "error" } do
    it("cancel their contexts: " .. ending, function()
      local host, listener = serve()
      local program, clean = run(host, ending)
      assert.equal(ending == "error" and 1 or 0, program:wait(60))
      serve_until(host, 5, function() return listener:info().cancelled >= 20 end)
      assert.equal(20, listener:info().cancelled)
      clean()
      host:close()
    end)
  end

  it("delay it by no more than the bound when the server does not answer", function()
    local host, listener = serve()
    local program, clean = run(host, "return")
    assert(program:expect("established", 60))
    program.idle = function() os.execute "sleep 0.02" end
    local started = blocking.now()
    assert.equal(0, program:wait(60))
    assert.is_true(blocking.now() - started < 5 * STRESS)
    assert.is_true(listener:info().cancelled < 20)
    clean()
    host:close()
  end)
end)
