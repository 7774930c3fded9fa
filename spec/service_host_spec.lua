-- A service host with a crowd of clients in security contexts, some of which misbehave.
local blocking = require "wws.io.blocking"
local world = require "spec.support.world"
local wws = require "wws"

local CLIENTS, CALLS = 20, 5

local operations = {
  ["urn:raise"] = function() error "in the operation" end,
  ["urn:error"] = function() error { code = "Sender", reason = "an object that was raised" } end,
  ["urn:nonsense"] = function() return 42 end,
  ["urn:broken"] = function() return "<not XML" end,
  ["urn:refuse"] = function() return nil, { code = "Sender", subcode = "{urn:calculator}Overflow", reason = "too much" } end,
  ["urn:slow"] = function()
    blocking.sleep(blocking.now() + 0.02)
    return "<slow xmlns='urn:x'/>"
  end,
}

local function wait_for(seconds, is_over)
  local deadline = blocking.now() + seconds * (os.getenv("WWS_STRESS") and 20 or 1)
  while not is_over() and blocking.now() < deadline do blocking.step(0.02) end
  return is_over()
end

-- What each client does besides adding.
local MISBEHAVE = {
  function(channel) return channel:request("urn:raise", "<x/>") end,
  function(channel) return channel:request("urn:error", "<x/>") end,
  function(channel) return channel:request("urn:nonsense", "<x/>") end,
  function(channel) return channel:request("urn:broken", "<x/>") end,
  function(channel) return channel:request("urn:refuse", "<x/>") end,
  function(channel) return channel:request("urn:unknown", "<x/>") end,
}

describe("a service host", function()
  local scene

  before_each(function()
    scene = world.scene { operations = operations }
  end)

  after_each(function() scene:close() end)

  it("serves many clients in their contexts at once, whatever its operations raise", function()
    local done, sums, faults, others = 0, 0, 0, {}
    local function client(number)
      local channel = scene:connect({ timeout = 60 })
      for i = 1, CALLS do
        local reply = assert(channel:request(world.ADD,
          ("<Add xmlns='http://example.org/'><a>%d</a><b>%d</b></Add>"):format(number, i)))
        if tonumber(reply.body:match("<AddResult>(%d+)<")) == number + i then sums = sums + 1 end
        local nothing, err = MISBEHAVE[(number + i) % #MISBEHAVE + 1](channel)
        if nothing == nil and err.fault then faults = faults + 1 else others[#others + 1] = tostring(err) end
        assert(channel:request("urn:slow", "<x/>"))
      end
      assert(channel:close())
      done = done + 1
    end
    for number = 1, CLIENTS do blocking.spawn(client, number) end
    assert.is_true(wait_for(20, function() return done == CLIENTS end))
    assert.same({ CLIENTS * CALLS, CLIENTS * CALLS, {} }, { sums, faults, others })
    local info = scene.host:info()
    assert.same({ CLIENTS, CLIENTS, 0 }, { info.established, info.cancelled, info.active_contexts })
    assert.equal(CLIENTS * CALLS * 3, info.requests)
  end)

  it("tells the client what the operation meant to say, and of a mistake of its own nothing", function()
    local channel = scene:connect()
    local _, err = channel:request("urn:refuse", "<x/>")
    assert.same({ "Sender", "{urn:calculator}Overflow", "too much" },
      { err.fault.code, err.fault.subcode, err.fault.reason })
    assert.is_true(err.fault.secured)
    for _, name in ipairs { "raise", "error", "nonsense", "broken" } do
      _, err = channel:request("urn:" .. name, "<x/>")
      assert.equal("Receiver", err.fault.code, name)
      assert.equal("The service could not process the request.", err.fault.reason)
      assert.is_nil(tostring(err):find("in the operation", 1, true))
    end
    assert(channel:request(world.ADD, world.BODY))
    assert.equal(1, scene:info().established)
    channel:close()
  end)

  it("goes on when clients leave in the middle of a call", function()
    local left = {}
    for i = 1, CLIENTS do
      local channel = scene:connect()
      blocking.spawn(function()
        channel:request("urn:slow", "<x/>")
        left[i] = true
      end)
      blocking.spawn(function()
        blocking.sleep(blocking.now() + 0.002 * i)
        channel:abort()
      end)
    end
    assert.is_true(wait_for(20, function() return #left == CLIENTS end))
    local channel = scene:connect()
    assert(channel:request(world.ADD, world.BODY))
    channel:close()
    assert.is_true(wait_for(5, function() return scene:info().connections == 0 end))
  end)
end)

describe("service host: requests through somebody else's HTTP server", function()
  local function post(host, path, body)
    return host:handle { method = "POST", path = path, body = body,
                         headers = { ["content-type"] = "application/soap+xml; charset=utf-8" } }
  end

  local function message(url)
    return '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">'
      .. "<s:Header><a:Action>urn:where</a:Action><a:To>" .. url .. "</a:To></s:Header><s:Body/></s:Envelope>"
  end

  local function endpoint(url)
    return { url = url, security = {}, operations = { ["urn:where"] = function() return "<at>" .. url .. "</at>" end } }
  end

  local host
  before_each(function()
    host = assert(wws.service_host { handled = true, endpoint "http://localhost:1/a", endpoint "http://localhost:1/a/b" })
  end)
  after_each(function() host:close() end)

  it("go to the endpoint with the longest path at or above theirs (attack A18)", function()
    for _, path in ipairs { "/a", "/a/b" } do
      local url = "http://localhost:1" .. path
      local status, headers, body = post(host, path, message(url))
      assert.same({ 200, "application/soap+xml; charset=utf-8" }, { status, headers["Content-Type"] })
      assert.is_truthy(body:find(">" .. url .. "</at>", 1, true), body)
    end
    assert.equal(404, (post(host, "/c", message "http://localhost:1/c")))
  end)

  it("may have their bodies in pieces, of which no more are taken than fit", function()
    local text, at, taken = message "http://localhost:1/a", 0, 0
    assert.equal(200, (post(host, "/a", function()
      at = at + 1
      return text:sub(at, at) ~= "" and text:sub(at, at) or nil
    end)))
    assert.equal(413, (post(host, "/a", function()
      taken = taken + 1
      return (" "):rep(4096)
    end)))
    assert.equal(17, taken)
  end)

  it("are all there is: the host does not listen", function()
    assert.equal("invalid_operation", select(2, host:open()).code)
    assert.has_error(function() host:handle { path = 1 } end)
    assert.has_error(function() wws.service_host { handled = "yes" } end)
  end)
end)
