--- Two TLS engines in one process that talk through strings.
local probe = require("wws.probe")
local certs = require("spec.support.certs")

local tls_pair = {}

--- A certificate with its key, as the engine takes it.
-- @tparam table made what certs.issue returned
-- @treturn userdata
function tls_pair.certificate(made)
  return assert(probe.certificate(certs.read(made.pem), certs.read(made.key)))
end

local function with(defaults, options)
  local all = {}
  for _, source in ipairs { defaults, options or {} } do
    for key, value in pairs(source) do all[key] = value or nil end
  end
  return all
end

--- @tparam ?table options over those of a server with the certificate of certs.server
-- @treturn userdata
function tls_pair.server(options)
  return assert(probe.tls_config(with({ server = true, certificate = tls_pair.certificate(certs.server) }, options)))
end

--- @tparam ?table options over those of a client (false: without it) that trusts certs.ca
-- @treturn userdata
function tls_pair.client(options)
  return assert(probe.tls_config(with({ trust = certs.ca }, options)))
end

local function portions(bytes, size)
  local list = {}
  for first = 1, #bytes, size do list[#list + 1] = bytes:sub(first, first + size - 1) end
  return list
end

--- Moves what one side has for the other.
-- @tparam userdata from
-- @tparam userdata to
-- @tparam ?number size how many bytes at once
-- @treturn[1] number of bytes moved
-- @treturn[2] nil
-- @treturn[2] error of feeding
function tls_pair.move(from, to, size)
  local bytes = assert(from:take())
  for _, portion in ipairs(portions(bytes, size or math.max(#bytes, 1))) do
    local ok, err = to:feed(portion)
    if not ok then return nil, err end
  end
  return #bytes
end

--- Lets both sides shake hands until they are done or one fails.
-- @tparam userdata client
-- @tparam userdata server
-- @tparam ?number size how many bytes at once
-- @treturn table `client`, `server`: true, false (not done) or nil, with `client_error`, `server_error`
function tls_pair.shake(client, server, size)
  local seen = { client = false, server = false }
  for _ = 1, 10 do
    for _, turn in ipairs { { "client", client, server }, { "server", server, client } } do
      local who, here, there = turn[1], turn[2], turn[3]
      if seen[who] == false then seen[who], seen[who .. "_error"] = here:handshake() end
      tls_pair.move(here, there, size)
    end
    if seen.client ~= false and seen.server ~= false then break end
  end
  return seen
end

--- A pair that has shaken hands.
-- @tparam userdata client_config
-- @tparam userdata server_config
-- @tparam ?string host what the client connects to, `localhost` without
-- @treturn userdata client
-- @treturn userdata server
-- @treturn table what shake gives
function tls_pair.connect(client_config, server_config, host)
  local client = assert(client_config:connection(host or "localhost"))
  local server = assert(server_config:connection())
  return client, server, tls_pair.shake(client, server)
end

return tls_pair
