-- The driver inside a real nginx. Its Lua is LuaJIT, so LuaJIT's run of the specs is the one that has these.
if not rawget(_G, "jit") then return end
local get = require "spec.support.http_get"
local io_driver = require "wws.io.blocking"
local needs = require "spec.support.needs"
local nginx = require "spec.support.nginx"
local wws = require "wws"

local SERVER = [[
  lua_check_client_abort on;
  location /check { content_by_lua_block {
    require("spec.interop.openresty.driver")(ngx.var.arg_name, tonumber(ngx.var.arg_port))
  } }
]]

-- Says what it hears, until it hears "bye".
local function echo(stream)
  repeat
    local bytes = stream:read(65536)
    if bytes then stream:write(bytes) end
  until not bytes or bytes:sub(-3) == "bye"
  stream:close()
end

describe("interop: OpenResty, driver", function()
  if not needs(nginx.missing()) then return end
  local server, acceptor

  setup(function()
    server = nginx.start { workers = 1, server = SERVER }
    acceptor = assert(io_driver.listen("localhost", 0))
    io_driver.spawn(function()
      local stream = acceptor:accept()
      while stream do
        io_driver.spawn(echo, stream)
        stream = acceptor:accept()
      end
    end)
  end)

  -- What listens at Unix sockets, for whoever nginx' worker is.
  local function at_unix_sockets(body)
    local pipe = io.popen "mktemp -d"
    local directory = pipe:read "*l"
    pipe:close()
    os.execute("chmod 755 " .. directory)
    local echoes = assert(io_driver.listen("unix:" .. directory .. "/echo", nil, { wide = true }))
    io_driver.spawn(function()
      local stream = echoes:accept()
      while stream do
        io_driver.spawn(echo, stream)
        stream = echoes:accept()
      end
    end)
    local host = assert(wws.service_host { { url = "net.uds://" .. directory .. "/service", allowed_peers = "any",
      operations = { ["urn:x"] = function() return "<y xmlns='urn:x'>ok</y>" end } } })
    assert(host:open())
    local ok, err = pcall(body, directory)
    host:close()
    echoes:close()
    os.execute("rm -rf " .. directory)
    assert(ok, err)
  end

  teardown(function()
    server:stop()
    acceptor:close()
  end)

  local function check(name, options)
    return (get(server.port, ("/check?name=%s&port=%d"):format(name, acceptor.port), options))
  end

  for _, case in ipairs {
    { "hands values from one coroutine to another", "queues" }, { "runs functions later, in no request", "timers" },
    { "reads and writes streams", "streams" }, { "says why there is no connection", "refused" },
    { "parks connections", "parking" }, { "waits for jobs", "jobs" },
  } do
    it(case[1], function() assert.equal("ok\n", check(case[2])) end)
  end

  it("reaches Unix sockets, and pipes where nobody asks who is there", function()
    at_unix_sockets(function(directory)
      for _, name in ipairs { "unix", "pipe" } do
        assert.equal("ok\n", (get(server.port, ("/check?name=%s&port=1&directory=%s"):format(name, directory))))
      end
    end)
  end)

  it("parks connections for other requests", function()
    for _ = 1, 2 do assert.equal("ok\n", check "parking_for_others") end
  end)

  it("gives nothing to requests that were left", function()
    assert.is_nil(check("waits_and_is_left", { abort_after = 0.2 }))
    assert.equal("ok\n", check "takes_what_others_left")
  end)

  it("leaves no complaint in the log", function() assert.equal("", server:complaints()) end)
end)
