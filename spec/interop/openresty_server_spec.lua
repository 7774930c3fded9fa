-- A listener behind a real nginx. Its Lua is LuaJIT, so LuaJIT's run of the specs is the one that has these.
if not rawget(_G, "jit") then return end
local certs = require "spec.support.certs"
local get = require "spec.support.http_get"
local io_driver = require "wws.io.blocking"
local needs = require "spec.support.needs"
local nginx = require "spec.support.nginx"
local world = require "spec.support.world"
local wws = require "wws"

local SLOW, WHO, COUNT = "urn:wws:spec/Slow", "urn:wws:spec/Who", "urn:wws:spec/Count"
local SOAP = "http://www.w3.org/2003/05/soap-envelope"

local function location(scheme, name)
  return ('location /%s { content_by_lua_block { require("spec.interop.openresty.server").serve("%s", "%s") } }\n')
    :format(name, scheme, name)
end

local function envelope(url, action, body)
  return ('<s:Envelope xmlns:s="%s" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>%s</a:Action>'
    .. "<a:To>%s</a:To><a:MessageID>urn:uuid:1</a:MessageID></s:Header><s:Body>%s</s:Body></s:Envelope>")
    :format(SOAP, action, url, body)
end

-- What differs from one response to the next.
local function settled(body)
  return (body:gsub("urn:uuid:%x+%-[%x-]+", "urn:uuid:*"))
end

describe("interop: OpenResty, server over HTTP", function()
  if not needs(nginx.missing()) then return end
  local server, own

  setup(function()
    server = nginx.start { server = location("http", "plain") .. location("http", "small") .. location("https", "calculator")
      .. "client_max_body_size 8m;" }
    local served = { security = {}, url = "http://localhost:0/small" }
    package.loaded["wws.ngx"] = {} -- the operations are the same here, where there is no nginx
    served.operations = require("spec.interop.openresty.server").operations(function(seconds)
      io_driver.sleep(io_driver.now() + seconds)
    end)
    own = assert(wws.service_host { served })
    assert(own:open())
  end)

  teardown(function()
    server:stop()
    own:close()
  end)

  local TYPE = "Content-Type: application/soap+xml; charset=utf-8\r\n"

  local function post(port, path, action, body, headers)
    local text = envelope(("http://localhost:%d%s"):format(port, path), action, body)
    return get(port, path, { method = "POST", headers = headers or TYPE, body = text })
  end

  local CASES = {
    { "a reply", function(port) return post(port, "/small", world.ADD, world.BODY) end, 200 },
    { "a one-way message", function(port) return post(port, "/small", "urn:one-way", "") end, 202 },
    { "an operation that raises", function(port) return post(port, "/small", "urn:fails", "") end, 500 },
    { "a fault of the operation", function(port) return post(port, "/small", "urn:fault", "") end, 500 },
    { "an unknown action", function(port) return post(port, "/small", "urn:nobody", "") end, 500 },
    { "another method", function(port) return get(port, "/small") end, 405 },
    { "another content type", function(port) return post(port, "/small", world.ADD, "", "Content-Type: text/xml\r\n") end, 415 },
    { "compression", function(port) return post(port, "/small", world.ADD, "", TYPE .. "Content-Encoding: gzip\r\n") end, 415 },
    { "a message too large", function(port)
      return post(port, "/small", COUNT, "<a>" .. ("x"):rep(70000) .. "</a>")
    end, 413 },
    { "no XML", function(port) return get(port, "/small", { method = "POST", headers = TYPE, body = "hello" }) end, 400 },
    { "no body", function(port) return get(port, "/small", { method = "POST", headers = TYPE }) end, 400 },
    { "another To", function(port)
      return get(port, "/small", { method = "POST", headers = TYPE, body = envelope("http://elsewhere/", world.ADD, "") })
    end, 500 },
  }

  for _, case in ipairs(CASES) do
    it("answers as our own HTTP server does: " .. case[1], function()
      local body, status, head = case[2](server.port)
      local expected, expected_status, expected_head = case[2](tonumber(own.urls[1]:match ":(%d+)/"))
      assert.equal(case[3], expected_status)
      assert.equal(expected_status, status, body)
      assert.equal(settled(expected), settled(body))
      for _, name in ipairs { "Content%-Type", "Allow" } do
        assert.equal(expected_head:match("\n" .. name .. ": ([^\r]*)"), head:match("\n" .. name .. ": ([^\r]*)"))
      end
    end)
  end

  for _, size in ipairs { 10, 60000, 3000000 } do -- the last ones nginx keeps in a file
    it(("takes a body of %d bytes"):format(size), function()
      local body, status = post(server.port, "/plain", COUNT, "<a>" .. ("x"):rep(size) .. "</a>")
      assert.equal(200, status, body)
      assert.is_truthy(body:find(("<bytes>%d</bytes>"):format(size), 1, true))
    end)
  end

  it("believes no header that says there was TLS", function()
    for _, more in ipairs { "", "X-Forwarded-Proto: https\r\n", "HTTPS: on\r\nX-SSL-Client-Verify: SUCCESS\r\n" } do
      local body, status = post(server.port, "/calculator", world.ADD, world.BODY, TYPE .. more)
      assert.same({ "", 403 }, { body, status })
    end
  end)

  it("serves other requests while an operation waits", function()
    local over, before = io_driver.queue(), io_driver.now()
    for _ = 1, 20 do
      io_driver.spawn(function() over:push(select(2, post(server.port, "/plain", SLOW, "<a/>")) or 0) end)
    end
    for _ = 1, 20 do assert.equal(200, over:pop(io_driver.now() + 30)) end
    assert.is_true(io_driver.now() - before < 3.5)
  end)
end)

