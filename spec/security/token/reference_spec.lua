--- SecurityTokenReferences, as requests name the context that they are about.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local function target(inner)
  local body = ('<t:RequestSecurityToken xmlns:t="%s"><t:CancelTarget>%s</t:CancelTarget></t:RequestSecurityToken>')
    :format(soap.trust[soap.SC13], inner)
  return probe.rst_read(assert(probe.envelope(soap.message("", body), soap.SOAP12)), soap.CANCEL, soap.SC13)
end

local function reference(inner)
  return target("<o:SecurityTokenReference>" .. inner .. "</o:SecurityTokenReference>")
end

describe("security: SecurityTokenReference", function()
  it("reads a URI and an id", function()
    assert.equal("urn:uuid:1", assert(reference('<o:Reference URI="urn:uuid:1"/>')).target_identifier)
    assert.equal("t1", assert(reference('<o:Reference URI="#t1"/>')).target_id)
  end)

  it("reads the Instance of either version", function()
    for _, ns in pairs(soap.sc) do
      local rst = assert(reference('<o:Reference URI="urn:uuid:1" c:Instance="urn:uuid:i" xmlns:c="' .. ns .. '"/>'))
      assert.equal("urn:uuid:i", rst.target_instance)
    end
    assert.is_nil(assert(reference('<o:Reference URI="urn:uuid:1" Instance="urn:uuid:i"/>')).target_instance)
  end)

  local refused = {
    "", "<o:Reference/>", '<o:Reference URI=""/>', '<o:Reference URI="#"/>', "<x/>",
    '<o:KeyIdentifier ValueType="urn:x">AAAA</o:KeyIdentifier>', '<Reference URI="#t1"/>',
    '<o:Reference URI="#t1"/><o:Reference URI="#t1"/>',
    '<o:Embedded><o:Reference URI="#t1"/></o:Embedded>',
  }
  for _, inner in ipairs(refused) do
    it("refuses " .. (inner == "" and "an empty one" or inner), function()
      local ok, err = reference(inner)
      assert.is_nil(ok)
      assert.equal("CancelTarget does not refer to a security context", err.message)
    end)
  end

  it("refuses one of another name", function() assert.is_nil((target('<o:Reference URI="#t1"/>'))) end)
end)
