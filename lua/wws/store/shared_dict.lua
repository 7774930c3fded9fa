--- ngx.shared.DICT: one process's memory, shared by its workers. Every operation is atomic by itself and never waits.
-- A value is "c", the number of the counter that counts it, a semicolon, and the sealed context; or "t": revoked or
-- cancelled. A swap is not atomic in a dictionary: `lock:` keys make it so, taken with add, which is.
local object = require "wws.store.object"

local shared_dict = { name = "shared_dict", options = { prefix = true } }
local class = {}
class.__index = class

local PENDING = 120 -- seconds that an unused context counts as pending
local LOCK = 2 -- seconds after which the lock of a worker that died is free again
local SLOTS = 32 -- counters of one limit: each holds what expires in its share of time

function shared_dict.open(options, name)
  local ngx = rawget(_G, "ngx")
  local dict = type(ngx) == "table" and ngx.shared and ngx.shared[name]
  if not dict then return object.failure("store", "a lua_shared_dict of that name in nginx.conf", name) end
  local prefix = rawget(options, "prefix")
  if prefix ~= nil and type(prefix) ~= "string" then return object.failure("prefix", "a string", type(prefix)) end
  return setmetatable({ dict = dict, prefix = prefix or "wws" }, class)
end

function class:name(call) return self.prefix .. ":{" .. call.key .. "}" end

function class:get(call)
  local value, why = self.dict:get(self:name(call))
  if value then return value:match "^c%d+;(.*)$" or "" end
  if why then return nil, why end
  return false
end

-- Counters by the time at which what they count is over: a context is counted until then, and no sweep is needed.
function class:counter(kind, call, slot) return ("%s:%s:%s:%d"):format(self.prefix, kind, call.place or "", slot) end

function class:count(kind, call, span)
  local sum, first = 0, math.floor(call.now * SLOTS / span)
  for slot = first, first + SLOTS + 1 do
    sum = sum + (self.dict:get(self:counter(kind, call, slot)) or 0)
  end
  return sum
end

function class:bump(kind, call, span, slot, by)
  local life = (slot + 1) * span / SLOTS - call.now
  if life > 0 then self.dict:incr(self:counter(kind, call, slot), by, 0, life) end
end

-- The shares of time must be the same for all contexts of a place: the first one's life is divided.
function class:span(call)
  local name = self.prefix .. ":span:" .. (call.place or "")
  self.dict:safe_add(name, math.max(60, math.ceil(call.expires - call.now)))
  return self.dict:get(name) or 60
end

-- What lives beyond the last share is counted in that one.
local function active_slot(call, span)
  return math.floor(math.min(call.expires, call.now + span) * SLOTS / span)
end

local function pending_slot(call) return math.floor((call.created + PENDING) * SLOTS / PENDING) end

local function life_of(call) return math.max(0.001, call.expires - call.now) end

function class:add(call)
  local span = self:span(call)
  if self:count("active", call, span) >= call.max_active then return "full" end
  if self:count("pending", call, PENDING) >= call.max_pending then return "pending" end
  local slot = active_slot(call, span)
  local ok, why = self.dict:safe_add(self:name(call), ("c%d;%s"):format(slot, call.value), life_of(call))
  if not ok then
    if why == "exists" then return false end
    if why == "no memory" then return "full" end
    return nil, why
  end
  self:bump("active", call, span, slot, 1)
  self:bump("pending", call, PENDING, pending_slot(call), 1)
  return true
end

function class:locked(call, deadline, driver, perform)
  local lock = "lock:" .. self:name(call)
  while not self.dict:add(lock, true, LOCK) do
    if deadline and driver.now() >= deadline then return nil, "timeout" end
    driver.sleep(driver.now() + 0.002)
  end
  local answer, why = perform(self.dict, self:name(call))
  self.dict:delete(lock)
  return answer, why
end

-- Moves it from one counter to another; without `to` it is counted no longer.
function class:recount(call, span, from, to)
  if from == to then return end
  self:bump("active", call, span, from, -1)
  if to then self:bump("active", call, span, to, 1) end
end

function class:swap(call, driver, deadline)
  local span = self:span(call)
  local swapped, why = self:locked(call, deadline, driver, function(dict, name)
    local slot, value = (dict:get(name) or ""):match "^c(%d+);(.*)$"
    if value ~= call.expected then return false end
    local to = active_slot(call, span)
    local ok, err = dict:safe_set(name, ("c%d;%s"):format(to, call.value), life_of(call))
    if not ok then return nil, err end
    self:recount(call, span, tonumber(slot), to)
    return true
  end)
  if swapped and call.first_use then self:bump("pending", call, PENDING, pending_slot(call), -1) end
  return swapped, why
end

function class:finish(call, driver, deadline)
  local span = self:span(call)
  return self:locked(call, deadline, driver, function(dict, name)
    local slot = (dict:get(name) or ""):match "^c(%d+);"
    local ok, err = dict:safe_set(name, "t", life_of(call))
    if not ok then return nil, err end
    if slot then self:recount(call, span, tonumber(slot)) end
    return true
  end)
end

return shared_dict
