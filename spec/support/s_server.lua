--- The openssl command's TLS server as a peer: it staples what no server of ours does, and presents what ours would not.
local process = require("spec.support.process")

local s_server = {}

local PATIENCE = 20
local ACCEPTED = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

--- Runs `body` beside a server, which answers whoever comes with 202.
-- @tparam table made the certificate, as certs.issue returned it
-- @tparam {string,...} arguments further arguments
-- @tparam function body gets the port
function s_server.run(made, arguments, body)
  local command = { "sh", "-c", '(cat; sleep 20) | exec openssl s_server "$@"', "s_server", "-accept", "127.0.0.1:0",
                    "-cert", made.pem, "-key", made.key }
  for _, argument in ipairs(arguments) do command[#command + 1] = argument end
  local server = process.start(command, { input = ACCEPTED })
  local port, why = server:expect("^ACCEPT .*:(%d+)$", PATIENCE)
  local ok, failure = pcall(function() body(tonumber(assert(port, why))) end)
  server:stop()
  assert(ok, failure)
end

return s_server
