-- Binary XML over HTTP, at both ends.
local core = require "wws.core"
local listeners = require "wws.listener"
local probe = require "wws.probe"
local world = require "spec.support.world"
local wws = require "wws"

local TYPE = "application/soap+msbin1"
local S12 = "http://www.w3.org/2003/05/soap-envelope"
local A10 = "http://www.w3.org/2005/08/addressing"

local function recorded(name)
  local file = assert(io.open("spec/vectors/wcf/http-binary/" .. name .. ".bin", "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

-- A listener at the recorded address that is entered above HTTP.
local function entered(options)
  options.url, options.env, options.encoding = "http://localhost:28203/http-bin", core.env {}, "binary"
  local seen = {}
  function options.on_request(channel)
    seen.request = assert(channel:receive())
    assert(channel:reply(seen.request, seen.request.action .. "Response", "<ok/>"))
  end
  local listener = assert(listeners.new(options))
  return function(body, content_type)
    seen.request = nil
    local request = { method = "POST", path = "/http-bin", headers = { ["Content-Type"] = content_type or TYPE },
                      body = body }
    local status, got, text = listener:handle(request)
    return status, text, got, seen.request, listener:info().last_error
  end
end

local function message(body)
  return ('<s:Envelope xmlns:s="%s" xmlns:a="%s"><s:Header><a:Action s:mustUnderstand="1">urn:a</a:Action>'
    .. "<a:MessageID>urn:m</a:MessageID>"
    .. '<a:To s:mustUnderstand="1">http://localhost:28203/http-bin</a:To></s:Header><s:Body>%s</s:Body></s:Envelope>')
    :format(S12, A10, body)
end

describe("binary XML over HTTP:", function()
  it("requests of .NET's WCF client are read, and answered in kind", function()
    local post = entered {}
    local status, answer, headers, request = post(recorded "0036-req")
    assert.equal(200, status)
    assert.equal("urn:wws:peers:calc/ICalculator/Add", request.action)
    assert.equal("http://localhost:28203/http-bin", request.to)
    assert.matches("^urn:uuid:%x+%-%x+%-%x+%-%x+%-%x+$", request.message_id)
    assert.equal("<a>0</a><b>40</b>", request.body:match ">(<a>.-</b>)<")
    assert.equal(TYPE, headers["Content-Type"])
    local text = assert(probe.nbf_read(answer))
    assert.matches("<a:RelatesTo>" .. request.message_id .. "</a:RelatesTo>", text, 1, true)
    request = select(4, post(recorded "0038-req"))
    assert.equal("urn:wws:peers:calc/ICalculator/WhoAmI", request.action)
  end)

  it("what is no binary XML is refused before it is read", function()
    local post = entered {}
    for _, content_type in ipairs { "application/soap+xml; charset=utf-8", "text/xml", "application/soap+msbinsession1",
                                    "application/soap+msbin1x", "" } do
      local status, _, _, request, err = post(recorded "0036-req", content_type)
      assert.equal(415, status, content_type)
      assert.is_nil(request)
      assert.equal("encoding", err.property)
      assert.equal(TYPE, err.expected)
    end
  end)

  it("a binary message is refused where text is read", function()
    local listener = assert(listeners.new { url = "http://localhost:28203/http-bin", env = core.env {},
                                            on_request = function() error "not reached" end })
    assert.equal(415, (listener:handle { method = "POST", path = "/http-bin", headers = { ["Content-Type"] = TYPE },
                                         body = recorded "0036-req" }))
  end)

  it("records that are wrong are refused as text that is wrong", function()
    local post = entered {}
    local whole = recorded "0036-req"
    for _, body in ipairs { whole:sub(1, -2), whole .. "\1", whole .. whole, "", message "<x/>",
                            "\0" .. whole, (whole:gsub("\137\40", "\127\40")) } do
      local status, text, _, request = post(body)
      assert.equal(400, status)
      assert.is_nil(request)
      assert.is_true(text == nil or text == "")
    end
  end)

  it("the quota holds for the message as text", function()
    local post = entered { max_buffered_message_size = 4000 }
    local array = "<i>1</i>"
    local small = assert(probe.nbf_write(message(array)))
    assert.equal(200, (post(small)))
    local bomb = small:gsub("\64\1i\131", function()
      return "\3\64\1i\1\181\128\8" .. ("\1"):rep(1024)
    end)
    assert.is_true(#bomb < 1500)
    local status, _, _, _, err = post(bomb)
    assert.equal(400, status)
    assert.equal("quota_exceeded", err.code)
  end)

  it("a channel refuses text where it reads binary, and names both", function()
    local host = assert(wws.service_host { { url = "http://localhost:0/x", operations = {
      ["urn:a"] = function() return "<ok/>" end } } })
    assert(host:open())
    local channel = assert(wws.connect(host.urls[1], { encoding = "binary" }))
    local reply, err = channel:request("urn:a", "<x/>")
    assert.is_nil(reply)
    assert.equal("endpoint_failure", err.code)
    host:close()
  end)

  it("a body that is not well-formed is not sent", function()
    local scene = world.scene { both = { encoding = "binary" } }
    local channel = scene:connect()
    local reply, err = channel:request(world.ADD, "<Add><a></Add>")
    assert.is_nil(reply)
    assert.equal("invalidarg", err.code)
    assert(channel:request(world.ADD, world.BODY))
    channel:close()
    scene:close()
  end)

  it("a session's dictionary is not for HTTP", function()
    for _, make in ipairs {
      function() return wws.connect("http://localhost:1/", { encoding = "binary_session" }) end,
      function()
        local listener, err = wws.listener { encoding = "binary_session" }
        if not listener then return nil, err end
        return listener:open "http://localhost:0/"
      end,
    } do
      local made, err = make()
      assert.is_nil(made)
      assert.equal("invalidarg", err.code)
      assert.equal("encoding", err.property)
    end
  end)

  for _, version in ipairs { "february_2005", "1.3" } do
    it("contexts of " .. version .. " establish, call, renew and cancel: signatures hold over the same infoset", function()
      local scene = world.scene {
        served = { secure_conversation_version = version },
        secured = { secure_conversation_version = version, renewal_interval = 100 },
        both = { encoding = "binary" },
      }
      local channel, steps = scene:connect()
      assert(channel:request(world.ADD, world.BODY))
      scene.env:advance(101)
      local reply = assert(channel:request(world.ADD, world.BODY))
      assert.matches("<AddResult>3</AddResult>", reply.body, 1, true)
      assert(channel:close())
      assert.same({ "establish", "request", "renew", "request", "cancel" }, steps)
      local info = scene:info()
      assert.same({ 1, 1, 1, 0 }, { info.established, info.renewals, info.cancelled, info.refused })
      scene:close()
    end)
  end
end)
