--- What the benchmarks share: the floor in C, a server's process, rounds that are counted until a row's time is over.
-- WWS_BENCH_SECONDS is the length of a row.
local driver = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local process = require "spec.support.process"

local rig = {}
local BODY = calculator.body(40, 2)
local FLOOR = "build/tls_floor"
local COMPILE = "mkdir -p build && ${CC:-gcc} -D_GNU_SOURCE -O2 -o " .. FLOOR
  .. " spec/bench/floor/tls_floor.c -lssl -lcrypto -lgssapi_krb5"
local LIMIT = 3600 -- seconds that a server may live

rig.SECONDS = tonumber(os.getenv "WWS_BENCH_SECONDS" or 2)
local INTERPRETER = arg and arg[-1]

local function read_word(path, index)
  local file = assert(io.open(path))
  local words = {}
  for word in file:read("*a"):gmatch "%S+" do words[#words + 1] = word end
  file:close()
  return tonumber(words[index])
end

--- Runs the floor for a row.
-- @tparam string kind its first argument: a certificate, "-", "unix" or "gss"
-- @tparam string key its second
-- @tparam number count of connections
-- @tparam[opt] number request bytes of one
-- @tparam[opt] number reply
-- @treturn table `rate`, `client`, `served`: calls per second, and microseconds of CPU per call on each side
function rig.floor(kind, key, count, request, reply)
  if not rig.built then
    local status, _, errors = process.run { "sh", "-c", COMPILE }
    assert(status == 0, errors)
    rig.built = true
  end
  local status, output, errors = process.run { FLOOR, kind, key, rig.SECONDS, count, request, reply }
  assert(status == 0, errors)
  local rate, client, served = output:match "^(%S+) (%S+) (%S+)"
  return { rate = tonumber(rate), client = tonumber(client), served = tonumber(served) }
end

-- The application's own work is no part of what is measured: it looks for plain text.
local function number_in(body, tag)
  local _, at = body:find(tag, 1, true)
  return tonumber(body:match("^%d+", at + 1))
end

--- The operation of all servers here.
function rig.add(request)
  local body = request.body
  return ('<AddResponse xmlns="http://example.org/"><AddResult>%d</AddResult></AddResponse>'):format(
    number_in(body, "<a>") + number_in(body, "<b>")), calculator.ADD_RESPONSE
end

--- One call of it.
function rig.call(channel)
  local reply = assert(channel:request(calculator.ADD, BODY))
  assert(number_in(reply.body, "<AddResult>") == 42)
end

local server = {}
server.__index = server

--- Starts a server that says its process id, its URLs and whatever else a line each, by a word in front.
-- @tparam {string,...} arguments the script and its own
-- @tparam {string,...} names of the lines to wait for, such as "url", in their order
-- @tparam[opt] string interpreter another one than this script's
-- @treturn table `lines`: what stands behind those words
function rig.server(arguments, names, interpreter)
  local self = setmetatable({ lines = {} }, server)
  self.process = process.start({ interpreter or INTERPRETER, (table.unpack or unpack)(arguments) }, {
    limit = LIMIT, environment = interpreter and ("'LUA_CPATH=build/%s/?.so;;'"):format(interpreter) })
  self.pid = assert(self.process:expect "^pid (%d+)", self.process:errors())
  self.pids = { self.pid }
  for i, name in ipairs(names) do
    self.lines[i] = assert(self.process:expect("^" .. name .. " (%S+)"), self.process:errors())
  end
  return self
end

--- What else runs is a server too, of all these processes together.
-- @tparam {number,...} pids
function rig.over(pids)
  return setmetatable({ pids = pids }, server)
end

function server:sum(file, index)
  local sum = 0
  for _, pid in ipairs(self.pids) do sum = sum + read_word("/proc/" .. pid .. "/" .. file, index) end
  return sum
end

--- @treturn number seconds of CPU that the server has used
function server:cpu()
  return self:sum("schedstat", 1) / 1e9
end

--- @treturn number bytes of memory that the server occupies
function server:memory()
  return self:sum("statm", 2) * 4096
end

function server:stop()
  self.process:stop()
end

--- Runs `work(i)` again and again, for each i at the same time, until `finish()`, or until the row's time is over.
-- @treturn table `rate`, `client`, `served`: as those of the floor
function server:measure(count, work, finish)
  local rounds, running = 0, count
  local before, client, start = self:cpu(), os.clock(), driver.now()
  finish = finish or function() return driver.now() >= start + rig.SECONDS end
  local function go_on(i)
    repeat
      work(i)
      rounds = rounds + 1
    until finish()
    running = running - 1
  end
  if count == 1 then
    go_on(1)
  else
    for i = 1, count do driver.spawn(function() go_on(i) end) end
    while running > 0 do driver.sleep(driver.now() + 0.01) end
  end
  local elapsed = driver.now() - start
  return { rate = rounds / elapsed, client = (os.clock() - client) / rounds * 1e6,
           served = (self:cpu() - before) / rounds * 1e6 }
end

return rig
