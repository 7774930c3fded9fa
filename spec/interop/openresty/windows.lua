--- What runs inside nginx for the specs with Kerberos: one call over a channel of its own, whose tickets a KDC gives.
-- luacheck: globals ngx
local certs = require "spec.support.certs"
local wws = require "wws"

local windows = {}

-- Who calls; no tickets are kept from one call to the next.
local function credential(name)
  return { type = "string", username = name, password = "pw-" .. name, domain = "WWS.TEST" }
end

local function description(url, name)
  if url:find "^net%.tcp:" then return { { type = "tcp_sspi", credential = credential(name) } } end
  local over_tls = url:find "/header$" and { type = "http_header_auth", scheme = "negotiate", credential = credential(name) }
    or { type = "kerberos_apreq", credential = credential(name) }
  return { { type = "ssl", trust = certs.ca }, over_tls }
end

--- Calls once and prints the reply's body, or the error's code.
function windows.call(url)
  local name, timeout = ngx.var.arg_name, tonumber(ngx.var.arg_timeout or 30)
  local channel = assert(wws.channel { security = description(url, name), timeout = timeout })
  local reply
  local ok, err = channel:open(url)
  if ok then
    reply, err = channel:request("urn:who", "<who xmlns='urn:wws'/>")
  end
  ngx.say(reply and reply.body or "failed: " .. err.code)
  channel:close()
end

return windows
