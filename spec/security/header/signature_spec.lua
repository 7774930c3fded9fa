--- Signatures: what .NET made, what we make, and each thing that must be refused with a sentence of its own.
local from_base64 = require("spec.support.base64")
local probe = require("wws.probe")
local recording = require("spec.support.recording")
local signed_vectors = require("spec.support.signed_vectors")
local soap = require("spec.support.soap")

local DIGEST_SHA1, DIGEST_SHA256, HMAC_SHA1, HMAC_SHA256 = 3, 4, 7, 8

local function algorithms(document)
  return {
    digest = document:find("DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256", 1, true)
      and DIGEST_SHA256
      or DIGEST_SHA1,
    symmetric_signature = document:find("hmac-sha256", 1, true) and HMAC_SHA256 or HMAC_SHA1,
  }
end

local KEY = ("k"):rep(32)
local TOKEN = [[<c:SecurityContextToken u:Id="t1" xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc">]]
  .. "<c:Identifier>urn:uuid:1</c:Identifier></c:SecurityContextToken>"

local function signed(plan)
  local header = assert(probe.security_write(plan or {}, { token_xml = TOKEN, token_id = "t1", key = KEY }))
  return soap.message(header)
end

local function verify(message, plan, key)
  local envelope = assert(probe.envelope(message, soap.SOAP12))
  return probe.signature_verify(envelope, plan or {}, key or KEY)
end

local function numbers_of(xml)
  local modulus, exponent = xml:match "<Modulus>(.-)</Modulus><Exponent>(.-)</Exponent>"
  return { from_base64(modulus), from_base64(exponent) }
end

local function verify_by(message, numbers)
  return probe.signature_verify_by(assert(probe.envelope(message, soap.SOAP12)), {}, numbers[1], numbers[2])
end

describe("security: signature", function()
  for _, case in ipairs(signed_vectors.read()) do
    local document, key = case.fields.document, case.fields["key(hex)"]
    it("agrees with .NET SignedXml on case " .. case.title, function()
      local ok, err = verify(document, algorithms(document), key:match("^%x+$") and recording.from_hex(key))
      if document:find("#rsa-", 1, true) then
        assert.is_nil(ok)
        assert.truthy(err.message:find("more than the Timestamp", 1, true)) -- that comes first
        local numbers = numbers_of(case.fields["rsa public (xml)"])
        assert.is_true(verify_by(document, numbers))
        for _, change in ipairs { { "(<a:To[^>]*>)", "%1x", "To was changed" }, { "(<u:Created>)2", "%13", "the Timestamp" },
                                  { "(<SignatureValue>)....", "%1AAAA", "the key it names" } } do
          local changed, count = document:gsub(change[1], change[2], 1)
          assert.equal(1, count)
          ok, err = verify_by(changed, numbers)
          assert.is_nil(ok)
          assert.truthy(err.message:find(change[3], 1, true))
        end
      elseif document:find("URI=\"#_1\"", 1, true) then
        assert.is_nil(ok) -- what WWSAPI forbids: a symmetric key over To
        assert.equal("the signature covers more than the Timestamp", err.message)
      elseif case.fields.verifies == "True" then
        assert.is_true(ok, tostring(err))
      else
        assert.is_nil(ok)
        assert.equal("the Timestamp was changed after it was signed", err.message)
      end
    end)
  end

  for _, suite in ipairs { "basic256", "basic192", "basic128", "basic256_sha256", "basic128_sha256_rsa15" } do
    it("verifies what it wrote itself under " .. suite, function()
      assert.is_true(verify(signed { suite = suite }, { suite = suite }))
    end)
  end

  it("verifies every pair of algorithms that a custom suite can choose", function()
    for digest = 3, 6 do
      for hmac = 7, 10 do
        local plan = { digest = digest, symmetric_signature = hmac }
        assert.is_true(verify(signed(plan), plan))
      end
    end
  end)

  it("fails with another key, and says that it was the key", function()
    local ok, err = verify(signed(), {}, ("x"):rep(32))
    assert.is_nil(ok)
    assert.equal("security_verification_failure", err.code)
    assert.equal("the signature was not made with the key it names", err.message)
    assert.equal("verify the signature", err.step)
  end)

  it("fails with an empty key", function()
    local ok, err = verify(signed(), {}, "")
    assert.is_nil(ok)
    assert.equal("there is no key to verify the signature with", err.message)
  end)

  it("fails when one bit of any signed character changes", function()
    local message = signed()
    local first = message:find("<u:Created>", 1, true)
    local last = message:find("</u:Expires>", 1, true)
    for at = first, last do
      if message:sub(at, at):match("%d") then
        local changed = message:sub(1, at - 1) .. (tonumber(message:sub(at, at)) + 1) % 10 .. message:sub(at + 1)
        assert.is_nil((verify(changed)))
      end
    end
  end)

  local refusals = {
    { "HMACOutputLength (A12)", '<SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">',
      '<SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><HMACOutputLength>8</HMACOutputLength>',
      "shortened HMAC" },
    { "another signature algorithm (A11)", "#hmac-sha1", "#rsa-sha1", "SignatureMethod is not the algorithm suite's" },
    { "another digest (A11)", "xmldsig#sha1", "xmldsig#md5", "DigestMethod is not the algorithm suite's" },
    { "inclusive canonicalization (A11)", '<CanonicalizationMethod '
      .. 'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">',
      '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">',
      "CanonicalizationMethod is not the algorithm suite's" },
    { "an XPath transform (A17)", '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">',
      '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">',
        "Transform is not the algorithm suite's" },
    { "a second transform (A17)", "</Transform></Transforms>",
      '</Transform><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms>',
      "exactly one Transform" },
    { "an external reference (A17)", 'URI="#_0"', 'URI="http://localhost/x"', "not in this message" },
    { "a reference to the whole document (A17)", 'URI="#_0"', 'URI=""', "not in this message" },
    { "an XPointer (A17)", 'URI="#_0"', [[URI="#xpointer(id('_0'))"]], "does not cover the Timestamp" },
    { "an Object (A3)", "</KeyInfo>", "</KeyInfo><Object/>", "carries an Object" },
    { "no KeyInfo", "KeyInfo>", nil, "SignedInfo, SignatureValue, KeyInfo" },
    { "a key out of the message (A6)", "<o:SecurityTokenReference>",
      "<KeyValue>a2V5</KeyValue><o:SecurityTokenReference>", "exactly one SecurityTokenReference" },
    { "parameters of the canonicalization", '/CanonicalizationMethod>', nil, "CanonicalizationMethod has parameters" },
  }
  for _, case in ipairs(refusals) do
    it("refuses " .. case[1], function()
      local message = signed()
      if case[3] then
        message = soap.swap(message, case[2], case[3])
      elseif case[1] == "no KeyInfo" then
        message = message:gsub("<KeyInfo>.*</KeyInfo>", "")
      else
        message = message:gsub("</CanonicalizationMethod>", "<x/></CanonicalizationMethod>")
      end
      local ok, err = verify(message)
      assert.is_nil(ok)
      assert.truthy(err.message:find(case[4], 1, true), err.message)
    end)
  end

  it("never verifies a forged value with right digests (A5)", function()
    local message = signed()
    for _, value in ipairs { "", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "!!!" } do
      local ok, err = verify((message:gsub("<SignatureValue>[^<]*<", "<SignatureValue>" .. value .. "<")))
      assert.is_nil(ok)
      assert.equal("the signature was not made with the key it names", err.message)
    end
  end)

  it("never verifies a value that is only a beginning of the right one (A12)", function()
    local message = signed()
    local value = message:match("<SignatureValue>([^<]*)<")
    local ok = verify((message:gsub("<SignatureValue>[^<]*<", "<SignatureValue>" .. value:sub(1, 12) .. "<")))
    assert.is_nil(ok)
  end)

  it("honours a PrefixList when it reads", function()
    local list = '<e:InclusiveNamespaces xmlns:e="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="a"/>'
    local message = signed()
    local ok, err = verify((message:gsub("(<Transform [^>]*>)", "%1" .. list)))
    assert.is_nil(ok)
    assert.equal("the signature was not made with the key it names", err.message) -- SignedInfo changed, not refused
  end)

  it("verifies what xmlsec1 signed with prefix lists in both canonicalizations", function()
    local message = recording.read("spec/vectors/security/prefix-list.xml")
    assert.is_true(verify(message))
    assert.is_nil((verify((message:gsub('PrefixList="s a"', 'PrefixList="s"')))))
  end)

  it("holds a cap over a PrefixList", function()
    local message = recording.read("spec/vectors/security/prefix-list.xml")
    local ok, err = verify((message:gsub('PrefixList="s a"', 'PrefixList="' .. ("s "):rep(17) .. '"')))
    assert.is_nil(ok)
    assert.equal("quota_exceeded", err.code)
  end)

  it("refuses a DigestMethod with parameters, and an element that is no Signature", function()
    local message = signed():gsub("</DigestMethod>", "<x/>%0")
    local _, err = verify(message)
    assert.equal("the signature's DigestMethod has parameters that are not allowed", err.message)
    message = signed():gsub("</SignatureMethod>", "<x/>%0")
    _, err = verify(message)
    assert.equal("the signature's SignatureMethod has parameters that are not allowed", err.message)
  end)

  local function survives(message, verified)
    local envelope = assert(probe.envelope(message, soap.SOAP12))
    local ok, err
    local n = 0
    repeat
      probe.memory(n)
      ok, err = verified(envelope)
      probe.memory()
      n = n + 1
    until ok or err.code ~= "outofmemory"
    assert.is_true(ok, tostring(err))
    assert.is_true(n > 2)
  end

  it("survives every refused allocation", function()
    survives(signed(), function(envelope) return probe.signature_verify(envelope, {}, KEY) end)
    for _, case in ipairs(signed_vectors.read()) do
      local numbers = case.fields["rsa public (xml)"] and numbers_of(case.fields["rsa public (xml)"])
      if numbers then
        survives(case.fields.document, function(envelope)
          return probe.signature_verify_by(envelope, {}, numbers[1], numbers[2])
        end)
      end
    end
  end)
end)
