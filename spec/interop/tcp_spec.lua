-- Message framing with .NET's SslStream and binary XML, and with Mono's WCF, at both ends.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local dotnet = require "spec.support.dotnet"
local needs = require "spec.support.needs"
local process = require "spec.support.process"
local wws = require "wws"

local NS = "urn:wws:peers:calc"
local ADD = NS .. "/ICalculator/Add"
local PATIENCE = 60

local function serve(security, path)
  local host = assert(wws.service_host { { url = "net.tcp://localhost:0/" .. path, security = security, operations = {
    [ADD] = function(request)
      local a, b = request.body:match ">(%d+)</[^>]*><[^>]*>(%d+)<"
      return ("<AddResponse xmlns='%s'><AddResult>%d</AddResult></AddResponse>"):format(NS, a + b)
    end,
  } } })
  assert(host:open())
  return host, host.urls[1]
end

local function add(channel, a, b)
  local reply = assert(channel:request(ADD, ("<Add xmlns='%s'><a>%d</a><b>%d</b></Add>"):format(NS, a, b)))
  assert.equal(ADD .. "Response", reply.action)
  return tonumber(reply.body:match "AddResult[^>]*>(%d+)<")
end

-- Runs a peer that calls a host of ours to its end.
local function finish(peer)
  local status = peer:wait()
  local output, errors = peer:output(), peer:errors()
  peer:stop()
  assert.equal(0, status, output .. errors)
  return output
end

local function ready(peer, pattern)
  local deadline = blocking.now() + PATIENCE
  local found = peer:output():match(pattern)
  while not found and blocking.now() < deadline do
    blocking.sleep(blocking.now() + 0.05)
    found = peer:output():match(pattern)
  end
  return assert(found, peer:output() .. peer:errors())
end

local SERVER = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key }
local CLIENT = { type = "pem", certificate = certs.client_pem, private_key = certs.client_key }
local KINDS = {
  { "none" },
  { "ssl", { { type = "ssl", credential = SERVER } }, { { type = "ssl", trust = certs.ca } } },
  { "ssl-cert", { { type = "ssl", credential = SERVER, require_ssl_client_cert = true, trust = certs.ca } },
    { { type = "ssl", trust = certs.ca, credential = CLIENT } } },
}

describe("interop: .NET over net.tcp", function()
  if not needs(dotnet.missing()) then return end
  local environment = "NBFS_TSV=spec/vectors/encoding/nbfs-dictionary.tsv"
  setup(function() dotnet.build "dotnet_tcp" end)

  for _, kind in ipairs(KINDS) do
    it("calls a host of ours, " .. kind[1], function()
      local host, url = serve(kind[2], "calc")
      local arguments = { "client", url, kind[1], "20" }
      if kind[1] == "ssl-cert" then
        arguments[5], arguments[6] = certs.client_pem, certs.client_key
      end
      local output = finish(dotnet.start("dotnet_tcp", arguments,
        { environment = environment, idle = function() host:step(0.02) end }))
      host:close()
      assert.matches("OK " .. kind[1]:gsub("%-", "%%-") .. " .* 20 calls .* end=7", output)
    end)

    it("is called by a channel of ours, " .. kind[1], function()
      local peer = dotnet.start("dotnet_tcp", { "server", kind[1], certs.server_pem, certs.server_key },
        { environment = environment })
      local port = ready(peer, "READY (%d+)")
      local channel = assert(wws.connect(("net.tcp://localhost:%s/calc"):format(port),
        { security = kind[3], timeout = PATIENCE }))
      for n = 1, 20 do assert.equal(n + 2, add(channel, n, 2)) end
      assert(channel:close())
      peer:stop()
    end)
  end
end)

local MONO = "mono-mcs or libmono-system-servicemodel4.0a-cil is not installed"

describe("interop: Mono's WCF over net.tcp", function()
  local there = process.run { "sh", "-c", "command -v mcs && ls /usr/lib/mono/4.5/System.ServiceModel.dll" } == 0
  if not needs(not there and MONO or nil) then return end
  local exe = "build/peers/mono_tcp/wcf.exe"
  setup(function()
    local status, output, errors = process.run { "sh", "-c", "mkdir -p build/peers/mono_tcp && [ " .. exe
      .. " -nt spec/interop/mono_tcp/wcf.cs ] || mcs -nologo -out:" .. exe
      .. " spec/interop/mono_tcp/wcf.cs -r:System.ServiceModel.dll" }
    assert(status == 0, output .. errors)
  end)

  it("calls a host of ours", function()
    local host, url = serve(nil, "tcp-none")
    local output = finish(process.start({ "mono", exe, "client", url }, { idle = function() host:step(0.02) end }))
    host:close()
    assert.matches("sum 42 2\nclosed", output)
  end)

  it("is called by a channel of ours", function()
    local listener = assert(blocking.listen("localhost", 0)) -- Mono takes no port 0
    local port = listener.port
    listener:close()
    local peer = process.start { "mono", exe, "server", tostring(port) }
    local url = ready(peer, "READY (%S+)")
    local channel = assert(wws.connect(url, { timeout = PATIENCE }))
    assert.equal(42, add(channel, 40, 2))
    assert.equal(3, add(channel, 1, 2))
    assert(channel:close())
    peer:stop()
  end)
end)
