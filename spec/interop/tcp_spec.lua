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

local function drain(message)
  local all = {}
  repeat
    local piece, err = message:read()
    assert.is_nil(err)
    all[#all + 1] = piece
  until not piece
  return table.concat(all)
end

-- Pieces of a body that is nowhere whole, in portions that know no borders.
local function items(count, size)
  local item, given, held = "<item>" .. ("x"):rep(500) .. "&amp;\226\130\172</item>", 0, "<Long xmlns='urn:wws:long'>"
  return function()
    while #held < size and given < count do
      given, held = given + 1, held .. item
      if given == count then held = held .. "</Long>" end
    end
    if held == "" then return nil end
    local piece = held:sub(1, size)
    held = held:sub(size + 1)
    return piece
  end
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

describe("interop: .NET's XML over singleton sessions", function()
  if not needs(dotnet.missing()) then return end
  local environment = "NBFS_TSV=spec/vectors/encoding/nbfs-dictionary.tsv"
  local COUNT, MOST = 2000, 20e6 -- 1 MB of items
  setup(function() dotnet.build "dotnet_tcp" end)

  local function echo(request)
    local _, count = drain(request):gsub("<item", "")
    return items(count, 777), "urn:wws:long/EchoResponse"
  end

  for _, kind in ipairs { KINDS[1], KINDS[2] } do
    it("calls a host of ours, " .. kind[1], function()
      local endpoints = {}
      for _, encoding in ipairs { "text_utf8", "binary" } do
        endpoints[#endpoints + 1] = { url = "net.tcp://localhost:0/" .. encoding, security = kind[2], encoding = encoding,
          transfer_mode = "streamed", max_streamed_message_size = MOST, operations = { ["urn:wws:long/Echo"] = echo } }
      end
      local host = assert(wws.service_host(endpoints))
      assert(host:open())
      local output = finish(dotnet.start("dotnet_tcp",
        { "single-client", kind[1], "3", tostring(COUNT), "3", host.urls[1], "7", host.urls[2] },
        { environment = environment, idle = function() host:step(0.02) end }))
      assert.equal(2, host:info().accepted)
      host:close()
      assert.matches("OK 3 sessions\nOK 3 sessions", output)
    end)

    it("is called by a channel of ours, " .. kind[1], function()
      local peer = dotnet.start("dotnet_tcp", { "single-server", kind[1], certs.server_pem, certs.server_key },
        { environment = environment })
      local port = ready(peer, "READY (%d+)")
      for _, encoding in ipairs { "text_utf8", "binary" } do
        local channel = assert(wws.connect(("net.tcp://localhost:%s/long"):format(port), { security = kind[3],
          encoding = encoding, transfer_mode = "streamed", max_streamed_message_size = MOST, timeout = PATIENCE }))
        for n = 1, 3 do
          local reply = assert(channel:request("urn:wws:long/Echo", items(COUNT * n / 4, 1000 + n)))
          local _, count = drain(reply):gsub("<item>x+&amp;\226\130\172</item>", "")
          assert.equal(COUNT * n / 4, count)
        end
        assert(channel:close())
      end
      local _, connections = peer:output():gsub("connection", "")
      peer:stop()
      assert.equal(2, connections)
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
      .. " spec/interop/mono_tcp/wcf.cs -r:System.ServiceModel.dll -r:System.Runtime.Serialization.dll" }
    assert(status == 0, output .. errors)
  end)

  local function mono_server(...)
    local listener = assert(blocking.listen("localhost", 0)) -- Mono takes no port 0
    local port = listener.port
    listener:close()
    local peer = process.start { "mono", exe, "server", tostring(port), ... }
    return peer, ready(peer, "READY (%S+)")
  end

  it("calls a host of ours with streamed messages", function()
    local host = assert(wws.service_host { { url = "net.tcp://localhost:0/tcp-none", transfer_mode = "streamed", operations = {
      [ADD] = function(request)
        local a, b = drain(request):match ">(%d+)</[^>]*><[^>]*>(%d+)<"
        return ("<AddResponse xmlns='%s'><AddResult>%d</AddResult></AddResponse>"):format(NS, a + b)
      end,
      [NS .. "/ICalculator/Text"] = function(request)
        local given = drain(request):match "<text[^>]*>(y+)<"
        local parts = { ("<TextResponse xmlns='%s'><TextResult>"):format(NS), given, #given .. "</TextResult></TextResponse>" }
        return function() return table.remove(parts, 1) end
      end,
    } } })
    assert(host:open())
    local output = finish(process.start({ "mono", exe, "client", host.urls[1], "streamed" },
      { idle = function() host:step(0.02) end }))
    host:close()
    assert.matches("sum 42 2\ntext True\nclosed", output)
  end)

  it("is called with streamed messages by a channel of ours", function()
    local peer, url = mono_server "streamed"
    local channel = assert(wws.connect(url, { transfer_mode = "streamed", timeout = PATIENCE }))
    for n = 1, 2 do
      local reply = assert(channel:request(ADD, ("<Add xmlns='%s'><a>40</a><b>%d</b></Add>"):format(NS, n)))
      assert.equal(40 + n, tonumber(drain(reply):match "AddResult>(%d+)<"))
    end
    local parts = { ("<Text xmlns='%s'><text>"):format(NS), ("z"):rep(100000), ("z"):rep(100000), "</text></Text>" }
    local reply = assert(channel:request(NS .. "/ICalculator/Text", function() return table.remove(parts, 1) end))
    assert.equal(("z"):rep(200000) .. "200000", drain(reply):match "TextResult>(z+%d+)<")
    assert(channel:close())
    peer:stop()
  end)

  it("calls a host of ours", function()
    local host, url = serve(nil, "tcp-none")
    local output = finish(process.start({ "mono", exe, "client", url }, { idle = function() host:step(0.02) end }))
    host:close()
    assert.matches("sum 42 2\nclosed", output)
  end)

  it("is called by a channel of ours", function()
    local peer, url = mono_server()
    local channel = assert(wws.connect(url, { timeout = PATIENCE }))
    assert.equal(42, add(channel, 40, 2))
    assert.equal(3, add(channel, 1, 2))
    assert(channel:close())
    peer:stop()
  end)
end)
