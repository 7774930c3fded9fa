--- The header as a whole: which children, in which order, for which message.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local KEY = ("k"):rep(32)
local TOKENS = {
  [soap.FEB2005] = '<c:SecurityContextToken u:Id="t1" xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc">'
    .. "<c:Identifier>urn:uuid:1</c:Identifier><c:Instance>urn:uuid:i</c:Instance></c:SecurityContextToken>",
  [soap.SC13] = '<sc:SecurityContextToken u:Id="t1" '
    .. 'xmlns:sc="http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512">'
    .. "<sc:Identifier>urn:uuid:1</sc:Identifier></sc:SecurityContextToken>",
}
local STRICT, LAX, FIRST, LAST = 1, 2, 3, 4
local ALL = { timestamp = true, username = true, context = true }
local CONTEXT = { timestamp = true, context = true }

local function parts_of(version)
  local bytes = assert(probe.security_write({ sc_version = version }, {
    token_xml = TOKENS[version], token_id = "t1", key = KEY, username = "alice", password = "s3cret",
  }))
  return {
    T = bytes:match("<u:Timestamp.*</u:Timestamp>"),
    U = bytes:match("<o:UsernameToken.*</o:UsernameToken>"),
    C = TOKENS[version],
    S = bytes:match("<Signature .*</Signature>"),
  }
end

local function read(order, plan, wants, version)
  local parts = parts_of(version or soap.FEB2005)
  local inner = order:match("^%u*"):gsub("%u", parts) .. order:match("^%u*(.*)")
  return probe.security_read(
    assert(probe.envelope(soap.message("<o:Security>" .. inner .. "</o:Security>"), soap.SOAP12)),
    plan, wants, order:find("S") and KEY or nil)
end

