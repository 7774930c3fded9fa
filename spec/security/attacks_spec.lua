--- What has broken stacks like this one, each case under its number: as far as the Security header can show it.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local KEY = ("k"):rep(32)
local SCT = '<c:SecurityContextToken u:Id="t1" xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc">'
  .. "<c:Identifier>urn:uuid:1</c:Identifier>%s</c:SecurityContextToken>"
local TOKEN = SCT:format("")
local PLAN = { sc_version = soap.FEB2005 }
local WANTS = { timestamp = true, context = true }

local function header(plan)
  probe.clock(1795248000000)
  return assert(probe.security_write(plan or PLAN, { token_xml = TOKEN, token_id = "t1", key = KEY }))
end

local function check(message, plan, wants, key)
  local envelope, err = probe.envelope(message, soap.SOAP12)
  if not envelope then return nil, err end
  return probe.security_read(envelope, plan or PLAN, wants or WANTS, key or KEY)
end

local function refused(message, text, plan, wants)
  local ok, err = check(message, plan, wants)
  assert.is_nil(ok)
  assert.truthy(err.message:find(text, 1, true), err.message)
end

local ORIGINAL = header():match("<u:Timestamp.-</u:Timestamp>")

local function forged(id) return (ORIGINAL:gsub("T08:00", "T09:00"):gsub("T08:05", "T09:05"):gsub(' u:Id="_0"', id)) end

-- Where an attacker can put the signed original. Each takes the XML and gives headers before and after the Security
-- header, what to append inside the Security header, and the body.
local PLACES = {
  ["a header block before"] = function(xml, security) return "<x>" .. xml .. "</x>" .. security, "" end,
  ["a header block behind"] = function(xml, security) return security .. "<x>" .. xml .. "</x>", "" end,
  ["a header block of its own"] = function(xml, security) return xml .. security, "" end,
  ["a Security header of another actor"] = function(xml, security)
    return '<o:Security s:role="urn:other">' .. xml .. "</o:Security>" .. security, ""
  end,
  ["a second Security header"] = function(xml, security) return "<o:Security>" .. xml .. "</o:Security>"
    .. security, "" end,
  ["a wrapper in the header's front"] = function(xml, security)
    return (security:gsub("(<o:Security[^>]*>)", "%1<x>" .. xml .. "</x>", 1)), ""
  end,
  ["a wrapper at the header's end"] = function(xml, security)
    return (security:gsub("</o:Security>", "<x>" .. xml .. "</x></o:Security>")), ""
  end,
  ["the header itself, in front"] = function(xml, security)
    return (security:gsub("(<o:Security[^>]*>)", "%1" .. xml, 1)), ""
  end,
  ["the header itself, at the end"] = function(xml, security)
    return (security:gsub("</o:Security>", xml .. "</o:Security>")), ""
  end,
  ["the context token"] = function(xml, security)
    return (security:gsub("</c:SecurityContextToken>", xml .. "</c:SecurityContextToken>")), ""
  end,
  ["a signature's Object"] = function(xml, security)
    return (security:gsub("</Signature>", "<Object>" .. xml .. "</Object></Signature>")), ""
  end,
  ["SignedInfo"] = function(xml, security) return (security:gsub("</SignedInfo>", xml .. "</SignedInfo>")), "" end,
  ["the Reference"] = function(xml, security) return (security:gsub("</Transforms>", "%0" .. xml)), "" end,
  ["KeyInfo"] = function(xml, security) return (security:gsub("</KeyInfo>", xml .. "</KeyInfo>")), "" end,
  ["the token reference"] = function(xml, security)
    return (security:gsub("</o:SecurityTokenReference>", xml .. "%0")), ""
  end,
  ["the reference in KeyInfo"] = function(xml, security) return (security:gsub("</o:Reference>", xml .. "%0")), "" end,
  ["the forged Timestamp"] = function(xml, security) return (security:gsub("</u:Timestamp>", xml .. "%0", 1)), "" end,
  ["the body"] = function(xml, security) return security, xml end,
  ["a wrapper in the body"] = function(xml, security) return security, "<x>" .. xml .. "</x>" end,
  ["nowhere"] = function(_, security) return security, "" end,
}

local IDS = { ["the same id"] = ' u:Id="_0"', ["another id"] = ' u:Id="_1"', ["an unqualified id"] = ' Id="_0"',
  ["no id"] = "" }

