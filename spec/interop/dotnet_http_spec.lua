-- .NET's HttpClient as the HTTP peer of a listener: lengths, chunks, Expect, kept connections, bare methods.
local calculator = require "spec.support.calculator"
local dotnet = require "spec.support.dotnet"
local needs = require "spec.support.needs"
local wws = require "wws"

local MESSAGE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>%s</a:Action><a:MessageID>urn:1</a:MessageID>'
  .. "<a:To>%s</a:To></s:Header><s:Body>%s</s:Body></s:Envelope>"

describe("interop: .NET's HttpClient", function()
  if not needs(dotnet.missing()) then return end

  it("is answered whatever way it sends, over one connection", function()
    dotnet.build "dotnet_http"
    local host = assert(wws.service_host { { url = "http://localhost:0/calculator", operations = calculator.operations } })
    assert(host:open())
    local url = host.urls[1]
    local message = MESSAGE:format(calculator.ADD, url, calculator.body(40, 2))
    local client = dotnet.start("dotnet_http", { url }, { input = message, idle = function() host:step(0.02) end })
    local status = client:wait()
    local output, errors = client:output(), client:errors()
    client:stop()
    host:close()
    assert.equal(0, status, errors)
    local lines = {}
    for name, rest in output:gmatch "(%w+) ([^\n]*)\n" do lines[name] = rest end
    for _, name in ipairs { "plain", "chunked", "expect", "both", "again" } do
      assert.equal("200 42  1", lines[name], name .. ": " .. errors)
    end
    assert.equal("405   1", lines.get)
    assert.equal("405   1", lines.head)
    assert.matches("^200 42  %d", lines.old)
  end)
end)
