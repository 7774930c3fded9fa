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
end)
