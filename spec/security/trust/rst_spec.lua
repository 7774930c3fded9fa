--- Requests for security contexts: read what is right, refuse the rest, write in WCF's order.
local base64 = require("spec.support.base64")
local probe = require("wws.probe")
local recording = require("spec.support.recording")
local soap = require("spec.support.soap")

local V = { soap.FEB2005, soap.SC13 }

local function request(version, inner, attributes)
  local body = ('<t:RequestSecurityToken xmlns:t="%s" %s>%s</t:RequestSecurityToken>')
    :format(soap.trust[version], attributes or "", inner)
  return assert(probe.envelope(soap.message("", body), soap.SOAP12))
end

local function read(version, kind, inner, attributes)
  inner = inner:gsub("{T}", soap.trust[version]):gsub("{C}", soap.sc[version])
  return probe.rst_read(request(version, inner, attributes), kind, version)
end

local TARGET = '<o:SecurityTokenReference><o:Reference URI="urn:uuid:1" '
  .. 'ValueType="{C}/sct"/></o:SecurityTokenReference>'

describe("security: RequestSecurityToken", function()
  for _, version in ipairs(V) do
    local label = version == soap.SC13 and " (1.3)" or " (February 2005)"

    it("reads an Issue with nothing but an Entropy" .. label, function()
      local rst = assert(read(version, soap.ISSUE, "<t:Entropy><t:BinarySecret>AAEC</t:BinarySecret></t:Entropy>"))
      assert.equal("\0\1\2", rst.entropy)
      assert.equal(0, rst.key_size)
    end)

    it("reads an empty Issue" .. label, function() assert.is_nil(assert(read(version, soap.ISSUE, "")).entropy) end)

    it("reads children in any order and skips unknown ones" .. label, function()
      local rst = assert(read(version, soap.RENEW, "<x/><t:RenewTarget>" .. TARGET .. "</t:RenewTarget>"
        .. "<t:KeySize>128</t:KeySize><t:RequestType>{T}/Renew</t:RequestType><t:TokenType>{C}/sct</t:TokenType>",
        'Context="urn:c"'))
      assert.equal("urn:uuid:1", rst.target_identifier)
      assert.equal(128, rst.key_size)
      assert.equal("urn:c", rst.context)
    end)

    it("reads a target that is named by its id, and one with an Instance" .. label, function()
      local rst = assert(read(version, soap.CANCEL,
        '<t:CancelTarget><o:SecurityTokenReference><o:Reference '
          .. 'URI="#t1"/></o:SecurityTokenReference></t:CancelTarget>'))
      assert.equal("t1", rst.target_id)
      assert.is_nil(rst.target_identifier)
      rst = assert(read(version, soap.CANCEL, '<t:CancelTarget><o:SecurityTokenReference><o:Reference URI="urn:uuid:1" '
        .. 'c:Instance="urn:uuid:i" xmlns:c="{C}"/></o:SecurityTokenReference></t:CancelTarget>'))
      assert.equal("urn:uuid:i", rst.target_instance)
    end)

    local refused = {
      { soap.RENEW, "<t:RenewTarget>" .. TARGET .. "</t:RenewTarget>", "RequestType is not" },
      { soap.RENEW, "<t:RequestType>{T}/Renew</t:RequestType>", "does not name one security context in RenewTarget" },
      { soap.CANCEL, "<t:CancelTarget/>", "does not name one security context in CancelTarget" },
      { soap.CANCEL, "<t:CancelTarget><x/></t:CancelTarget>", "CancelTarget does not refer to a security context" },
      { soap.CANCEL, "<t:CancelTarget>" .. TARGET .. TARGET .. "</t:CancelTarget>", "does not name one" },
      { soap.CANCEL, "<t:CancelTarget>" .. TARGET:gsub("/sct", "/other") .. "</t:CancelTarget>", "does not refer" },
      { soap.ISSUE, "<t:TokenType>urn:x</t:TokenType>", "TokenType is not that of a security context" },
      { soap.ISSUE, "<t:RequestType>{T}/Cancel</t:RequestType>", "RequestType is not" },
      { soap.ISSUE, "<t:KeySize>257</t:KeySize>", "KeySize is not a key length" },
      { soap.ISSUE, "<t:KeySize>8</t:KeySize>", "KeySize is not a key length" },
      { soap.ISSUE, "<t:KeySize>4096</t:KeySize>", "KeySize is not a key length" },
      { soap.ISSUE, "<t:KeySize>99999999999999999999</t:KeySize>", "KeySize is not a key length" },
      { soap.ISSUE, "<t:KeySize>-256</t:KeySize>", "KeySize is not a key length" },
      { soap.ISSUE, "<t:KeySize/>", "KeySize is not a key length" },
      { soap.ISSUE, "<t:KeySize>256</t:KeySize><t:KeySize>128</t:KeySize>", "holds KeySize twice" },
      { soap.ISSUE, "<t:Entropy/>", "Entropy holds no BinarySecret" },
      { soap.ISSUE, "<t:Entropy><t:BinarySecret/></t:Entropy>", "not 1 to 256 bytes of base64" },
      { soap.ISSUE, "<t:Entropy><t:BinarySecret>***</t:BinarySecret></t:Entropy>", "not 1 to 256 bytes of base64" },
      { soap.ISSUE, "<t:Entropy><t:BinarySecret>" .. ("AAAA"):rep(86) .. "</t:BinarySecret></t:Entropy>",
        "not 1 to 256" },
      { soap.ISSUE, '<t:Entropy><t:BinarySecret Type="{T}/AsymmetricKey">AAAA</t:BinarySecret></t:Entropy>',
        "a BinarySecret is of the wrong Type" },
    }
    for _, case in ipairs(refused) do
      it("refuses: " .. case[3] .. " " .. case[2]:sub(1, 60) .. label, function()
        local ok, err = read(version, case[1], case[2])
        assert.is_nil(ok)
        assert.equal("invalid_format", err.code)
        assert.truthy(err.message:find(case[3], 1, true), err.message)
      end)
    end

    it("refuses a body that is no request of this version" .. label, function()
      for _, body in ipairs { "", "<x/>", ('<RequestSecurityTokenResponse xmlns="%s"/>'):format(soap.trust[version]),
                              ('<RequestSecurityToken xmlns="%s"/>'):format(soap.trust[3 - version]) } do
        local ok, err = probe.rst_read(assert(probe.envelope(soap.message("", body), soap.SOAP12)), 1, version)
        assert.is_nil(ok)
        assert.truthy(err.message:find("not a RequestSecurityToken of this version", 1, true), err.message)
      end
      local twice = ('<RequestSecurityToken xmlns="%s"/>'):format(soap.trust[version]):rep(2)
      assert.is_nil((probe.rst_read(assert(probe.envelope(soap.message("", twice), soap.SOAP12)), 1, version)))
    end)

    it("keeps AppliesTo as XML that stands alone" .. label, function()
      local rst = assert(read(version, soap.ISSUE,
        '<p:AppliesTo xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy">'
        .. "<a:EndpointReference><a:Address>urn:x</a:Address></a:EndpointReference></p:AppliesTo>"))
      local tree = assert(probe.xml_tree(rst.applies_to))
      assert.equal("urn:x", assert(tree:text("1.1")))
    end)

    it("reads what it writes" .. label, function()
      for kind = 1, 3 do
        local wanted = { kind = kind, version = version, context = "urn:c&d", entropy = kind ~= 3 and ("e"):rep(32)
          or nil,
                         key_size = kind ~= 3 and 192 or 0, target_identifier = kind ~= 1 and "urn:uuid:1" or nil,
                         target_instance = kind ~= 1 and "urn:uuid:2" or nil }
        local body = assert(probe.rst_write(wanted))
        assert.same(wanted, assert(probe.rst_read(assert(probe.envelope(soap.message("", body), soap.SOAP12)), kind,
          version)))
      end
    end)
  end

  it("reads every request of the generated exchanges", function()
    for version, folder in pairs { [soap.FEB2005] = "sc-feb2005", [soap.SC13] = "sc-13" } do
      local keys = recording.read("spec/vectors/security/" .. folder .. "/keys.txt")
      for _, case in ipairs { { "1-rst-issue", 1, "issue" }, { "5-rst-renew", 2, "renew" }, { "8-rst-cancel", 3 } } do
        local message = recording.read(("spec/vectors/security/%s/%s.xml"):format(folder, case[1]))
        local rst = assert(probe.rst_read(assert(probe.envelope(message, soap.SOAP12)), case[2], version))
        if case[3] then
          assert.equal(base64(keys:match(case[3] .. " client entropy%s+(%S+)")), rst.entropy)
          assert.equal(256, rst.key_size)
        end
      end
    end
  end)

  it("leaves nothing behind when memory fails", function()
    local bytes = probe.rst_write { kind = 2, version = 2, entropy = "e", key_size = 256, target_identifier = "urn:1" }
    local envelope = assert(probe.envelope(soap.message("", bytes), soap.SOAP12))
    local ok, err
    local n = 0
    repeat
      probe.memory(n)
      ok, err = probe.rst_read(envelope, 2, 2)
      probe.memory()
      n = n + 1
    until ok or err.code ~= "outofmemory"
    assert.is_table(ok)
  end)
end)
