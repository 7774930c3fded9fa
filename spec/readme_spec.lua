-- The README says what is so: its table is the one printed from the C tables, and its first snippet runs as typed.
local world = require "spec.support.world"
local certs = require "spec.support.certs"

local function readme()
  local file = assert(io.open("README.md"))
  local text = file:read("*a")
  file:close()
  return text
end

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

describe("readme", function()
  it("has the bindings as wws.doc prints them", function()
    assert.is_truthy(readme():find(trim(require("wws.doc").overview()), 1, true),
      "the bindings table is not what require('wws.doc').overview() prints now: make tables")
  end)

  it("has a first snippet that runs", function()
    world.PASSWORDS.alice = "secret"
    local host, url = world.host()
    local snippet = assert(readme():match("```lua\n(.-)```"))
    local replaced
    snippet, replaced = snippet:gsub('"ca%.pem"', ("%q"):format(certs.ca))
    assert.equal(2, replaced)
    snippet, replaced = snippet:gsub('"https://localhost:8443/calculator"', ("%q"):format(url))
    assert.equal(1, replaced)
    local printed = {}
    local environment = setmetatable({ print = function(...) printed[#printed + 1] = table.concat({ ... }, "\t") end },
      { __index = _G })
    local chunk
    if setfenv then -- luacheck: ignore 113
      chunk = setfenv(assert(loadstring(snippet)), environment) -- luacheck: ignore 113
    else
      chunk = assert(load(snippet, "snippet", "t", environment))
    end
    chunk()
    assert.is_truthy(printed[1]:find("<AddResult>3</AddResult>", 1, true))
    assert.equal(0, host:info().active_contexts)
    host:close()
    world.PASSWORDS.alice = "Password-alice"
  end)

  it("names make targets that exist", function()
    local makefile = io.open("Makefile"):read("*a")
    for target in readme():gmatch("`make ([a-z]+)`") do
      assert.is_truthy(makefile:find("\n" .. target .. ":", 1, true), "make " .. target)
    end
  end)

  it("names every example, as examples/README.md does, and none that is not there", function()
    local there = {}
    local names = io.popen("ls examples/*.lua")
    for path in names:lines() do there[path:match "([^/]+)%.lua$"] = true end
    names:close()
    local file = assert(io.open("examples/README.md"))
    local scenarios = file:read("*a")
    file:close()
    for name in pairs(there) do
      assert.is_truthy(readme():find("| `" .. name .. "` | ", 1, true), name)
      assert.is_truthy(scenarios:find("`" .. name .. "`", 1, true) or scenarios:find("`" .. name:sub(1, 2) .. "`", 1, true), name)
    end
    for name in (readme() .. scenarios):gmatch "`(%d%d_[%w_]+)`" do assert.is_true(there[name], name) end
  end)
end)
