local world = require "spec.support.world"

describe("regress: a channel that the collector took before the user's finalizer", function()
  it("says that it is closed, and closes once more", function()
    local host, url = world.host()
    local channel = world.channel()
    assert(channel:open(url))
    assert(channel:request(world.ADD, world.BODY))
    getmetatable(channel).__gc(channel)
    assert.equal("closed", channel:state())
    assert.is_true(channel:close())
    assert.equal("wws.channel: closed", tostring(channel))
    host:close()
  end)

  it("answers every other method with an error (attack G1)", function()
    local host, url = world.host()
    local channel = world.channel()
    assert(channel:open(url))
    assert(channel:request(world.ADD, world.BODY))
    local context = channel:security_context()
    local identifier = context and context:get "identifier"
    getmetatable(channel).__gc(channel)
    for name, arguments in pairs {
      open = { url }, request = { world.ADD, world.BODY }, send = { world.ADD, world.BODY }, receive = {}, reset = {},
      get = { "encoding" }, set = { "send_timeout", 1 }, security_context = {},
    } do
      local value, err = channel[name](channel, (table.unpack or unpack)(arguments)) -- luacheck: ignore 143
      assert.is_nil(value)
      assert.equal("invalid_operation", err.code, name)
    end
    channel:abort()
    if context then
      assert.same({ identifier = identifier, state = "closed" }, context:info())
      getmetatable(context).__gc(context)
      assert.is_true(context:close())
    end
    host:close()
  end)
end)

describe("regress: a listener that the collector took before the user's finalizer", function()
  it("answers with errors and closes", function()
    local listener = assert(require("wws").listener { url = "http://localhost/x" })
    getmetatable(listener).__gc(listener)
    for name, arguments in pairs { open = { "http://localhost:0/x" }, accept = {}, get = { "encoding" }, info = {},
      handle = { { method = "POST", path = "/x", headers = {}, body = "" } } } do
      local value, err = listener[name](listener, (table.unpack or unpack)(arguments)) -- luacheck: ignore 143
      assert.is_nil(value)
      assert.equal("invalid_operation", err.code, name)
    end
    assert.is_true(listener:close())
    assert.is_string(tostring(listener))
  end)
end)
