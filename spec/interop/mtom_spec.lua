local wws = require "wws"
local needs = require "spec.support.needs"
local peer = require "spec.interop.mtom.peer"

local NS = "urn:wws:spec"
local SOAP = { soap_1_1 = "1.1", soap_1_2 = "1.2" }

describe("interop: JAX-WS with MTOM", function()
  if not needs(peer.missing()) then return end
  lazy_setup(peer.compile)

  it("is a service that gives back what comes as a part", function()
    local server = peer.start { "serve" }
    local ports = {}
    ports.soap_1_1, ports.soap_1_2 = server:expect("^READY (%d+) (%d+)", 60)
    for version, port in pairs(ports) do
      local channel = assert(wws.connect("http://127.0.0.1:" .. port .. "/store",
        { encoding = "mtom_utf8", envelope_version = version, timeout = 30 }))
      for _, blob in ipairs { "AAECAw==", ("AAEC"):rep(255) .. "AA==", ("AAEC"):rep(256), ("DQotLQ=="), ("DQot"):rep(2000) } do
        local reply = assert(channel:request(NS .. "/Blob", ('<Blob xmlns="%s"><data>%s</data></Blob>'):format(NS, blob)))
        assert.equal(blob, reply.body:match "<BlobResult>([^<]*)</BlobResult>")
      end
      channel:close()
    end
    server:stop()
  end)

  for version, number in pairs(SOAP) do
    it("is a client in SOAP " .. number .. " that sees its blobs again", function()
      local sizes = {}
      local host = assert(wws.service_host { { url = "http://127.0.0.1:0/store", encoding = "mtom_utf8",
        envelope_version = version, operations = {
          [NS .. "/Blob"] = function(request)
            local data = request.body:match "data>([^<]*)</"
            sizes[#sizes + 1] = #data
            return ('<BlobResponse xmlns="%s"><BlobResult>%s</BlobResult></BlobResponse>'):format(NS, data),
              NS .. "/BlobResponse"
          end } } })
      assert(host:open())
      local client = peer.start({ "call", host.urls[1], number }, { idle = function() host:step(0.05) end })
      assert.equal("true", client:expect("^SAME (%a+)", 60))
      assert.same({ 4, 1024, 1024, 6668 }, sizes)
      client:stop()
      host:close()
    end)
  end
end)
