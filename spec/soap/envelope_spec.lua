--- Envelopes read: their shape, their version, and what the body is.
local probe = require("wws.probe")
local recording = require("spec.support.recording")
local soap = require("spec.support.soap")

local function envelope(inner, ns) return ('<s:Envelope xmlns:s="%s">%s</s:Envelope>'):format(ns or soap.S12, inner) end

describe("soap: envelope", function()
  it("reads both versions", function()
    local body = assert(probe.envelope(envelope("<s:Body><x></x></s:Body>"), soap.SOAP12)):body()
    assert.equal("<x></x>", (body:gsub(' xmlns:s="[^"]*"', "")))
    assert.equal("", (assert(probe.envelope(envelope("<s:Body/>", soap.S11), soap.SOAP11)):body()))
  end)

  it("reads white space and comments between the parts", function()
    local text = "\n <!-- x -->\n<s:Header/> <!-- y --><s:Body/>\n"
    assert(probe.envelope(envelope(text), soap.SOAP12))
  end)

  it("reads what WCF wrote in SOAP 1.1", function()
    for _, name in ipairs { "0039-req", "0039-res" } do
      local bytes = recording.read("spec/vectors/soap/http-soap11/" .. name .. ".body")
      local read = assert(probe.envelope(bytes, soap.SOAP11))
      assert.same({}, read:headers())
      assert.truthy(read:body():find("^<Add"))
    end
  end)

  local refused = {
    { "two Headers", "<s:Header/><s:Header/><s:Body/>" },
    { "two Bodies", "<s:Body/><s:Body/>" },
    { "a Header behind the Body", "<s:Body/><s:Header/>" },
    { "an element behind the Body", "<s:Body/><x/>" },
    { "an element before the Body", "<x/><s:Body/>" },
    { "text between the parts", "<s:Header/>x<s:Body/>" },
    { "no Body", "<s:Header/>" },
    { "a Body of no namespace", "<Body/>" },
    { "nothing", "" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      local read, err, fault = probe.envelope(envelope(case[2]), soap.SOAP12)
      assert.is_nil(read)
      assert.equal("invalid_format", err.code)
      assert.equal("read the envelope", err.step)
      assert.is_nil(fault)
    end)
  end

  it("refuses what is not well-formed", function()
    for _, bytes in ipairs { "", "x", "<s", envelope("<s:Body>"), envelope("<s:Body/>") .. "x", "<!DOCTYPE x>"
      .. envelope("<s:Body/>") } do
      local read, err = probe.envelope(bytes, soap.SOAP12)
      assert.is_nil(read)
      assert.equal("invalid_format", err.code)
    end
  end)

  it("answers another version in SOAP 1.1 and names the one it has", function()
    for _, case in ipairs { { soap.S11, soap.SOAP12 }, { soap.S12, soap.SOAP11 }, { "urn:x", soap.SOAP12 } } do
      local read, err, fault = probe.envelope(envelope("<s:Body/>", case[1]), case[2])
      assert.is_nil(read)
      assert.equal("invalid_format", err.code)
      assert.equal(case[2] == soap.SOAP12 and "SOAP 1.2" or "SOAP 1.1", err.expected)
      assert.equal(case[1] == "urn:x", err.hint == nil or err.hint == "")
      assert.equal("VersionMismatch", fault.code)
      assert.equal(soap.SOAP11, fault.envelope)
      assert.equal(case[2], fault.supported)
    end
  end)

  it("refuses what is deeper than the limits", function()
    local read, err = probe.envelope(envelope("<s:Body>" .. ("<x>"):rep(40) .. ("</x>"):rep(40) .. "</s:Body>"),
      soap.SOAP12)
    assert.is_nil(read)
    assert.equal("quota_exceeded", err.code)
  end)

  local faults = {
    { "<s:Fault/>", true }, { "  <!-- <s:Other> --> <s:Fault/>", true }, { '<Fault xmlns="' .. soap.S12 .. '"/>',
      true },
    { '<q:Fault xmlns:q="' .. soap.S12 .. '"/>', true }, { "<![CDATA[<x>]]><s:Fault/>", true },
    { "<Fault/>", false }, { '<Fault xmlns="' .. soap.S11 .. '"/>', false }, { "<x><s:Fault/></x>", false },
    { "", false }, { "text", false }, { "<s:Faulty/>", false }, { "<Fault:s xmlns:Fault='urn:x'/>", false },
    { "<!-- <s:Fault/> -->", false }, { "<![CDATA[<s:Fault/>]]>", false },
  }
  for _, case in ipairs(faults) do
    it((case[2] and "sees a fault in " or "sees no fault in ") .. case[1], function()
      local read = assert(probe.envelope(envelope("<s:Body>" .. case[1] .. "</s:Body>"), soap.SOAP12))
      assert.equal(case[2], read:is_fault())
    end)
  end

  it("leaves nothing behind when memory fails", function()
    local bytes, n, read, err = soap.message("<a:Action>x</a:Action>", "<x/>"), 0
    collectgarbage()
    collectgarbage()
    local before = probe.blocks()
    repeat
      probe.memory(n)
      read, err = probe.envelope(bytes, soap.SOAP12)
      probe.memory()
      n = n + 1
    until read or err.code ~= "outofmemory"
    assert.is_userdata(read)
    read:clear()
    read = nil
    collectgarbage()
    collectgarbage()
    assert.equal(before, probe.blocks())
    assert.is_nil(read)
  end)
end)
