-- A security token given as XML, in place of a binding of its own: the client writes a user name's token itself, and a
-- listener of user names accepts it, in one message and to establish a security context.
local wws = require "wws"

local ADD = "http://example.org/ICalculator/Add"
local BODY = '<Add xmlns="http://example.org/"><a>40</a><b>2</b></Add>'
local WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

local function run(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  assert(ok == true or ok == 0, "this did not work: " .. command)
end

local pipe = assert(io.popen("mktemp -d"))
local dir = pipe:read("*l")
pipe:close()
run(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s/key.pem -out %s/certificate.pem "
  .. "-days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"):format(dir, dir))

local ssl = { type = "ssl", credential = { type = "pem", certificate = dir .. "/certificate.pem",
  private_key = dir .. "/key.pem" } }
local username = { type = "username", validate_password = function(name, password)
  return name == "alice" and wws.equal(password, "secret")
end }

local function add(request)
  local a, b = request.body:match "<a>(%d+)</a>%s*<b>(%d+)</b>"
  print("the service hears from " .. request:property "username")
  return ('<AddResponse xmlns="http://example.org/"><AddResult>%d</AddResult></AddResponse>'):format(a + b)
end

local host = assert(wws.service_host {
  { url = "https://localhost:0/once", security = { ssl, username }, operations = { [ADD] = add } },
  { url = "https://localhost:0/context",
    security = { ssl, { type = "security_context", bootstrap = { ssl, username } } },
    operations = { [ADD] = add } },
})
assert(host:open())

local token = assert(wws.xml_token {
  xml = ('<o:UsernameToken xmlns:o="%s"><o:Username>alice</o:Username><o:Password>secret</o:Password>'
    .. "</o:UsernameToken>"):format(WSSE),
  valid_till = os.time() + 3600,
})
print("the token: " .. tostring(token) .. ", valid till " .. os.date("%H:%M", token:get "valid_till_time"))

local trusted = { type = "ssl", trust = dir .. "/certificate.pem" }
local once = { trusted, { type = "xml_token", token = token } }
local context = { trusted, { type = "security_context", bootstrap = once } }
for number, security in ipairs { once, context } do
  local channel = assert(wws.connect(host.urls[number], { security = security }))
  local reply = assert(channel:request(ADD, BODY))
  print(host.urls[number]:match "[^/]*$" .. ": 40 + 2 = " .. reply.body:match "<AddResult[^>]*>(%d+)<")
  assert(channel:close())
end

host:close()
run("rm -r " .. dir)