describe("security: Security header", function()
  it("gives all parts of a renewal", function()
    local header = assert(read("TUCS", {}, ALL))
    assert.same({ username = "alice", password = "s3cret" }, header.username)
    assert.same({ id = "t1", identifier = "urn:uuid:1", instance = "urn:uuid:i" }, header.context)
    assert.equal("#_0", header.signature.reference)
  end)

  local orders = {
    { STRICT, "TCS", true }, { STRICT, "CTS", true }, { STRICT, "UTCS", true }, { STRICT, "TCSU", true },
    { STRICT, "SCT", false }, { STRICT, "CST", false }, { STRICT, "TSC", false },
    { LAX, "SCT", true }, { LAX, "TSC", true }, { LAX, "CST", true },
    { FIRST, "TSC", true }, { FIRST, "CTS", false }, { FIRST, "TCS", true },
    { LAST, "SCT", true }, { LAST, "TCS", false }, { LAST, "CST", true },
  }
  for _, case in ipairs(orders) do
    local name = ({ "strict", "lax", "lax with the Timestamp first", "lax with the Timestamp last" })[case[1]]
    it((case[3] and "accepts " or "refuses ") .. case[2] .. " in the layout " .. name, function()
      local header, err = read(case[2], { layout = case[1] }, case[2]:find("U") and ALL or CONTEXT)
      assert.equal(case[3], header ~= nil, tostring(err))
      if not case[3] then assert.equal("security_header_layout", err.property) end
    end)
  end

  local wrong = {
    { "TCSS", CONTEXT, "a second Signature" },
    { "TTCS", CONTEXT, "a second Timestamp" },
    { "TUU", { timestamp = true, username = true }, "a second UsernameToken" },
    { "TCCS", CONTEXT, "a second SecurityContextToken" },
    { "TU", { timestamp = true }, "a UsernameToken that nobody asked for" },
    { "TCS", { timestamp = true }, "a SecurityContextToken that nobody asked for" },
    { "TUCS", CONTEXT, "a UsernameToken that nobody asked for" },
    { "TC", CONTEXT, "no Signature" },
    { "TS", CONTEXT, "no SecurityContextToken" },
    { "T", { timestamp = true, username = true }, "no UsernameToken" },
    { "U", { timestamp = true, username = true }, "no Timestamp" },
    { "CS", { context = true }, "no Timestamp" },
    { "T<x/>", { timestamp = true }, "an element that nobody asked for" },
    { "T<o:BinarySecurityToken/>", { timestamp = true }, "a BinarySecurityToken that nobody asked for" },
  }
  for _, case in ipairs(wrong) do
    it("refuses " .. case[1] .. ": " .. case[3], function()
      local ok, err = read(case[1], { layout = LAX }, case[2])
      assert.is_nil(ok)
      if case[3]:find("second") then
        assert.truthy(err.message:find("second", 1, true) or err.message:find("same wsu:Id", 1, true), err.message)
      else
        assert.truthy(err.message:find(case[3], 1, true), err.message)
      end
      assert.equal("read the Security header", err.step)
    end)
  end

  it("accepts a message without the header when nothing is wanted", function()
    local envelope = assert(probe.envelope(soap.message(""), soap.SOAP12))
    assert.same({}, assert(probe.security_read(envelope, {}, {})))
  end)

  it("accepts a Timestamp that nobody asked for", function() assert(read("T", {}, {})) end)

  it("says when the token is of the other version", function()
    local ok, err = read("TCS", { sc_version = soap.SC13 }, CONTEXT, soap.FEB2005)
    assert.is_nil(ok)
    assert.truthy(err.message:find("other WS-SecureConversation version", 1, true), err.message)
    assert.equal("secure_conversation_version", err.property)
    assert.equal("security_context", err.binding)
  end)

  describe("key reference", function()
    local function with(reference)
      local parts = parts_of(soap.FEB2005)
      local signature = parts.S:gsub("<o:Reference .*</o:Reference>", reference)
      local message = soap.message("<o:Security>" .. parts.T .. parts.C .. signature .. "</o:Security>")
      return probe.security_read(assert(probe.envelope(message, soap.SOAP12)), {}, CONTEXT, KEY)
    end
    local C = ' xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc"'

    it("accepts an internal one without a ValueType", function() assert(with('<o:Reference URI="#t1"/>')) end)
    it("accepts an external one with its Instance", function()
      assert(with('<o:Reference URI="urn:uuid:1" c:Instance="urn:uuid:i"' .. C .. "/>"))
    end)
    it("refuses an external one without the token's Instance", function()
      assert.is_nil((with('<o:Reference URI="urn:uuid:1"/>')))
    end)
    it("refuses one of another type", function()
      local _, err = with('<o:Reference URI="#t1" ValueType="urn:x"/>')
      assert.equal("the signature's KeyInfo names a token of another type", err.message)
    end)
    it("refuses one without a URI", function()
      local _, err = with("<o:Reference/>")
      assert.equal("a token reference has no URI", err.message)
    end)
  end)

  it("holds a cap over wsu:Ids", function()
    local many = {}
    for i = 1, 40 do many[i] = ('<x u:Id="i%d"/>'):format(i) end
    local token = TOKENS[soap.FEB2005]:gsub("</c:SecurityContextToken>", table.concat(many) .. "%0")
    local parts = parts_of(soap.FEB2005)
    local message = soap.message("<o:Security>" .. parts.T .. token .. parts.S .. "</o:Security>")
    local _, err = probe.security_read(assert(probe.envelope(message, soap.SOAP12)), {}, CONTEXT)
    assert.equal("quota_exceeded", err.code)
  end)

  it("verifies a whole message that a stranger's prefixes are in", function()
    local parts = parts_of(soap.SC13)
    local message = soap.message("<o:Security>" .. parts.T .. parts.C .. parts.S .. "</o:Security>")
    message = message:gsub("<o:", "<wsse:"):gsub("</o:", "</wsse:"):gsub("xmlns:o=", "xmlns:wsse=")
    assert(probe.security_read(assert(probe.envelope(message, soap.SOAP12)), { sc_version = soap.SC13 }, CONTEXT, KEY))
  end)
end)
