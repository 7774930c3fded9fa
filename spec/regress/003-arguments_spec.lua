local world = require "spec.support.world"

describe("regress: arguments of a channel's calls", function()
  local host, channel
  before_each(function()
    local url
    host, url = world.host()
    channel = world.channel()
    assert(channel:open(url))
    assert(channel:request(world.ADD, world.BODY))
  end)
  after_each(function()
    channel:close()
    host:close()
  end)

  it("raise for a wrong type, and the connection stays (attack G3)", function()
    for _, arguments in ipairs {
      { nil, world.BODY }, { 5, world.BODY }, { world.ADD, 5 }, { world.ADD, world.BODY, 5 },
      { world.ADD, world.BODY, { headers = "x" } }, { world.ADD, world.BODY, { headers = { 5 } } },
      { world.ADD, world.BODY, { understands = { {} } } }, { world.ADD, world.BODY, { message_id = 5 } },
      { world.ADD, world.BODY, { to = true } }, { world.ADD, world.BODY, { timeout = 0 / 0 } },
    } do
      local ok, err = pcall(channel.request, channel, arguments[1], arguments[2], arguments[3])
      assert.is_false(ok)
      assert.is_string(err)
      assert.is_nil(err:find("bad argument", 1, true))
    end
    assert(channel:request(world.ADD, world.BODY))
    assert.equal(1, host:info().accepted)
  end)

  it("name an option that a message does not have", function()
    local reply, err = channel:request(world.ADD, world.BODY, { header = { "<a/>" } })
    assert.is_nil(reply)
    assert.equal("invalidarg", err.code)
    assert.equal("header", err.got)
  end)

  it("are read without metamethods where a fault is given (attack G3)", function()
    local raised
    local other = world.host({}, { ["urn:f"] = function()
      return nil, setmetatable({ reason = "none of yours" }, { __index = function(_, name) raised = name end })
    end })
    local caller = world.channel()
    assert(caller:open(other.urls[1]))
    local _, err = caller:request("urn:f", "<a/>")
    assert.equal("none of yours", err.fault.reason)
    assert.is_nil(raised)
    caller:close()
    other:close()
  end)

  it("say whole numbers as such", function()
    assert.equal("1", tostring(host:info().established))
    assert.equal("65536", tostring(channel:get "max_buffered_message_size"))
  end)

  it("close what shows the context, and leave the context alone", function()
    local context = channel:security_context()
    assert.equal("active", context:info().state)
    assert.is_true(context:close())
    assert.equal("closed", context:info().state)
    assert.equal("active", channel:security_context():info().state)
  end)
end)
