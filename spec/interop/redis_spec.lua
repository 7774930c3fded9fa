-- Security contexts in a real Redis, shared by listeners that could as well be on several machines.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local cluster = require "spec.support.cluster"
local needs = require "spec.support.needs"
local redis = require "spec.support.redis"
local wire = require "spec.support.wire"
local wws = require "wws"

local KEYS = { { id = "a", secret = ("k"):rep(32) } }
local HOUR = 3600

local function ask(server, words, options)
  local connection = require "wws.store.connection"
  local resp = require "wws.store.resp"
  local where = { host = "127.0.0.1", port = server.port }
  for name, value in pairs(options or {}) do where[name] = value end
  local deadline = blocking.now() + 10
  local link = assert(connection.open(blocking, where, deadline))
  assert(link:write(resp.command(words), deadline))
  local reply = assert(resp.read(link, deadline))
  link:close()
  return reply
end

describe("interop: Redis", function()
  if not needs(redis.missing()) then return end
  local server, two

  local function start(context, options, more)
    server = redis.start(more)
    two = cluster.new(2, function()
      local given = { host = "127.0.0.1", port = server.port, keys = KEYS, timeout = 5 }
      for name, value in pairs(options or {}) do given[name] = value end
      return assert(wws.store.redis(given))
    end, context)
  end

  after_each(function()
    if two then two:close() end
    if server then server:stop() end
    two, server = nil, nil
  end)

  it("a context established at one listener is used, renewed, revoked and cancelled at another", function()
    start { renewal_interval = HOUR }
    local client, requests = two:client { renewal_interval = HOUR / 2 }
    for at = 1, 2 do assert.equal(3, assert(two:call(client, at))) end
    two.env:advance(HOUR * 0.6)
    assert.equal(3, assert(two:call(client, 2)))
    assert.equal(1, two:info(2).renewals)
    assert.equal(3, assert(two:call(client, 1)))
    two.at = 1
    assert(client:close())
    assert.equal("BadContextToken", two:post(wire.last(requests, "Add"), 2).fault)
    local another = two:client()
    assert.equal(3, assert(two:call(another, 1)))
    assert(two.contexts[#two.contexts]:revoke())
    local sum, err = two:call(another, 2)
    assert.is_nil(sum)
    assert.equal("BadContextToken", err.fault.subcode:match "}(.*)")
    assert.equal(0, ask(server, { "ZCARD", "wws:{/calculator}:active" }))
  end)

  it("keeps under its own keys, sealed, with the context's own end", function()
    start({ renewal_interval = HOUR }, { prefix = "gateway" })
    assert.equal(3, assert(two:call((two:client()), 1)))
    local keys = ask(server, { "KEYS", "*" })
    table.sort(keys)
    assert.equal(2, #keys)
    assert.matches("^gateway:{/calculator}:active$", keys[1])
    assert.matches("^gateway:{urn:uuid:%x+%-[%x-]+}$", keys[2])
    local left = ask(server, { "PTTL", keys[2] }) / 1000
    assert.is_true(left > HOUR and left <= HOUR + 301)
    assert.is_nil(ask(server, { "GET", keys[2] }):find("alice", 1, true))
  end)

  it("holds the quotas over all listeners, and the unused give way in time", function()
    start { max_active_contexts = 3, max_pending_contexts = 2 }
    for at = 1, 2 do assert.equal(3, assert(two:call((two:client()), at))) end
    assert.equal(3, assert(two:call((two:client()), 1)))
    local sum, err = two:call((two:client()), 2)
    assert.is_nil(sum)
    assert.is_table(err.fault)
    assert.equal("max_active_contexts", two:info(2).last_error.property)
    ask(server, { "FLUSHALL" })
    for _ = 1, 2 do -- established and never used
      local lost, requests = two:client()
      requests.lose = "ICalculator/Add"
      assert.is_nil((two:call(lost, 1)))
    end
    assert.is_nil((two:call((two:client()), 2)))
    assert.equal("max_pending_contexts", two:info(2).last_error.property)
    two.env:advance(121)
    assert.equal(3, assert(two:call((two:client()), 2)))
  end)

  it("lets exactly one of two renewals through", function()
    start { renewal_interval = HOUR }
    local client, requests = two:client { renewal_interval = HOUR / 2 }
    assert.equal(3, assert(two:call(client, 1)))
    two.env:advance(HOUR * 0.6)
    requests.lose = "RST/SCT/Renew"
    assert.is_nil((two:call(client, 1)))
    requests.lose = nil
    local renew, statuses, over = wire.last(requests, "RST/SCT/Renew"), {}, blocking.queue()
    for i = 1, 2 do
      blocking.spawn(function()
        statuses[i] = wire.post(two.listeners[i], renew).status
        over:push(true)
      end)
    end
    for _ = 1, 2 do assert(over:pop(blocking.now() + 20)) end
    local renewals = two:info(1).renewals + two:info(2).renewals
    assert.is_true(renewals >= 1)
    table.sort(statuses)
    assert.equal(renewals == 2 and 200 or 500, statuses[2])
    assert.equal(3, assert(two:call(client, 2)))
  end)

  it("refuses while Redis is gone, and goes on with new contexts once it is back, empty", function()
    start()
    local client = two:client()
    assert.equal(3, assert(two:call(client, 1)))
    server:stop()
    local sum, err = two:call(client, 2)
    assert.is_nil(sum)
    assert.is_table(err.fault)
    assert.equal("endpoint_not_available", two:info(2).last_error.code)
    assert.equal("store", two:info(2).last_error.property)
    server:run()
    sum, err = two:call(client, 2)
    assert.is_nil(sum)
    assert.equal("BadContextToken", err.fault.subcode:match "}(.*)")
    assert.equal(3, assert(two:call(client, 2)))
  end)

  it("waits no longer than its timeout for a Redis that does not answer", function()
    start(nil, { timeout = 0.3 })
    local client = two:client()
    assert.equal(3, assert(two:call(client, 1)))
    local pid = ask(server, { "INFO", "server" }):match "process_id:(%d+)"
    os.execute("kill -STOP " .. pid)
    local before = blocking.now()
    assert.is_nil((two:call(client, 2)))
    local took = blocking.now() - before
    os.execute("kill -CONT " .. pid)
    assert.is_true(took >= 0.25 and took < 10, took)
    assert.equal("timeout", two:info(2).last_error.got)
    assert.equal(3, assert(two:call(client, 2) or two:call(client, 2)))
  end)

  it("says who it is: a password, a user of Redis' own", function()
    start(nil, { password = "sesame" }, { "--requirepass", "sesame" })
    assert.equal(3, assert(two:call((two:client()), 1)))
    two:close()
    two = cluster.new(1, function()
      return assert(wws.store.redis { port = server.port, keys = KEYS, password = "wrong" })
    end)
    assert.is_nil((two:call((two:client()), 1)))
    assert.matches("WRONGPASS", two:info(1).last_error.got)
    assert.is_nil(tostring(two:info(1).last_error):find("wrong", 1, true))
  end)

  it("is reached over a Unix socket too", function()
    local path = os.tmpname()
    os.remove(path)
    server = redis.start { "--unixsocket", path, "--unixsocketperm", "700" }
    two = cluster.new(2, function() return assert(wws.store.redis { path = path, keys = KEYS, timeout = 5 }) end)
    local client = two:client()
    for member = 1, 2 do assert.equal(3, assert(two:call(client, member))) end
    two:close()
    two = cluster.new(1, function() return assert(wws.store.redis { path = path .. "x", keys = KEYS }) end)
    assert.is_nil((two:call((two:client()), 1)))
    assert.equal("not found", two:info(1).last_error.got)
  end)

  it("speaks TLS, and only with whom it trusts", function()
    local pem, key = os.tmpname(), os.tmpname()
    local function write(path, text)
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
    end
    local function text_of(value)
      if value:find "BEGIN" then return value end
      local file = assert(io.open(value))
      local text = file:read "*a"
      file:close()
      return text
    end
    write(pem, text_of(certs.server_pem))
    write(key, text_of(certs.server_key))
    local words = { "--tls-cert-file", pem, "--tls-key-file", key, "--tls-auth-clients", "no" }
    words.tls = true
    start(nil, { host = "localhost", tls = { trust = certs.ca } }, words)
    assert.equal(3, assert(two:call((two:client()), 1)))
    two:close()
    two = cluster.new(1, function()
      return assert(wws.store.redis { host = "localhost", port = server.port, keys = KEYS, tls = true })
    end)
    assert.is_nil((two:call((two:client()), 1)))
    assert.matches("certificate", two:info(1).last_error.got)
    os.remove(pem)
    os.remove(key)
  end)
end)
