local probe = require("wws.probe")

describe("base: UTF-8 for XML", function()
  it("takes what XML 1.0 allows", function()
    for _, text in ipairs { "", "plain\t\r\n", "\127", "\194\128", "\223\191", "\224\160\128", "\237\159\191",
                            "\238\128\128", "\239\191\189", "\240\144\128\128", "\244\143\191\191", "gr\195\188n" } do
      assert.is_true(probe.utf8_is_xml(text))
    end
  end)

  local REFUSED = {
    ["control characters"] = { "\0", "\1", "\8", "\11", "\31", "a\0b" },
    ["overlong forms"] = { "\192\128", "\193\191", "\224\128\128", "\224\159\191", "\240\128\128\128",
                           "\240\143\191\191" },
    ["surrogates"] = { "\237\160\128", "\237\191\191" },
    ["the two that are no characters"] = { "\239\191\190", "\239\191\191" },
    ["what lies past U+10FFFF"] = { "\244\144\128\128", "\245\128\128\128", "\255" },
    ["characters cut short"] = { "\194", "\224\160", "\240\144\128", "\194a", "\224\160a", "\128", "a\191" },
  }
  for what, texts in pairs(REFUSED) do
    it("refuses " .. what, function()
      for _, text in ipairs(texts) do assert.is_false(probe.utf8_is_xml(text)) end
    end)
  end
end)
