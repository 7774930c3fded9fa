-- A calculator by its operations, over whatever binding: descriptions are tables, so a binding "template" is a function
-- that returns one for each side. Here: plain HTTP, TLS, TLS with a user name (and an operation that only some may
-- call), and plain SOAP 1.1 as WCF's BasicHttpBinding speaks it. Basic, Kerberos and XML tokens: see 13, 14 and 10.
local wws = require "wws"
local certificate = require("examples.kit.certificate").make()

local NS = "http://example.org/ICalculator"

-- Templates: what a binding is for the service, and for the client ---------------------------------------------------

local templates = {}

function templates.http() return {}, {} end

function templates.http_ssl()
  return { security = { { type = "ssl", credential = certificate.credential } } },
    { security = { { type = "ssl", trust = certificate.trust } } }
end

function templates.http_ssl_username(passwords, username)
  local service, client = templates.http_ssl()
  service.security[2] = { type = "username", validate_password = function(name, password)
    return passwords[name] ~= nil and wws.equal(password, passwords[name])
  end }
  client.security[2] = { type = "username",
    credential = { type = "string", username = username, password = passwords[username] } }
  return service, client
end

function templates.basic_http()
  return { envelope_version = "soap_1_1", addressing_version = "transport" },
    { envelope_version = "soap_1_1", addressing_version = "transport" }
end

-- The service --------------------------------------------------------------------------------------------------------

-- Who may do what: the password was checked before; this is the authorization.
local ADMINISTRATORS = { alice = true }

local function computes(compute, who)
  return function(request)
    local name = request:property "username"
    if who and not who[name] then return nil, { code = "Sender", reason = "that is not for " .. tostring(name) } end
    local a, b = request.body:match "<a>(%-?%d+)</a><b>(%-?%d+)</b>"
    if not a then return nil, { code = "Sender", reason = "two numbers are needed, a and b" } end
    return ("<result xmlns='%s'>%d</result>"):format(NS, compute(tonumber(a), tonumber(b)))
  end
end

local function serve(options, url, who)
  options.url, options.operations = url, {
    [NS .. "/Add"] = computes(function(a, b) return a + b end),
    [NS .. "/Subtract"] = computes(function(a, b) return a - b end, who),
  }
  local host = assert(wws.service_host { options })
  assert(host:open())
  return host
end

-- The client: a proxy calls operations by name -----------------------------------------------------------------------

local function compute(proxy, name, a, b)
  local reply, err = proxy:call(name, ("<%s xmlns='%s'><a>%d</a><b>%d</b></%s>"):format(name, NS, a, b, name))
  if not reply then return err.fault and err.fault.reason or tostring(err) end
  return reply.body:match "<result[^>]*>(%-?%d+)<"
end

local function try(what, url, service, client, who)
  local host = serve(service, url, who)
  client.url, client.operations = host.urls[1], { Add = NS .. "/Add", Subtract = NS .. "/Subtract" }
  local proxy = assert(wws.service_proxy(client))
  assert(proxy:open())
  print(("%-20s 1 + 2 = %s, 1 - 2 = %s"):format(what, compute(proxy, "Add", 1, 2), compute(proxy, "Subtract", 1, 2)))
  assert(proxy:close())
  host:close()
end

local passwords = { alice = "secret of alice", bob = "secret of bob" }

try("http", "http://localhost:0/calculator", templates.http())
try("https", "https://localhost:0/calculator", templates.http_ssl())
for _, name in ipairs { "alice", "bob" } do
  local service, client = templates.http_ssl_username(passwords, name)
  try("https, " .. name, "https://localhost:0/calculator", service, client, ADMINISTRATORS)
end
try("SOAP 1.1, no headers", "http://localhost:0/calculator", templates.basic_http())
certificate.remove()
