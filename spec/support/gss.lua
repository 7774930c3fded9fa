--- Two security contexts that talk to each other without a network.
local probe = require "wws.probe"

local gss = { KERBEROS = 1, NTLM = 2, BOTH = 3 }
gss.PACKAGE = { kerberos = 1, ntlm = 2, spnego = 3 }
gss.LEVEL = { none = 1, sign = 2, seal = 3 }
gss.FLAG = { delegation = 0x1, mutual = 0x2, replay = 0x4, sequence = 0x8, seal = 0x10, sign = 0x20, identify = 0x2000 }

--- @treturn boolean whether a flag is among GSSAPI's
function gss.has(flags, name)
  return math.floor(flags / gss.FLAG[name]) % 2 == 1
end

local function merge(base, more)
  for key, value in pairs(more or {}) do base[key] = value end
  return base
end

--- A client's context for host/localhost that requires server authentication, and a server's.
function gss.pair(client, acceptor, ours, theirs)
  return assert(probe.gss_context(client, merge({ target = "host/localhost", require_server_auth = true }, ours))),
         assert(probe.gss_context(acceptor, merge({ server = true }, theirs)))
end

--- Exchanges tokens until both are complete.
-- @treturn[1] number how many tokens went
-- @treturn[2] nil
-- @treturn[2] table the error
-- @treturn[2] string which end failed
function gss.establish(client, server)
  local count = 0
  local token, complete = client:step()
  if not token then return nil, complete, "client" end
  while true do
    count = count + 1
    local answer, theirs = server:step(token)
    if not answer then return nil, theirs, "server" end
    if answer ~= "" then
      count = count + 1
      token, complete = client:step(answer)
      if not token then return nil, complete, "client" end
    end
    if complete and theirs then return count end
    assert(token ~= "", "nobody has anything to say")
  end
end

return gss
