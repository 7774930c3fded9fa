--- Contexts in Redis: one key for each, two sorted sets for each place to count them.
-- A key's value is "c" and the sealed context, or "t": revoked or cancelled. Keys have the context's identifier in
-- braces, sets their place: in a cluster all keys of one script have one slot.
local connection = require "wws.store.connection"
local object = require "wws.store.object"
local resp = require "wws.store.resp"

local redis = { name = "redis", options = {} }
for _, name in ipairs { "host", "port", "path", "username", "password", "tls", "prefix", "timeout" } do
  redis.options[name] = true
end

local class = {}
class.__index = class

local GRACE = 120 -- seconds that an unused context counts as pending
local IDLE_MOST, IDLE_SECONDS = 32, 60

-- KEYS: active, pending. ARGV: now, max active, max pending, member, expires, until when it is pending; milliseconds.
local COUNT_IN = [[
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return -1 end
redis.call('ZADD', KEYS[1], ARGV[5], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[6], ARGV[4])
return 1]]

local SWAP = [[
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
return 1]]

local TYPES = {
  host = "string", port = "number", path = "string", username = "string", password = "string", prefix = "string",
  timeout = "number",
}

local function check(options)
  for name, expected in pairs(TYPES) do
    local value = rawget(options, name)
    if value ~= nil and type(value) ~= expected then return object.failure(name, "a " .. expected, type(value)) end
  end
  local tls = rawget(options, "tls")
  if tls ~= nil and type(tls) ~= "boolean" and type(tls) ~= "table" then
    return object.failure("tls", "true, or { trust=, credential= }", type(tls))
  end
  if options.path and (options.host or options.port or tls) then
    return object.failure("path", "a path alone: no host, port or tls beside it")
  end
  return true
end

function redis.open(options)
  local ok, err = check(options)
  if not ok then return nil, err end
  return setmetatable({
    where = { host = options.host or "127.0.0.1", port = options.port or 6379, path = options.path, tls = options.tls },
    username = options.username, password = options.password,
    prefix = options.prefix or "wws", timeout = options.timeout or 1,
    idle = {},
  }, class)
end

-- Connections: those that rest, newest last. A driver's are of no use to another one.

local function ask(link, words, deadline)
  local ok, why = link:write(resp.command(words), deadline)
  if not ok then return nil, why end
  return resp.read(link, deadline)
end

local function authenticate(self, link, deadline)
  if not self.password then return true end
  local words = self.username and { "AUTH", self.username, self.password } or { "AUTH", self.password }
  local reply, why = ask(link, words, deadline)
  if reply == "OK" then return true end
  return nil, type(reply) == "table" and reply.error or why
end

local function connect(self, driver, deadline)
  local link, why = connection.open(driver, self.where, deadline)
  if not link then return nil, why end
  local ok
  ok, why = authenticate(self, link, deadline)
  if ok then return link end
  link:close()
  return nil, why
end

local function take(self, driver)
  local idle = self.idle[driver] or {}
  self.idle[driver] = idle
  while #idle > 0 do
    local link = table.remove(idle)
    if link:resume() then return link end
    link:close()
  end
end

local function give_back(self, driver, link)
  local idle = self.idle[driver]
  if #idle < IDLE_MOST and link:rest(IDLE_SECONDS) then
    idle[#idle + 1] = link
  else
    link:close()
  end
end

-- After anything but a reply the connection is over: a late reply would be taken for the next one's.
function class:command(words, driver, deadline)
  local until_when = driver.now() + self.timeout
  if deadline and deadline < until_when then until_when = deadline end
  local link = take(self, driver)
  if not link then
    local why
    link, why = connect(self, driver, until_when)
    if not link then return nil, why end
  end
  local reply, failure = ask(link, words, until_when)
  if reply == nil then
    link:close()
    return nil, failure
  end
  give_back(self, driver, link)
  if type(reply) == "table" and reply.error then
    if reply.word == "OOM" then return "full" end
    return nil, reply.error
  end
  return reply
end

local function milliseconds(seconds) return math.floor(seconds * 1000) end

function class:key(call) return ("%s:{%s}"):format(self.prefix, call.key) end

function class:sets(call)
  local place = ("%s:{%s}:"):format(self.prefix, call.place or "")
  return place .. "active", place .. "pending"
end

function class:get(call, driver, deadline)
  local value, why = self:command({ "GET", self:key(call) }, driver, deadline)
  if not value then return value, why end
  return value:sub(2)
end

-- Counted first, and taken back should it not come to it: rather one too few than one too many.
function class:add(call, driver, deadline)
  local active, pending = self:sets(call)
  local expires = milliseconds(call.expires)
  local counted, why = self:command({ "EVAL", COUNT_IN, "2", active, pending, milliseconds(call.now), call.max_active,
    call.max_pending, call.key, expires, milliseconds(call.created + GRACE) }, driver, deadline)
  if counted == 0 or counted == "full" then return "full" end
  if counted == -1 then return "pending" end
  if not counted then return nil, why end
  local words = { "SET", self:key(call), "c" .. call.value, "NX", "PXAT", expires }
  local reply, failure = self:command(words, driver, deadline)
  if reply == "OK" then return true end
  self:command({ "ZREM", active, call.key }, driver, deadline)
  self:command({ "ZREM", pending, call.key }, driver, deadline)
  return reply, failure
end

function class:swap(call, driver, deadline)
  local active, pending = self:sets(call)
  local expires = milliseconds(call.expires)
  local swapped, why = self:command({ "EVAL", SWAP, "1", self:key(call), "c" .. call.expected, "c" .. call.value,
    expires }, driver, deadline)
  if swapped == 0 then return false end
  if swapped ~= 1 then return nil, why or tostring(swapped) end
  if call.first_use then
    self:command({ "ZREM", pending, call.key }, driver, deadline)
  else
    self:command({ "ZADD", active, "XX", expires, call.key }, driver, deadline)
  end
  return true
end

function class:finish(call, driver, deadline)
  local active, pending = self:sets(call)
  local reply, why = self:command({ "SET", self:key(call), "t", "PXAT", milliseconds(call.expires) }, driver, deadline)
  if reply ~= "OK" then return nil, why or tostring(reply) end
  self:command({ "ZREM", active, call.key }, driver, deadline)
  self:command({ "ZREM", pending, call.key }, driver, deadline)
  return true
end

return redis
