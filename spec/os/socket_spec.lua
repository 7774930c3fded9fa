local core = require "wws.core"

local function pair()
  local listener = assert(core.listen("127.0.0.1", 0))
  local client = assert(core.connect("127.0.0.1", listener:port()))
  local server
  repeat server = listener:accept() until server
  repeat until client:connected()
  listener:close()
  return client, server
end

describe("os: sockets", function()
  it("never wait", function()
    local listener = assert(core.listen("127.0.0.1", 0))
    assert.same({ nil, "again" }, { listener:accept() })
    local client, server = pair()
    assert.same({ nil, "again" }, { client:read(10) })
    local sent = 0
    local count, why
    repeat
      count, why = client:write(("x"):rep(100000), 0)
      sent = sent + (count or 0)
    until not count
    assert.equal("again", why)
    assert.is_true(sent > 0)
    server:close()
    client:close()
    listener:close()
  end)

  it("go on with a write where it stopped", function()
    local client, server = pair()
    assert.equal(6, client:write("abcdef", 3))
    local bytes
    repeat bytes = server:read(100) until bytes
    assert.equal("def", bytes)
    assert.equal(0, client:write("", 0))
    assert.has_error(function() client:write("abc", 4) end)
  end)

  it("know both families", function()
    for _, address in ipairs { "127.0.0.1", "::1" } do
      local listener = assert(core.listen(address, 0))
      assert.is_true(listener:port() > 0)
      assert(core.connect(address, listener:port())):close()
      listener:close()
    end
    assert.is_true(core.is_address("127.0.0.1"))
    assert.is_true(core.is_address("fe80::1"))
    assert.is_false(core.is_address("localhost"))
    assert.is_false(core.is_address("*"))
  end)

  it("are closed once and for all", function()
    local client, server = pair()
    client:close()
    client:close()
    assert.equal(0, client:port())
    assert.same({ nil, "aborted" }, { client:read(1) })
    assert.same({ nil, "closed" }, { client:write("x", 0) })
    assert.same({ nil, "closed" }, { client:accept() })
    server:close()
  end)

  it("find the addresses of a name, or say that there are none", function()
    local found = {}
    for _, address in ipairs(assert(core.resolve("localhost"))) do found[address] = true end
    assert.is_true(found["127.0.0.1"] or found["::1"])
    assert.same({ nil, "host not found" }, { core.resolve("no such host") })
    assert.same({ nil, "host not found" }, { core.resolve("*") })
  end)

  it("refuse what is no port", function()
    assert.has_error(function() core.connect("127.0.0.1", 65536) end)
    assert.has_error(function() core.listen("127.0.0.1", -1) end)
  end)
end)

describe("os: polling", function()
  local function wait(poll, seconds)
    local events, found = {}, {}
    for i = 1, 3 * poll:wait(seconds, events), 3 do
      found[events[i]] = (events[i + 1] and "r" or "") .. (events[i + 2] and "w" or "")
    end
    return found
  end

  it("tells each change of readiness once, to whom it belongs", function()
    local poll = assert(core.poll())
    local client, server = pair()
    assert.is_true(poll:add(client, 7))
    assert.is_true(poll:add(server, 2 ^ 40))
    assert.is_true(poll:add(server, 2 ^ 40)) -- again is fine
    assert.same({ [7] = "w", [2 ^ 40] = "w" }, wait(poll, 1))
    assert.same({}, wait(poll, 0))
    client:write("x", 0)
    assert.equal("rw", wait(poll, 1)[2 ^ 40])
    client:close()
    assert.equal("rw", wait(poll, 1)[2 ^ 40])
    poll:remove(server)
    server:close()
    assert.same({}, wait(poll, 0))
    assert.is_false(poll:add(server, 1))
  end)

  it("gives a forked child a set of its own", function()
    local probe = require "wws.probe"
    local poll = assert(core.poll())
    local client, server = pair()
    poll:add(client, 1)
    wait(poll, 1)
    local generation = poll:generation()
    local status = probe.fork(function()
      assert(poll:generation() ~= generation)
      poll:add(server, 2)
      assert(wait(poll, 1)[2] == "w" and not wait(poll, 0)[1])
    end)
    assert.equal(0, status)
    assert.equal(generation, poll:generation())
    assert.same({}, wait(poll, 0)) -- the child's socket is not the parent's
    client:close()
    server:close()
  end)
end)
