local core = require "wws.core"
local wws = require "wws"

-- A channel that was asked to call, to be stepped by hand.
local function calling(options)
  local channel = assert(wws.channel(options or {}))
  assert(channel:open "http://localhost:8731/service")
  assert(core.channel.begin(channel, "urn:action", "<call/>", {}, false))
  return channel
end

-- Steps over events, of which there are some when it is traced.
local function step(channel, ...)
  local results = { channel:step(...) }
  while results[1] == "event" do results = { channel:step() } end
  return results
end

describe("lua: actions of a machine", function()
  it("say what to do, how long it may take, and what it is for", function()
    local channel = calling()
    local connect = step(channel)
    assert.same({ "connect", "localhost", 8731 }, { connect[1], connect[2], connect[3] })
    assert.equal("number", type(connect[4]))
    assert.equal("string", type(connect[5]))
    local write = step(channel)
    assert.equal("write", write[1])
    assert.is_truthy(write[2]:match "^POST /service HTTP/1.1\r\n")
    assert.equal("number", type(write[3]))
    local read = step(channel)
    assert.equal("read", read[1])
    assert.is_true(read[2] >= 1)
    assert.equal("string", type(read[4]))
  end)

  it("end with an error for what the driver met", function()
    for input, code in pairs { timeout = "operation_timed_out", broken = "endpoint_disconnected",
      ["end"] = "endpoint_disconnected" } do
      local channel = calling()
      step(channel)
      step(channel)
      step(channel)
      local results = step(channel, input, input == "broken" and "reset" or nil)
      while results[1] do results = step(channel) end
      assert.equal(code, results[2].code)
    end
  end)

  it("carry events when somebody traces", function()
    local channel = calling { trace = function() end }
    local op, event = channel:step()
    while op and op ~= "event" do op, event = channel:step() end
    assert.equal("event", op)
    assert.equal("client", event.side)
    assert.equal("string", type(event.step))
    assert.is_true(math.abs(event.time - os.time()) < 60)
  end)

  it("take no input but those there are", function()
    local channel = calling()
    assert.has_error(function() channel:step("nonsense") end)
    assert.has_error(function() channel:step(7) end)
    assert.has_error(function() channel:step("bytes", {}) end)
  end)
end)
