local probe = require "wws.probe"

local SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
local SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

describe("security/description: algorithm suites", function()
  it("change the digest alone under the SHA-256 names", function()
    for _, bits in ipairs { 256, 192, 128 } do
      for _, tail in ipairs { "", "_rsa15" } do
        assert.equal(SHA1, probe.suite("basic" .. bits .. tail))
        assert.equal(SHA256, (probe.suite("basic" .. bits .. "_sha256" .. tail)))
      end
    end
    assert.is_nil(probe.suite("basic512"))
    assert.is_nil(probe.suite("BASIC256"))
  end)

  it("give contexts a key of their first length", function()
    for _, bits in ipairs { 256, 192, 128 } do
      assert.equal(bits, (select(2, probe.suite("basic" .. bits))))
      assert.equal(bits, (select(2, probe.suite("basic" .. bits .. "_sha256_rsa15"))))
    end
  end)

  it("allow the key sizes of their range, in octets", function()
    assert.is_true(probe.suite_allows("basic256", 256))
    assert.is_false(probe.suite_allows("basic256", 128))
    assert.is_false(probe.suite_allows("basic256", 264))
    assert.is_true(probe.suite_allows("basic192", 192))
    assert.is_true(probe.suite_allows("basic128", 136))
    assert.is_false(probe.suite_allows("basic128", 130))
    assert.is_false(probe.suite_allows("basic128", 0))
  end)

  it("name their algorithms as the W3C does", function()
    assert.equal("http://www.w3.org/2001/10/xml-exc-c14n#", probe.algorithm_uri(1))
    assert.equal("http://www.w3.org/2000/09/xmldsig#hmac-sha1", probe.algorithm_uri(7))
    assert.equal("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", probe.algorithm_uri(8))
    assert.equal("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", probe.algorithm_uri(15))
    assert.equal("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", probe.algorithm_uri(17))
    assert.is_nil(probe.algorithm_uri(0))
  end)

  it("accept both spellings of SHA-384 and of P_SHA1, and no other", function()
    assert.is_true(probe.algorithm_is(5, "http://www.w3.org/2001/04/xmlenc#sha384"))
    assert.is_true(probe.algorithm_is(5, "http://www.w3.org/2001/04/xmldsig-more#sha384"))
    assert.is_true(probe.algorithm_is(18, "http://schemas.xmlsoap.org/ws/2005/02/sc/dk/p_sha1"))
    assert.is_true(probe.algorithm_is(18, "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/dk/p_sha1"))
    assert.is_false(probe.algorithm_is(4, SHA1))
    assert.is_false(probe.algorithm_is(0, ""))
  end)
end)
