-- Kerberos inside a real nginx. Its Lua is LuaJIT, so LuaJIT's run of the specs is the one that has these.
if not rawget(_G, "jit") then return end
local certs = require "spec.support.certs"
local get = require "spec.support.http_get"
local io_driver = require "wws.io.blocking"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local nginx = require "spec.support.nginx"
local wws = require "wws"

local LOCATIONS = [[
  location /tcp { content_by_lua_block { require("spec.interop.openresty.windows").call("$tcp") } }
  location /https { content_by_lua_block { require("spec.interop.openresty.windows").call("$https") } }
  location /header { content_by_lua_block { require("spec.interop.openresty.windows").call("$header") } }
  location /ping { content_by_lua_block { ngx.say "pong" } }
]]

describe("interop: OpenResty, Kerberos", function()
  if not needs(nginx.missing() or kdc.missing()) then return end
  local realm, host, server

  local function endpoint(url, property, security)
    return { url = url, security = security, acceptor = { keytab = realm.service }, operations = {
      ["urn:who"] = function(request)
        return "<name xmlns='urn:wws'>" .. request:property(property).principal .. "</name>"
      end,
    } }
  end

  setup(function()
    realm = kdc.start()
    realm:admin { "addprinc -randkey HTTP/localhost", ("ktadd -k %s HTTP/localhost"):format(realm.service) }
    local ssl = { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
    host = assert(wws.service_host {
      endpoint("net.tcp://localhost:0/who", "transport_security_windows_token", { { type = "tcp_sspi" } }),
      endpoint("https://localhost:0/who", "message_security_windows_token", { ssl, { type = "kerberos_apreq" } }),
      endpoint("https://localhost:0/header", "http_header_auth_windows_token",
        { ssl, { type = "http_header_auth", scheme = "negotiate" } }),
    })
    assert(host:open())
    local urls = { tcp = host.urls[1], https = host.urls[2], header = host.urls[3] }
    server = nginx.start { workers = 1, main = "env KRB5_CONFIG;", server = (LOCATIONS:gsub("%$(%l+)", urls)),
                           idle = function() io_driver.step(0.02) end }
  end)

  teardown(function()
    if server then server:stop() end
    if host then host:close() end
    realm:stop()
  end)

  -- How long each of some requests of the worker took until `is_over()`.
  local function ping_until(is_over)
    local times = {}
    repeat
      local before = io_driver.now()
      assert.equal("pong\n", (get(server.port, "/ping")))
      times[#times + 1] = io_driver.now() - before
      io_driver.sleep(io_driver.now() + 0.005)
    until is_over()
    table.sort(times)
    return times
  end

  for _, transport in ipairs { "tcp", "https", "header" } do
    it("asks the KDC for each call over " .. transport, function()
      for _, name in ipairs { "alice", "bob" } do
        local body = get(server.port, ("/%s?name=%s"):format(transport, name))
        assert.is_truthy(body:find(">" .. name .. "@WWS.TEST<", 1, true), body)
      end
      assert.equal("failed: endpoint_access_denied\n", (get(server.port, ("/%s?name=nobody"):format(transport))))
    end)

    it("lets other requests of the worker go on while the KDC does not answer calls over " .. transport, function()
      realm:freeze(true)
      local left, outcomes = 3, {}
      for n = 1, left do
        io_driver.spawn(function()
          outcomes[n] = get(server.port, ("/%s?name=alice&timeout=1.5"):format(transport))
          left = left - 1
        end)
      end
      local times = ping_until(function() return left == 0 end)
      realm:freeze(false)
      for n = 1, 3 do assert.equal("failed: operation_timed_out\n", outcomes[n]) end
      print(("%d requests beside it: median %.1f ms, longest %.1f ms"):format(#times, times[math.ceil(#times / 2)] * 1000,
        times[#times] * 1000))
      assert.is_true(#times > 3)
      assert.is_true(times[math.ceil(#times / 2)] < 0.25)
      assert.is_true(times[#times] < 1)
      local deadline, body = io_driver.now() + 60
      repeat body = get(server.port, ("/%s?name=bob"):format(transport)) until body:find ">bob@" or io_driver.now() > deadline
      assert.is_truthy(body:find(">bob@WWS.TEST<", 1, true), body)
      assert.equal("", server:complaints())
    end)
  end
end)
