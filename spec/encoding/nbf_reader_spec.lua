local probe = require "wws.probe"
local base64 = require "spec.support.base64"
local hex = require "spec.support.hex"
local rows = require "spec.support.rows"

local ROOM = "spec/vectors/encoding/"
local LARGE = { document = 1048576 }

-- One text for all that say the same; what is not one element is put into one.
local function canonical(text)
  return assert(assert(probe.xml_tree("<w>" .. text .. "</w>", LARGE)):c14n("", {}))
end

local function refusal(bytes, limits)
  local text, err = probe.nbf_read(bytes, limits)
  if not text then return err end
  local ok
  ok, err = probe.xml_check(text, limits or {})
  assert.is_nil(ok, text)
  return err
end

describe("encoding: the binary reader", function()
  it("reads what .NET wrote", function()
    local count = 0
    for _, name in ipairs { "binary-vectors.tsv", "binary-vectors-large.tsv" } do
      for _, row in ipairs(rows(ROOM .. name)) do
        local text, err = probe.nbf_read(base64(row[1]), LARGE)
        assert.is_nil(err, row[3])
        assert.are.equal(canonical(row[2]), canonical(text), row[3])
        count = count + 1
      end
    end
    assert.is_true(count > 270)
  end)

  it("refuses what .NET refuses, or leaves it to the text reader (attacks A4, E4)", function()
    local count = 0
    for _, row in ipairs(rows(ROOM .. "binary-malformed.tsv")) do
      assert.are.equal("invalid_format", refusal(base64(row[1])).code, row[2])
      count = count + 1
    end
    assert.is_true(count > 45)
  end)

  for what, bytes in pairs {
    ["a name with a space"] = "40 03 61 20 62 01",
    ["a name that starts with a digit"] = "40 01 31 01",
    ["a name with a colon"] = "40 03 61 3A 62 01",
    ["a name that closes its tag"] = "40 03 61 3E 62 01",
    ["an attribute's name with a quote"] = "40 01 65 04 03 61 22 62 86 01",
    ["a prefix with a space"] = "41 03 61 20 62 01 65 01",
    ["an attribute that declares the default namespace"] = "40 01 65 04 05 78 6D 6C 6E 73 98 01 75 01",
    ["an attribute that declares a prefix"] = "40 01 65 05 05 78 6D 6C 6E 73 01 70 98 01 75 01",
    ["U+0000 in a text"] = "40 01 65 99 01 00",
    ["a control character in a text"] = "40 01 65 99 01 0B",
    ["U+FFFE in a text"] = "40 01 65 99 03 EF BF BE",
    ["U+FFFE in UTF-16"] = "40 01 65 B7 02 FE FF",
    ["a surrogate alone in UTF-16"] = "40 01 65 B7 02 00 D8",
    ["surrogates the wrong way round"] = "40 01 65 B7 04 00 DC 00 D8",
    ["half a character of UTF-16"] = "40 01 65 B7 01 41",
    ["a control character in a namespace"] = "40 01 65 08 01 01 01",
    ["nothing at all"] = "",
    ["white space alone"] = "98 01 20",
    ["a byte order mark as a text"] = "98 03 EF BB BF 40 01 65 01",
    ["a decimal of scale 29"] = "40 01 65 95 00 00 1D 00" .. (" 00"):rep(12),
    ["a decimal of a strange sign"] = "40 01 65 95 00 00 01 7F" .. (" 00"):rep(12),
    ["a boolean that is 2"] = "40 01 65 B5 02",
    ["a boolean that is 2 in an array"] = "40 01 72 03 40 01 69 01 B5 01 02 01",
    ["a date past the year 9999"] = "40 01 65 97 00 40 37 F4 75 28 CA 2B",
    ["a qualified name of an undeclared prefix"] = "40 01 65 BD 12 0E",
    ["a qualified name of a prefix that only its sister declares"] = "40 01 65 40 01 66 09 01 73 01 75 01 BD 12 0E",
    ["a qualified name of a URI"] = "40 01 65 09 01 73 01 75 BD 12 04",
    ["a comment that ends itself"] = "40 01 65 02 03 2D 2D 3E 01",
    ["a comment that ends with a hyphen"] = "40 01 65 02 02 61 2D 01",
    ["a comment that is not UTF-8"] = "40 01 65 02 01 FF 01",
    ["an array of nothing"] = "40 01 72 03 40 01 69 01 8D 00 01",
    ["an array as the root of several"] = "03 40 01 69 01 8D 02 01 00 00 00 02 00 00 00",
    ["a list with an end record of the other kind"] = "40 01 65 A5 A6",
    ["an attribute after a text"] = "40 01 65 98 01 61 04 01 62 86 01",
    ["an attribute after a comment"] = "40 01 65 02 00 04 01 62 86 01",
  } do
    it("refuses " .. what .. (", which .NET may not"), function()
      assert.are.equal("invalid_format", refusal(hex.decode(bytes)).code)
    end)
  end

  it("refuses documents of the vectors cut short", function()
    local all = rows(ROOM .. "binary-vectors.tsv")
    for i = 1, #all, 3 do
      local row, bytes = all[i], base64(all[i][1])
      for len = 0, math.min(#bytes - 1, 24) do
        local text = probe.nbf_read(bytes:sub(1, len))
        assert.is_true(not text or not probe.xml_check(text, {}) or canonical(text) == canonical(row[2]:gsub("%s$", "")),
          row[3])
      end
    end
  end)

  it("writes a local time as the same moment in UTC", function()
    local ticks = 632834640000000000 -- 2006-05-17T00:00:00
    local bytes = {}
    for i = 1, 8 do
      bytes[i] = string.char(ticks % 256 + (i == 8 and 0x80 or 0))
      ticks = (ticks - ticks % 256) / 256
    end
    local text = assert(probe.nbf_read("\64\1e\151" .. table.concat(bytes)))
    assert.is_truthy(text:match "^<e>%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ</e>$", text)
  end)

  it("holds the quotas of the text reader before it takes memory", function()
    local deep = ("\64\1a"):rep(33) .. ("\1"):rep(33)
    local err = refusal(deep)
    assert.are.equal("quota_exceeded", err.code)
    assert.is_truthy(err.message:find("nested too deeply (the limit is 32)", 1, true))
    assert.is_string(probe.nbf_read(deep, { depth = 33 }))
    local array = "\64\1r\3\64\11aaaaaaaaaaa\1\181\128\8" .. ("\1"):rep(1024) .. "\1"
    err = refusal(array, { document = 16384 })
    assert.are.equal("quota_exceeded", err.code)
    assert.is_truthy(err.message:find("longer as text than 16384 bytes", 1, true))
    assert.is_string(probe.nbf_read(array, { document = 32768 }))
  end)

  it("says at which byte a record is wrong, and shows none of it", function()
    local err = refusal "\64\1e\127"
    assert.are.equal("byte 3: a record of a type that there is not", err.message)
  end)
end)
