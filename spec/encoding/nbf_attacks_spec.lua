--- Binary XML made to hurt (attacks E1, E4, E5, E8): each is refused before it takes memory, whole and by its first bytes.
local probe = require "wws.probe"
local hex = require "spec.support.hex"

local function refusal(bytes, limits)
  local text, err = probe.nbf_read(bytes, limits)
  if text then
    local ok
    ok, err = probe.xml_check(text, limits or {})
    assert.is_nil(ok, text)
  end
  return err.code
end

describe("encoding: binary XML that attacks", function()
  for what, bytes in pairs {
    ["a name of 2^31-1 bytes (E4)"] = "40 FF FF FF FF 07 61",
    ["a name of more than 31 bits (E4)"] = "40 FF FF FF FF 0F 61",
    ["a length of six bytes (E4)"] = "40 80 80 80 80 80 00 61",
    ["a length that never ends (E4)"] = "40 80 80 80 80 80 80 80 80 80 80",
    ["a text of 2^31-1 bytes (E4)"] = "40 01 65 9D FF FF FF 7F 61",
    ["a text of -1 bytes (E4)"] = "40 01 65 9D FF FF FF FF 61",
    ["a text of -2^31 bytes (E4)"] = "40 01 65 9D 00 00 00 80 61",
    ["base64 of -1 bytes (E4)"] = "40 01 65 A3 FF FF FF FF 61",
    ["UTF-16 of -1 bytes (E4)"] = "40 01 65 BB FF FF FF FF 61",
    ["a name of the dictionary that is not in it (E4)"] = "42 FE FF 03 01",
    ["a name of a session where there is none (E4)"] = "42 01 01",
    ["a text of the dictionary that is not in it (E4)"] = "40 01 65 AA FE FF 03 01",
    ["an array in an array (E4)"] = "40 01 72 03 03 40 01 69 01 8D 01 00 00 00 00 01",
    ["an array of 2^31-1 integers (E4)"] = "40 01 72 03 40 01 69 01 8D FF FF FF FF 07 00 00 00 00",
    ["an array of 2^29 integers, 2^31 bytes (E4)"] = "40 01 72 03 40 01 69 01 8D 80 80 80 80 02 00 00 00 00",
    ["an array of texts (E4)"] = "40 01 72 03 40 01 69 01 99 01 01 61 01",
    ["an array of nothing (E4)"] = "40 01 72 03 40 01 69 01 8D 00 01",
    ["an end without a start (E4)"] = "01",
    ["a text with its end before any element (E4)"] = "99 01 61",
    ["a list that never ends (E4)"] = "40 01 65 A4 98 01 61",
    ["a list in a list (E4)"] = "40 01 65 A4 A4 98 01 61 A6 A6 01",
    ["half a character at a record's end (E4)"] = "40 01 65 98 01 C3 98 01 A9 01",
    ["UTF-8 longer than it need be (E4)"] = "40 01 65 99 02 C0 80",
    ["a decimal of scale 255 (E4)"] = "40 01 65 95 00 00 FF 00" .. (" FF"):rep(12),
  } do
    it("is refused: " .. what, function()
      bytes = hex.decode(bytes)
      for len = 0, #bytes do
        local code = refusal(bytes:sub(1, len))
        assert.is_true(code == "invalid_format" or code == "quota_exceeded", code)
      end
    end)
  end

  it("is refused: an end after the end (E4)", function()
    assert.equal("invalid_format", refusal "\64\1e\1\1")
  end)

  it("has no type of record but those of the specification (E4)", function()
    local refused = 0
    for record = 0, 255 do
      local err = select(2, probe.nbf_read("\64\1e" .. string.char(record)))
      if err and err.message:find("a record of a type that there is not", 1, true) then refused = refused + 1 end
    end
    -- 0x01 to 0x77 are elements, attributes and what stands between; texts are 0x80 to 0xBD, but lists end no element
    assert.equal(256 - 0x77 - (0xBD - 0x80 + 1 - 2), refused)
  end)

  -- Text and binary come to the same tree under the same limits (E1, E8): what is at the cap is read, one more is not.
  local function element(inside) return "\64\1a" .. inside .. "\1" end
  for what, case in pairs {
    ["elements within elements"] = { { depth = 8 }, ("\64\1a"):rep(8) .. ("\1"):rep(8), ("\64\1a"):rep(9) .. ("\1"):rep(9) },
    ["attributes"] = { { attributes = 2 }, element "\4\1b\134\4\1c\134", element "\4\1b\134\4\1c\134\4\1d\134" },
    ["a name"] = { { name = 8 }, "\64\8aaaaaaaa\1", "\64\9aaaaaaaaa\1" },
  } do
    it("is held to the limits of text: " .. what, function()
      local text = assert(probe.nbf_read(case[2], case[1]))
      assert(probe.xml_check(text, case[1]))
      assert.equal("quota_exceeded", refusal(case[3], case[1]))
    end)
  end

  it("lets no session's dictionary grow past its bytes or its entries (E5)", function()
    local session = probe.nbf_session(64)
    local most = string.char(64) .. "\63" .. ("a"):rep(63) .. "\64\1a\1"
    assert(session:read(most))
    assert.equal("quota_exceeded", select(2, session:read "\3\2bb\64\1a\1").code)
    assert.equal("object_faulted", select(2, session:read "\0\64\1a\1").code)
    session = probe.nbf_session(64)
    for _ = 1, 4 do
      if not session:read("\64" .. ("\0"):rep(64) .. "\64\1a\1") then break end
    end
    local _, _, entries = session:count()
    assert.is_true(entries <= 64, tostring(entries))
  end)
end)
