-- MTOM over HTTP, at both ends.
local core = require "wws.core"
local listeners = require "wws.listener"
local probe = require "wws.probe"
local world = require "spec.support.world"
local wws = require "wws"

local ROOM = "spec/vectors/wcf/http-mtom/"
local BLOB = ("AAEC"):rep(400) .. "/w=="

local function file(name)
  local handle = assert(io.open(ROOM .. name, "rb"))
  local bytes = handle:read "*a"
  handle:close()
  return bytes
end

-- A listener at the recorded address that is entered above HTTP.
local function entered(options)
  options.url, options.env = "http://localhost:28204/http-mtom12", core.env {}
  options.encoding = options.encoding or "mtom_utf8"
  local seen = {}
  function options.on_request(channel)
    seen.request = assert(channel:receive())
    assert(channel:reply(seen.request, seen.request.action .. "Response", "<r>" .. BLOB .. "</r>"))
  end
  local listener = assert(listeners.new(options))
  return function(body, content_type)
    seen.request = nil
    local status, headers, text = listener:handle { method = "POST", path = "/http-mtom12",
      headers = { ["Content-Type"] = content_type }, body = body }
    return status, text, headers, seen.request, listener:info().last_error
  end
end

describe("MTOM over HTTP:", function()
  it("requests of .NET's WCF client are read, and answered in kind", function()
    local status, answer, headers, request = entered {} (file "0048-req.bin", (file "0048-req.type":gsub("\n", "")))
    assert.equal(200, status)
    assert.equal("urn:wws:peers:calc/ICalculator/Add", request.action)
    assert.equal("<a>0</a><b>40</b>", request.body:match ">(<a>.-</b>)<")
    assert.matches("^multipart/related; ", headers["Content-Type"])
    assert.is_truthy(answer:find(("\0\1\2"):rep(400) .. "\255\r\n--uuid:", 1, true))
    local text = assert(probe.mtom_read(headers["Content-Type"], "application/soap+xml", answer))
    assert.is_truthy(text:find("<r>" .. BLOB .. "</r>", 1, true))
  end)

  it("text is taken too, and answered as MTOM", function()
    local text = assert(probe.mtom_read((file "0048-req.type":gsub("\n", "")), "application/soap+xml", file "0048-req.bin"))
    local status, _, headers, request = entered {} (text, "application/soap+xml; charset=utf-8")
    assert.equal(200, status)
    assert.equal("urn:wws:peers:calc/ICalculator/Add", request.action)
    assert.matches("^multipart/related; ", headers["Content-Type"])
  end)

  it("what is neither is refused before it is read, parts that are wrong after (attack E7)", function()
    local type = file "0048-req.type":gsub("\n", "")
    local post = entered {}
    for _, other in ipairs { "application/soap+msbin1", (type:gsub("application/soap", "text")),
                             (type:gsub('type="application/xop%+xml"; ', "")), "multipart/form-data; boundary=b" } do
      local status, _, _, request = post(file "0048-req.bin", other)
      assert.equal(415, status, other)
      assert.is_nil(request)
    end
    for _, body in ipairs { "", file "0048-req.bin":sub(1, -20), (file "0048-req.bin":gsub("8bit", "base64")) } do
      local status, _, _, request = post(body, type)
      assert.equal(400, status)
      assert.is_nil(request)
    end
    assert.equal(415, (entered { encoding = "text_utf8" } (file "0048-req.bin", type)))
  end)

  it("base64 goes both ways as parts", function()
    local seen = {}
    local host = assert(wws.service_host { { url = "http://localhost:0/x", encoding = "mtom_utf8", operations = {
      ["urn:a"] = function(request)
        seen.body = request.body
        return "<r>" .. BLOB .. "</r>"
      end } } })
    assert(host:open())
    local channel = assert(wws.connect(host.urls[1], { encoding = "mtom_utf8" }))
    local reply = assert(channel:request("urn:a", "<x><y>" .. BLOB .. "</y><z>" .. BLOB .. "</z></x>"))
    assert.equal(BLOB, reply.body:match ">([^<]*)</r>")
    assert.equal(BLOB .. "</y><z>" .. BLOB, seen.body:match "<y>(.*)</z>")
    channel:close()
    host:close()
  end)

  it("contexts establish, call, renew and cancel: signatures hold over the same infoset", function()
    local scene = world.scene { secured = { renewal_interval = 100 }, both = { encoding = "mtom_utf8" } }
    local channel, steps = scene:connect()
    assert(channel:request(world.ADD, world.BODY))
    scene.env:advance(101)
    assert(channel:request(world.ADD, world.BODY))
    assert(channel:close())
    assert.same({ "establish", "request", "renew", "request", "cancel" }, steps)
    scene:close()
  end)

  it("is for HTTP alone so far", function()
    local channel, err = wws.connect("net.tcp://localhost:1/", { encoding = "mtom_utf8" })
    assert.is_nil(channel)
    assert.equal("notimpl", err.code)
    assert.equal("encoding", err.property)
  end)
end)
