-- Calls that nobody waits for any more: one given up by its name, one by its time-out, all at once by abort; and a
-- service that closes under its clients.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local SLOW, QUICK = "urn:blocking/Slow", "urn:blocking/Quick"

local begun, release = 0, blocking.queue() -- how many slow operations began, and what they wait for
local host = assert(wws.service_host { {
  url = "net.tcp://localhost:0/blocking",
  operations = {
    [SLOW] = function()
      begun = begun + 1
      release:pop(blocking.now() + 10)
      return "<late/>"
    end,
    [QUICK] = function() return "<done/>" end,
  },
} })
assert(host:open())

local proxy = assert(wws.service_proxy { url = host.urls[1], operations = { Slow = SLOW, Quick = QUICK } })
assert(proxy:open())

local function wait_until_begun(count)
  local deadline = blocking.now() + 10
  while begun < count and blocking.now() < deadline do blocking.step(0.01) end
  assert(begun == count)
end

-- Calls in coroutines of their own; `pop` waits for what became of the next of them.
local outcomes = blocking.queue()
local function start(what, options)
  blocking.spawn(function()
    local reply, err = proxy:call("Slow", nil, options)
    outcomes:push(("%s: %s"):format(what, reply and "replied" or err.code))
  end)
end
local function outcome() return assert(outcomes:pop(blocking.now() + 10), "nothing became of it") end

-- One call is given up by its id; on the wire it goes on, and nobody listens.
start("the call of id 7", { call_id = 7 })
wait_until_begun(1)
print(("given up: %d call; %s"):format(proxy:abandon(7), outcome()))

-- A time-out does the same.
start("a call of 0.3 s", { timeout = 0.3 })
print("given up: " .. outcome())

-- Meanwhile the service's other operations answer.
print("meanwhile: Quick is " .. (proxy:call "Quick" and "done" or "not done"))

-- Abort: all calls fail, the proxy is faulted; closed and reset it is like new.
start "a call under way"
start "another"
wait_until_begun(4)
proxy:abort()
print("aborted: " .. outcome() .. "; " .. outcome() .. "; the proxy is " .. proxy:state())
for _ = 1, 4 do release:push(true) end -- the service was told nothing: its operations run to their end
assert(proxy:close())
assert(proxy:reset())
assert(proxy:open())
print("reset: Quick is " .. (proxy:call "Quick" and "done" or "not done"))

-- The service goes away: whoever waits learns it, and the next proxy cannot open.
start "a call when the host closes"
wait_until_begun(5)
host:close()
release:push(true)
print("closed: " .. outcome())
proxy:abort()
proxy:close()
local late = assert(wws.service_proxy { url = host.urls[1], operations = { Quick = QUICK } })
local _, err = late:open()
print("closed: " .. tostring(err))
