--- The SecurityContextToken and references to it, in both versions.
local infoset = require("spec.support.infoset")
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local function read(version, inner, attributes)
  local token = ('<c:SecurityContextToken xmlns:c="%s" %s>%s</c:SecurityContextToken>')
    :format(soap.sc[version], attributes or 'u:Id="id1"', inner)
  local rstr = ('<t:RequestSecurityTokenResponse '
    .. 'xmlns:t="%s"><t:RequestedSecurityToken>%s</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>')
    :format(soap.trust[version], token)
  if version == soap.SC13 then
    rstr = ('<t:RequestSecurityTokenResponseCollection xmlns:t="%s">%s</t:RequestSecurityTokenResponseCollection>')
      :format(soap.trust[version], rstr)
  end
  return probe.rstr_read(assert(probe.envelope(soap.message("", rstr), soap.SOAP12)), soap.ISSUE, version)
end

for name, version in pairs { ["February 2005"] = soap.FEB2005, ["1.3"] = soap.SC13 } do
  describe("security: SecurityContextToken " .. name, function()
    it("reads identifier and instance, trimmed", function()
      local token = assert(read(version, "<c:Identifier> "
        .. "urn:uuid:1\n</c:Identifier><c:Instance>urn:uuid:2</c:Instance>"))
      assert.equal("urn:uuid:1", token.identifier)
      assert.equal("urn:uuid:2", token.instance)
      assert.equal("id1", token.id)
    end)

    it("skips other children and keeps them in the verbatim token", function()
      local cookie = '<d:Cookie xmlns:d="http://schemas.microsoft.com/ws/2006/05/security">AAAA</d:Cookie>'
      local token = assert(read(version, "<c:Identifier>urn:uuid:1</c:Identifier>" .. cookie))
      assert.truthy(token.token_xml:find(cookie, 1, true))
    end)

    it("gives the token with all declarations that it needs", function()
      local token = assert(read(version, "<c:Identifier>urn:uuid:1</c:Identifier>"))
      local tree = assert(probe.xml_tree(token.token_xml))
      assert.equal(soap.sc[version], tree:get().ns)
      assert.equal("id1", tree:attribute("", soap.WSU, "Id"))
      for _, ns in ipairs { soap.S12, soap.A10, soap.trust[version] } do
        assert.is_nil(token.token_xml:find(ns, 1, true)) -- and without those that it does not
      end
    end)

    local refused = {
      { "no Identifier", "", "has no Identifier" },
      { "an empty Identifier", "<c:Identifier> </c:Identifier>", "Identifier is not 1 to" },
      { "two Identifiers", "<c:Identifier>a</c:Identifier><c:Identifier>b</c:Identifier>", "Identifier twice" },
      { "two Instances", "<c:Identifier>a</c:Identifier><c:Instance>b</c:Instance><c:Instance>c</c:Instance>",
        "Instance twice" },
      { "an Identifier that is too long", "<c:Identifier>" .. ("x"):rep(1025) .. "</c:Identifier>", "1 to 1024 bytes" },
      { "no wsu:Id in a response", "<c:Identifier>a</c:Identifier>", "no wsu:Id", "Id='t'" },
    }
    for _, case in ipairs(refused) do
      it("refuses " .. case[1], function()
        local ok, err = read(version, case[2], case[4])
        assert.is_nil(ok)
        assert.truthy(err.message:find(case[3], 1, true), err.message)
      end)
    end

    it("writes what it reads", function()
      for _, instance in ipairs { false, "urn:uuid:2" } do
        local bytes = assert(probe.context_token_write(version, "t", "urn:x?a&b", instance or nil))
        local inner = bytes:match("^<%w+:SecurityContextToken[^>]*>(.*)</"):gsub("(</?)%w+:", "%1c:")
        local token = assert(read(version, inner))
        assert.equal("urn:x?a&b", token.identifier)
        assert.equal(instance or nil, token.instance)
      end
    end)

    it("writes an unattached reference with Instance as WCF does", function()
      local rst = assert(probe.rst_write { kind = soap.CANCEL, version = version, target_identifier = "urn:uuid:1",
                                           target_instance = "urn:uuid:2" })
      local reference = rst:match("<o:SecurityTokenReference.*</o:SecurityTokenReference>")
      local wanted = ('<o:SecurityTokenReference xmlns:o="%s"><o:Reference URI="urn:uuid:1" c:Instance="urn:uuid:2" '
        .. 'ValueType="%s/sct" xmlns:c="%s"></o:Reference></o:SecurityTokenReference>')
        :format(soap.WSSE, soap.sc[version], soap.sc[version])
      assert.equal(infoset.of(wanted), infoset.of(reference))
    end)
  end)
end

describe("security: requested tokens", function()
  it("refuses a token that is no SecurityContextToken", function()
    local rstr = ('<t:RequestSecurityTokenResponse '
      .. 'xmlns:t="%s"><t:RequestedSecurityToken><x/></t:RequestedSecurityToken>'
      .. "</t:RequestSecurityTokenResponse>"):format(soap.trust[soap.FEB2005])
    local envelope = assert(probe.envelope(soap.message("", rstr), soap.SOAP12))
    local ok, err = probe.rstr_read(envelope, soap.ISSUE, soap.FEB2005)
    assert.is_nil(ok)
    assert.equal("the token is not a SecurityContextToken", err.message)
    assert.equal("x", err.got)
  end)
end)

describe("security: context identifiers", function()
  it("compares hexadecimal digits of a UUID without their case", function()
    assert.is_true(probe.context_identifier_equal("urn:uuid:0aF", "urn:uuid:0Af"))
    assert.is_false(probe.context_identifier_equal("urn:uuid:0af", "urn:uuid:0ae"))
    assert.is_false(probe.context_identifier_equal("urn:uuid:0af", "urn:uuid:0a"))
  end)
  it("compares any other URI as it stands", function()
    assert.is_false(probe.context_identifier_equal("urn:X", "urn:x"))
    assert.is_true(probe.context_identifier_equal("urn:x", "urn:x"))
  end)
end)
