--- Faults as WCF writes them, in both versions, and what goes into the Header with them.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local V11, V12 = soap.SOAP11, soap.SOAP12

describe("soap: writing faults", function()
  local cases = {
    { "a plain one", { code = "Sender", reason = "r", lang = "en" }, V12,
      '<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text '
        .. 'xml:lang="en">r</s:Text></s:Reason></s:Fault>' },
    { "a plain one", { code = "Sender", reason = "r", lang = "en" }, V11,
      '<s:Fault><faultcode>s:Client</faultcode><faultstring xml:lang="en">r</faultstring></s:Fault>' },
    { "one of ours", { code = "Receiver", reason = "<" }, V11,
      "<s:Fault><faultcode>s:Server</faultcode><faultstring>&lt;</faultstring></s:Fault>" },
    { "a subcode", { code = "Sender", subcode = "{urn:my}MySub", reason = "r" }, V12,
      '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value '
        .. 'xmlns:a="urn:my">a:MySub</s:Value></s:Subcode></s:Code>'
      .. '<s:Reason><s:Text xml:lang="">r</s:Text></s:Reason></s:Fault>' },
    { "a subcode", { code = "Sender", subcode = "{urn:my}MySub", reason = "r" }, V11,
      '<s:Fault><faultcode xmlns:a="urn:my">a:MySub</faultcode><faultstring>r</faultstring></s:Fault>' },
    { "nested subcodes", { code = "Sender", subcode = "{urn:my}A", subsubcode = "{urn:my}B", reason = "r" }, V11,
      '<s:Fault><faultcode xmlns:a="urn:my">a:A</faultcode><faultstring>r</faultstring></s:Fault>' },
    { "a custom code", { code = "{urn:my}Custom", reason = "r" }, V12,
      '<s:Fault><s:Code><s:Value xmlns:a="urn:my">a:Custom</s:Value></s:Code><s:Reason><s:Text '
        .. 'xml:lang="">r</s:Text></s:Reason></s:Fault>' },
    { "a custom code", { code = "{urn:my}Custom", reason = "r" }, V11,
      '<s:Fault><faultcode xmlns:a="urn:my">a:Custom</faultcode><faultstring>r</faultstring></s:Fault>' },
    { "node, role and detail", { code = "Sender", reason = "r", node = "urn:n", role = "urn:r", detail = "<d/>" }, V12,
      '<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="">r</s:Text></s:Reason>'
      .. "<s:Node>urn:n</s:Node><s:Role>urn:r</s:Role><s:Detail><d/></s:Detail></s:Fault>" },
    { "node, role and detail", { code = "Sender", reason = "r", node = "urn:n", role = "urn:r", detail = "<d/>" }, V11,
      "<s:Fault><faultcode>s:Client</faultcode><faultstring>r</faultstring><faultactor>urn:r</faultactor>"
      .. "<detail><d/></detail></s:Fault>" },
  }
  for _, case in ipairs(cases) do
    it("writes " .. case[1] .. (case[3] == V11 and " in SOAP 1.1" or " in SOAP 1.2"), function()
      assert.equal(case[4], probe.fault_write(case[2], case[3]))
    end)
  end

  it("reads what it writes", function()
    local fault = { code = "Receiver", subcode = "{urn:a}A", subsubcode = "{urn:b}B", reason = "r & s", lang = "de",
                    node = "urn:n", role = "urn:r", detail = "<d></d>", supported = 0, envelope = 0 }
    local body = probe.fault_write(fault, V12)
    local got = assert(probe.fault_read(assert(probe.envelope(soap.message("", body), V12))))
    got.detail = got.detail:gsub(' xmlns:%l="[^"]*"', "")
    assert.same(fault, got)
  end)

  it("has a word for DataEncodingUnknown in SOAP 1.1", function()
    assert.truthy(probe.fault_write({ code = "DataEncodingUnknown" }, V11):find("s:Client", 1, true))
    assert.truthy(probe.fault_write({ code = "MustUnderstand" }, V11):find("s:MustUnderstand", 1, true))
  end)

  it("names the block that was not understood, in SOAP 1.2 only", function()
    local fault = { code = "MustUnderstand", not_understood = "{urn:z}Z" }
    assert.equal('<s:NotUnderstood qname="z:Z" xmlns:z="urn:z"></s:NotUnderstood>', probe.fault_write_headers(fault,
      V12))
    assert.equal("", probe.fault_write_headers(fault, V11))
    assert.equal('<s:NotUnderstood qname="Z"></s:NotUnderstood>',
      probe.fault_write_headers({ code = "MustUnderstand", not_understood = "Z" }, V12))
  end)

  it("names the envelope that would be understood", function()
    local bytes = probe.fault_write_headers({ code = "VersionMismatch", supported = V12 }, V11)
    local tree = assert(probe.xml_tree(bytes))
    assert.equal(soap.S12, tree:get().ns)
    local ns, name = tree:qname("1", tree:attribute("1", "", "qname"))
    assert.same({ soap.S12, "Envelope" }, { ns, name })
  end)

  it("has no headers to add to other faults", function()
    assert.equal("", probe.fault_write_headers({ code = "Sender" }, V12))
  end)
end)
