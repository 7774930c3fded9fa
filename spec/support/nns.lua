--- NegotiateStream or TLS over a connection, driven from Lua: what the channels do with such a layer, without their
-- framing.
local probe = require "wws.probe"

local nns = {}
nns.__index = nns

local ROOM = 131072 -- plain bytes that may wait

--- @tparam table io the driver
-- @tparam table connection a stream of it
-- @tparam userdata context
-- @tparam ?boolean server
function nns.new(io, connection, context, server)
  local self = setmetatable({ io = io, connection = connection, stream = assert(probe.stream(ROOM)) }, nns)
  assert(self.stream:push_nns(context, server))
  return self
end

--- The same face over TLS.
-- @tparam table io the driver
-- @tparam table connection a stream of it
-- @tparam userdata tls an engine of the probe's
function nns.tls(io, connection, tls)
  return setmetatable({ io = io, connection = connection, stream = assert(probe.stream(ROOM, tls)) }, nns)
end

function nns:flush()
  local bytes = self.stream:send()
  if bytes ~= "" then return self.connection:write(bytes, self.io.now() + 30) end
  return true
end

-- Goes on after bytes came, or a job ran. What is to be said is said even when it failed.
local function feed(self, bytes)
  local ok, err = self.stream:feed(bytes or "")
  self:flush()
  if not ok then return nil, err end
  return true
end

local function receive(self)
  local bytes, why = self.connection:read(65536, self.io.now() + 30)
  if bytes then return feed(self, bytes) end
  if why ~= "closed" then return nil, { code = why, message = why } end
  local ok, err = self.stream:feed_end()
  return nil, ok and { code = "ended", message = "ended" } or err
end

--- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error
function nns:handshake()
  local ok, err = self.stream:start()
  self:flush()
  while ok and not self.stream:state() do
    local job = self.stream:job()
    if job then
      assert(job:start())
      assert(self.io.wait(job, self.io.now() + 60))
      job:close()
      ok, err = feed(self)
    else
      ok, err = receive(self)
    end
  end
  if not ok then return nil, err end
  return true
end

function nns:write(bytes)
  local ok, err = self.stream:write(bytes)
  if not ok then return nil, err end
  return self:flush()
end

--- Some plain bytes.
function nns:read()
  while true do
    local bytes = self.stream:take()
    if bytes ~= "" then
      local ok, err = feed(self) -- there is room again
      if not ok then return nil, err end
      return bytes
    end
    local ok, err = receive(self)
    if not ok then return nil, err end
  end
end

--- Exactly so many.
function nns:read_all(count)
  local pieces, left = {}, count
  while left > 0 do
    local bytes, err = self:read()
    if not bytes then return nil, err end
    pieces[#pieces + 1] = bytes
    left = left - #bytes
  end
  return table.concat(pieces)
end

--- Sends back what comes until the peer ends.
function nns:echo()
  repeat
    local bytes = self:read()
    if bytes then assert(self:write(bytes)) end
  until not bytes
  self.connection:close()
end

return nns