describe("security: attacks", function()
  before_each(function() probe.clock(1795248000000) end)

  it("accepts the message that all these are made of", function()
    assert.equal("_0", assert(check(soap.message(header()))).timestamp.id)
  end)

  it("A1 takes no signature from a sibling header", function()
    local security = header()
    local signature = security:match("<Signature .*</Signature>")
    refused(soap.message(signature .. security:gsub("<Signature .*</Signature>", "")), "the message has no Signature")
  end)

  it("A1 refuses a second signature", function()
    local security = header()
    local signature = security:match("<Signature .*</Signature>")
    refused(soap.message((security:gsub("</o:Security>", signature .. "%0"))), "holds a second Signature")
  end)

  it("A2 A16 refuses a signature over something else than the Timestamp", function()
    local security = header():gsub('<u:Timestamp u:Id="_0">', '<u:Timestamp u:Id="_9">')
    local to = '<a:To u:Id="_0">https://localhost/</a:To>'
    refused(soap.message(to .. security), "does not cover the Timestamp of this header")
  end)

  for where, place in pairs(PLACES) do
    for how, id in pairs(IDS) do
      it("A3 is not fooled with the original in " .. where .. " and a forged Timestamp with " .. how, function()
        local security = soap.swap(header(), ORIGINAL, forged(id))
        local ok, err = check(soap.message(place(ORIGINAL, security)))
        assert.is_nil(ok)
        assert.is_not_nil(err.code)
      end)
    end
  end

  for where, place in pairs(PLACES) do
    it("A3 believes only the original when a forged Timestamp stands in " .. where, function()
      for _, id in pairs(IDS) do
        local ok = check(soap.message(place(forged(id), header())))
        if ok then assert.equal(1795248000000, ok.timestamp.created) end
      end
    end)
  end

  it("A3 refuses an id that stands twice in the header", function()
    refused(soap.message((header():gsub(SCT:sub(1, 10):gsub("%p", "%%%0") .. ".-</c:SecurityContextToken>",
      SCT:format('<x u:Id="_0"/>')))), "the same wsu:Id")
  end)

  it("A3 finds ids by their namespace only", function()
    local security = header():gsub('u:Id="_0"', 'Id="_0"')
    refused(soap.message(security), "does not cover the Timestamp")
  end)

  it("A5 A10 gives nothing but an error for right digests under a wrong value", function()
    local value = header():match("<SignatureValue>([^<]*)<")
    for i = 1, #value - 1 do
      local c = value:sub(i, i) == "A" and "B" or "A"
      local changed = value:sub(1, i - 1) .. c .. value:sub(i + 1)
      local ok, err = check(soap.message(soap.swap(header(), value, changed)))
      assert.is_nil(ok)
      assert.equal("security_verification_failure", err.code)
    end
  end)

  it("A6 believes no key that travels in the message", function()
    for _, info in ipairs {
      "<KeyValue><x/></KeyValue>", "<KeyName>k</KeyName>", "<X509Data/>",
      '<BinarySecret xmlns="http://schemas.xmlsoap.org/ws/2005/02/trust">a2s=</BinarySecret>',
    } do
      local security = header():gsub("<KeyInfo>.*</KeyInfo>", "<KeyInfo>" .. info .. "</KeyInfo>")
      refused(soap.message(security), "does not hold exactly one SecurityTokenReference")
    end
  end)

  it("A7 refuses a KeyInfo with two identities", function()
    local reference = header():match("<o:SecurityTokenReference>.*</o:SecurityTokenReference>")
    refused(soap.message(soap.swap(header(), reference, reference .. reference)), "exactly one SecurityTokenReference")
    local inner = header():match("<o:Reference .*</o:Reference>")
    refused(soap.message(soap.swap(header(), inner, inner .. inner)), "exactly one reference")
  end)

  it("A7 refuses a KeyInfo that names another token than the one in the header", function()
    for _, reference in ipairs {
      '<o:Reference URI="#t2"/>', '<o:Reference URI="urn:uuid:2"/>',
      '<o:Reference URI="urn:uuid:1" c:Instance="urn:uuid:9" xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc"/>',
      '<o:KeyIdentifier ValueType="urn:x">t1</o:KeyIdentifier>',
    } do
      refused(soap.message((header():gsub("<o:Reference .*</o:Reference>", reference))),
        "KeyInfo does not name the SecurityContextToken of this header")
    end
  end)

  it("A9 B2 takes nothing encrypted for anything, signed or not", function()
    local security = header()
    local timestamp = security:match("<u:Timestamp.-</u:Timestamp>")
    local signature = security:match("<Signature .*</Signature>")
    local data = '<e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#" Id="_e"><e:CipherData>'
      .. "<e:CipherValue>AAAA</e:CipherValue></e:CipherData></e:EncryptedData>"
    local list = '<e:ReferenceList xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:DataReference URI="#_0"/></e:ReferenceList>'
    local key = data:gsub("EncryptedData", "EncryptedKey")
    for _, encrypted in ipairs { data, list, key } do
      refused(soap.message(soap.swap(security, signature, encrypted)), "an element that nobody asked for")
      refused(soap.message(soap.swap(security, timestamp, encrypted)), "an element that nobody asked for")
      refused(soap.message(soap.swap(security, TOKEN, encrypted)), "an element that nobody asked for")
      refused(soap.message((security:gsub("</o:Security>", encrypted .. "%0"))), "an element that nobody asked for")
    end
    assert.is_nil((check(soap.message(soap.swap(security, signature, soap.swap(signature, 'URI="#_0"', 'URI="#_e"'))
      .. data))))
  end)

  it("A11 A12 A17 hold each algorithm and transform against the suite", function()
    local cases = {
      { "2000/09/xmldsig#hmac-sha1", "2001/04/xmldsig-more#hmac-sha256", "SignatureMethod" },
      { "2000/09/xmldsig#sha1", "2001/04/xmlenc#sha256", "DigestMethod" },
    }
    for _, case in ipairs(cases) do refused(soap.message(soap.swap(header(), case[1], case[2])), case[3]) end
    local stronger = { sc_version = soap.FEB2005, digest = 4, symmetric_signature = 8 }
    refused(soap.message(header()), "SignatureMethod is not the algorithm suite's", stronger)
    local short = header():gsub("(hmac%-sha1\">)", "%1<HMACOutputLength>80</HMACOutputLength>")
    refused(soap.message(short), "HMACOutputLength")
    for _, uri in ipairs { "http://localhost/x", "file:///etc/passwd", "", "#", "cid:part" } do
      refused(soap.message(soap.swap(header(), 'URI="#_0"', 'URI="' .. uri .. '"')), "not in this message")
    end
  end)

  it("A13 refuses comments anywhere in the header", function()
    for _, place in ipairs { "<u:Created>", "<c:Identifier>", "<SignatureValue>", "<KeyInfo>", "</u:Timestamp>" } do
      refused(soap.message(soap.swap(header(), place, place .. "<!-- -->")), "comment inside the Security header")
    end
    local user = probe.security_write({}, { timestamp = true, username = "admin.evil", password = "p" })
    refused(soap.message((user:gsub("admin", "admin<!-- -->"))), "comment", nil, { timestamp = true, username = true })
  end)

  it("A13 refuses text between elements", function()
    refused(soap.message((header():gsub("</u:Timestamp>", "%0x"))), "text between elements")
  end)

  it("A13 refuses references with other than the very id", function()
    for _, uri in ipairs { "#_0 ", "# _0", "#_0#", "#_00", "#xpointer(id('_0'))" } do
      assert.is_nil((check(soap.message(soap.swap(header(), 'URI="#_0"', 'URI="' .. uri .. '"')))))
    end
  end)

  it("A19 writes exactly one reference, to the Timestamp", function()
    local _, count = header():gsub("<Reference ", "")
    assert.equal(1, count)
    assert.truthy(header():find('<Reference URI="#_0">', 1, true))
  end)

  it("A19 refuses To under a symmetric key with a sentence that says so", function()
    local reference = header():match("<Reference .*</Reference>")
    local _, err = check(soap.message(soap.swap(header(), reference, reference .. reference:gsub("#_0", "#_1"))))
    assert.equal("the signature covers more than the Timestamp", err.message)
    assert.truthy(err.expected:find("neither To", 1, true))
  end)

  it("C7 refuses a RequestType that is not the action's", function()
    local kinds = { "Issue", "Renew", "Cancel" }
    for kind = 1, 3 do
      for other = 1, 3 do
        if kind ~= other then
          local rst = probe.rst_write { kind = kind, version = soap.SC13, entropy = ("e"):rep(32), key_size = 256,
                                        target_identifier = "urn:uuid:1" }
          local body = soap.swap(rst, "/" .. kinds[kind] .. "<", "/" .. kinds[other] .. "<")
          local _, err = probe.rst_read(assert(probe.envelope(soap.message("", body), soap.SOAP12)), kind, soap.SC13)
          assert.equal("RequestType is not that of the message's action", err.message)
        end
      end
    end
  end)

  it("C9 holds odd times off", function()
    for _, text in ipairs { "2026-11-21T24:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21", "x", "",
      "-2026-11-21T08:00:00Z",
                            "20260-11-21T08:00:00Z", "2026-11-21T08:00:60Z" } do
      refused(soap.message((header():gsub("<u:Created>[^<]*<", "<u:Created>" .. text .. "<"))), "not a date and time")
    end
  end)

  it("D4 refuses a second Security header for us, and leaves that of another role alone", function()
    local security = header()
    refused(soap.message(security .. "<o:Security/>"), "two Security headers")
    refused(soap.message(security .. '<o:Security s:role="http://www.w3.org/2003/05/soap-envelope/role/next"/>'),
      "two Security headers")
    assert(check(soap.message('<o:Security s:role="urn:other"><anything/></o:Security>' .. security)))
  end)

  it("D4 refuses a message whose Security header is missing, empty or not for us", function()
    refused(soap.message(""), "no Security header")
    refused(soap.message("<o:Security/>"), "the Security header is empty")
    refused(soap.message((header():gsub("<o:Security ", '%0s:role="urn:other" '))), "no Security header")
  end)
end)
