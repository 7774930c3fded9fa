--- Envelopes written with WCF's prefixes.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

describe("soap: writing an envelope", function()
  it("declares what is used, no more", function()
    assert.equal('<s:Envelope xmlns:s="' .. soap.S11 .. '"><s:Body><x></x></s:Body></s:Envelope>',
      probe.envelope_write(soap.SOAP11, soap.TRANSPORT, false, "", "<x></x>"))
    assert.equal('<s:Envelope xmlns:s="' .. soap.S12 .. '" xmlns:a="' .. soap.A10 .. '" xmlns:u="' .. soap.WSU
      .. '"><s:Header><h/></s:Header><s:Body></s:Body></s:Envelope>',
      probe.envelope_write(soap.SOAP12, soap.ADDRESSING_10, true, "<h/>", ""))
  end)

  it("writes no empty Header, as WCF does not", function()
    local ours = probe.envelope_write(soap.SOAP11, soap.TRANSPORT, false, "", "")
    assert.is_nil(ours:find("Header", 1, true))
  end)
end)
