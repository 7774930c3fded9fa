--- A man in the middle of a session over net.tcp whom both ends trust. He ends the upgrade of the one and begins one
-- with the other, so that between them he sees what is said, and can take the session to another connection without
-- the client's knowledge.
local blocking = require "wws.io.blocking"
local core = require "wws.core"

local relay = {}
relay.__index = relay

local PATIENCE = 30 * (os.getenv "WWS_STRESS" and 10 or 1)
local UPGRADE_RESPONSE, PREAMBLE_END, PREAMBLE_ACK = "\10", "\12", "\11"

local function read_until(stream, pattern)
  local got = ""
  while not got:find(pattern) do got = got .. assert(stream:read(65536, core.now() + PATIENCE)) end
  return got
end

-- A connection to the listener, with all but the end of the preamble said.
local function connect(self)
  local stream = assert(blocking.connect("localhost", self.port, { deadline = core.now() + PATIENCE }))
  assert(stream:write(self.preamble, core.now() + PATIENCE))
  assert(read_until(stream, ".") == UPGRADE_RESPONSE)
  local party = self.initiating(stream)
  assert(party:handshake())
  return party
end

local function pass_on(from, to)
  local bytes = from:read()
  while bytes do
    if not to:write(bytes) then break end
    bytes = from:read()
  end
end

local function serve(self, stream)
  self.preamble = read_until(stream, "\9." .. self.upgrade .. "$")
  assert(stream:write(UPGRADE_RESPONSE, core.now() + PATIENCE))
  local client = self.accepting(stream)
  assert(client:handshake())
  self.client, self.server = client, connect(self)
  blocking.spawn(pass_on, self.server, client)
  local bytes = client:read()
  while bytes do
    self.heard = self.heard .. bytes
    if not self.server:write(bytes) then break end
    bytes = client:read()
  end
  self.server.connection:close()
  stream:close()
end

--- Begins to listen, for one client.
-- @tparam table given `url` (the listener's), `upgrade` (its name), `accepting` and `initiating`: functions that make
-- a party (spec/support/nns.lua) of a stream
-- @treturn table its field `driver` brings a channel to it, whatever its address says; `heard`: what the client said
function relay.start(given)
  local self = setmetatable({ heard = "" }, relay)
  for key, value in pairs(given) do self[key] = value end
  self.port = tonumber(given.url:match ":(%d+)/")
  self.acceptor = assert(blocking.listen("localhost", 0))
  blocking.spawn(function() serve(self, assert(self.acceptor:accept(core.now() + PATIENCE))) end)
  self.driver = setmetatable({ connect = function(host, _, options)
    return blocking.connect(host, self.acceptor.port, options)
  end }, { __index = blocking })
  return self
end

--- Goes on over another connection to the listener. Nothing may be on its way.
-- @treturn function closes the connection that was left
function relay:move()
  local old = self.server
  local new = connect(self)
  assert(new:write(PREAMBLE_END))
  assert(new:read_all(1) == PREAMBLE_ACK)
  self.server = new
  blocking.spawn(pass_on, new, self.client)
  return function() old.connection:close() end
end

function relay:close()
  self.acceptor:close()
end

return relay
