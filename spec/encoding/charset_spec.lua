local probe = require "wws.probe"

local function wide(text, name) return assert(probe.charset_encode(text, name)) end

local LE_MARK, BE_MARK = "\255\254", "\254\255"

local function refused(bytes, said, sentence)
  local text, err = probe.charset_decode(bytes, said)
  assert.is_nil(text)
  assert.are.equal("invalid_format", err.code)
  assert.matches(sentence, err.message, 1, true)
  return err
end

describe("encoding: charsets", function()
  local le, be = wide("<a/>", "utf-16le"), wide("<a/>", "utf-16be")

  it("are told by HTTP, a mark or the first markup", function()
    for _, case in ipairs {
      { "<a/>" }, { "<a/>", "utf-8" }, { "<a/>", "UTF-8" },
      { le }, { le, "utf-16le" }, { le, "utf-16" }, { LE_MARK .. le }, { LE_MARK .. le, "utf-16" },
      { LE_MARK .. le, "UTF-16LE" },
      { be }, { be, "utf-16be" }, { be, "utf-16" }, { BE_MARK .. be }, { BE_MARK .. be, "utf-16" },
      { BE_MARK .. be, "utf-16be" },
    } do
      assert.are.equal("<a/>", probe.charset_decode(case[1], case[2]))
    end
  end)

  it("leave UTF-8 as it is, mark and declaration included", function()
    local text = '\239\187\191<?xml version="1.0" encoding="utf-8"?><a/>'
    assert.are.equal(text, probe.charset_decode(text, "utf-8"))
    assert.are.equal("", probe.charset_decode(""))
  end)

  it("are never those of the document against HTTP's", function()
    refused(le, "utf-8", "content type")
    refused(LE_MARK .. le, "utf-8", "content type")
    refused(be, "utf-16le", "content type")
    refused(BE_MARK .. be, "utf-16le", "content type")
    local err = refused("<a/>", "utf-16", "content type")
    assert.are.equal("utf-16", err.expected)
    assert.matches("utf-8", err.got, 1, true)
    refused("\239\187\191<a/>", "utf-16be", "content type")
    refused("", "utf-16le", "content type")
  end)

  it("agree with the declaration", function()
    for _, named in ipairs { "utf-16", "UTF-16LE" } do
      local text = ('<?xml version="1.0" encoding="%s"?><a/>'):format(named)
      assert.are.equal("<a/>", probe.charset_decode(wide(text, "utf-16le")))
    end
    assert.are.equal("<a/>", probe.charset_decode(wide('<?xml version="1.0"?><a/>', "utf-16be")))
    for _, named in ipairs { "utf-8", "utf-16be", "iso-8859-1" } do
      local text = ('<?xml version="1.0" encoding="%s"?><a/>'):format(named)
      local err = refused(wide(text, "utf-16le"), nil, "declaration")
      assert.are.equal("utf-16LE", err.expected)
      assert.are.equal(named, err.got)
    end
  end)
end)
