local probe = require("wws.probe")

-- RFC 4648 section 10
local VECTORS = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=",
                  foobar = "Zm9vYmFy" }

describe("base: base64", function()
  it("writes and reads RFC 4648's vectors", function()
    for bytes, text in pairs(VECTORS) do
      assert.equal(text, probe.base64_write(bytes))
      assert.equal(bytes, probe.base64_read(text))
    end
  end)

  it("reads what it wrote, for every length and every byte", function()
    local all = {}
    for byte = 0, 255 do all[#all + 1] = string.char(byte) end
    local bytes = table.concat(all)
    for len = 0, 255 do
      assert.equal(bytes:sub(1, len), probe.base64_read(probe.base64_write(bytes:sub(1, len))))
    end
  end)

  it("skips XML's white space anywhere", function()
    assert.equal("foobar", probe.base64_read(" \tZm9v\r\nYmFy\n"))
    assert.equal("f", probe.base64_read("Z g\n=\n=\n"))
    assert.equal("", probe.base64_read(" \n"))
  end)

  local WRONG = {
    ["a letter too few"] = { "Zm9vY", "Zm9vYm", "Zm9vYmE", "Z" },
    ["wrong padding"] = { "Zg=", "Zg===", "=", "====", "Zm9v=", "Zm9v====" },
    ["letters behind the padding"] = { "Zg==Zg==", "Zg=g", "Zm8=Zm9v", "Z=g=" },
    ["unused bits that are not zero"] = { "Zh==", "Zm9=", "Zm9vYh==" },
    ["letters of another alphabet"] = { "Zm9-", "Zm9_", "Zm9.", "Zm9\0", "Zm9\11v", "Zm\195\169v" },
  }
  for what, texts in pairs(WRONG) do
    it("refuses " .. what, function()
      for _, text in ipairs(texts) do
        local bytes, err = probe.base64_read(text)
        assert.is_nil(bytes)
        assert.equal("invalid_format", err.code)
      end
    end)
  end

  it("keeps the limit of the buffer", function()
    assert.equal("foobar", probe.base64_read("Zm9v" .. (" "):rep(100) .. "YmFy", 6))
    assert.equal("quota_exceeded", select(2, probe.base64_read("Zm9vYmFy", 5)).code)
    assert.equal("quota_exceeded", select(2, probe.base64_write("foobar", 7)).code)
    assert.equal("Zm9vYmFy", probe.base64_write("foobar", 8))
  end)

  it("leaves nothing behind when memory is refused", function()
    local before = probe.blocks()
    probe.memory(0)
    local read, read_err = probe.base64_read("Zm9v")
    local written, write_err = probe.base64_write("foo")
    probe.memory()
    assert.is_nil(read)
    assert.is_nil(written)
    assert.equal("outofmemory", read_err.code)
    assert.equal("outofmemory", write_err.code)
    assert.equal(before, probe.blocks())
  end)
end)
