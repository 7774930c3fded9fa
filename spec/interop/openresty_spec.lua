-- Inside a real nginx. Its Lua is LuaJIT, so LuaJIT's run of the specs is the one that has these.
if not rawget(_G, "jit") then return end
local forward_proxy = require "spec.support.forward_proxy"
local get = require "spec.support.http_get"
local io_driver = require "wws.io.blocking"
local needs = require "spec.support.needs"
local nginx = require "spec.support.nginx"
local world = require "spec.support.world"
local wws = require "wws"

local SLOW = "urn:wws:spec/Slow"
local ANSWER_AFTER, CALLS = 0.2, 100
local PAT = "Basic cGF0OnByb3h5LXNlY3JldA==" -- pat:proxy-secret
local SUM = "<AddResult>3</AddResult>"

local LOCATIONS = [[
  lua_check_client_abort on;
  location /call { content_by_lua_block { require("spec.interop.openresty.client").call("$url") } }
  location /plain { content_by_lua_block { require("spec.interop.openresty.client").call("$plain") } }
  location /access { access_by_lua_block {
    require("spec.interop.openresty.client").call("$url")
    ngx.exit(ngx.OK)
  } }
  location /timer { content_by_lua_block { require("spec.interop.openresty.client").call_in_timer("$url") } }
  location /dead { content_by_lua_block { require("spec.interop.openresty.client").call("http://localhost:1/nobody") } }
  location /close { content_by_lua_block { require("spec.interop.openresty.client").close("$url") } }
  location /drop { content_by_lua_block { require("spec.interop.openresty.client").drop("$url") } }
  location /halves { content_by_lua_block { require("spec.interop.openresty.client").halves("$url") } }
  location /abort { content_by_lua_block { require("spec.interop.openresty.client").abort("$url", "urn:wws:spec/Slow") } }
  location /proxy { content_by_lua_block { require("spec.interop.openresty.client").proxy("$url") } }
  location /through { content_by_lua_block { require("spec.interop.openresty.client").call("$url", "$gate") } }
  location /ping { content_by_lua_block { ngx.say "pong" } }
]]

-- Runs them beside one another; gives what each returned, and how long all took.
local function together(count, fn)
  local over, results, before = io_driver.queue(), {}, io_driver.now()
  for i = 1, count do
    io_driver.spawn(function()
      results[i] = fn(i) or "nothing"
      over:push(true)
    end)
  end
  for _ = 1, count do assert(over:pop(io_driver.now() + 60), "a call did not come to its end") end
  return results, io_driver.now() - before
end

local function until_true(condition)
  local deadline = io_driver.now() + 20
  while not condition() and io_driver.now() < deadline do io_driver.sleep(io_driver.now() + 0.02) end
  return condition()
end

