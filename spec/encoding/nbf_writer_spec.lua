local probe = require "wws.probe"
local base64 = require "spec.support.base64"
local hex = require "spec.support.hex"
local random_xml = require "spec.support.random_xml"
local rows = require "spec.support.rows"

local ROOM = "spec/vectors/encoding/"
local LARGE = { document = 1048576 }

local function canonical(text)
  return assert(assert(probe.xml_tree(text, LARGE)):c14n("", {}))
end

-- White space around a root has no meaning.
local function around(text)
  return canonical("<w>" .. text:gsub("%s+$", "") .. "</w>")
end

local function written(text)
  return hex.encode(assert(probe.nbf_write(text)))
end

describe("encoding: the binary writer", function()
  it("writes every vector so that it reads back as the same", function()
    for _, name in ipairs { "binary-vectors.tsv", "binary-vectors-large.tsv" } do
      for _, row in ipairs(rows(ROOM .. name)) do
        local bytes = assert(probe.nbf_write(row[2]))
        assert.are.equal(around(row[2]), around(assert(probe.nbf_read(bytes, LARGE))), row[3])
      end
    end
  end)

  it("writes documents made by chance so that they read back as the same", function()
    for _, case in ipairs(random_xml.cases(200, 7)) do
      local document = case.document
      local bytes = assert(probe.nbf_write(document))
      assert.are.equal(canonical(document), canonical(assert(probe.nbf_read(bytes, LARGE))))
    end
  end)

  it("writes a recorded message so that it reads back as the same, and shorter", function()
    local file = assert(io.open(ROOM .. "request.xml", "rb"))
    local document = file:read "*a"
    file:close()
    local bytes = assert(probe.nbf_write(document))
    assert.are.equal(canonical(document), canonical(assert(probe.nbf_read(bytes, LARGE))))
    assert.is_true(#bytes < #document / 2)
  end)

  for text, bytes in pairs {
    ["<doc></doc>"] = "40 03 646f63 01",
    ["<doc/>"] = "40 03 646f63 01",
    ['<?xml version="1.0"?>\n<doc/>\n'] = "40 03 646f63 01",
    ['<b:doc xmlns:b="urn:x"></b:doc>'] = "5f 03 646f63 09 01 62 05 75726e3a78 01",
    ['<pr:doc xmlns:pr="urn:x"/>'] = "41 02 7072 03 646f63 09 02 7072 05 75726e3a78 01",
    ['<B:doc xmlns:B="urn:x"/>'] = "41 01 42 03 646f63 09 01 42 05 75726e3a78 01",
    ['<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>'] = "56 02 0b 01 73 04 01",
    ['<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"/>'] = "42 02 0a 04 01",
    ['<e a="1" Action="x"/>'] = "40 01 65 04 01 61 82 06 0a 98 01 78 01",
    ['<e a=""/>'] = "40 01 65 04 01 61 a8 01",
    ["<e>a<!--b-->c</e>"] = "40 01 65 98 01 61 02 01 62 99 01 63",
    ["<e>a&amp;<![CDATA[<&>]]></e>"] = "40 01 65 98 02 6126 99 03 3c263e",
    ["<e>a\r\nb\rc&#13;&#x20AC;</e>"] = "40 01 65 99 09 61 0a 62 0a 63 0d e282ac",
    ["<e a='\t\r\n\n&#9;'/>"] = "40 01 65 04 01 61 98 04 20 20 20 09 01",
  } do
    it("writes " .. text, function() assert.are.equal((bytes:gsub(" ", "")), written(text)) end)
  end

  for text, record in pairs {
    ["0"] = "81", ["1"] = "83", ["false"] = "85", ["true"] = "87", ["2"] = "8902", ["-128"] = "8980",
    ["128"] = "8b8000", ["-32768"] = "8b0080", ["32768"] = "8d00800000", ["-2147483648"] = "8d00000080",
    ["2147483648"] = "8f0000008000000000", ["-2147483649"] = "8fffffff7fffffffff",
    ["urn:uuid:00112233-4455-6677-8899-aabbccddeeff"] = "ad33221100554477668899aabbccddeeff",
    ["00112233-4455-6677-8899-aabbccddeeff"] = "b133221100554477668899aabbccddeeff",
    ["http://www.w3.org/2005/08/addressing/anonymous"] = "ab14",
    ["AQIDBAUGBwgJCgsMDQ4PEBESEw=="] = "9f130102030405060708090a0b0c0d0e0f10111213",
  } do
    it("writes the text " .. text .. " as a record of its type", function()
      assert.are.equal("400165" .. record, written("<e>" .. text .. "</e>"))
    end)
  end

  for _, text in ipairs {
    "00", "-0", "+1", "01", "1 ", " 1", "-", "1.0", "9999999999999999999", "TRUE", "True",
    "00112233-4455-6677-8899-AABBCCDDEEFF", "urn:uuid:00112233-4455-6677-8899-AABBCCDDEEFF",
    "uuid:00112233-4455-6677-8899-aabbccddeeff", "001122334-455-6677-8899-aabbccddeeff",
    "AQIDBAUGBwgJCgsMDQ4PEBESEx==", "AQIDBAUGBwgJ CgsMDQ4PEBESEw==", "AQIDBAUGBwgJCgsMDQ4PEBESEw=",
    "AQIDBAUGBwgJCgsMDQ4PEBE===", "========================", "2026-11-21T08:00:00.000Z", "1E+3", "NaN",
  } do
    it("keeps every character of the text " .. text, function()
      assert.are.equal("<e>" .. text .. "</e>", assert(probe.nbf_read(assert(probe.nbf_write("<e>" .. text .. "</e>")))))
      assert.are.equal("99", written("<e>" .. text .. "</e>"):sub(7, 8))
    end)
  end

  for _, text in ipairs {
    "<e>", "</e>", "<e></f>", "<a><b></a></b>", "<e></e></e>", "<e", "<e a/>", "<e a=b/>", "<e>&x;</e>", "<e>&#0;</e>", "<e>&#xFFFE;</e>",
    "<e>&#x110000;</e>", "<e>&#99999999999;</e>", "<e>&amp</e>", "<!DOCTYPE e><e/>", "<?a?><e/>", "< e/>", "<e><!-- </e>",
  } do
    it("refuses " .. text, function()
      local bytes, err = probe.nbf_write(text)
      assert.is_nil(bytes)
      assert.are.equal("invalid_format", err.code)
    end)
  end

  it("writes no more elements within elements than can be read", function()
    assert.is_string(probe.nbf_write(("<a>"):rep(256) .. ("</a>"):rep(256)))
    local bytes, err = probe.nbf_write(("<a>"):rep(257) .. ("</a>"):rep(257))
    assert.is_nil(bytes)
    assert.are.equal("quota_exceeded", err.code)
  end)

  it("agrees with .NET on bytes where it was given the same texts", function()
    local same, count = 0, 0
    for _, row in ipairs(rows(ROOM .. "binary-vectors.tsv")) do
      if not row[3]:find "^hand" then
        count = count + 1
        if probe.nbf_write(row[2]) == base64(row[1]) then same = same + 1 end
      end
    end
    assert.is_true(same > count / 2, ("%d of %d"):format(same, count))
  end)
end)
