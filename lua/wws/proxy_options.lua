--- What the options of a service proxy say, and what is wrong with them.
local channel = require "wws.channel"
local core = require "wws.core"
local driver = require "wws.driver"

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

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
    if given ~= nil and type(given) ~= "number" then error(row.name .. " must be a number of " .. row.unit, 4) end
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
  if type(name) ~= "string" then error("the operations of a service proxy must have names", 5) end
  if type(given) == "string" then return { action = given } end
  if type(given) ~= "table" then error(("the operation '%s' must be an action or a table"):format(name), 5) end
  for field, value in next, given do
    if type(value) ~= FIELDS[field] then
      error(("the operation '%s' has a wrong field '%s'; its fields are action and reply_action, strings, and one_way, "
        .. "a boolean"):format(name, tostring(field)), 5)
    end
  end
  if not given.action then error(("the operation '%s' has no action"):format(name), 5) end
  if given.one_way and given.reply_action then
    error(("the operation '%s' is one-way and cannot have a reply_action"):format(name), 5)
  end
  return given
end

local function take_operations(self, options)
  if type(options.operations) ~= "table" then error("a service proxy needs a table 'operations'", 4) end
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
  if type(url) ~= "string" then error("a service proxy needs a string 'url'", 4) end
  if identity ~= nil and type(identity) ~= "table" then error("identity must be a table", 4) end
  if headers ~= nil and type(headers) ~= "table" then error("headers must be a list of strings", 4) end
  self.address = { url = url, identity = identity, headers = headers }
  options.url, options.identity, options.headers = nil, nil, nil
end

local function take_driver(self, options)
  self.driver = options.driver
  for _, name in ipairs { "spawn", "queue" } do
    if type(self.driver[name]) ~= "function" then
      error("a service proxy needs a driver with a function '" .. name .. "', this one has none", 4)
    end
  end
end

local BY_REFERENCE = { security = true, driver = true, env = true, trace = true }

local function read_options(given)
  if type(given) ~= "table" then error("the options of a service proxy must be a table", 4) end
  local options = {}
  for name, value in next, given do options[name] = BY_REFERENCE[name] and value or copy(value) end
  return options
end

--- Reads the options once: nothing of the caller's tables is kept. Raises two levels up for what has the wrong type.
-- @tparam table given
-- @treturn[1] table `driver`, `address`, `operations` and their sorted `names`, the proxy's numbers, and `make`: a
-- function that gives a new channel
-- @treturn[2] nil
-- @treturn[2] table the error
return function(given)
  local options, self = read_options(given), {}
  options.driver = driver.of(options.driver)
  take_driver(self, options)
  take_address(self, options)
  take_operations(self, options)
  local ok, err = take_numbers(self, options)
  if ok then ok, err = check_fixed(options) end
  if not ok then return nil, err end
  if options.enable_timeouts == nil then options.enable_timeouts = false end
  self.max_http_server_connections = options.max_http_server_connections
  local description
  description, err = channel.describe(options, 3)
  if not description then return nil, err end
  options.security = nil
  function self.make() return channel.make(description, options) end
  ok, err = self.make() -- what is wrong with the properties is wrong now
  if not ok then return nil, err end
  return self
end
