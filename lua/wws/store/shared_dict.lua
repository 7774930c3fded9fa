--- ngx.shared.DICT: one process's memory, shared by its workers. Every operation is atomic by itself and never waits.
-- A value is one octet, "c" or "t", before a context or nothing (a tombstone). A swap is not atomic in a dictionary:
-- `lock:` keys make it so, taken with add, which is.
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
  if value then return value:sub(2) end
  if why then return nil, why end
  return false
end

-- Counters by the time at which what they count is over: a context is counted until then and no sweep is needed.
local function slot_of(width, expires) return math.floor(expires / width) end

function class:counter(kind, call, slot) return ("%s:%s:%s:%d"):format(self.prefix, kind, call.place or "", slot) end

function class:count(kind, call, span)
  local width = span / SLOTS
  local sum, first = 0, slot_of(width, call.now)
  for slot = first, first + SLOTS + 1 do
    sum = sum + math.max(0, self.dict:get(self:counter(kind, call, slot)) or 0)
  end
  return sum
end

function class:bump(kind, call, span, expires, by)
  local width = span / SLOTS
  local slot = slot_of(width, expires)
  return self.dict:incr(self:counter(kind, call, slot), by, 0, math.max(1, (slot + 1) * width - call.now))
end

-- What the counters' shares of time are taken from must be the same for all contexts: the longest life seen is kept.
function class:span(call)
  local name = self.prefix .. ":span:" .. (call.place or "")
  local life = math.max(60, math.ceil(call.expires - call.now))
  if self.dict:safe_add(name, life) then return life end
  return self.dict:get(name) or life
end

function class:add(call)
  local span = self:span(call)
  if self:count("active", call, span) >= call.max_active then return "full" end
  if self:count("pending", call, PENDING) >= call.max_pending then return "full" end
  local ok, why = self.dict:safe_add(self:name(call), "c" .. call.value, math.max(0.001, call.expires - call.now))
  if not ok then
    if why == "exists" then return false end
    if why == "no memory" then return "full" end
    return nil, why
  end
  self:bump("active", call, span, math.min(call.expires, call.now + span), 1)
  self:bump("pending", call, PENDING, call.now + PENDING, 1)
  return true
end

function class:locked(call, deadline, driver, perform)
  local lock = "lock:" .. self:name(call)
  while not self.dict:add(lock, true, LOCK) do
    if deadline and driver.now() >= deadline then return nil, "timeout" end
    driver.sleep(driver.now() + 0.002)
  end
  local answer, why = perform()
  self.dict:delete(lock)
  return answer, why
end

function class:swap(call, driver, deadline)
  local name = self:name(call)
  local swapped, why = self:locked(call, deadline, driver, function()
    if self.dict:get(name) ~= "c" .. call.expected then return false end
    local ok, err = self.dict:safe_set(name, "c" .. call.value, math.max(0.001, call.expires - call.now))
    if not ok then return nil, err end
    return true
  end)
  if swapped and call.first_use then self:bump("pending", call, PENDING, call.now + PENDING, -1) end
  return swapped, why
end

function class:finish(call, driver, deadline)
  return self:locked(call, deadline, driver, function()
    local name = self:name(call)
    local before = self.dict:get(name)
    local ok, err = self.dict:safe_set(name, "t", math.max(0.001, call.expires - call.now))
    if not ok then return nil, err end
    if before and before:sub(1, 1) == "c" then
      local span = self:span(call)
      self:bump("active", call, span, math.min(call.expires, call.now + span), -1)
    end
    return true
  end)
end

return shared_dict
