--- The channels of a service proxy, one for each call under way, and the calls that run over them.
-- A call runs in a coroutine of its own: whoever waits for it may give it up and leave it to its end.
local core = require "wws.core"

local pool = {}
pool.__index = pool

--- @tparam table given `driver`, `make` (a function that gives a new channel), `address`, `max_idle`, `close_timeout`
-- (of channels there is no room for), `most` (channels in use at a time; nil: any number)
-- @treturn table a pool without channels
function pool.new(given)
  local self = { idle = {}, calls = {}, leaving = {}, standing = {}, pending = 0, retiring = 0, seated = 0,
    whole = given }
  self.news = given.driver.queue() -- gets a value whenever somebody who waits for the end should look again
  return setmetatable(self, pool)
end

local function aborted()
  return nil, core.failure("operation_aborted", "the service proxy was aborted")
end

local function keys(set)
  local list = {}
  for key in next, set do list[#list + 1] = key end
  return list
end

local function open_channel(self)
  local channel, err = self.whole.make()
  if not channel then return nil, err end
  local ok
  ok, err = channel:open(self.whole.address)
  if not ok then return nil, err end
  return channel
end

local function take(self)
  local channel = table.remove(self.idle) -- the one used last: its connection is the likeliest to be alive
  while channel and channel:state() ~= "open" do channel = table.remove(self.idle) end
  if channel then return channel end
  return open_channel(self)
end

-- True when the channel waits for its next call; false when it has to go.
local function keep(self, channel)
  if self.aborted or self.closing or channel:state() ~= "open" or #self.idle >= self.whole.max_idle then
    return false
  end
  self.idle[#self.idle + 1] = channel
  return true
end

local function is_over(self)
  return self.pending == 0 and self.retiring == 0
end

local function tell(self)
  if self.waited and (self.aborted or is_over(self)) then self.news:push(true) end
end

local function leave(self, channel)
  self.leaving[channel], self.retiring = true, self.retiring + 1
end

-- A channel that leaves has its context cancelled, which may take a while.
local function retire(self, channel, timeout)
  local ok, err = pcall(channel.close, channel, timeout)
  self.leaving[channel], self.retiring = nil, self.retiring - 1
  tell(self)
  if not ok then error(err, 0) end
end

--- Ends the wait for a call. Only the first end counts.
-- @tparam table call
-- @tparam table outcome `value`, `err`, `raised`
function pool.settle(call, outcome)
  if call.outcome then return end
  call.outcome = outcome
  call.queue:push(true)
end
local settle = pool.settle

-- Where as many channels are in use as may be, whoever waited longest gets the seat of the next that is through.
local function sit_down(self, call)
  if self.seated >= (self.whole.most or math.huge) then
    local queue = self.whole.driver.queue()
    self.standing[#self.standing + 1] = queue
    queue:pop()
    if self.aborted then return aborted() end
  else
    self.seated = self.seated + 1
  end
  call.seated = true
  return true
end

local function stand_up(self, call)
  if not call.seated then return end
  local next_one = table.remove(self.standing, 1)
  if next_one then
    next_one:push(true)
  else
    self.seated = self.seated - 1
  end
end

local function exchange(self, call)
  local ok, why = sit_down(self, call)
  if not ok then return nil, why end
  if call.outcome then return nil end -- given up meanwhile
  local channel, err = take(self)
  if not channel then return nil, err end
  call.channel = channel
  if self.aborted then -- while files were read
    channel:abort()
    return aborted()
  end
  return call.run(channel)
end

local function perform(self, call)
  local outcome = {}
  if not call.outcome then
    local ok, value, err = pcall(exchange, self, call)
    outcome = ok and { value = value, err = err } or { raised = { value } }
  end
  local channel, unheard = call.channel, call.outcome ~= nil
  self.calls[call], self.pending = nil, self.pending - 1
  local kept = not channel or self.aborted or keep(self, channel)
  if not kept then leave(self, channel) end
  settle(call, outcome)
  if not kept then retire(self, channel, self.whole.close_timeout) end
  stand_up(self, call)
  tell(self)
  if unheard and outcome.raised then error(outcome.raised[1], 0) end
end

--- Opens the first channel, which waits for the first call.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error
function pool:warm()
  local channel, err = open_channel(self)
  if not channel then return nil, err end
  if not keep(self, channel) then channel:close() end
  return true
end

--- Starts a call.
-- @param id of the call, or nil
-- @tparam function run `function(channel)` that returns the call's value, or nil and the error
-- @treturn table the call: once its `queue` has a value it has an `outcome`
function pool:start(id, run)
  local call = { id = id, run = run, queue = self.whole.driver.queue() }
  self.calls[call], self.pending = true, self.pending + 1
  self.whole.driver.spawn(perform, self, call)
  return call
end

--- Ends the wait for calls. What goes on the wire for them goes on.
-- @param id of the calls; nil: all
-- @treturn number how many there were
function pool:abandon(id)
  local count = 0
  for _, call in ipairs(keys(self.calls)) do
    if not call.outcome and (id == nil or call.id == id) then
      count = count + 1
      settle(call, { err = core.failure("operation_abandoned", "the call was abandoned") })
    end
  end
  return count
end

--- Gives all channels up at once; the calls under way fail.
function pool:abort()
  self.aborted = true
  local idle = self.idle
  self.idle = {}
  for _, channel in ipairs(idle) do channel:abort() end
  for _, channel in ipairs(keys(self.leaving)) do channel:abort() end
  for _, call in ipairs(keys(self.calls)) do
    local _, err = aborted()
    settle(call, { err = err })
    if call.channel then call.channel:abort() end
  end
  for _, queue in ipairs(self.standing) do queue:push(true) end
  self.standing = {}
  tell(self)
end

--- Waits until nothing is under way.
-- @tparam[opt] number deadline
-- @treturn boolean whether that was so before the deadline, and without an abort
function pool:drain(deadline)
  self.waited = true
  while not self.aborted and not is_over(self) do
    if not self.news:pop(deadline) then break end
  end
  self.waited = false
  return not self.aborted and is_over(self)
end

--- Closes the channels that wait, all at once, in the background: `drain` waits for it. None is kept from now on.
-- @tparam ?number timeout seconds
function pool:retire(timeout)
  self.closing = true
  local idle = self.idle
  self.idle = {}
  for _, channel in ipairs(idle) do
    leave(self, channel)
    self.whole.driver.spawn(retire, self, channel, timeout)
  end
end

return pool
