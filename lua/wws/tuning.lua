--- What the properties of a channel or listener ask of a driver and of its connections.
local core = require "wws.core"

local tuning = {}

-- Properties that only a driver can perform, and the value that asks nothing of it.
local ASKS_NOTHING = { ip_version = "auto", resolve_timeout = math.huge, send_keep_alives = false }
local NAMES = { "ip_version", "resolve_timeout", "send_keep_alives" }

local function lacks(name, value, step)
  return nil, core.failure("notimpl", "the driver does not perform the property " .. name,
    { step = step, property = name, expected = tostring(ASKS_NOTHING[name]), got = tostring(value) })
end

--- May the driver be asked for what was given? `performs` in it names what it can do.
-- @tparam table state `no_delay`: as it was given, if it was
-- @tparam table driver
-- @tparam userdata owner a channel or a listener
-- @tparam function get `get(owner, name)`
-- @tparam string step
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error
function tuning.check(state, driver, owner, get, step)
  local performs = driver.performs or {}
  if state.no_delay ~= nil and not performs.no_delay then return lacks("no_delay", state.no_delay, step) end
  for _, name in ipairs(NAMES) do
    local value = get(owner, name)
    if value ~= nil and value ~= ASKS_NOTHING[name] and not performs[name] then return lacks(name, value, step) end
  end
  return true
end

--- @treturn ?string "4" or "6"; nil: any
function tuning.version(owner, get)
  local version = get(owner, "ip_version")
  return version ~= "auto" and version or nil
end

-- Messages are written whole, so unless somebody wants the kernel to gather small pieces they go out at once.
local function of_session(state, owner, get)
  local keeps = get(owner, "send_keep_alives")
  return { ip_version = tuning.version(owner, get), no_delay = state.no_delay ~= false, tunes = true,
           idle = keeps and get(owner, "keep_alive_time") or nil,
           interval = keeps and get(owner, "keep_alive_interval") or nil }
end

local function of_request(_, owner, get)
  local limit = get(owner, "resolve_timeout")
  return { resolve_timeout = limit and limit < math.huge and limit or nil }
end

local KINDS = { tcp = of_session, http = of_request }

--- What to ask of connections.
-- @tparam table state `kind`: "http", "tcp" or "namedpipe"; `no_delay`: as it was given, if it was
-- @tparam userdata owner a channel or a listener
-- @tparam function get `get(owner, name)`
-- @treturn ?table
function tuning.terms(state, owner, get)
  local read = KINDS[state.kind]
  return read and read(state, owner, get)
end

--- @tparam table terms
-- @tparam table stream
function tuning.apply(terms, stream)
  if terms.tunes and stream.tune then stream:tune(terms.no_delay, terms.idle, terms.interval) end
end

--- `no_delay` is said anew; a connection that is open hears of it.
function tuning.change(state, owner, get, no_delay)
  state.no_delay = no_delay
  local stream = state.line and state.line.stream or state.host.stream
  local terms = stream and tuning.terms(state, owner, get)
  if terms then tuning.apply(terms, stream) end
end

return tuning
