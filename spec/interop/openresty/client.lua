--- What runs inside nginx for the client specs: a channel for each URL and each worker, and calls over it.
-- luacheck: globals ngx
local world = require "spec.support.world"
local wws = require "wws"

local client = { channels = {} }

local function option(name)
  return ngx.var["arg_" .. name]
end

--- The worker's channel to `url`, shared by all requests; with `gate`, through that HTTP proxy, as pat.
function client.channel(url, gate)
  local channel = client.channels[url]
  if not channel then
    local given = { timeout = 20 }
    given.security = url:find "^https:" and world.secured() or {}
    if gate then
      given.http_proxy_setting_mode, given.custom_http_proxy = "custom", { servers = gate }
      given.security[#given.security + 1] = { type = "http_header_auth", target = "proxy", scheme = "basic",
        credential = { type = "string", username = "pat", password = "proxy-secret" } }
    end
    channel = assert(wws.channel(given))
    client.channels[url] = channel
    assert(channel:open(url))
  end
  return channel
end

local function say(ok, value)
  ngx.say(ok and value or "failed: " .. tostring(value))
end

--- Calls the action `arg_action` (Add without) and prints the reply's body.
function client.call(url, gate)
  local channel = client.channel(url, gate)
  local timeout = tonumber(option "timeout")
  local reply, err = channel:request(option "action" or world.ADD, world.BODY, { timeout = timeout })
  say(reply, reply and reply.body or err)
end

--- The same in a timer of its own; prints what came of it.
function client.call_in_timer(url)
  local done = require("wws.io.openresty").queue()
  assert(ngx.timer.at(0, function()
    local reply, err = client.channel(url):request(world.ADD, world.BODY)
    done:push(reply and reply.body or "failed: " .. tostring(err))
  end))
  ngx.say((done:pop(require("wws.core").now() + 20)))
end

--- Sends and receives by halves.
function client.halves(url)
  local channel = client.channel(url)
  assert(channel:send(world.ADD, world.BODY))
  local busy = select(2, channel:send(world.ADD, world.BODY))
  local reply = assert(channel:receive())
  local none = select(2, channel:receive())
  ngx.say(busy.code, " ", none.code, " ", reply.body)
end

--- Gives the channel up in the middle of a call, then makes it new.
function client.abort(url, action)
  local channel = client.channel(url)
  local call = ngx.thread.spawn(function() return select(2, channel:request(action, world.BODY)) end)
  ngx.sleep(0.05)
  channel:abort()
  local _, err = ngx.thread.wait(call)
  local again = select(2, channel:request(world.ADD, world.BODY))
  client.channels[url] = nil
  assert(channel:close())
  assert(channel:reset())
  assert(channel:open(url))
  local reply = assert(channel:request(world.ADD, world.BODY))
  client.channels[url] = channel
  ngx.say(err.code, " ", again.code, " ", reply.body)
end

--- Many calls of a service proxy at once.
function client.proxy(url)
  local proxy = assert(wws.service_proxy { url = url, security = world.secured(), operations = { Add = world.ADD } })
  assert(proxy:open())
  local threads, sums = {}, 0
  for i = 1, 10 do
    threads[i] = ngx.thread.spawn(function() return assert(proxy:call("Add", world.BODY)).body end)
  end
  for i = 1, 10 do
    local _, body = ngx.thread.wait(threads[i])
    if body:find("<AddResult>3</AddResult>", 1, true) then sums = sums + 1 end
  end
  assert(proxy:close())
  ngx.say(sums)
end

--- Closes the worker's channel.
function client.close(url)
  local ok, err = client.channel(url):close()
  client.channels[url] = nil
  say(ok, ok and "closed" or err)
end

--- Gives the worker's channel up, to the collector.
function client.drop(url)
  client.channels[url] = nil
  collectgarbage()
  collectgarbage()
  ngx.say "dropped"
end

return client
