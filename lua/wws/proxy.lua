--- Calls operations of a service by name, over a pool of channels.
--
-- Over HTTP each call under way has a channel of its own. A channel whose call is over waits for the next one, so a
-- security context is established once for each channel and not for each call. It stays open until the proxy closes;
-- of channels that have nothing to do at most `max_call_pool_size` stay. A channel that faults is dropped, the proxy
-- stays open.
--
-- A call that takes longer than `call_timeout` is abandoned: its caller gets `operation_timed_out`, what goes on the
-- wire goes on behind, and the channel returns to the pool when it is done. Until then the call counts as pending. As
-- that is the proxy's own time-out, its channels have none but those that its options name (`receive_timeout` …).
--
-- A proxy that is dropped without close keeps nothing alive: its channels are collected and cancel their contexts by
-- themselves. A call that was abandoned keeps its channel until it is through.
-- @module wws.proxy
local channel = require "wws.channel"
local core = require "wws.core"
local driver = require "wws.driver"
local guess = require "wws.guess"
local pool = require "wws.proxy_pool"

local proxy = {}
proxy.__index = proxy
proxy.__name = "wws.service_proxy"

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function wrong_state(self, what)
  return failure("invalid_operation", ("a service proxy in the state %s cannot %s"):format(self.now, what),
    { got = self.now })
end

-- Options ------------------------------------------------------------------------------------------------------------

-- A copy without metatables, so that what the caller does to its table later is its own affair.
local function copy(value)
  if type(value) ~= "table" then return value end
  local own = {}
  for name, field in next, value do own[name] = copy(field) end
  return own
end

local NUMBERS = {
  { name = "call_timeout", standard = 30, unit = "seconds" },
  { name = "max_close_timeout", standard = 5, unit = "seconds" },
  { name = "max_call_pool_size", standard = 5, unit = "channels", top = 65535 },
  { name = "max_pending_calls", standard = 100, unit = "calls", top = 4294967295 },
}

local function is_in_range(number, row)
  if number ~= number or number < 0 then return false end
  return not row.top or (number <= row.top and number % 1 == 0)
end

local function take_numbers(self, options)
  for _, row in ipairs(NUMBERS) do
    local given = options[row.name]
    if given ~= nil and type(given) ~= "number" then error(row.name .. " must be a number of " .. row.unit, 3) end
    if given and not is_in_range(given, row) then
      local expected = row.top and ("a whole number up to %d"):format(row.top) or "0 or more"
      return failure("invalidarg", "the property is out of its range",
        { property = row.name, expected = expected, got = ("%.14g"):format(given) })
    end
    self[row.name] = given or row.standard
    options[row.name] = nil
  end
  return true
end

-- What a channel can have, but a proxy cannot.
local FIXED = {
  { name = "faults_as_errors", value = true, why = "a service proxy returns every fault as an error" },
  { name = "transfer_mode", value = "buffered", why = "a service proxy transfers whole messages" },
}

local function check_fixed(options)
  if options.timeout ~= nil then
    return failure("invalidarg", "a service proxy has no such option",
      { got = "timeout", hint = "did you mean call_timeout?" })
  end
  for _, row in ipairs(FIXED) do
    if options[row.name] ~= nil and options[row.name] ~= row.value then
      return failure("invalidarg", row.why,
        { property = row.name, expected = tostring(row.value), got = tostring(options[row.name]) })
    end
  end
  return true
end

local FIELDS = { action = "string", reply_action = "string", one_way = "boolean" }

local function read_operation(name, given)
  if type(name) ~= "string" then error("the operations of a service proxy must have names", 4) end
  if type(given) == "string" then return { action = given } end
  if type(given) ~= "table" then error(("the operation '%s' must be an action or a table"):format(name), 4) end
  for field, value in next, given do
    if type(value) ~= FIELDS[field] then
      error(("the operation '%s' has a wrong field '%s'; its fields are action and reply_action, strings, and one_way, "
        .. "a boolean"):format(name, tostring(field)), 4)
    end
  end
  if not given.action then error(("the operation '%s' has no action"):format(name), 4) end
  if given.one_way and given.reply_action then
    error(("the operation '%s' is one-way and cannot have a reply_action"):format(name), 4)
  end
  return given
end

