--- Which driver waits: the one in an object's options, else the one chosen with wws.use, else the host's own.
local driver = {}

local NEEDED = { "connect", "now" }
local chosen

local function check(candidate, level)
  if type(candidate) ~= "table" then error("a driver is a table, not a " .. type(candidate), level + 1) end
  for _, name in ipairs(NEEDED) do
    if type(candidate[name]) ~= "function" then
      error("a driver has a function '" .. name .. "', this table has none", level + 1)
    end
  end
  return candidate
end

-- Never guessed from what happens to be loaded; but blocking a worker of OpenResty would stop all its requests.
local function default()
  local ngx = rawget(_G, "ngx")
  if type(ngx) == "table" and ngx.socket then
    return require "wws.io.openresty"
  end
  return require "wws.io.blocking"
end

--- Chooses the driver for all objects made from now on that name none of their own.
-- @tparam ?table candidate nil goes back to the default
function driver.use(candidate)
  chosen = candidate ~= nil and check(candidate, 2) or nil
end

--- @tparam ?table given what an object's options say
-- @treturn table the driver to use
function driver.of(given)
  if given ~= nil then return check(given, 3) end
  return chosen or default()
end

return driver
