--- A shared store in a Lua table, with everything that a spec may want to happen to one.
local object = require "wws.store.object"

local table_store = { name = "table", options = {} }

local backend = {}
backend.__index = backend

function table_store.open(_, world) return setmetatable(world, backend) end

--- What all stores of one world share. `down`: a text that every call fails with; `before`: called with each call.
function table_store.world() return { values = {}, calls = {} } end

--- A store over that.
function table_store.new(world, keys) return object.new("shared", { keys = keys }, table_store, world) end

function backend:enter(call)
  self.calls[#self.calls + 1] = call
  if self.before then self.before(call) end
  if self.down then error(self.down, 0) end
end

function backend:get(call)
  self:enter(call)
  local value = self.values[call.key]
  if value == nil then return false end
  return value
end

function backend:add(call)
  self:enter(call)
  local count = 0
  for _ in pairs(self.values) do count = count + 1 end
  if count >= call.max_active then return "full" end
  if self.values[call.key] then return false end
  self.values[call.key] = call.value
  return true
end

function backend:swap(call)
  self:enter(call)
  if self.values[call.key] ~= call.expected then return false end
  self.values[call.key] = call.value
  return true
end

function backend:finish(call)
  self:enter(call)
  self.values[call.key] = ""
  return true
end

return table_store
