local probe = require "wws.probe"
local service = require "spec.support.service"

local NOW = 1795248000

-- What the second request says after the first was answered with these Set-Cookie fields.
local function sent_after(fields, options, url)
  local channel, session = service.open(nil, options, url or "http://www.example.org/svc/a?x=1"), {}
  local text = ""
  for _, field in ipairs(fields) do text = text .. "Set-Cookie: " .. field .. "\r\n" end
  local function first(request) return service.http(service.reply(request, "<ok/>"), nil, text) end
  assert(service.request(channel, { first }, session))
  assert.is_nil(session.requests[1].head:find("Cookie", 1, true))
  assert(service.request(channel, function(request) return service.http(service.reply(request, "<ok/>")) end, session))
  return session.requests[2].head:match("\r\nCookie: ([^\r]*)"), channel, session
end

local function date(seconds)
  return os.date("!%a, %d %b %Y %H:%M:%S GMT", NOW + seconds)
end

describe("channel: cookies", function()
  before_each(function()
    probe.clock(NOW * 1000, 0)
    service.now = NOW
  end)

  it("come back, each name once, the last value", function()
    assert.are.equal("a=1", (sent_after { "a=1" }))
    assert.are.equal("a=1; b=x=y", (sent_after { "a=1; HttpOnly", "b=x=y" }))
    assert.are.equal("a=2", (sent_after { "a=1", " a = 2 " }))
    assert.are.equal("a=", (sent_after { "a=" }))
  end)

  it("are left alone with cookie_mode manual", function()
    assert.is_nil((sent_after({ "a=1" }, { cookie_mode = "manual" })))
  end)

  for field, kept in pairs {
    ["a=1; Path=/"] = true, ["a=1; Path=/svc"] = true, ["a=1; Path=/svc/"] = true, ["a=1; Path=/svc/a"] = true,
    ["a=1; Path=/sv"] = false, ["a=1; Path=/other"] = false, ["a=1; Path=x"] = true, ["a=1; Path="] = true,
    ["a=1; Domain=www.example.org"] = true, ["a=1; Domain=.example.org"] = true, ["a=1; Domain=example.org"] = true,
    ["a=1; Domain=org"] = false, ["a=1; Domain=ample.org"] = false, ["a=1; Domain=evil.org"] = false,
    ["a=1; Secure"] = false, ["a=1; Max-Age=10"] = true, ["a=1; Max-Age=0"] = false, ["a=1; max-age=-5"] = false,
    ["a=1; Max-Age=x"] = true, ["a=1; Max-Age=99999999999999999999"] = true, ["a"] = false, ["=1"] = false,
      [""] = false,
    [";;;"] = false, ["a=1; Expires=" .. date(60)] = true, ["a=1; Expires=" .. date(-60)] = false,
    ["a=1; Expires=some day"] = true, ["a=1; Max-Age=10; Expires=" .. date(-60)] = true,
    ["a=" .. ("x"):rep(4094)] = true, ["a=" .. ("x"):rep(4095)] = false,
  } do
    it((kept and "keep " or "do not keep ") .. field:sub(1, 60), function()
      assert.are.equal(kept, (sent_after { field }) ~= nil)
    end)
  end

  it("that are Secure go over https alone", function()
    local channel, session = service.open { { type = "ssl" } }, {}
    local function first(request) return service.http(service.reply(request, "<ok/>"), nil,
      "Set-Cookie: a=1; Secure\r\n") end
    local function bare(request) return service.http(service.reply(request, "<ok/>")) end
    assert(service.request(channel, { first, bare }, session))
    assert(service.request(channel, { nil, bare }, session))
    assert.is_truthy(session.requests[2].head:find("Cookie: a=1", 1, true))
  end)

  it("go when their time is up, or when they are taken away", function()
    local _, channel, session = sent_after { "a=1; Max-Age=10", "b=2" }
    local function bare(request) return service.http(service.reply(request, "<ok/>")) end
    probe.clock((NOW + 10) * 1000)
    assert(service.request(channel, function(request)
      return service.http(service.reply(request, "<ok/>"), nil, "Set-Cookie: b=; Max-Age=0\r\n")
    end, session))
    assert.are.equal("b=2", session.requests[3].head:match("\r\nCookie: ([^\r]*)"))
    assert(service.request(channel, bare, session))
    assert.is_nil(session.requests[4].head:find("Cookie", 1, true))
  end)

  it("are bounded in number", function()
    local fields = {}
    for i = 1, 20 do fields[i] = "c" .. i .. "=1" end
    local line = sent_after(fields)
    assert.is_truthy(line:find("c16=1", 1, true))
    assert.is_nil(line:find("c17", 1, true))
  end)

  it("do not outlive the channel's opening", function()
    local _, channel = sent_after { "a=1" }
    assert(probe.channel.begin_close(channel))
    assert.are.equal("done", service.run(channel))
    assert(probe.channel.reset(channel))
    assert(probe.channel.open(channel, "http://www.example.org/svc/a", {}))
    local session = {}
    assert(service.request(channel, function(request) return service.http(service.reply(request, "<ok/>")) end,
      session))
    assert.is_nil(session.requests[1].head:find("Cookie", 1, true))
  end)
end)
