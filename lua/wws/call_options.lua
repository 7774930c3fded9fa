--- What may be said with one call of a channel.
local core = require "wws.core"

local call_options = {}

--- @tparam ?number timeout seconds
-- @tparam number level whose mistake it is, as for `error`
function call_options.check_timeout(timeout, level)
  if timeout ~= nil and (type(timeout) ~= "number" or timeout ~= timeout or timeout < 0) then
    error("timeout must be a number of seconds, 0 or more", level + 1)
  end
  return timeout
end

local TEXTS = { "message_id", "relates_to", "to", "reply_to" }
local LISTS = { "headers", "understands" }
local OPTIONS = { timeout = true }
for _, names in ipairs { TEXTS, LISTS } do
  for _, name in ipairs(names) do OPTIONS[name] = true end
end

local function check_list(name, list)
  if list == nil then return end
  if type(list) ~= "table" then error(name .. " must be a list of strings", 4) end
  for _, value in ipairs(list) do
    if type(value) ~= "string" then error(name .. " must be a list of strings", 4) end
  end
end

--- What is of a wrong type must raise before the call begins, for a call that raises loses its connection.
-- @tparam string action
-- @tparam ?table options
-- @treturn[1] table the options
-- @treturn[2] nil
-- @treturn[2] table the error
function call_options.check(action, options)
  if type(action) ~= "string" then error("the action must be a string, not a " .. type(action), 3) end
  if options == nil then return {} end
  if type(options) ~= "table" then error("options must be a table", 3) end
  call_options.check_timeout(rawget(options, "timeout"), 3)
  for _, name in ipairs(TEXTS) do
    local value = rawget(options, name)
    if value ~= nil and type(value) ~= "string" then error(name .. " must be a string", 3) end
  end
  for _, name in ipairs(LISTS) do check_list(name, rawget(options, name)) end
  for name in next, options do
    if not OPTIONS[name] then
      return nil, core.failure("invalidarg", "a message has no such option", { got = tostring(name) })
    end
  end
  return options
end

return call_options
