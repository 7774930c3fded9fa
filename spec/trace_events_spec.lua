-- What a trace function is told of a conversation, on both sides of it.
local world = require "spec.support.world"
local wws = require "wws"

describe("trace events", function()
  it("are flat tables that say when, who, what, how much, and of which context", function()
    local events = {}
    local scene = world.scene { both = { trace = function(event) events[#events + 1] = event end } }
    local channel = scene:connect { trace = function(event) events[#events + 1] = event end }
    assert(channel:request(world.ADD, world.BODY))
    local identifier = channel:security_context():get("identifier")
    channel:close()
    scene:close()
    local seen = {}
    for _, event in ipairs(events) do
      assert.is_true(math.abs(event.time - scene.env:time()) < 60)
      assert.is_truthy(event.side == "client" or event.side == "server")
      assert.equal("string", type(event.step))
      for _, value in pairs(event) do assert.is_truthy(({ string = true, number = true, boolean = true })[type(value)]) end
      local name = ("%s %s %s"):format(event.side, event.step, event.direction or "-")
      seen[name] = event
      if event.direction then
        assert.is_true(event.bytes > 0)
        assert.is_truthy(event.message:find("Envelope", 1, true), name)
        assert.equal("string", type(event.action))
      end
    end
    for _, name in ipairs { "client establish out", "client establish in", "client request out", "client reply in",
                            "client cancel out", "client cancel in", "server request in", "server establish out",
                            "server reply out", "server cancel out" } do
      assert.is_truthy(seen[name], name)
    end
    assert.equal(world.ADD, seen["client request out"].action)
    assert.equal(world.ADD .. "Response", seen["client reply in"].action)
    for _, name in ipairs { "client request out", "client reply in", "client cancel out", "server request in",
                            "server reply out", "server cancel out" } do
      assert.equal(identifier, seen[name].context, name)
    end
    assert.is_truthy(seen["client request out"].message:find("<a>1</a>", 1, true)) -- decrypted
  end)

  it("go to a file, line by line, as JSON", function()
    local path = os.tmpname()
    local write = assert(wws.trace.jsonl(path))
    local scene = world.scene()
    local channel = scene:connect { trace = write }
    assert(channel:request(world.ADD, world.BODY))
    channel:close()
    scene:close()
    local count = 0
    for line in io.lines(path) do
      count = count + 1
      assert.is_truthy(line:find('^{"time":%d+%.?%d*,"side":"client","step":"[%w_]+"'), line)
      assert.equal("}", line:sub(-1))
      assert.is_nil(line:find(world.PASSWORDS.alice, 1, true))
    end
    os.remove(path)
    assert.is_true(count >= 6)
  end)
end)
