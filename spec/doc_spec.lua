local doc = require "wws.doc"
local describe_of = require "wws.describe"

describe("wws.doc: the reference tables", function()
  it("name every binding, setting, field and enumeration", function()
    local text = doc.markdown()
    local bindings, settings, enumerations = describe_of.bindings()
    for name, binding in pairs(bindings) do
      assert.is_truthy(text:find("### `" .. name .. "`", 1, true))
      for setting in pairs(binding.settings) do assert.is_truthy(text:find("| `" .. setting .. "` |", 1, true)) end
      for field in pairs(binding.fields) do assert.is_truthy(text:find("| `" .. field .. "` |", 1, true)) end
    end
    for name in pairs(settings) do assert.is_truthy(text:find("| `" .. name .. "` |", 1, true)) end
    for name in pairs(enumerations) do assert.is_truthy(text:find("| `" .. name .. "` |", 1, true)) end
  end)

  it("show defaults as one writes them", function()
    local text = doc.markdown()
    assert.is_truthy(text:find("| client `36000`, server `54000` |", 1, true))
    assert.is_truthy(text:find('| `{ "revocation_offline" }` |', 1, true))
    assert.is_truthy(text:find('| `"february_2005"` |', 1, true))
    assert.is_truthy(text:find("| `false` | client |", 1, true))
  end)

  it("keep rows on one line, with as many cells as their head", function()
    local cells
    for line in (doc.markdown() .. "\n"):gmatch("(.-)\n") do
      local count = select(2, line:gsub("|", ""))
      if count == 0 then cells = nil end
      cells = cells or (count > 0 and count or nil)
      assert.equal(cells or 0, count, line)
    end
  end)

  it("are the same at every printing", function()
    assert.equal(doc.markdown(), doc.markdown())
    assert.is_truthy(doc.markdown():find(doc.overview(), 1, true))
  end)
end)
