--- Who waits for which socket, over one of the core's poll sets.
local core = require "wws.core"

local sockets = {}
sockets.__index = sockets

local ROLES = { "reader", "writer" }

--- @tparam function suspend `suspend(waiter, deadline)` of the scheduler
-- @tparam function wake `wake(waiter, value, why)`
-- @treturn table
function sockets.new(suspend, wake)
  return setmetatable({
    suspend = suspend,
    wake = wake,
    tokens = 0,
    waiting = {}, -- token -> watch somebody waits for; held here and by its waiter alone
    events = {},
  }, sockets)
end

--- Makes the set, once something is to be waited for.
-- @treturn userdata the core's poll set
function sockets:open()
  if not self.poll then
    self.poll = assert(core.poll())
    self.generation = self.poll:generation()
  end
  return self.poll
end

local function forget(self, watch)
  if not watch.reader and not watch.writer then self.waiting[watch.token] = nil end
end

-- After a fork the child has a set of its own, which is empty.
local function refresh(self)
  local current = self.poll:generation()
  if current == self.generation then return end
  self.generation = current
  for token, watch in pairs(self.waiting) do
    watch.generation = self.poll:add(watch.socket, token) and current
  end
end

local function finish(self, watch, role)
  local waiter = watch[role]
  if waiter then
    watch[role] = nil
    self.wake(waiter, true)
  end
end

--- Wakes who can go on.
-- @tparam number seconds how long to wait for the first at most; negative: no end
function sockets:run(seconds)
  self:open()
  refresh(self)
  local events = self.events
  for i = 1, 3 * self.poll:wait(seconds, events), 3 do
    local watch = self.waiting[events[i]]
    if watch then
      if events[i + 1] then finish(self, watch, "reader") end
      if events[i + 2] then finish(self, watch, "writer") end
      forget(self, watch)
    end
  end
end

--- @treturn boolean whether anybody waits
function sockets:has_waiters()
  return next(self.waiting) ~= nil
end

--- @treturn table what `wait` wants for a socket
function sockets:watch(socket)
  self.tokens = self.tokens + 1
  return { socket = socket, token = self.tokens }
end

--- Waits until the socket is ready to be read or written: try first, wait only when that said "again".
-- @tparam table watch
-- @tparam string role "reader" or "writer"; one of each may wait
-- @tparam[opt] number deadline
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string "timeout", or why not
function sockets:wait(watch, role, deadline)
  local poll = self:open()
  if watch[role] and watch[role].task then return nil, "another coroutine waits here" end
  if watch.generation ~= self.generation then
    if not poll:add(watch.socket, watch.token) then return nil, "the system cannot wait for this socket" end
    watch.generation = self.generation
  end
  local waiter = { task = false, done = false, value = false, why = false, at = false, place = false } -- of one size
  watch[role] = waiter
  self.waiting[watch.token] = watch
  local value, why = self.suspend(waiter, deadline)
  if watch[role] == waiter then watch[role] = nil end
  forget(self, watch)
  return value, why
end

--- Before the socket is closed: whoever waits for it gets nil, "aborted".
function sockets:unwatch(watch)
  for _, role in ipairs(ROLES) do
    if watch[role] then self.wake(watch[role], nil, "aborted") end
    watch[role] = nil
  end
  forget(self, watch)
  if self.poll and watch.generation then self.poll:remove(watch.socket) end
end

return sockets