describe("interop: OpenResty, server over HTTPS", function()
  if not needs(nginx.missing()) then return end
  local server

  setup(function()
    local here = io.popen("pwd"):read "*l" .. "/"
    local more = ("ssl_client_certificate %s; ssl_verify_client optional; ssl_session_cache off;"):format(here .. certs.ca)
    server = nginx.start {
      workers = 1, -- the context lives in one
      tls = { here .. certs.server_pem, here .. certs.server_key },
      server = more .. location("https", "calculator") .. location("https", "certified"),
    }
  end)

  teardown(function() server:stop() end)

  local function url(name) return ("https://localhost:%d/%s"):format(server.port, name) end

  it("serves security contexts of many clients (attack G4)", function()
    local over = io_driver.queue()
    for i = 1, 8 do
      io_driver.spawn(function()
        local channel = world.channel { timeout = 20 }
        assert(channel:open(url "calculator"))
        local sums = 0
        for _ = 1, 5 do
          local reply, err = channel:request(world.ADD, world.BODY)
          if reply and reply.body:find("<AddResult>3</AddResult>", 1, true) then sums = sums + 1 end
          if not reply then over:push(tostring(err)) end
        end
        if i % 2 == 0 then channel:close() else channel:abort() end
        over:push(sums)
      end)
    end
    for _ = 1, 8 do assert.equal(5, over:pop(io_driver.now() + 30)) end
    local channel = world.channel()
    assert(channel:open(url "calculator"))
    assert(channel:request(world.ADD, world.BODY))
    assert(channel:close())
    assert.equal("", server:complaints())
  end)

  it("refuses wrong passwords with the listener's fault", function()
    local channel = world.channel { security = world.secured(nil, nil, { "alice", "wrong" }) }
    assert(channel:open(url "calculator"))
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert.is_truthy(err.cause and err.cause.fault or err.fault, tostring(err))
    assert.is_truthy(tostring(err):find("FailedAuthentication", 1, true), tostring(err))
  end)

  it("has the client's certificate when nginx verified one, and refuses who shows none", function()
    local function who(credential)
      local channel = assert(wws.channel { security = { { type = "ssl", trust = certs.ca, credential = credential } } })
      assert(channel:open(url "certified"))
      local reply, err = channel:request(WHO, "<q/>")
      channel:close()
      return reply and reply.body:match ">(%d+)<", err
    end
    local size = who { type = "pem", certificate = certs.client_pem, private_key = certs.client_key }
    assert.is_true(tonumber(size) > 100)
    local reply, err = who()
    assert.is_nil(reply)
    assert.is_truthy(tostring(err):find("403", 1, true), tostring(err))
  end)
end)