describe("interop: OpenResty, client", function()
  if not needs(nginx.missing()) then return end
  local host, plain, server, gate

  local function slowly(request)
    io_driver.sleep(io_driver.now() + ANSWER_AFTER)
    return request.body
  end

  before_each(function()
    local url
    host, url = world.host({}, { [SLOW] = slowly })
    plain = assert(wws.service_host { { url = "http://localhost:0/plain", security = {},
      operations = { [SLOW] = slowly, [world.ADD] = world.add } } })
    assert(plain:open())
    gate = forward_proxy.start { authorize = function(value)
      if value ~= PAT then return { headers = 'Proxy-Authenticate: Basic realm="gate"\r\n' } end
    end }
    local urls = { url = url, plain = plain.urls[1], gate = gate.server }
    server = nginx.start { workers = 1, idle = function() io_driver.step(0.02) end,
                           server = (LOCATIONS:gsub("%$(%l+)", urls)) }
  end)

  after_each(function()
    if server then server:stop() end
    if host then host:close() end
    if plain then plain:close() end
    if gate then gate:stop() end
    server, host, plain, gate = nil, nil, nil, nil
  end)

  local function fetch(path, options)
    return (assert(get(server.port, path, options)))
  end

  for _, phase in ipairs { "/call", "/access", "/timer" } do
    it("calls in a security context over HTTPS from " .. phase, function()
      for _ = 1, 3 do assert.is_truthy(fetch(phase):find(SUM, 1, true)) end
      assert.same({ 1, 3 }, { host:info().established, host:info().requests })
      assert.equal("closed\n", fetch "/close")
      assert.same({ 1, 0 }, { host:info().cancelled, host:info().active_contexts })
      assert.equal("", server:complaints())
    end)
  end

  it("keeps connections from one request to the next", function()
    for _ = 1, 5 do assert.is_truthy(fetch("/call"):find(SUM, 1, true)) end
    assert.equal(2, host:info().accepted) -- one for the context's own messages, one for the calls
    for _ = 1, 5 do assert.is_truthy(fetch("/plain"):find(SUM, 1, true)) end
    assert.equal(1, plain:info().accepted)
  end)

  it(("has %d calls of one worker answered together by a peer that takes %d ms"):format(CALLS, ANSWER_AFTER * 1000), function()
    for _, path in ipairs { "/plain?action=", "/call?action=" } do
      local bodies, took = together(CALLS, function() return (get(server.port, path .. SLOW)) end)
      for i = 1, CALLS do assert.is_truthy(bodies[i]:find("<a>1</a>", 1, true), bodies[i]) end
      print(("%s: %d calls took %.3f s together"):format(path:match "/%l+", CALLS, took))
      assert.is_true(took < 5, ("it took %.3f s"):format(took))
    end
    assert.same({ 1, CALLS }, { host:info().established, host:info().requests })
    assert.equal("", server:complaints())
  end)

  it("lets other requests of the worker go on meanwhile", function()
    local pings = 0
    local bodies = together(2, function(i)
      if i == 1 then return (get(server.port, "/call?action=" .. SLOW)) end
      while host:info().requests == 0 do
        if get(server.port, "/ping") == "pong\n" then pings = pings + 1 end
      end
      return "done"
    end)
    assert.is_truthy(bodies[1]:find("<a>1</a>", 1, true))
    assert.is_true(pings > 0)
  end)

  it("says why when nobody listens, and when the time is up", function()
    assert.is_truthy(fetch("/dead"):find("endpoint_unreachable", 1, true))
    local text = fetch("/call?timeout=0.1&action=" .. SLOW)
    assert.is_truthy(text:find("operation_timed_out", 1, true), text)
    assert.is_truthy(fetch("/call"):find(SUM, 1, true))
  end)

  it("goes on when clients hang up in the middle of calls (attack G5)", function()
    together(20, function() return select(2, get(server.port, "/call?action=" .. SLOW, { abort_after = 0.05 })) end)
    local bodies = together(20, function() return (get(server.port, "/call")) end)
    for i = 1, 20 do assert.is_truthy(bodies[i]:find(SUM, 1, true), bodies[i]) end
    assert.equal(1, host:info().established)
    assert.equal("closed\n", fetch "/close")
    assert.equal(0, host:info().active_contexts)
  end)

  it("establishes anew when the service forgot the context", function()
    assert.is_truthy(fetch("/call"):find(SUM, 1, true))
    local endpoint = host.endpoints[1].listener
    host:close()
    host = world.host({ url = endpoint.url })
    assert.is_truthy(fetch("/call"):find("failed: ", 1, true)) -- what a channel does after BadContextToken
    assert.is_truthy(fetch("/call"):find(SUM, 1, true))
    assert.equal(1, host:info().established)
  end)

  it("takes a new connection when the service closed the kept one", function()
    assert.is_truthy(fetch("/plain"):find(SUM, 1, true))
    local url = plain.urls[1]
    plain:close()
    plain = assert(wws.service_host { { url = url, security = {}, operations = { [world.ADD] = world.add } } })
    assert(plain:open())
    assert.is_truthy(fetch("/plain"):find(SUM, 1, true))
  end)

  it("sends and receives by halves", function()
    local text = fetch "/halves"
    assert.is_truthy(text:find("^invalid_operation invalid_operation <AddResponse"), text)
  end)

  it("ends calls of a channel that is aborted, which can be made new", function()
    local text = fetch "/abort"
    assert.is_truthy(text:find("^operation_aborted invalid_operation <AddResponse"), text)
    assert.equal("closed\n", fetch "/close")
  end)

  it("goes through an HTTP proxy, over tunnels that are kept", function()
    for _ = 1, 4 do assert.is_truthy(fetch("/through"):find(SUM, 1, true)) end
    assert.equal(1, host:info().established)
    assert.is_true(gate.tunnels <= 2, tostring(gate.tunnels)) -- the context's, and that of the calls
    assert.equal(gate.tunnels, #gate.requests)
  end)

  it("has service proxies", function()
    assert.equal("10\n", fetch "/proxy")
    local info = host:info()
    assert.same({ 10, 0, info.established }, { info.requests, info.active_contexts, info.cancelled })
    assert.equal("", server:complaints())
  end)

  it("cancels the context of a channel that was collected", function()
    assert.is_truthy(fetch("/call"):find(SUM, 1, true))
    assert.is_true(until_true(function()
      fetch "/drop"
      return host:info().cancelled == 1
    end))
  end)
end)
