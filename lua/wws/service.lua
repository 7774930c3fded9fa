--- Serves operations: a host listens on one or more endpoints and calls a function for each action.
-- @module wws.service
local core = require "wws.core"
local driver = require "wws.driver"
local guess = require "wws.guess"
local listener = require "wws.listener"

local service = {}

local host = {}
host.__index = host
host.__name = "wws.service_host"

local GENERIC = { code = "Receiver", reason = "The service could not process the request." }

-- What a fault of addressing is called, by the endpoint's addressing_version.
local ADDRESSING = {
  ["1.0"] = "http://www.w3.org/2005/08/addressing",
  ["0.9"] = "http://schemas.xmlsoap.org/ws/2004/08/addressing",
  transport = "http://schemas.microsoft.com/ws/2005/05/addressing/none",
}

-- In SOAP 1.1 a detail speaks of the body, and this is about a header.
local function problem_action(namespace, action)
  return { name = "ProblemAction", namespace = namespace, { name = "Action", namespace = namespace, action or "" } }
end

local function unknown_action(endpoint, action)
  local version = tostring(endpoint.options.addressing_version or "1.0"):gsub("_", ".")
  local namespace = ADDRESSING[version] or ADDRESSING["1.0"]
  local is_soap11 = tostring(endpoint.options.envelope_version or "soap_1_2"):gsub("%.", "_") == "soap_1_1"
  return {
    detail = version == "1.0" and not is_soap11 and problem_action(namespace, action) or nil,
    code = "Sender",
    subcode = "{" .. namespace .. "}ActionNotSupported",
    action = version ~= "transport" and namespace .. "/fault" or nil,
    reason = "The message with Action '" .. (action or "") .. "' cannot be processed at the receiver: "
      .. "no operation of the service has that action.",
  }
end

-- What went wrong in the service itself: its operator reads it in `info().last_error`, its client does not.
local function note(endpoint, detail)
  core.listener.note(endpoint.listener, (detail:gsub("%c.*", "")))
end

local function tell(endpoint, request, detail)
  local trace = endpoint.options.trace
  if not trace then return end
  pcall(trace, { time = os.time(), side = "server", step = "operation", action = request.action, detail = detail })
end

local function describe(value)
  local ok, text = pcall(tostring, value)
  return ok and text or "an error that cannot be printed"
end

local function tell_failure(endpoint, request, detail)
  note(endpoint, detail)
  tell(endpoint, request, detail)
end

-- A fault that the operation means for its client is a table with a reason and no code of ours.
local function is_fault(err)
  return type(err) == "table" and type(rawget(err, "reason")) == "string" and rawget(err, "hresult") == nil
end

local function perform(endpoint, channel, request)
  local operation = endpoint.operations[request.action]
  if not operation then return channel:fault(request, unknown_action(endpoint, request.action)) end
  local ok, body, more = pcall(operation, request)
  if not ok then
    tell_failure(endpoint, request, "the operation raised: " .. describe(body))
    return channel:fault(request, GENERIC)
  end
  if body ~= nil then return channel:reply(request, more or request.action .. "Response", body) end
  if more == nil then return true end -- one-way: closing the channel says that all is well
  if is_fault(more) then return channel:fault(request, more) end
  tell_failure(endpoint, request, "the operation failed: " .. describe(more))
  return channel:fault(request, GENERIC)
end

-- Answers the requests of a channel, inside its connection's coroutine: over HTTP there is one. Whatever goes wrong in
-- here concerns one client alone.
local function answer(endpoint, channel)
  local request, err = channel:receive()
  while request do
    local called, ok, why = pcall(perform, endpoint, channel, request)
    if not called then
      ok, why = nil, ok -- a reply of the wrong type raises
    end
    if not ok then
      tell_failure(endpoint, request, "the reply could not be sent: " .. describe(why))
      pcall(channel.fault, channel, request, GENERIC)
    end
    if channel:state() == "closed" then return end
    request, err = channel:receive()
  end
  if err then tell(endpoint, {}, "the request could not be received: " .. describe(err)) end
end

local function copy(options)
  local own = {}
  for name, value in next, options do own[name] = value end
  return own
end

local function check_operations(operations, index)
  if type(operations) ~= "table" then error(("endpoint %d has no table 'operations'"):format(index), 4) end
  for action, operation in next, operations do
    if type(action) ~= "string" or type(operation) ~= "function" then
      error(("the operations of endpoint %d must be functions by action"):format(index), 4)
    end
  end
  return copy(operations)
end

local function new_endpoint(self, given, index)
  if type(given) ~= "table" then error(("endpoint %d must be a table"):format(index), 3) end
  local options = copy(given)
  local endpoint = { url = options.url, operations = check_operations(options.operations, index), options = options }
  if type(endpoint.url) ~= "string" then error(("endpoint %d has no 'url'"):format(index), 3) end
  options.url, options.operations = self.handled and options.url or nil, nil
  options.trace = options.trace or self.trace
  options.driver = options.driver or self.driver
  function options.on_request(channel) answer(endpoint, channel) end
  local err
  endpoint.listener, err = listener.new(options)
  return endpoint.listener and endpoint, err
end

local OPTIONS = { "trace", "driver", "handled" }

