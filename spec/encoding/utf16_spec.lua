local probe = require "wws.probe"

-- What iconv makes of "<a>é€😀</a>".
local TEXT = "<a>\195\169\226\130\172\240\159\152\128</a>"
local LE = "<\0a\0>\0\233\0\172 =\216\0\222<\0/\0a\0>\0"
local BE = "\0<\0a\0>\0\233 \172\216=\222\0\0<\0/\0a\0>"

local function pieces(bytes, size)
  local list = {}
  for first = 1, #bytes, size do list[#list + 1] = bytes:sub(first, first + size - 1) end
  return list
end

local function refused(is_big, bytes, sentence)
  for _, size in ipairs { 1, math.max(#bytes, 1) } do
    local text, err = probe.utf16(is_big, pieces(bytes, size))
    assert.is_nil(text)
    assert.are.equal("invalid_format", err.code)
    assert.matches(sentence, err.message, 1, true)
  end
end

describe("encoding: UTF-16", function()
  it("becomes UTF-8, all at once and in any pieces", function()
    for size = 1, #LE do
      assert.are.equal(TEXT, probe.utf16(false, pieces(LE, size)))
      assert.are.equal(TEXT, probe.utf16(true, pieces(BE, size)))
    end
    assert.are.equal("", probe.utf16(true, {}))
  end)

  it("is made of UTF-8", function()
    assert.are.equal(LE, probe.charset_encode(TEXT, "utf-16le"))
    assert.are.equal(BE, probe.charset_encode(TEXT, "UTF-16BE"))
    assert.are.equal(TEXT, probe.charset_encode(TEXT, "utf-8"))
  end)

  it("holds the ends of every plane", function()
    for _, c in ipairs { "\127", "\194\128", "\223\191", "\224\160\128", "\237\159\191", "\238\128\128",
      "\239\191\189", "\240\144\128\128", "\244\143\191\191" } do
      local long = c:rep(700)
      for _, name in ipairs { "utf-16le", "utf-16be" } do
        local bytes = assert(probe.charset_encode("<" .. long, name))
        assert.are.equal("<" .. long, probe.charset_decode(bytes .. "", name))
      end
    end
  end)

  it("has no lone surrogates and no half units (attack A4)", function()
    refused(true, "\216\0\0a", "surrogate")
    refused(true, "\220\0\0a", "surrogate")
    refused(true, "\216\0\216\0", "surrogate")
    refused(true, "\0a\216\0", "surrogate")
    refused(false, "a\0b", "middle")
  end)

  it("counts in bytes against the limit", function()
    assert.are.equal("a\0b\0", probe.charset_encode("ab", "utf-16le", 4))
    local bytes, err = probe.charset_encode("ab", "utf-16le", 3)
    assert.is_nil(bytes)
    assert.are.equal("quota_exceeded", err.code)
  end)

  it("survives every allocation that fails", function()
    local long = ("x"):rep(3000)
    local wide = assert(probe.charset_encode("<a>" .. long .. "</a>", "utf-16be"))
    local before = probe.blocks()
    for limit = 0, 40 do
      probe.memory(limit)
      local text, err = probe.charset_decode(wide)
      probe.memory()
      assert.is_true(text ~= nil or err.code == "outofmemory")
      if text then assert.are.equal("<a>" .. long .. "</a>", text) end
    end
    collectgarbage()
    assert.is_true(probe.blocks() <= before + 2)
  end)
end)
