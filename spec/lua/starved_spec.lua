--- The interpreter running out of memory anywhere: its errors pass through our C, which must keep nothing of what it had.
local core = require "wws.core"
local listeners = require "wws.listener"
local played = require "spec.support.service"
local probe = require "wws.probe"
local world = require "spec.support.world"
local wws = require "wws"

local STRIDE = os.getenv "WWS_STRESS" and 37 or 1

local MESSAGE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">'
  .. "<s:Header><a:Action>urn:a</a:Action><a:MessageID>urn:1</a:MessageID><a:To>http://localhost/</a:To></s:Header>"
  .. "<s:Body><x b='1'>y</x></s:Body></s:Envelope>"

-- Calls it with memory for ever more requests until it has enough; `held` counts what is held when all is over.
local function starve(fn, held)
  fn()
  collectgarbage() collectgarbage()
  local before, places, place = held(), 0, 0
  repeat
    local hit = probe.starve(place, fn)
    collectgarbage() collectgarbage()
    assert(held() == before, ("place %d: %d blocks are held, not %d"):format(place, held(), before))
    places, place = places + 1, place + STRIDE
  until not hit
  assert.is_true(places > 1)
end

describe("lua: an interpreter without memory (attack G2)", function()
  local jitted = jit and jit.off
  if jitted then jit.off() end -- what a trace allocates is nothing to us
  teardown(function() if jitted then jit.on() end end)

  it("leaves nothing behind of descriptions", function()
    starve(function() return core.description(world.secured(), "client", "http") end, probe.blocks)
  end)

  it("leaves nothing behind of XML, read and written", function()
    starve(function()
      local read = wws.xml.decode(MESSAGE)
      return read and wws.xml.encode(read)
    end, probe.blocks)
  end)

  it("leaves nothing behind of requests, their replies and their faults", function()
    local env = core.env {}
    local listener = assert(listeners.new { env = env, on_request = function(channel)
      local request = channel:receive()
      if not request then return end
      local _, _ = request.action, request.body
      channel:reply(request, "urn:b", "<y/>")
    end })
    local request = { method = "POST", path = "/", headers = { ["Content-Type"] = "application/soap+xml" }, body = MESSAGE }
    starve(function() return listener:handle(request) end, function() return env:blocks() end)
    assert.equal(200, (listener:handle(request))) -- and it goes on
    request.body = "<x/>"
    starve(function() return listener:handle(request) end, function() return env:blocks() end)
    listener:close()
  end)

  it("leaves nothing behind of a channel's requests", function()
    local function answer(request) return played.http(played.reply(request, "<x/>")) end
    starve(function()
      local channel = played.open()
      local reply = played.request(channel, answer, {})
      return reply and reply.body
    end, probe.blocks)
    starve(function()
      local channel = played.open()
      played.request(channel, function(request) return played.http(played.fault(request, "Sender"), 500) end, {})
    end, probe.blocks)
  end)

  it("leaves nothing behind of a session's messages", function()
    local env = core.env {}
    local listener = assert(listeners.new { env = env, binding = "tcp", encoding = "text_utf8" })
    local session = "\0\1\0\1\2\2\23net.tcp://localhost/abc\3\3"
    starve(function()
      local machine = core.listener.session(listener)
      local kind, bytes = nil, session
      for _ = 1, 10 do
        local op = machine:step(kind, bytes)
        kind, bytes = nil, nil
        if op == "route" then machine:enter(listener) end
        if op == "read" then kind, bytes = "bytes", session end
        if not op or op == "close" then break end
      end
      machine:close()
    end, function() return env:blocks() end)
    listener:close()
  end)
end)
