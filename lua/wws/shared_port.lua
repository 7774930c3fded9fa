--- One acceptor for all listeners of a port: each request, or session, goes to the listener whose path it names.
-- What a connection does before it has named one (TLS, the caps, the time for a head) is up to the first listener.
local core = require "wws.core"

local LOOK = 1 -- seconds between looks whether the listeners were collected
local CROWDED = 0.05 -- seconds before accepting again after a failure

local unpack = table.unpack or unpack -- luacheck: ignore 143
local all = setmetatable({}, { __mode = "k" }) -- driver -> "address port" -> port

local port = {}
port.__index = port

local function failure(code, message, fields)
  fields.step = "open the listener"
  return nil, core.failure(code, message, fields)
end

-- A listener that the application dropped must not live on in what an earlier call left on this coroutine's stack.
local function wipe() return select("#", unpack({}, 1, 30)) end

local difference

local function same(a, b)
  if type(a) == "table" and type(b) == "table" then return not difference(a, b) end
  return a == b
end

-- The first field, by name, that is not the same.
function difference(a, b)
  local least
  for _, side in ipairs { a, b } do
    for key in next, side do
      if not same(a[key], b[key]) and (not least or tostring(key) < least) then least = tostring(key) end
    end
  end
  return least
end

-- What a connection does before it names a path must not depend on the path.
local function check(site, other)
  if site.scheme ~= other.scheme then
    return failure("address_in_use", "another listener on this port has another scheme",
      { property = "url", expected = other.scheme, got = site.scheme })
  end
  local field = difference(site.ssl or {}, other.ssl or {})
  if field then
    return failure("address_in_use", "another listener on this port has another ssl binding: a connection shows its "
      .. "certificate before it names a path", { binding = "ssl", property = field })
  end
  if difference(site.peers or {}, other.peers or {}) then
    return failure("address_in_use", "another listener of this pipe takes other peers", { property = "allowed_peers" })
  end
  if site.env ~= other.env then
    return failure("invalidarg", "another listener on this port lives in another environment", { property = "env" })
  end
  if site.path == other.path then
    return failure("address_in_use", "another listener has this URL", { property = "url", got = site.path })
  end
  return true
end

local function forget_collected(self)
  for i = #self.sites, 1, -1 do
    if not self.sites[i].weak[1] then table.remove(self.sites, i) end
  end
  return self.sites[1]
end

local function accept_one(self)
  local used = self.driver
  local stream, why = self.acceptor:accept(used.now() + LOOK)
  local door = forget_collected(self)
  if not door then
    if stream then stream:close() end
    return false
  elseif stream then
    used.spawn(door.serve, door.weak[1], door.state, stream)
  elseif why == "closed" then
    return false
  elseif why ~= "timeout" then
    door.note(door.weak[1], "accepting a connection failed: " .. tostring(why))
    used.sleep(used.now() + CROWDED)
  end
  return true
end

local function close(self)
  if self.closed then return end
  self.closed = true
  local group = all[self.driver]
  if group[self.key] == self then group[self.key] = nil end
  self.acceptor:close()
end

local function accept(self)
  while accept_one(self) do
    wipe() -- or the last call's remains would keep the listener alive
  end
  close(self)
end

local function join(self, site)
  for _, other in ipairs(self.sites) do
    local ok, err = check(site, other)
    if not ok then return nil, err end
  end
  self.sites[#self.sites + 1] = site
  for _, each in ipairs(self.sites) do
    if each.weak[1] then each.share(each.weak[1]) end
  end
  return self
end

-- localhost is one address, any other name all of them
local function key_of(driver, host, number, version)
  if host:find "^unix:" then return host, all[driver] end
  if host == "localhost" then host = version == "6" and "::1" or "127.0.0.1" end
  return ("%s %d %s"):format(core.is_address(host) and host or "*", number, version or "any"), all[driver]
end

local function new(driver, host, number, listening, site)
  local wide = site.peers and next(site.peers) ~= nil -- the pipe's file lets others in
  local acceptor, why = driver.listen(host, number,
    { backlog = listening.backlog, ip_version = listening.ip_version, wide = wide })
  if not acceptor then return nil, why end
  local self = setmetatable({ driver = driver, acceptor = acceptor, number = acceptor.port, sites = { site } }, port)
  self.key = key_of(driver, host, self.number, listening.ip_version)
  all[driver] = all[driver] or {}
  all[driver][self.key] = self
  driver.spawn(accept, self)
  return self
end

--- The listener that a target (a path, or a whole URL) names: the one with the longest path at or above it.
-- @tparam string target
-- @treturn ?userdata the listener
-- @treturn ?table its site
function port:find(target)
  local found, best
  for _, site in ipairs(self.sites) do
    local listener = site.weak[1]
    if listener and site.covers(listener, target) and (not best or #site.path > #best.path) then
      found, best = listener, site
    end
  end
  return found, best
end

--- A listener closes.
-- @tparam table site
-- @treturn boolean whether others still listen
function port:leave(site)
  for i = #self.sites, 1, -1 do
    if self.sites[i] == site then table.remove(self.sites, i) end
  end
  if forget_collected(self) then return true end
  close(self)
  return false
end

local shared_port = {}

--- Listens at a host and port, together with the listeners that are there already.
-- @tparam table driver
-- @tparam string host
-- @tparam ?number number 0 takes a free port, which is nobody else's; none for `unix:` and a path
-- @tparam table listening `backlog`, `ip_version`
-- @tparam table site `weak` (a weak table of the listener), `state`, `scheme`, `path`, `ssl` (the binding), `env`,
-- `peers` (of a pipe), and functions of the listener: `serve(listener, state, stream)`, `covers(listener, target)`,
-- `share(listener)`, `note(listener, text)`
-- @treturn[1] table the port; `number` says which
-- @treturn[2] nil
-- @treturn[2] string|table the driver's reason, or an error
function shared_port.enter(driver, host, number, listening, site)
  local key, group = key_of(driver, host, number, listening.ip_version)
  local there = group and group[key]
  if there and forget_collected(there) then return join(there, site) end
  if there then close(there) end
  return new(driver, host, number, listening, site)
end

return shared_port
