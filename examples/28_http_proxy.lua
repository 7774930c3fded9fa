-- Through an HTTP proxy that wants to know who one is: `custom_http_proxy` names it, `http_header_auth` with the target
-- "proxy" authenticates to it, and the service behind, plain SOAP 1.1 over TLS, sees nothing of either. The proxy of
-- this example only tunnels, and knows Basic.
local blocking = require "wws.io.blocking"
local wws = require "wws"
local base64 = require "examples.kit.base64"
local certificate = require("examples.kit.certificate").make()

local ADD = "http://example.org/ICalculator/Add"

-- The service
local host = assert(wws.service_host { {
  url = "https://localhost:0/calculator", envelope_version = "soap_1_1", addressing_version = "transport",
  security = { { type = "ssl", credential = certificate.credential } },
  operations = { [ADD] = function(request)
    local a, b = request.body:match "<a>(%d+)</a><b>(%d+)</b>"
    return ("<AddResponse xmlns='http://example.org/'><AddResult>%d</AddResult></AddResponse>"):format(a + b)
  end },
} })
assert(host:open())

-- The proxy
local function copy(from, to)
  for bytes in function() return (from:read(65536)) end do
    if not to:write(bytes) then break end
  end
  to:close()
end

local function tunnel(stream)
  local wanted = "Proxy-Authorization: Basic " .. base64.encode "pat:of the proxy"
  local bytes = ""
  for more in function() return (stream:read(4096, blocking.now() + 10)) end do
    bytes = bytes .. more
    local head = bytes:match "^.-\r\n\r\n"
    local port = head and head:match "^CONNECT localhost:(%d+) "
    if head and head:find(wanted, 1, true) then
      print(("  proxy: CONNECT, %s: a tunnel"):format(head:match "^CONNECT (%S+):"))
      local service = assert(blocking.connect("localhost", tonumber(port)))
      stream:write "HTTP/1.1 200 Connection established\r\n\r\n"
      blocking.spawn(copy, service, stream)
      return copy(stream, service)
    elseif head then
      print "  proxy: CONNECT by nobody: 407"
      stream:write('HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\n\r\n')
      bytes = ""
    end
  end
  stream:close()
end

local proxy = assert(blocking.listen("127.0.0.1", 0))
blocking.spawn(function()
  for stream in function() return (proxy:accept()) end do blocking.spawn(tunnel, stream) end
end)

-- The client
local function add(security)
  local channel = assert(wws.connect(host.urls[1], {
    security = security, timeout = 10, envelope_version = "soap_1_1", addressing_version = "transport",
    http_proxy_setting_mode = "custom", custom_http_proxy = { servers = "127.0.0.1:" .. proxy.port },
  }))
  local reply, err = channel:request(ADD, "<Add xmlns='http://example.org/'><a>1</a><b>2</b></Add>")
  channel:close()
  return reply and reply.body:match "<AddResult>(%d+)<", err
end

local ssl = { type = "ssl", trust = certificate.trust }
local function pat(password)
  return { type = "http_header_auth", target = "proxy", scheme = "basic",
    credential = { type = "string", username = "pat", password = password } }
end

print "nobody"
local sum, err = add { ssl }
assert(not sum)
print("  client: " .. tostring(err))
print "pat, by a wrong password"
sum, err = add { ssl, pat "a guess" }
assert(not sum)
print("  client: " .. tostring(err))
print "pat"
print("  client: 1 + 2 = " .. assert(add { ssl, pat "of the proxy" }))
proxy:close()
host:close()
certificate.remove()
