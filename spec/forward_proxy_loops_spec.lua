-- Channels through an HTTP proxy under every driver, inside and outside of its loop.
local forward_proxy = require "spec.support.forward_proxy"
local loops = require "spec.support.loops"
local needs = require "spec.support.needs"
local world = require "spec.support.world"
local wws = require "wws"

local PAT = "Basic cGF0OnByb3h5LXNlY3JldA==" -- pat:proxy-secret

for _, loop in ipairs(loops) do
  describe("HTTP proxy under " .. loop.name, function()
    if not needs(loop.missing) then return end
    local driver = loop.driver

    local function authorize(value)
      if value ~= PAT then return { headers = 'Proxy-Authenticate: Basic realm="gate"\r\n' } end
    end

    -- A context through a tunnel, and back again.
    local function scenario()
      local host, url = world.host { driver = driver }
      local proxy = forward_proxy.start { driver = driver, authorize = authorize }
      local security = world.secured()
      security[#security + 1] = { type = "http_header_auth", target = "proxy", scheme = "basic",
        credential = { type = "string", username = "pat", password = "proxy-secret" } }
      local channel = assert(wws.channel { driver = driver, security = security, http_proxy_setting_mode = "custom",
        custom_http_proxy = { servers = proxy.server } })
      assert(channel:open(url))
      for _ = 1, 2 do assert(channel:request(world.ADD, world.BODY)) end
      assert.equal(1, host.endpoints[1].listener:info().active_contexts)
      assert(channel:close())
      assert.same({ 1, 1 }, { proxy.connections, proxy.tunnels })
      assert.equal(0, host.endpoints[1].listener:info().active_contexts)
      proxy:stop()
      host:close()
    end

    it("opens its tunnels inside its loop", function() loop.inside(scenario) end)
    it("opens its tunnels outside of it", scenario)
  end)
end