local function take_operations(self, options)
  if type(options.operations) ~= "table" then error("a service proxy needs a table 'operations'", 3) end
  self.operations, self.names = {}, {}
  for name, given in next, options.operations do
    self.operations[name] = read_operation(name, given)
    self.names[#self.names + 1] = name
  end
  table.sort(self.names)
  options.operations = nil
end

local function take_address(self, options)
  local url, identity, headers = options.url, options.identity, options.headers
  if type(url) ~= "string" then error("a service proxy needs a string 'url'", 3) end
  if identity ~= nil and type(identity) ~= "table" then error("identity must be a table", 3) end
  if headers ~= nil and type(headers) ~= "table" then error("headers must be a list of strings", 3) end
  self.address = { url = url, identity = identity, headers = headers }
  options.url, options.identity, options.headers = nil, nil, nil
end

local function take_driver(self, options)
  self.driver = options.driver
  for _, name in ipairs { "spawn", "queue" } do
    if type(self.driver[name]) ~= "function" then
      error("a service proxy needs a driver with a function '" .. name .. "', this one has none", 3)
    end
  end
end

local BY_REFERENCE = { security = true, driver = true, env = true, trace = true }

local function read_options(given)
  if type(given) ~= "table" then error("the options of a service proxy must be a table", 3) end
  local options = {}
  for name, value in next, given do options[name] = BY_REFERENCE[name] and value or copy(value) end
  return options
end

--- Makes a proxy; nothing is opened yet. The security description is validated and frozen here.
-- @tparam table options `url`, `identity` and `headers` (the endpoint's address, see `channel:open`); `security`;
-- `operations`: by name an action, or a table of `action`, `reply_action` (checked when given) and `one_way`;
-- `call_timeout` (30 seconds), `max_call_pool_size` (5), `max_pending_calls` (100), `max_close_timeout` (5 seconds);
-- `driver`, `trace`, and any channel property. `faults_as_errors` is always true.
-- @treturn[1] table the proxy
-- @treturn[2] nil
-- @treturn[2] table the error
function proxy.new(options)
  options = read_options(options)
  local self = setmetatable({ now = "created" }, proxy)
  options.driver = driver.of(options.driver)
  take_driver(self, options)
  take_address(self, options)
  take_operations(self, options)
  local ok, err = take_numbers(self, options)
  if ok then ok, err = check_fixed(options) end
  if not ok then return nil, err end
  if options.enable_timeouts == nil then options.enable_timeouts = false end
  local description
  description, err = channel.describe(options, 2)
  if not description then return nil, err end
  options.security = nil
  function self.make() return channel.make(description, options) end
  ok, err = self.make() -- what is wrong with the properties is wrong now
  if not ok then return nil, err end
  return self
end

-- States -------------------------------------------------------------------------------------------------------------

--- Opens the proxy: checks the address and loads certificates. Over HTTP nothing is sent before the first call.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error; the proxy is "created" again
function proxy:open()
  if self.now ~= "created" then return wrong_state(self, "open") end
  local opened = pool.new {
    driver = self.driver, make = self.make, address = self.address,
    max_idle = self.max_call_pool_size, close_timeout = self.max_close_timeout,
  }
  self.now, self.pool = "opening", opened
  local called, ok, err = pcall(opened.warm, opened)
  if self.pool ~= opened then
    opened:abort()
    return failure("operation_aborted", "the service proxy was aborted while it opened")
  end
  self.now = called and ok and "open" or "created"
  if not called then error(ok, 0) end
  return ok, err
end

--- Gives everything up at once: calls under way fail with `operation_aborted`, the service is told nothing. An open
-- proxy is "faulted" then and makes no more calls; one that opens is "created" again; one that closes ends closed.
function proxy:abort()
  if self.pool then self.pool:abort() end
  if self.now == "open" then
    self.now = "faulted"
  elseif self.now == "opening" then
    self.now, self.pool = "created", nil
  end
end

-- Waits for the calls, then for their channels. What is not over in time is aborted.
local function finish(self, deadline)
  local closing = self.pool
  local pending = closing:drain(deadline)
  if pending then
    closing:retire(deadline and math.max(0, deadline - self.driver.now()))
    closing:drain(deadline)
  end
  if closing.aborted then return failure("operation_aborted", "the service proxy was aborted while it closed") end
  local left = closing.pending
  closing:abort()
  if pending then return true end
  return failure("operation_timed_out", ("the time to close was up, %d pending calls were aborted"):format(left),
    { property = "max_close_timeout" })
end

--- Closes the proxy: waits for the calls under way, abandoned ones included, then cancels the contexts of all channels.
-- When `max_close_timeout` is over it aborts what is left. The proxy is closed whatever is returned, unless that is
-- `invalid_operation`.
-- @tparam[opt] number timeout seconds, instead of `max_close_timeout`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error
function proxy:close(timeout)
  if timeout ~= nil and (type(timeout) ~= "number" or not is_in_range(timeout, {})) then
    error("timeout must be a number of seconds, 0 or more", 2)
  end
  timeout = timeout or self.max_close_timeout
  if self.now == "closed" then return true end
  if self.now == "opening" or self.now == "closing" then return wrong_state(self, "close") end
  if self.now ~= "open" then
    self.now, self.pool = "closed", nil
    return true
  end
  self.now = "closing"
  local called, ok, err = pcall(finish, self, timeout < math.huge and self.driver.now() + timeout or nil)
  self.now, self.pool = "closed", nil
  if not called then error(ok, 0) end
  return ok, err
end

--- Makes a closed proxy new again.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error
function proxy:reset()
  if self.now ~= "closed" and self.now ~= "created" then return wrong_state(self, "reset") end
  self.now = "created"
  return true
end

--- @treturn string "created", "opening", "open", "faulted", "closing" or "closed"
function proxy:state()
  return self.now
end

--- What the pool holds.
-- @treturn table `idle` channels, `pending` calls (abandoned ones that go on behind included)
function proxy:info()
  return { idle = self.pool and #self.pool.idle or 0, pending = self.pool and self.pool.pending or 0 }
end

-- Calls --------------------------------------------------------------------------------------------------------------

local function find(self, name)
  if type(name) ~= "string" then error("the name of an operation must be a string", 3) end
  local operation = self.operations[name]
  if operation then return operation end
  local near = guess(name, self.names)
  return failure("invalidarg", "the service proxy has no operation of that name",
    { property = "operations", got = name, hint = near and ("did you mean '%s'?"):format(near) or nil })
end

local function read_call(self, options)
  if options == nil then options = {} end
  if type(options) ~= "table" then error("options must be a table", 3) end
  local id, timeout = rawget(options, "call_id"), rawget(options, "timeout")
  if id ~= nil and type(id) ~= "number" and type(id) ~= "string" then
    error("call_id must be a number or a string", 3)
  end
  if timeout ~= nil and (type(timeout) ~= "number" or not is_in_range(timeout, {})) then
    error("timeout must be a number of seconds, 0 or more", 3)
  end
  local own = {}
  for name, value in next, options do own[name] = value end
  own.call_id, own.timeout = nil, nil -- the channel's call goes on when its caller gave up
  return own, id, timeout or self.call_timeout
end

-- One that must not be answered drops an answer; a reply of addressing 1.0 has an action, of "transport" need not.
local function perform(operation, over, body, options)
  if operation.one_way then
    local ok, err = over:send(operation.action, body, options)
    if ok then over:receive() end
    return ok, err
  end
  local reply, err = over:request(operation.action, body, options)
  if not reply then return nil, err end
  local expected, got = operation.reply_action, reply.action
  if expected and got and got ~= expected then
    return failure("invalid_format", "the reply has another action than that of the operation",
      { step = "read the reply", property = "reply_action", expected = expected, got = got })
  end
  return reply
end

local function check_call(self)
  if self.now ~= "open" then return wrong_state(self, "call") end
  if self.pool.pending >= self.max_pending_calls then
    return failure("quota_exceeded", "as many calls are pending as may be",
      { property = "max_pending_calls", got = tostring(self.pool.pending) })
  end
  return true
end

local function wait_for(self, call, timeout)
  local deadline = timeout < math.huge and self.driver.now() + timeout or nil
  if not call.queue:pop(deadline) then
    local message = ("the call took longer than %.14g seconds and was abandoned"):format(timeout)
    pool.settle(call, { err = core.failure("operation_timed_out", message, { property = "call_timeout" }) })
  end
  local outcome = call.outcome
  if outcome.raised then error(outcome.raised[1], 0) end
  return outcome.value, outcome.err
end

--- Calls an operation.
-- @tparam string name of the operation
-- @tparam[opt] string body XML, the content of the SOAP body
-- @tparam[opt] table options those of `channel:request`, and `call_id`: a number or string that `abandon` knows the
-- call by. `timeout` stands for `call_timeout`.
-- @treturn[1] userdata the reply; of a one-way operation true
-- @treturn[2] nil
-- @treturn[2] table the error: `operation_timed_out` and `operation_abandoned` when the call goes on behind,
-- `operation_aborted` when it does not, `quota_exceeded` when `max_pending_calls` are pending, and all of `request`,
-- with `fault` when the service answered with one
function proxy:call(name, body, options)
  local operation, err = find(self, name)
  if not operation then return nil, err end
  local own, id, timeout = read_call(self, options)
  local ok
  ok, err = check_call(self)
  if not ok then return nil, err end
  local call = self.pool:start(id, function(over) return perform(operation, over, body, own) end)
  return wait_for(self, call, timeout)
end

--- An operation as a function.
-- @tparam string name
-- @treturn[1] function `function(body[, options])`, which calls it
-- @treturn[2] nil
-- @treturn[2] table the error
function proxy:operation(name)
  local operation, err = find(self, name)
  if not operation then return nil, err end
  return function(body, options) return self:call(name, body, options) end
end

--- Gives calls up: their callers get `operation_abandoned`. What goes on the wire goes on behind.
-- @tparam[opt] number|string id of the calls, several may have the same; nil or 0: all that are pending
-- @treturn[1] number how many there were
-- @treturn[2] nil
-- @treturn[2] table the error
function proxy:abandon(id)
  if not self.pool then return wrong_state(self, "abandon a call") end
  if id == 0 then id = nil end
  return self.pool:abandon(id)
end

proxy.__close = function(self)
  self:close()
end

function proxy:__tostring()
  return "wws.service_proxy: " .. self.now
end

return proxy
