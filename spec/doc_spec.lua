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

  it("name every property of channels and listeners, each with its meaning", function()
    local text = doc.markdown()
    local _, _, _, properties = describe_of.bindings()
    for name, row in pairs(properties) do
      assert.is_truthy(row.text, name)
      assert.is_truthy(text:find("| `" .. name .. "` | [^\n]* | " .. row.text:gsub("%p", "%%%0") .. " |"), name)
    end
    assert.same({ client = 30, server = 15 }, { client = properties.connect_timeout.defaults.channel,
      server = properties.connect_timeout.defaults.listener })
    assert.equal(65536, properties.max_buffered_message_size.default)
    assert.same({ "4", "6", "auto" }, properties.ip_version.values)
    assert.same({ "raw" }, properties.encoding.later_values)
    assert.is_true(properties.faults_as_errors.settable)
    assert.same({ "listener" }, properties.listen_backlog.sides)
    assert.is_truthy(text:find("| channel `30`, listener `15` |", 1, true))
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

describe("the reference", function()
  it("has every module that says it is one, and no other", function()
    local settings = {}
    local text = assert(io.open(".ldoc")):read "*a"
    local chunk = setfenv and assert(loadstring(text)) or assert(load(text, ".ldoc", "t", settings)) -- luacheck: ignore 113
    if setfenv then setfenv(chunk, settings) end -- luacheck: ignore 113
    chunk()
    table.sort(settings.file)
    local modules, found = {}, assert(io.popen("grep -rl -- '^-- @module' lua | LC_ALL=C sort"))
    for path in found:lines() do modules[#modules + 1] = path end
    found:close()
    assert.same(modules, settings.file)
  end)

  -- The blocks of LDoc with what stands below each.
  local function blocks_of(path)
    local blocks, block = {}, nil
    for line in io.lines(path) do
      if line:find "^%-%-%- " then block = {} end
      if block and line:find "^%-%-" then
        block[#block + 1] = line
      elseif block then
        blocks[#blocks + 1] = { text = table.concat(block, "\n"), below = line }
        block = nil
      end
    end
    return blocks
  end

  it("says of every function what it performs, and of every error which it can be", function()
    local count = 0
    for path in assert(io.open(".ldoc")):read("*a"):gmatch '"(lua/wws/%l[%w_]*%.lua)"' do
      for _, block in ipairs(blocks_of(path)) do
        local name = block.text:match "@function ([%w_.:]+)" or block.below:match "^function ([%w_.:]+)"
        if name and not path:find "/d[or][ci]" and not block.text:find "@local" then
          count = count + 1
          local where = path .. ": " .. name
          assert.is_truthy(block.text:find("\n-- @source %S"), where)
          assert.is_nil(block.text:find("@treturn[2] table the error\n", 1, true), where)
        end
      end
    end
    assert.is_true(count > 60)
  end)

  it("names every option of channels and listeners that is no property", function()
    local text = assert(io.open("lua/wws/init.lua")):read "*a"
    for path, name in pairs { ["csrc/lua/channel_args.c"] = "channel", ["csrc/lua/listener_lua.c"] = "listener" } do
      local block = assert(text:match("@function " .. name .. "\n(.-)\nwws%."))
      for option in assert(io.open(path)):read("*a"):match("%[%] = {([^}]-)NULL}"):gmatch '"([%w_]+)"' do
        assert.is_truthy(option == "env" or block:find("`" .. option .. "`", 1, true), name .. ": " .. option)
      end
    end
  end)
end)
