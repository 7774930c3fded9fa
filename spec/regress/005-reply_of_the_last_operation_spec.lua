local blocking = require "wws.io.blocking"
local world = require "spec.support.world"

describe("regress: an operation that closes its host", function()
  it("still answers, once", function()
    local host, calls, reply, err = nil, 0, nil, nil
    host = world.host({}, { ["urn:stop"] = function()
      calls = calls + 1
      host:close()
      return "<bye/>", "urn:stopped"
    end })
    local channel = world.channel()
    assert(channel:open(host.urls[1]))
    assert(channel:request(world.ADD, world.BODY))
    local done
    blocking.spawn(function()
      reply, err = channel:request("urn:stop", "<x/>")
      done = true
    end)
    local deadline = blocking.now() + 5
    while not done and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.01) end
    assert(reply, err)
    assert.equal("urn:stopped", reply.action)
    assert.equal(1, calls)
    channel:abort()
  end)
end)
