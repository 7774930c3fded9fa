-- Several listeners on one port: a request goes to the one whose path it names.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local world = require "spec.support.world"
local wws = require "wws"

local STRESS = os.getenv "WWS_STRESS" and 20 or 1
local TLS_ONLY = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem,
                                                  private_key = certs.server_key } } }

local function echo(name)
  return { [world.ADD] = function() return ("<name xmlns='urn:x'>%s</name>"):format(name) end }
end

local function port_of(url) return tonumber(url:match ":(%d+)/") end

describe("listeners on one port", function()
  local opened
  before_each(function() opened = {} end)
  after_each(function()
    for _, each in ipairs(opened) do each:close() end
  end)

  local function keep(object)
    opened[#opened + 1] = object
    return object
  end

  -- A host with one endpoint at `path`; the first takes a free port, the next ones that of `port`.
  local function serve(path, port, options)
    local endpoint = { operations = echo(path) }
    for key, value in pairs(options or {}) do endpoint[key] = value end
    local scheme = endpoint.security and "https" or "http"
    endpoint.url = ("%s://localhost:%d%s"):format(scheme, port or 0, path)
    local host = assert(wws.service_host { endpoint })
    local ok, err = host:open()
    if not ok then return nil, err end
    return keep(host), host.urls[1]
  end

  local function name_at(url, options)
    local given = { timeout = 10 * STRESS }
    for key, value in pairs(options or {}) do given[key] = value end
    local channel = keep(assert(wws.connect(url, given)))
    local reply, err = channel:request(world.ADD, world.BODY)
    return reply and reply.body:match ">([^<]*)<", err
  end

  it("answer each for their own path, the longest first, and nobody for the others'", function()
    local _, url = serve "/a"
    serve("/a/b", port_of(url))
    local prefix = { "this_host", "port", "prefix_path" }
    serve("/c", port_of(url), { transport_url_matching_options = prefix, to_header_matching_options = prefix })
    for path, name in pairs { ["/a"] = "/a", ["/a/b"] = "/a/b", ["/c"] = "/c", ["/c/x"] = "/c" } do
      assert.equal(name, (name_at((url:gsub("/a$", path)))))
    end
    for _, path in ipairs { "/", "/a/c", "/ab", "/cx", "/d" } do
      local name, err = name_at((url:gsub("/a$", path)))
      assert.is_nil(name)
      assert.equal("endpoint_not_found", err.code)
    end
  end)

  it("take requests for one after another from the same connection", function()
    local first, url = serve "/one"
    local second = serve("/two", port_of(url))
    local function request(path)
      local message = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>%s</a:Action><a:MessageID>urn:1'
        .. '</a:MessageID><a:To>%s</a:To></s:Header><s:Body/></s:Envelope>'
      message = message:format(world.ADD, (url:gsub("/one$", path)))
      return ("POST %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\n\r\n%s")
        :format(path, port_of(url), #message, message)
    end
    local stream = assert(blocking.connect("localhost", port_of(url)))
    assert(stream:write(request "/one" .. request "/two" .. request "/three" .. request "/two"))
    local all, deadline = "", blocking.now() + 10 * STRESS
    while select(2, all:gsub("HTTP/1.1 ", "")) < 4 or not all:find "Envelope>$" do
      all = all .. assert(stream:read(65536, deadline))
    end
    local seen = {}
    for status in all:gmatch "HTTP/1.1 (%d+)" do seen[#seen + 1] = status end
    for name in all:gmatch "<name[^>]*>([^<]*)<" do seen[#seen + 1] = name end
    assert.same({ "200", "200", "404", "200", "/one", "/two", "/two" }, seen)
    assert.same({ 1, 2 }, { first:info().requests, second:info().requests })
    assert.same({ 1, 0 }, { first:info().accepted, second:info().accepted })
    stream:close()
  end)

  it("may have different descriptions over one and the same TLS (attack A18)", function()
    local events = { {}, {} }
    local function trace(list) return function(event) list[#list + 1] = event.step end end
    local _, url = serve("/open", nil, { security = TLS_ONLY, trace = trace(events[1]) })
    local second, secured = serve("/secured", port_of(url), { security = world.served(), trace = trace(events[2]) })
    assert.equal("/open", name_at(url, { security = { { type = "ssl", trust = certs.ca } } }))
    assert.same({ "request", "reply" }, events[1])
    local channel = assert(wws.connect(secured, { security = world.secured(), timeout = 10 * STRESS }))
    assert(channel:request(world.ADD, world.BODY))
    assert(channel:close())
    assert.same({ 1, 1, 1 }, { second:info().established, second:info().cancelled, second:info().requests })
    assert.same({ "request", "reply" }, events[1])
    assert.equal(6, #events[2])
    local name, err = name_at(secured, { security = { { type = "ssl", trust = certs.ca } } })
    assert.is_nil(name)
    assert.is_truthy(err.fault)
  end)

  it("must agree on what comes before the path", function()
    local _, url = serve("/open", nil, { security = TLS_ONLY })
    local port = port_of(url)
    local function refused(path, options, binding, property)
      local host, err = serve(path, port, options)
      assert.is_nil(host)
      assert.same({ "address_in_use", binding, property }, { err.code, err.binding or false, err.property })
    end
    refused("/open", { security = TLS_ONLY }, false, "url")
    refused("/plain", {}, false, "url")
    local ssl = { type = "ssl", credential = TLS_ONLY[1].credential, require_ssl_client_cert = true, trust = certs.ca }
    refused("/certain", { security = { ssl } }, "ssl", "require_ssl_client_cert")
    ssl = { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_pem } }
    local host = serve("/other", port, { security = { ssl } })
    assert.is_nil(host)
    assert.equal("/open", name_at(url, { security = { { type = "ssl", trust = certs.ca } } }))
  end)

  it("may close in any order; the last one frees the port", function()
    local first, url = serve "/one"
    local second, other = serve("/two", port_of(url))
    local channel = keep(assert(wws.connect(other, { timeout = 10 * STRESS })))
    assert(channel:request(world.ADD, world.BODY)) -- over a connection that came in through the first
    first:close()
    assert(channel:request(world.ADD, world.BODY))
    assert(channel:request(world.ADD, world.BODY))
    assert.equal("/two", (name_at(other)))
    assert.is_nil((name_at(url)))
    local again = serve("/one", port_of(url))
    assert.equal("/one", (name_at(url)))
    second:close()
    again:close()
    assert.is_nil((name_at(url)))
    local free = keep(assert(blocking.listen("localhost", port_of(url))))
    assert.equal(port_of(url), free.port)
  end)
end)
