-- Security contexts that the workers of one nginx share, and that two nginx share through Redis.
if not rawget(_G, "jit") then return end
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local needs = require "spec.support.needs"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local world = require "spec.support.world"

local HTTP = "lua_shared_dict contexts 4m; keepalive_requests 1;" -- a connection for each request: any worker may get it
local CALLS = 60

local function start(name, options)
  local here = io.popen("pwd"):read "*l" .. "/"
  local serve = ('require("spec.interop.openresty.server").serve("https", "%s", { port = %s, redis = %s, context = { %s } })')
    :format(name, options.port or "nil", options.redis or "nil", options.context or "")
  return nginx.start {
    workers = 2, http = HTTP, tls = { here .. certs.server_pem, here .. certs.server_key },
    server = ("ssl_session_cache off; location / { content_by_lua_block { %s } }"):format(serve),
  }
end

local function client(url, options)
  local given = { timeout = 20 }
  for name, value in pairs(options or {}) do given[name] = value end
  local channel = world.channel(given)
  assert(channel:open(url))
  return channel
end

local function info_of(channel)
  local context = channel:security_context()
  return type(context) == "table" and context or context and context:info() or {}
end

local function worker_of(channel)
  local reply, err = channel:request("urn:worker", "")
  if not reply then return nil, err end
  return reply.body:match "<worker[^>]*>(%d+)"
end

describe("interop: OpenResty, contexts shared by workers", function()
  if not needs(nginx.missing()) then return end
  local server

  after_each(function()
    if server then server:stop() end
    server = nil
  end)

  it("one worker establishes, all serve, one revokes, all refuse", function()
    server = start("shared", {})
    local url = ("https://localhost:%d/shared"):format(server.port)
    local channel, seen, count = client(url), {}, 0
    for _ = 1, CALLS do
      local pid = assert(worker_of(channel))
      if not seen[pid] then count = count + 1 end
      seen[pid] = true
    end
    assert.equal(2, count)
    local identifier = info_of(channel).identifier
    assert.matches("yes", assert(channel:request("urn:revoke", "")).body)
    local reply, err = channel:request("urn:worker", "")
    assert.is_nil(reply)
    assert.equal("BadContextToken", err.fault.subcode:match "}(.*)")
    assert(worker_of(channel))
    assert.is_not.equal(identifier, info_of(channel).identifier)
    assert(channel:close())
    assert.equal("", server:complaints())
  end)

  it("renews with any worker, and survives a reload (attack G5)", function()
    server = start("shared", { context = "renewal_interval = 3" })
    local url = ("https://localhost:%d/shared"):format(server.port)
    local channel = client(url)
    assert(worker_of(channel))
    server:reload()
    local deadline, renewals = blocking.now() + 30
    repeat
      assert(worker_of(channel))
      renewals = info_of(channel).renewals or 0
      blocking.sleep(blocking.now() + 0.05)
    until renewals >= 1 or blocking.now() > deadline
    assert.is_true(renewals >= 1)
    assert(channel:close())
    assert.equal("", server:complaints "alert")
  end)

  it("holds the quota over all workers, and gives back what was cancelled", function()
    server = start("shared", { context = "max_active_contexts = 6" })
    local url = ("https://localhost:%d/shared"):format(server.port)
    local channels = {}
    for i = 1, 6 do
      channels[i] = client(url)
      assert(worker_of(channels[i]))
    end
    assert.is_nil((worker_of(client(url))))
    assert(channels[1]:close())
    assert(worker_of(client(url)))
    assert.is_nil((worker_of(client(url))))
  end)
end)

describe("interop: OpenResty, contexts shared by two nginx through Redis", function()
  if not needs(nginx.missing() or redis.missing()) then return end

  it("established at one, used, renewed, revoked and refused at the other", function()
    local store = redis.start()
    local one = start("redis", { redis = store.port, context = "renewal_interval = 3600" })
    local two = start("redis", { redis = store.port, port = one.port, context = "renewal_interval = 3600" })
    local at = one
    local driver = setmetatable({ connect = function(host, _, options) return blocking.connect(host, at.port, options) end },
      { __index = blocking })
    local core = require "wws.core"
    local env = core.env {}
    local channel = client(("https://localhost:%d/redis"):format(one.port), { driver = driver, env = env,
      security = world.secured { renewal_interval = 1800 } })
    local first = assert(worker_of(channel))
    at = two
    local second = assert(worker_of(channel))
    assert.is_not.equal(first, second)
    env:advance(200) -- within the time-stamps' skew; renewal comes by the client's own interval
    assert(worker_of(channel))
    assert.matches("yes", assert(channel:request("urn:revoke", "")).body)
    at = one
    local pid, err = worker_of(channel)
    assert.is_nil(pid)
    assert.equal("BadContextToken", err.fault.subcode:match "}(.*)")
    assert(worker_of(channel))
    at = two
    assert(worker_of(channel))
    assert(channel:close())
    assert.equal("", one:complaints())
    assert.equal("", two:complaints())
    two:stop()
    one:stop()
    store:stop()
  end)
end)
