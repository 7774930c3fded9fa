-- The inside of wws.xml: memory that is refused, and nothing that is left behind.
local probe = require "wws.probe"

local VALUE = {
  name = "a", namespace = "urn:1", attributes = { x = 1, ["{urn:2}y"] = "z" },
  { name = "b", attributes = { ["{urn:3}y"] = "1", ["{urn:2}y"] = "2" }, ("text"):rep(1000), { name = "c", probe.null } },
}

-- Calls `body` with ever more allocations until it succeeds.
local function with_failures(body)
  local failures = 0
  for requests = 0, 200 do
    probe.memory(requests)
    local value, err = body()
    probe.memory(-1)
    if value then return value, failures end
    assert.equal("outofmemory", err.code)
    failures = failures + 1
  end
  error "it never succeeds"
end

describe("lua: xml_lua", function()
  local before

  local function blocks()
    collectgarbage()
    collectgarbage()
    return probe.blocks()
  end

  before_each(function() before = blocks() end)

  after_each(function()
    probe.memory(-1)
    assert.equal(before, blocks())
  end)

  it("survives every allocation failing once, both ways", function()
    local bytes, failures = with_failures(function() return probe.xml_encode(VALUE, 65536, 32, false) end)
    assert.is_true(failures > 2)
    local list
    list, failures = with_failures(function() return probe.xml_decode(bytes, 65536, 32, false, true) end)
    assert.is_true(failures > 0)
    assert.equal(VALUE[1][1], list[1][1][1])
  end)

  it("leaves nothing behind when it refuses", function()
    assert.is_nil(probe.xml_encode({ name = "a", { name = "b", "\0" } }, 65536, 32, false))
    assert.is_nil(probe.xml_encode({ name = "a", ("x"):rep(99) }, 50, 32, false))
    assert.is_nil(probe.xml_decode("<a><b></a>", 65536, 32, false, false))
    assert.has_error(function() probe.xml_encode(VALUE, 0, 32, false) end)
    assert.has_error(function() probe.xml_decode("<a/>", 10, 257, false) end)
  end)

  it("reads values that a finalizer changes while they are read", function()
    if _VERSION == "Lua 5.1" then return end -- finalizers of tables came with 5.2
    local value = { name = "a", attributes = { x = "1" }, { name = "b" }, "text", { name = "c", "text" } }
    local function meddle()
      value[1], value[3] = nil, nil
      value.attributes = nil
    end
    for _ = 1, 50 do setmetatable({}, { __gc = meddle }) end
    local pause = collectgarbage("setpause", 1)
    local ok, err = probe.xml_encode(value, 65536, 32, false)
    collectgarbage("setpause", pause)
    assert.is_true(ok ~= nil or err.code == "invalidarg")
  end)

  it("goes as deep as it may without using the stack for it", function()
    local document = ("<a>"):rep(256) .. ("</a>"):rep(256)
    local list = assert(probe.xml_decode(document, 65536, 256, true, false))
    assert.equal(document, probe.xml_encode(list, 65536, 256, true))
    assert.is_nil(probe.xml_encode({ { name = "a", list[1] } }, 65536, 256, true))
    assert.is_nil(probe.xml_decode("<a>" .. document .. "</a>", 65536, 256, true, false))
  end)

  it("joins text that comments interrupt in linear time", function()
    local count = 100000
    local list = assert(probe.xml_decode("<a>" .. ("x<!-- -->"):rep(count) .. "</a>", 2 ^ 24, 32, false, false))
    assert.equal(("x"):rep(count), list[1][1])
  end)
end)
