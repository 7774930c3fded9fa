--- Values handed from coroutine to coroutine, in order.
local queue = {}
queue.__index = queue

--- @tparam table scheduler who lets coroutines wait and wakes them
-- @treturn table an empty queue
function queue.new(scheduler)
  return setmetatable(
    { scheduler = scheduler, values = {}, first = 1, last = 0, waiters = {}, head = 1, tail = 0 }, queue)
end

-- The next waiter that still waits.
local function next_waiter(self)
  local is_waiting = self.scheduler.is_waiting -- a scheduler that loses coroutines tells
  while self.head <= self.tail do
    local waiter = self.waiters[self.head]
    self.waiters[self.head] = nil
    self.head = self.head + 1
    if not waiter.done and (not is_waiting or is_waiting(waiter)) then return waiter end
  end
  self.head, self.tail = 1, 0
end

--- @param value anything but nil
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string "closed"
function queue:push(value)
  if self.closed then return nil, "closed" end
  local waiter = next_waiter(self)
  if waiter then
    self.scheduler.wake(waiter, value)
  else
    self.last = self.last + 1
    self.values[self.last] = value
  end
  return true
end

--- Takes the oldest value, waiting for one.
-- @tparam[opt] number deadline
-- @return[1] the value
-- @treturn[2] nil
-- @treturn[2] string "timeout", or "closed" once it is closed and empty
function queue:pop(deadline)
  if self.first <= self.last then
    local value = self.values[self.first]
    self.values[self.first] = nil
    self.first = self.first + 1
    self.scheduler.relax()
    return value
  end
  if self.closed then return nil, "closed" end
  if deadline and deadline <= self.scheduler.now() then
    self.scheduler.pause() -- a caller that polls lets the others work, too
    if self.first > self.last then return nil, "timeout" end
    return self:pop()
  end
  local waiter = {}
  self.tail = self.tail + 1
  self.waiters[self.tail] = waiter
  return self.scheduler.suspend(waiter, deadline)
end

--- @treturn number how many values are held
function queue:count()
  return self.last - self.first + 1
end

--- No more values; whoever waits gets nil, "closed". What is held can still be taken.
function queue:close()
  if self.closed then return end
  self.closed = true
  local waiter = next_waiter(self)
  while waiter do
    self.scheduler.wake(waiter, nil, "closed")
    waiter = next_waiter(self)
  end
end

return queue
