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
local core = require "wws.core"
local guess = require "wws.guess"
local pool = require "wws.proxy_pool"
local read_options = require "wws.proxy_options"

local proxy = {}
proxy.__index = proxy
proxy.__name = "wws.service_proxy"

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function is_timeout(value)
  return type(value) == "number" and value >= 0 -- nor is it NaN
end

local function wrong_state(self, what)
  return failure("invalid_operation", ("a service proxy in the state %s cannot %s"):format(self.now, what),
    { got = self.now })
end

--- Makes a proxy; nothing is opened yet. The security description is validated and frozen here.
-- @tparam table options `url`, `identity` and `headers` (the endpoint's address, see `channel:open`); `security`;
-- `operations`: by name an action, or a table of `action`, `reply_action` (checked when given) and `one_way`;
-- `call_timeout` (30 seconds), `max_call_pool_size` (5), `max_pending_calls` (100), `max_close_timeout` (5 seconds);
-- `driver`, `trace`, and any channel property. `faults_as_errors` is always true.
-- @treturn[1] table the proxy
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, `notimpl`
-- @source WsCreateServiceProxy; WS_PROXY_PROPERTY
function proxy.new(options)
  local self, err = read_options(options)
  if not self then return nil, err end
  self.now = "created"
  return setmetatable(self, proxy)
end

-- States -------------------------------------------------------------------------------------------------------------

--- Opens the proxy: checks the address and loads certificates. Over HTTP nothing is sent before the first call.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error; the proxy is "created" again
-- @source WsOpenServiceProxy
function proxy:open()
  if self.now ~= "created" then return wrong_state(self, "open") end
  local opened = pool.new {
    driver = self.driver, make = self.make, address = self.address,
    max_idle = self.max_call_pool_size, close_timeout = self.max_close_timeout,
    most = self.max_http_server_connections,
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
-- @source WsAbortServiceProxy
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
-- @treturn[2] table the error: `operation_timed_out`, `operation_aborted`, `invalid_operation`
-- @source WsCloseServiceProxy
function proxy:close(timeout)
  if timeout ~= nil and not is_timeout(timeout) then
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
-- @treturn[2] table the error: `invalid_operation` (the state)
-- @source WsResetServiceProxy
function proxy:reset()
  if self.now ~= "closed" and self.now ~= "created" then return wrong_state(self, "reset") end
  self.now = "created"
  return true
end

--- @treturn string "created", "opening", "open", "faulted", "closing" or "closed"
-- @source WS_SERVICE_PROXY_STATE
function proxy:state()
  return self.now
end

--- What the pool holds.
-- @treturn table `idle` channels, `pending` calls (abandoned ones that go on behind included)
-- @source none of WWSAPI's
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
  if timeout ~= nil and not is_timeout(timeout) then
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
-- @tparam[opt] string|table body the content of the SOAP body: XML, or a table for `wws.xml`
-- @tparam[opt] table options those of `channel:request`, and `call_id`: a number or string that `abandon` knows the
-- call by. `timeout` stands for `call_timeout`.
-- @treturn[1] userdata the reply; of a one-way operation true
-- @treturn[2] nil
-- @treturn[2] table the error: `operation_timed_out` and `operation_abandoned` when the call goes on behind,
-- `operation_aborted` when it does not, `quota_exceeded` when `max_pending_calls` are pending, and all of `request`,
-- with `fault` when the service answered with one
-- @source WsCall; WS_CALL_PROPERTY
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
-- @treturn[2] table the error: `invalidarg` (no such operation)
-- @source the functions that wsutil generates
function proxy:operation(name)
  local operation, err = find(self, name)
  if not operation then return nil, err end
  return function(body, options) return self:call(name, body, options) end
end

--- Gives calls up: their callers get `operation_abandoned`. What goes on the wire goes on behind.
-- @tparam[opt] number|string id of the calls, several may have the same; nil or 0: all that are pending
-- @treturn[1] number how many there were
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (never opened, or closed)
-- @source WsAbandonCall
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
