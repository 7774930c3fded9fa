-- A program of its own, so that nothing else is in its memory: a listener with a limit of 128 connections, against which
-- as many as the first argument says are opened that never say a word, and calls are made in between. It prints how
-- many connections were left, and by how much a quarter of them made it larger, at the least.
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local wws = require "wws"

local MANY, LIMIT, KEPT = tonumber((...)), 128, 200
local PATIENCE = 30

local function resident()
  collectgarbage()
  collectgarbage()
  local file = assert(io.open "/proc/self/statm")
  local pages = tonumber(file:read "*a":match "^%d+ (%d+)")
  file:close()
  return pages * 4
end

local host = assert(wws.service_host { { url = "http://localhost:0/", operations = calculator.operations,
  max_connections = LIMIT, max_handshakes = LIMIT } })
assert(host:open())
local port = tonumber(host.urls[1]:match ":(%d+)/")

local function call()
  local channel = assert(wws.channel { timeout = PATIENCE })
  assert(channel:open(host.urls[1]))
  for i = 1, 2 do
    local reply = assert(channel:request(calculator.ADD, calculator.body(i, 2)))
    assert(calculator.sum(reply) == i + 2)
  end
  assert(channel:close())
end

-- Memory grows once by itself, at a moment that nobody knows; what connections leave behind would be in every quarter.
local silent, before, grown = {}, nil, math.huge
for i = 1, MANY do
  silent[i % KEPT + 1] = assert(blocking.connect("localhost", port)) -- the ones before were closed long since
  if i % 50 == 0 then
    local deadline = blocking.now() + PATIENCE
    while host:info().accepted < i and blocking.now() < deadline do blocking.step(0.01) end
  end
  if i % (MANY / 4) == 0 then
    call()
    local size = resident()
    if before then grown = math.min(grown, size - before) end
    before = size
  end
end
print(("%d connections, %d KiB"):format(host:info().connections, grown))
for _, stream in ipairs(silent) do stream:close() end
host:close()
