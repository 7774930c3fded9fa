-- NTLM, for whoever must: in HTTP headers, and under the messages of a pipe. NTLM proves the client to the server and
-- not the server to the client, so both ends must say that they want it. It needs Debian's gss-ntlmssp.
local realm = require "examples.kit.realm"
local home = realm.enter() -- a realm's server has the users' passwords for NTLM, too
local wws = require "wws"

local function serve(url, binding, options)
  options.url, options.run_directory = url, home
  options.acceptor = { mechanisms = { "ntlm" } } -- unsaid, only Kerberos is accepted
  options.security = options.security or {}
  options.security[1] = binding
  options.operations = {
    ["urn:greet"] = function(request)
      local token = request:property "http_header_auth_windows_token"
        or assert(request:property "transport_security_windows_token")
      return ("<greeting xmlns='urn:greeter'>Hello, %s, by %s</greeting>"):format(token.principal, token.mechanism)
    end,
  }
  local host = assert(wws.service_host { options })
  assert(host:open())
  return host
end

local function greet(url, security)
  local channel, err = wws.connect(url, { timeout = 10, run_directory = home, security = security })
  if not channel then return nil, err end
  local reply, why = channel:request("urn:greet", "<greet xmlns='urn:greeter'/>")
  channel:close()
  return reply and reply.body:match ">([^<]+)<", why
end

local alice = { type = "string", username = realm.USER, password = realm.PASSWORD }

-- HTTP without TLS: `transport_protection_level = "none"` says at both ends that this is meant.
local host = serve("http://localhost:0/greeter", { type = "http_header_auth", scheme = { "ntlm" } },
  { security = { transport_protection_level = "none" } })
local header = { type = "http_header_auth", scheme = "ntlm", credential = alice }
print("http: " .. assert(greet(host.urls[1], { transport_protection_level = "none", header })))
local _, err = greet(host.urls[1], { header })
print("unsaid: " .. tostring(err))
host:close()

-- A pipe: `require_server_auth` is false there, for the server is on this machine.
host = serve("net.pipe://localhost/greeter", { type = "namedpipe_sspi", windows_integrated_auth_package = "ntlm" }, {})
local pipe = { type = "namedpipe_sspi", windows_integrated_auth_package = "ntlm", credential = alice }
print("pipe: " .. assert(greet(host.urls[1], { pipe })))
host:close()
