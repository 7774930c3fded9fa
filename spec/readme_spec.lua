-- The README says what is so: its table is the one printed from the C tables, and its first snippets run as typed.
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

  -- @tparam table changed what stands in the README, and what must stand there for once
  local function run(snippet, changed, environment)
    for from, to in pairs(changed) do
      local count
      snippet, count = snippet:gsub(from, function() return to end)
      assert.is_true(count > 0, from .. " is not in the snippet")
    end
    setmetatable(environment, { __index = _G })
    if setfenv then return setfenv(assert(loadstring(snippet)), environment)() end -- luacheck: ignore 113
    return assert(load(snippet, "snippet", "t", environment))()
  end

  it("has two first snippets, a client and its service, that run as typed", function()
    local client, service = readme():match("```lua\n(.-)```.-```lua\n(.-)```")
    local host = run(service, { ['"ca%.pem"'] = ("%q"):format(certs.server_pem), ["https://localhost:8443"] = "https://localhost:0",
      ['"key%.pem"'] = ("%q"):format(certs.server_key), ["host:run%(%)"] = "return host" }, {})
    local printed = {}
    run(client, { ['"ca%.pem"'] = ("%q"):format(certs.ca), ['"https://localhost:8443/calculator"'] = ("%q"):format(host.urls[1]) },
      { print = function(...) printed[#printed + 1] = table.concat({ ... }, "\t") end })
    assert.is_truthy(printed[1]:find("<AddResult>3</AddResult>", 1, true))
    assert.same({ 1, 1, 0 }, { host:info().established, host:info().cancelled, host:info().active_contexts })
    host:close()
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
