--- What is written of the Security header: order, nothing for nothing, and memory that fails.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local PARTS = {
  timestamp = true, username = "a<b", password = "&", key = ("k"):rep(32), token_id = "t1",
  token_xml = assert(probe.context_token_write(soap.SC13, "t1", "urn:uuid:1", nil)),
}

describe("security: writing the Security header", function()
  it("keeps WCF's order", function()
    local names = {}
    local bytes = probe.security_write({ sc_version = soap.SC13 }, PARTS)
    local tree = assert(probe.xml_tree(soap.message(bytes)))
    for _, child in ipairs(tree:get("1.1")) do names[#names + 1] = child.name end
    assert.same({ "Timestamp", "UsernameToken", "SecurityContextToken", "Signature" }, names)
  end)

  it("writes nothing when there is nothing to say", function() assert.equal("", probe.security_write({}, {})) end)

  it("always signs a Timestamp", function()
    local bytes = probe.security_write({}, { token_xml = PARTS.token_xml, token_id = "t1", key = "k" })
    assert.truthy(bytes:find("<u:Timestamp", 1, true))
  end)

  it("escapes what a user chose", function()
    local bytes = probe.security_write({}, PARTS)
    assert.truthy(bytes:find("<o:Username>a&lt;b</o:Username>", 1, true))
    assert.truthy(bytes:find(">&amp;</o:Password>", 1, true))
  end)

  it("refuses a user name that no XML can carry", function()
    local ok, err = probe.security_write({}, { username = "a\0b", password = "" })
    assert.is_nil(ok)
    assert.equal("invalidarg", err.code)
  end)

  it("leaves nothing behind when memory fails", function()
    local ok, err
    local n = 0
    collectgarbage()
    collectgarbage()
    local before = probe.blocks()
    repeat
      probe.memory(n)
      ok, err = probe.security_write({}, PARTS)
      probe.memory()
      n = n + 1
    until ok or err.code ~= "outofmemory"
    assert.is_string(ok)
    assert.equal(before, probe.blocks())
  end)
end)