-- What the endpoints have is no option of the host.
local function check_names(options)
  for name in next, options do
    if type(name) ~= "number" and name ~= "trace" and name ~= "driver" and name ~= "handled" then
      local near = type(name) == "string" and guess(name, OPTIONS)
      return nil, core.failure("invalidarg", "a service host has no such option", {
        got = tostring(name), expected = "endpoints in its list part, trace, driver, handled",
        hint = near and ("did you mean '%s'?"):format(near) or "what a listener takes goes into its endpoint's table",
      })
    end
  end
  return true
end

--- Makes a host; nothing is opened yet.
-- @tparam table options its list part the endpoints: each a listener's options with `url` and `operations`, a table of
-- functions by action. With `handled` the host does not listen: its requests come to `handle`. `trace` and `driver`
-- hold for all endpoints that have none of their own.
-- An operation is called with the request and returns the reply's body (XML, or a table for `wws.xml`) and, if it is
-- not the request's action with "Response" behind it, its action; nothing for a one-way message; nil and a table with
-- `reason` (and `code`, `subcode`, `detail`) for a fault of its own. Of any other failure the client learns only that
-- there was one.
-- @treturn[1] table the host
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, `notimpl`, `invalid_endpoint_url`
-- @source WsCreateServiceHost; WS_SERVICE_ENDPOINT, WS_SERVICE_OPERATION_MESSAGE_…
function service.host(options)
  if type(options) ~= "table" then error("the options of a service host must be a table", 2) end
  local fine, wrong = check_names(options)
  if not fine then return nil, wrong end
  local self = setmetatable({ endpoints = {}, urls = {}, trace = rawget(options, "trace") }, host)
  self.driver = driver.of(rawget(options, "driver"))
  self.handled = rawget(options, "handled")
  if self.handled ~= nil and type(self.handled) ~= "boolean" then error("handled must be a boolean", 2) end
  local given = rawget(options, 1)
  while given ~= nil do
    local index = #self.endpoints + 1
    local endpoint, err = new_endpoint(self, given, index)
    if not endpoint then return nil, err end
    self.endpoints[index] = endpoint
    given = rawget(options, index + 1)
  end
  return self
end

local function failure(message)
  return nil, core.failure("invalid_operation", message)
end

--- Listens on all endpoints, or on none when one cannot be opened. `host.urls` says where.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (opened before), and all of `listener:open`
-- @source WsOpenServiceHost
function host:open()
  if self.state then return failure("the service host was opened before") end
  if self.handled then return failure("the service host does not listen: its requests come to host:handle") end
  for index, endpoint in ipairs(self.endpoints) do
    local ok, err = endpoint.listener:open(endpoint.url)
    if not ok then
      self:close()
      return nil, err
    end
    self.urls[index] = endpoint.listener.url
  end
  self.state, self.over = "open", self.driver.queue()
  return true
end

-- The endpoint with the longest path at or above the request's; without any the first one says 404.
local function endpoint_for(self, target)
  local best, length = self.endpoints[1], -1
  for _, endpoint in ipairs(self.endpoints) do
    local path = endpoint.url:match "^[^:]+://[^/?#]*([^?#]*)" or ""
    if #path > length and core.listener.covers(endpoint.listener, target) then best, length = endpoint, #path end
  end
  return best
end

--- Answers one request that came through somebody else's HTTP server: by the endpoint whose path it names.
-- @tparam table request see `listener:handle`
-- @treturn[1] number the status
-- @treturn[1] table the headers by name
-- @treturn[1] string the body
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (closed, or no endpoints)
-- @source none of WWSAPI's; as `listener:handle`
function host:handle(request)
  if type(request) ~= "table" then error("the request must be a table", 2) end
  local path = rawget(request, "path")
  if type(path) ~= "string" then error("the request's path must be a string", 2) end
  local endpoint = endpoint_for(self, path)
  if not endpoint then return failure("the service host has no endpoints") end
  return endpoint.listener:handle(request)
end

--- Serves until the host is closed, by one of its operations or another coroutine.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (not open)
-- @source none of WWSAPI's, whose host serves on threads of its own
function host:run()
  if self.state ~= "open" then return failure("the service host is not open") end
  self.over:pop()
  return true
end

--- Serves what there is to serve; waits at most `timeout` seconds for it.
-- @tparam[opt=0] number timeout
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (not open)
-- @source none of WWSAPI's, whose host serves on threads of its own
function host:step(timeout)
  if timeout ~= nil and type(timeout) ~= "number" then error("the timeout must be a number of seconds", 2) end
  if self.state ~= "open" then return failure("the service host is not open") end
  if self.driver.step then
    self.driver.step(timeout or 0)
  else
    self.driver.sleep(self.driver.now() + (timeout or 0))
  end
  return true
end

--- What the listeners count, added up; `endpoints` has each one's own.
-- @treturn table see `listener:info`
-- @source none of WWSAPI's
function host:info()
  local sums = { endpoints = {} }
  for index, endpoint in ipairs(self.endpoints) do
    local info = endpoint.listener:info()
    sums.endpoints[index] = info
    for name, value in next, info do
      if type(value) == "number" then sums[name] = (sums[name] or 0) + value end
    end
  end
  return sums
end

--- Closes all listeners. Idempotent.
-- @treturn boolean true
-- @source WsCloseServiceHost
function host:close()
  for _, endpoint in ipairs(self.endpoints) do endpoint.listener:close() end
  if self.over then self.over:close() end
  self.state = "closed"
  return true
end

host.__close = host.close

function host:__tostring()
  return ("wws.service_host (%s, %d endpoints)"):format(self.state or "created", #self.endpoints)
end

return service
