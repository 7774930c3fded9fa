--- A connection over any driver's streams that reads by line and by count; plain, or TLS of the core's own.
local core = require "wws.core"
local pem = require "wws.pem"

local connection = {}
connection.__index = connection

local CHUNK = 16384
local LINE_MAX = 65536

local function send(self, deadline)
  local bytes = self.tls:pending()
  if bytes == "" then return true end
  return self.stream:write(bytes, deadline)
end

local function receive(self, deadline)
  local bytes, why = self.stream:read(CHUNK, deadline)
  if not bytes then return nil, why end
  if not self.tls then return bytes end
  local plain, err = self.tls:feed(bytes)
  local sent, failure = send(self, deadline) -- an alert too
  if not plain then return nil, tostring(err) end
  if not sent then return nil, failure end
  return plain
end

local function start_tls(self, host, tls, deadline)
  local options = { host = host }
  if type(tls) == "table" then
    options.trust = tls.trust
    if tls.credential then
      local loaded, err = pem.load(tls.credential, "connect to the context store", options)
      if not loaded then return nil, tostring(err) end
    end
  end
  local made, err = core.secure(options)
  if not made then return nil, tostring(err) end
  self.tls = made
  local ok, why = send(self, deadline)
  while ok and not made:ready() do
    ok, why = receive(self, deadline)
    if ok then self.buffer = self.buffer .. ok end
  end
  return ok and true, why
end

--- @tparam table driver
-- @tparam table options `host`, `port`, `path`, `tls`
-- @tparam[opt] number deadline
-- @treturn[1] table with `line`, `count`, `write`, `close`
-- @treturn[2] nil
-- @treturn[2] string why
function connection.open(driver, options, deadline)
  local host = options.path and "unix:" .. options.path or options.host
  local stream, why = driver.connect(host, not options.path and options.port or nil, { deadline = deadline })
  if not stream then return nil, why end
  local self = setmetatable({ stream = stream, driver = driver, buffer = "" }, connection)
  if options.tls then
    local ok
    ok, why = start_tls(self, options.host, options.tls, deadline)
    if not ok then
      self:close()
      return nil, why
    end
  end
  return self
end

function connection:write(bytes, deadline)
  if not self.tls then return self.stream:write(bytes, deadline) end
  local ok, err = self.tls:write(bytes)
  if not ok then return nil, tostring(err) end
  return send(self, deadline)
end

--- Without its end of line.
function connection:line(deadline)
  while true do
    local stop = self.buffer:find("\r\n", 1, true)
    if stop then
      local line = self.buffer:sub(1, stop - 1)
      self.buffer = self.buffer:sub(stop + 2)
      return line
    end
    if #self.buffer > LINE_MAX then return nil, "a line that never ends" end
    local more, why = receive(self, deadline)
    if not more then return nil, why end
    self.buffer = self.buffer .. more
  end
end

--- Exactly so many bytes.
function connection:count(count, deadline)
  local parts, have = { self.buffer }, #self.buffer
  while have < count do
    local more, why = receive(self, deadline)
    if not more then return nil, why end
    parts[#parts + 1], have = more, have + #more
  end
  local all = table.concat(parts)
  self.buffer = all:sub(count + 1)
  return all:sub(1, count)
end

--- Between two calls: gives the stream back to a driver whose streams belong to a request.
-- @treturn boolean whether it can be used again
function connection:rest(idle)
  if self.buffer ~= "" then return false end
  if not self.stream.park then return true end
  local place = self.stream:park(idle)
  self.stream, self.place = nil, place
  return place ~= nil
end

--- Takes it up again.
-- @treturn boolean whether it is still there
function connection:resume()
  if self.place then
    self.stream, self.place = self.driver.unpark(self.place), nil
    return self.stream ~= nil
  end
  if not self.stream.look then return true end
  local bytes, why = self.stream:look(1)
  return bytes == nil and why == "timeout" -- anything else: it ended, or says what nobody asked
end

function connection:close()
  if self.tls then self.tls:close() end
  if self.stream then self.stream:close() end
  self.tls, self.stream = nil, nil
end

return connection
