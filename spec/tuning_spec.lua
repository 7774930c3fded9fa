-- Properties of channels and listeners that the connections themselves perform: seen at the sockets of both ends.
local assemble = require "wws.io.assemble"
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local scheduler = require "wws.io.scheduler"
local world = require "spec.support.world"
local wws = require "wws"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1
local ACTION, BODY = "urn:echo", "<x xmlns='urn:x'/>"

-- A driver that keeps the streams that it made.
local function watching(made)
  local function keep(stream, why)
    if stream then made[#made + 1] = stream end
    return stream, why
  end
  return setmetatable({
    connect = function(...) return keep(blocking.connect(...)) end,
    listen = function(...)
      local acceptor, why = blocking.listen(...)
      if not acceptor then return nil, why end
      return setmetatable({ accept = function(_, deadline) return keep(acceptor:accept(deadline)) end },
        { __index = acceptor })
    end,
  }, { __index = blocking })
end

describe("connections", function()
  local host, channel

  after_each(function()
    if channel then channel:close() end
    if host then host:close() end
    host, channel = nil, nil
  end)

  local function serve(options, url)
    local endpoint = { url = url or "net.tcp://localhost:0/x", operations = { [ACTION] = function() return BODY end } }
    for name, value in pairs(options or {}) do endpoint[name] = value end
    host = assert(wws.service_host { endpoint })
    local ok, err = host:open()
    return ok and host.urls[1], err
  end

  local function connect(url, options)
    local err
    options = options or {}
    options.timeout = options.timeout or 20
    channel, err = wws.connect(url, options)
    return channel, err
  end

  -- what the sockets of client and server do after a call
  local function tuned(client, server)
    local ours, theirs = {}, {}
    client.driver, server.driver = watching(ours), watching(theirs)
    connect(assert(serve(server)), client)
    assert(channel:request(ACTION, BODY))
    return { ours[1].socket:tuned() }, { theirs[1].socket:tuned() }, ours[1].socket
  end

  it("send at once, gather small pieces where that is said", function()
    local ours, theirs = tuned({}, {})
    assert.same({ { true }, { true } }, { ours, theirs })
    host:close()
    ours, theirs = tuned({ no_delay = false }, { no_delay = false })
    assert.same({ { false }, { false } }, { ours, theirs })
    host:close()
    ours, theirs = tuned({ no_delay = true }, { no_delay = true })
    assert.same({ { true }, { true } }, { ours, theirs })
  end)

  it("change that while they are open", function()
    local _, _, socket = tuned({}, {})
    assert(channel:set("no_delay", false))
    assert.same({ false }, { socket:tuned() })
    assert(channel:set("no_delay", true))
    assert.same({ true }, { socket:tuned() })
    assert.is_true(channel:get "no_delay")
  end)

  it("ask whether a silent peer is there, after and between what was said", function()
    local ours, theirs = tuned({ send_keep_alives = true }, { send_keep_alives = true, keep_alive_time = 30,
                                                            keep_alive_interval = 2.5 })
    assert.same({ { true, 7200, 1 }, { true, 30, 3 } }, { ours, theirs })
    for _, name in ipairs { "keep_alive_time", "keep_alive_interval" } do
      local none, err = connect("net.tcp://localhost:1/", { [name] = 5 })
      assert.is_nil(none)
      assert.same({ "invalidarg", name }, { err.code, err.property })
    end
  end)

  it("are of the version of IP that is said, at both ends", function()
    for version, other in pairs { ["4"] = "6", ["6"] = "4" } do
      local url = assert(serve { ip_version = version })
      assert(connect(url, { ip_version = version }))
      assert(channel:request(ACTION, BODY))
      channel:close()
      local none, err = connect(url, { ip_version = other })
      assert.is_nil(none)
      assert.equal("endpoint_unreachable", err.code)
      host:close()
      url = assert(serve({ ip_version = version }, "net.tcp://+:0/x"))
      local port = url:match ":(%d+)/"
      local address = { ["4"] = "127.0.0.1", ["6"] = "[::1]" }
      assert(connect(("net.tcp://%s:%s/x"):format(address[version], port)))
      channel:close()
      assert.is_nil((connect(("net.tcp://%s:%s/x"):format(address[other], port))))
      host:close()
    end
    local none, err = serve({ ip_version = "6" }, "net.tcp://127.0.0.1:0/x")
    assert.is_falsy(none)
    assert.equal("address_not_available", err.code)
  end)

  it("of both versions of IP may be on one port", function()
    local url = assert(serve { ip_version = "4" })
    local first = host
    assert(serve({ ip_version = "6" }, url))
    assert(connect(url, { ip_version = "6" }))
    assert(channel:request(ACTION, BODY))
    assert.same({ 0, 1 }, { first:info().requests, host:info().requests })
    first:close()
  end)

  it("need a driver that performs what is asked of it", function()
    local plain = setmetatable({ performs = {} }, { __index = blocking })
    for name, value in pairs { no_delay = false, send_keep_alives = true, ip_version = "4" } do
      local none, err = connect("net.tcp://localhost:1/", { driver = plain, [name] = value })
      assert.is_nil(none)
      assert.same({ "notimpl", name, "open the channel" }, { err.code, err.property, err.step })
      none, err = serve { driver = plain, [name] = value }
      assert.is_falsy(none)
      assert.same({ "notimpl", name, "open the listener" }, { err.code, err.property, err.step })
    end
    local none, err = connect("http://localhost:1/", { driver = plain, resolve_timeout = 1 })
    assert.is_nil(none)
    assert.same({ "notimpl", "resolve_timeout" }, { err.code, err.property })
  end)
end)

describe("looking names up", function()
  -- a driver whose lookups never end by themselves
  local slow = assemble("slow", setmetatable({ resolve = function(_, deadline)
    blocking.sleep(deadline)
    return nil, "timeout"
  end }, { __index = scheduler }))

  it("has a limit of its own", function()
    local channel = assert(wws.connect("http://nowhere.test/", { driver = slow, resolve_timeout = 0.05, timeout = 60 }))
    local reply, err = channel:request(ACTION, BODY)
    assert.is_nil(reply)
    assert.same({ "operation_timed_out", "resolve_timeout" }, { err.code, err.property })
    assert.matches("nowhere.test", err.message)
    assert(channel:set("resolve_timeout", math.huge))
    reply, err = channel:request(ACTION, BODY, { timeout = 0.05 })
    assert.is_nil(reply)
    assert.same({ "operation_timed_out", "connect_timeout" }, { err.code, err.property })
    channel:close()
  end)

  it("runs on a thread where the driver has nothing better", function()
    local found, why = core.lookup("LOCALHOST")
    assert(found, why)
    assert.same({ nil, "the name was not looked up" }, { found:addresses() })
    local job = found:job()
    assert(job:start())
    assert(blocking.wait(job, blocking.now() + 60))
    job:close()
    local there = {}
    for _, address in ipairs(assert(found:addresses())) do there[address] = true end
    assert.is_true(there["127.0.0.1"] or there["::1"])
    assert.same({ nil, "host not found" }, { core.lookup(("x"):rep(300)) })
    core.lookup("dropped"):job():close()
    local listener = assert(blocking.listen("localhost", 0))
    assert(blocking.connect("LOCALHOST", listener.port, { deadline = blocking.now() + 60, ip_version = "4" })):close()
    listener:close()
  end)
end)

describe("listening", function()
  it("lets as many connections wait as listen_backlog says", function()
    local function waiting(backlog)
      local listener = assert(core.listen("127.0.0.1", 0, backlog))
      local sockets, connected = {}
      for i = 1, 8 do sockets[i] = assert(core.connect("127.0.0.1", listener:port())) end
      local deadline = core.now() + (backlog < 8 and 0.1 or 60)
      repeat
        connected = 0
        for _, socket in ipairs(sockets) do connected = connected + (socket:connected() and 1 or 0) end
      until connected == 8 or core.now() > deadline
      for _, socket in ipairs(sockets) do socket:close() end
      listener:close()
      return connected
    end
    assert.is_true(waiting(1) < 8)
    assert.equal(8, waiting(8))
  end)
end)

describe("a channel whose driver has connections that belong to requests", function()
  local parked = setmetatable({
    unpark = function(place) return place.stream end,
    defer = function(...)
      blocking.spawn(...)
      return true
    end,
    connect = function(...)
      local stream, why = blocking.connect(...)
      if stream then stream.park = function(self) return { stream = self } end end
      return stream, why
    end,
  }, { __index = blocking })

  it("has as many of them as max_http_server_connections says", function()
    for _, limit in ipairs { 1, 2 } do
      local inside_now, most = 0, 0
      local host, url = world.host({}, { ["urn:wait"] = function()
        inside_now = inside_now + 1
        most = math.max(most, inside_now)
        local deadline = blocking.now() + (limit == 1 and 0.05 or 10 * STRESS)
        while most < 2 and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.005) end
        inside_now = inside_now - 1
        return "<done xmlns='urn:x'/>"
      end })
      local channel = world.channel { driver = parked, max_http_server_connections = limit, timeout = 60 }
      assert(channel:open(url))
      local over, failed = 0, nil
      for _ = 1, 3 do
        blocking.spawn(function()
          local reply, err = channel:request("urn:wait", "<x/>")
          over, failed = over + 1, failed or (not reply and err)
        end)
      end
      local deadline = blocking.now() + 60
      while over < 3 and blocking.now() < deadline do blocking.step(0.02) end
      assert.is_falsy(failed, tostring(failed))
      assert.same({ 3, limit }, { over, most })
      channel:close()
      host:close()
    end
  end)
end)
