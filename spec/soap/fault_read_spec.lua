--- Faults of both versions as other stacks write them.
local probe = require("wws.probe")
local recording = require("spec.support.recording")
local soap = require("spec.support.soap")

local function read12(inner)
  return probe.fault_read(assert(probe.envelope(soap.message("", "<s:Fault>" .. inner .. "</s:Fault>"), soap.SOAP12)))
end

local function read11(inner, attributes)
  local bytes = ('<s:Envelope xmlns:s="%s" %s><s:Body><s:Fault>%s</s:Fault></s:Body></s:Envelope>'):format(soap.S11,
    attributes or "", inner)
  return probe.fault_read(assert(probe.envelope(bytes, soap.SOAP11)))
end

describe("soap: reading faults", function()
  it("reads all of a SOAP 1.2 fault", function()
    local fault = assert(read12('<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:q="urn:q">q:A</s:Value>'
      .. '<s:Subcode><s:Value xmlns:q="urn:q"> q:B </s:Value></s:Subcode></s:Subcode></s:Code>'
      .. '<s:Reason><s:Text xml:lang="de">eins</s:Text><s:Text xml:lang="en">one</s:Text></s:Reason>'
      .. "<s:Node>urn:node</s:Node><s:Role>urn:role</s:Role><s:Detail><a:x/>text</s:Detail>"))
    assert.equal("Sender", fault.code)
    assert.equal("{urn:q}A", fault.subcode)
    assert.equal("{urn:q}B", fault.subsubcode)
    assert.same({ "eins", "de", "urn:node", "urn:role" }, { fault.reason, fault.lang, fault.node, fault.role })
    assert.truthy(fault.detail:find(soap.A10, 1, true)) -- stands alone
  end)

  it("reads each standard code", function()
    for _, code in ipairs { "Sender", "Receiver", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown" } do
      assert.equal(code, assert(read12("<s:Code><s:Value>s:" .. code .. "</s:Value></s:Code>")).code)
    end
  end)

  it("keeps a custom code, an unknown prefix and a missing text", function()
    assert.equal("{urn:q}Mine", assert(read12('<s:Code><s:Value xmlns:q="urn:q">q:Mine</s:Value></s:Code>')).code)
    assert.equal("zzz:Sender", assert(read12("<s:Code><s:Value>zzz:Sender</s:Value></s:Code>")).code)
    assert.is_nil(assert(read12("<s:Code><s:Value>s:Sender</s:Value></s:Code>")).reason)
  end)

  it("refuses a fault without a code", function()
    for _, inner in ipairs { "", "<s:Code/>", "<s:Code><s:Value>s:Sender</s:Value><s:Subcode/></s:Code>" } do
      local fault, err = read12(inner)
      assert.is_nil(fault)
      assert.equal("read the fault", err.step)
    end
    assert.is_nil((read11("<faultstring>x</faultstring>")))
  end)

  local codes = {
    { "s:Client", "Sender" }, { "s:Server", "Receiver" }, { "Client", "Sender" }, { "Server.Timeout", "Receiver" },
    { "s:Client.Authentication", "Sender" }, { "s:MustUnderstand", "MustUnderstand" }, { "s:VersionMismatch",
      "VersionMismatch" },
    { "q:Mine", "Receiver", "{urn:q}Mine" }, { "o:InvalidSecurity", "Sender", "{" .. soap.WSSE .. "}InvalidSecurity" },
    { "c:BadContextToken", "Sender", "{" .. soap.sc[1] .. "}BadContextToken" },
    { "a:EndpointUnavailable", "Receiver", "{" .. soap.A10 .. "}EndpointUnavailable" },
    { "q:Client", "Receiver", "{urn:q}Client" }, { "zzz:What", "Receiver", "zzz:What" },
  }
  local SCOPE = ('xmlns:q="urn:q" xmlns:o="%s" xmlns:c="%s" xmlns:a="%s"'):format(soap.WSSE, soap.sc[1], soap.A10)
  for _, case in ipairs(codes) do
    it("reads the faultcode " .. case[1], function()
      local fault = assert(read11("<faultcode>" .. case[1] .. '</faultcode><faultstring xml:lang="en">t</faultstring>'
        .. "<faultactor>urn:actor</faultactor><detail><q:x/></detail>", SCOPE))
      assert.equal(case[2], fault.code)
      assert.equal(case[3], fault.subcode)
      assert.same({ "t", "en", "urn:actor" }, { fault.reason, fault.lang, fault.role })
      assert.truthy(fault.detail:find('xmlns:q="urn:q"', 1, true))
    end)
  end

  it("reads the faults of the generated exchanges, of both versions", function()
    for version, folder in pairs { [soap.FEB2005] = "sc-feb2005", [soap.SC13] = "sc-13" } do
      for _, case in ipairs { { "fault-bad-context-soap11", 1, "BadContextToken" }, { "fault-bad-context-soap12", 2,
        "BadContextToken" },
                              { "fault-renew-needed-soap12", 2, "RenewNeeded" } } do
        local bytes = recording.read(("spec/vectors/security/%s/%s.xml"):format(folder, case[1]))
        local fault = assert(probe.fault_read(assert(probe.envelope(bytes, case[2]))))
        assert.equal("Sender", fault.code)
        assert.equal("{" .. soap.sc[version] .. "}" .. case[3], fault.subcode)
        assert.is_true(probe.sc_fault_is(fault, case[3]))
      end
    end
    local captured = recording.read("spec/vectors/security/fault-renew-needed.txt"):match("<s:Envelope.*</s:Envelope>")
    assert.is_true(probe.sc_fault_is(assert(probe.fault_read(assert(probe.envelope(captured, 2)))), "RenewNeeded"))
  end)
end)
