-- Redirections: followed only when the user says so, with the same message, so often and not further than allowed.
local probe = require "wws.probe"
local service = require "spec.support.service"

local function redirect(location, status, more)
  return ("HTTP/1.1 %s\r\nContent-Length: 0\r\n%s%s\r\n"):format(status or "307 Temporary Redirect",
    location and "Location: " .. location .. "\r\n" or "", more or "")
end

local function good(request) return service.http(service.reply(request, "<ok/>")) end

local function refused(options, answers, session)
  local channel = service.open(nil, options)
  local reply, err = service.request(channel, answers, session)
  assert.is_nil(reply)
  return err, channel
end

local ON = { enable_http_redirect = true }

describe("channel: request_channel_redirect", function()
  before_each(function() probe.clock(service.now * 1000) end)

  it("is not followed by default", function()
    for _, status in ipairs { "301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent" } do
      local session = {}
      local err = refused(nil, { redirect("/other", status) }, session)
      assert.same({ "endpoint_failure", 1 }, { err.code, #session.requests })
      assert.is_truthy(err.message:find("redirection", 1, true))
    end
  end)

  it("goes to another path of the same connection with the same message, and begins at home again", function()
    local channel, session = service.open(nil, ON), {}
    assert(service.request(channel, { redirect "/other?x=1", good, good }, session))
    assert.equal(1, session.connections)
    assert.is_truthy(session.requests[2].head:find "^POST /other%?x=1 HTTP/1.1\r\nHost: localhost:8443\r\n")
    assert.equal(session.requests[1].body, session.requests[2].body)
    assert(service.request(channel, good, session))
    assert.is_truthy(session.requests[3].head:find "^POST /calculator HTTP")
    assert.equal(1, session.connections)
  end)

  it("goes to another host and port over a new connection", function()
    for _, status in ipairs { "307 T", "308 P" } do
      local channel, session = service.open(nil, ON), {}
      assert(service.request(channel, { redirect("http://elsewhere.example/x", status), good }, session))
      assert.same({ 2, "elsewhere.example", 80 }, { session.connections, session.connected[1], session.connected[2] })
      assert.is_truthy(session.requests[2].head:find "^POST /x HTTP/1.1\r\nHost: elsewhere.example\r\n")
      assert(service.request(channel, good, session))
      assert.same({ 3, "localhost", 8443 }, { session.connections, session.connected[1], session.connected[2] })
    end
  end)

  it("follows ten in a call, not eleven", function()
    local function after(count)
      return function(request) return request.number > count and good(request) or redirect "/again" end
    end
    assert(service.request(service.open(nil, ON), after(10)))
    local session = {}
    local err = refused(ON, after(11), session)
    assert.same({ "endpoint_failure", "enable_http_redirect", 11 }, { err.code, err.property, #session.requests })
    assert.is_truthy(err.message:find("ten before", 1, true))
  end)

  it("is refused when it would lose the message, TLS, or its way", function()
    for _, status in ipairs { "301 Moved", "302 Found", "303 See Other" } do
      assert.equal("endpoint_failure", refused(ON, { redirect("/other", status) }).code)
    end
    for _, location in ipairs { false, "https://localhost/x", "net.tcp://h/", "other", "//elsewhere/x", "http://a b/",
      "http://user@h/" } do
      local session = {}
      local err = refused(ON, { redirect(location or nil) }, session)
      assert.same({ "endpoint_failure", "enable_http_redirect", 1 }, { err.code, err.property, #session.requests })
    end
    local err = refused(ON, { redirect("/a", nil, "Location: /b\r\n") })
    assert.is_truthy(err.message:find("not one Location", 1, true))
  end)

  it("asks the callback, whose answer counts", function()
    local asked = {}
    local options = { http_redirect_callback = function(from, to)
      asked[#asked + 1] = from .. " " .. to
      return to:find("/bad", 1, true) == nil
    end }
    local channel = service.open(nil, options)
    assert(service.request(channel, { redirect "/good", good }))
    local err = refused(options, { redirect "http://good.example/1", redirect "/bad" })
    assert.same({ "endpoint_failure", "http_redirect_callback" }, { err.code, err.property })
    assert.same({ "http://localhost:8443/calculator http://localhost:8443/good",
      "http://localhost:8443/calculator http://good.example/1", "http://good.example:80/1 http://good.example:80/bad" },
      asked)
  end)

  it("closes a connection that the response ends", function()
    local channel, session = service.open(nil, ON), {}
    assert(service.request(channel, { redirect("/other", nil, "Connection: close\r\n"), good }, session))
    assert.equal(2, session.connections)
  end)
end)
