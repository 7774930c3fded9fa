-- Whom a request means: its URL (request target and Host) and its To header, each held against the listener's own URL
-- as WS_URL_MATCHING_OPTIONS say.
local core = require "wws.core"
local listeners = require "wws.listener"

local NAME, ADDRESSES = core.listener.here()
local LABEL = NAME:match "^[^.]*"
local MESSAGE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>urn:a</a:Action><a:MessageID>urn:1</a:MessageID>'
  .. "<a:To>%s</a:To></s:Header><s:Body/></s:Envelope>"
local OWN = "http://elsewhere.example:8080/calc/add"

local function listener_of(options, url)
  local given = { url = url or OWN, on_request = function(channel)
    channel:reply(assert(channel:receive()), "urn:b", "<ok/>")
  end }
  for key, value in pairs(options or {}) do given[key] = value end
  return assert(listeners.new(given))
end

local function ask(listener, host, path, to)
  local status = listener:handle { method = "POST", path = path, headers = { Host = host,
    ["Content-Type"] = "application/soap+xml" }, body = MESSAGE:format(to) }
  return status
end

local function takes_transport(options, host, path, url)
  local listener = listener_of({ transport_url_matching_options = options, host_names = { "more.example" } }, url)
  local status = ask(listener, host, path, url or OWN)
  if status ~= 200 then
    assert.equal(404, status)
    local err = listener:info().last_error
    assert.same({ "endpoint_not_found", "transport_url_matching_options" }, { err.code, err.property })
  end
  return status == 200
end

local function takes_to(options, to, url)
  local listener = listener_of({ to_header_matching_options = options, host_names = { "more.example" } }, url)
  local status = ask(listener, nil, "/calc/add", to)
  if status ~= 200 then
    local err = listener:info().last_error
    assert.same({ "endpoint_not_found", "to_header_matching_options" }, { err.code, err.property })
  end
  return status == 200
end

-- options (nil: the default), host, path, taken
local CASES = {
  { nil, "elsewhere.example:8080", "/calc/add", true },
  { nil, "ELSEWHERE.example:8080", "/calc/%61dd", true },
  { nil, "elsewhere.example:8080", "/calc/Add", false },
  { nil, "elsewhere.example:8080", "/calc/add/", false },
  { nil, "elsewhere.example:8080", "/calc", false },
  { nil, "elsewhere.example:8080", "/calc/add?x=1", false },
  { nil, "elsewhere.example", "/calc/add", false },
  { nil, "elsewhere.example:8081", "/calc/add", false },
  { nil, "another.example:8080", "/calc/add", false },
  { nil, "localhost:8080", "/calc/add", true },
  { nil, "127.0.0.1:8080", "/calc/add", true },
  { nil, "[::1]:8080", "/calc/add", true },
  { nil, "more.example:8080", "/calc/add", true },
  { nil, "192.0.2.7:8080", "/calc/add", false },
  { { "local_host", "port", "exact_path" }, "localhost:8080", "/calc/add", true },
  { { "local_host", "port", "exact_path" }, "127.0.0.1:8080", "/calc/add", false },
  { { "local_host", "port", "exact_path" }, "more.example:8080", "/calc/add", false },
  { { "local_host", "port", "exact_path" }, "elsewhere.example:8080", "/calc/add", true },
  { { "host_addresses", "port", "exact_path" }, "127.0.0.1:8080", "/calc/add", true },
  { { "host_addresses", "port", "exact_path" }, "localhost:8080", "/calc/add", false },
  { { "dns_host", "exact_path" }, "more.example:1", "/calc/add", true },
  { { "dns_fully_qualified_host", "exact_path" }, "more.example:1", "/calc/add", true },
  { { "netbios_host", "exact_path" }, "more.example:1", "/calc/add", true },
  { { "netbios_host", "exact_path" }, "localhost:1", "/calc/add", false },
  { { "this_host" }, "localhost:1", "/anything?at=all", true },
  { { "this_host" }, "another.example:1", "/calc/add", false },
  { { "port" }, "another.example:8080", "/x", true },
  { { "port" }, "another.example:8081", "/x", false },
  { { "exact_path" }, "another.example", "/calc/add?x=1", true },
  { { "exact_path", "no_query" }, "another.example", "/calc/add?x=1", false },
  { { "prefix_path" }, "another.example", "/calc/add/more?x=1", true },
  { { "prefix_path" }, "another.example", "/calc/add", true },
  { { "prefix_path" }, "another.example", "/calc/%61dd/more", true },
  { { "prefix_path" }, "another.example", "/calc/adds", false },
  { { "prefix_path" }, "another.example", "/calc", false },
  { { "prefix_path", "no_query" }, "another.example", "/calc/add/more?x=1", false },
  { {}, "another.example", "/", true },
}

describe("channel: listener_match", function()
  for i, case in ipairs(CASES) do
    local options, host, path, taken = case[1], case[2], case[3], case[4]
    local what = ("%d: %s %s%s with %s"):format(i, taken and "takes" or "refuses", host, path,
      options and "{" .. table.concat(options, " ") .. "}" or "the default")
    it(what, function()
      assert.equal(taken, takes_transport(options, host, path))
      assert.equal(taken, takes_to(options, "http://" .. host .. path))
    end)
  end

  it("knows this machine's names and addresses", function()
    for _, address in ipairs(ADDRESSES) do
      local host = (address:find(":", 1, true) and "[" .. address .. "]" or address) .. ":8080"
      assert.is_true(takes_transport(nil, host, "/calc/add"))
      assert.is_false(takes_transport({ "local_host" }, host, "/calc/add"))
    end
    if LABEL ~= "" then
      assert.is_true(takes_transport({ "dns_host" }, LABEL:upper(), "/"))
      assert.is_true(takes_transport({ "netbios_host" }, LABEL:sub(1, 15), "/"))
      assert.is_false(takes_transport({ "host_addresses" }, LABEL, "/"))
      assert.equal(NAME ~= LABEL, takes_transport({ "dns_fully_qualified_host" }, NAME, "/"))
    end
  end)

  it("compares the whole URL of a request target in absolute form, and not Host", function()
    assert.is_true(takes_transport(nil, "another.example", OWN))
    assert.is_false(takes_transport(nil, "localhost:8080", "http://another.example:8080/calc/add"))
    assert.is_false(takes_transport(nil, "localhost:8080", "https://localhost:8080/calc/add"))
    assert.is_false(takes_transport(nil, "localhost:8080", "gopher:"))
  end)

  it("takes a Host for nothing but a host and a port", function()
    for _, host in ipairs { "localhost:8080/", "localhost:8080/calc/add?", "a@localhost:8080", "localhost:99999", "[::1:8080",
      "localhost:8080#", ("x"):rep(300) } do
      assert.is_false(takes_transport(nil, host, "/calc/add"))
    end
  end)

  it("compares no host that did not come, and none at all for a wildcard", function()
    assert.is_true(takes_transport(nil, nil, "/calc/add"))
    assert.is_true(takes_transport(nil, "another.example:8080", "/calc/add", "http://+:8080/calc/add"))
    assert.is_true(takes_to(nil, "http://another.example:8080/calc/add", "http://*:8080/calc/add"))
    assert.is_false(takes_to(nil, "https://another.example:8080/calc/add", "http://*:8080/calc/add"))
  end)
end)
