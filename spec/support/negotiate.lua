--- .NET's NegotiateStream and ours as one another's peers.
local assert = require "luassert"
local blocking = require "wws.io.blocking"
local dotnet = require "spec.support.dotnet"
local nns = require "spec.support.nns"
local probe = require "wws.probe"

local negotiate = {}
negotiate.__index = negotiate

negotiate.SIZES = { 1, 5, 4096, 64512, 64513, 70000, 300000 }

local PATIENCE = 60

local function idle() blocking.step(0.02) end

local function merge(base, more)
  for key, value in pairs(more or {}) do base[key] = value end
  return base
end

--- @treturn table for peers that use the credentials of the environment
function negotiate.new()
  return setmetatable({ peers = {} }, negotiate)
end

--- .NET as the server: one for each level that it may ask for.
-- @tparam string level "none", "sign" or "seal"
-- @tparam string impersonation the least that it takes
-- @tparam ?string clock what `faketime` makes of its clock
-- @treturn table `process`, `port`
function negotiate:server(level, impersonation, clock)
  local key = level .. impersonation .. (clock or "")
  if not self.peers[key] then
    local started = dotnet.start("negotiate", { "server", level, impersonation }, { idle = idle, clock = clock })
    self.peers[key] = { process = started, port = tonumber((assert(started:expect "^port (%d+)$"))) }
  end
  return self.peers[key]
end

--- Our client.
-- @tparam table server
-- @tparam userdata credential
-- @tparam ?table options of the context
-- @treturn table a party of spec/support/nns.lua, whose handshake is to come
-- @treturn userdata the context
function negotiate.connect(server, credential, options)
  local given = merge({ target = "host/localhost", require_server_auth = true }, options)
  local context = assert(probe.gss_context(credential, given))
  return nns.new(blocking, assert(blocking.connect("127.0.0.1", server.port)), context), context
end

--- Has a party's peer send back texts of all sizes.
function negotiate.check_echo(party)
  for _, size in ipairs(negotiate.SIZES) do
    local text = ("0123456789"):rep(math.ceil(size / 10)):sub(1, size)
    local failure
    blocking.spawn(function()
      local ok, err = party:write(text)
      failure = not ok and err or nil
    end)
    assert.is_true(party:read_all(size) == text, size)
    assert.is_nil(failure)
  end
end

--- Serves one connection and runs .NET's client against it.
-- @tparam userdata accepting our credential
-- @tparam ?table options of our context
-- @tparam ?table arguments of .NET's client that are others than usual, by number
-- @tparam ?table around `clock` (what `faketime` makes of its clock), `environment`
-- @treturn string what it said
-- @treturn userdata our context
-- @treturn ?table our error
function negotiate.serve(accepting, options, arguments, around)
  local acceptor = assert(blocking.listen("127.0.0.1", 0))
  local context, failure, over = assert(probe.gss_context(accepting, merge({ server = true }, options))), nil, false
  blocking.spawn(function()
    local party = nns.new(blocking, assert(acceptor:accept(blocking.now() + PATIENCE)), context, true)
    local ok, err = party:handshake()
    if ok then party:echo() else failure = err end
    party.connection:close()
    over = true
  end)
  local line = { "client", acceptor.port, "seal", "identification", "host/localhost", table.concat(negotiate.SIZES, ",") }
  local started = dotnet.start("negotiate", merge(line, arguments), merge({ idle = idle }, around))
  assert.equal(0, started:wait(PATIENCE))
  local deadline = blocking.now() + PATIENCE
  while not over and blocking.now() < deadline do blocking.step(0.02) end
  local output = started:output()
  started:stop()
  acceptor:close()
  return output, context, failure
end

--- Asserts that .NET's client said this, and that all texts came back.
function negotiate.check(output, expected)
  assert.is_truthy(output:find(expected, 1, true), output)
  for _, size in ipairs(negotiate.SIZES) do assert.is_truthy(output:find("\nsame " .. size .. "\n", 1, true), output) end
end

function negotiate:stop()
  for _, peer in pairs(self.peers) do peer.process:stop() end
end

return negotiate
