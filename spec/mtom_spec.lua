-- MTOM at both ends.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local listeners = require "wws.listener"
local probe = require "wws.probe"
local world = require "spec.support.world"
local wws = require "wws"

local PATIENCE = 10 * (os.getenv "WWS_STRESS" and 20 or 1)
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
end)

describe("MTOM over net.tcp:", function()
  local MEDIA = "application/soap+xml"
  local ECHO = { ["urn:a"] = function(request) return (request.body:gsub("<x[^>]*>", "<x>")) end }

  local function hosted(options, body)
    local endpoint = { url = "net.tcp://localhost:0/x", encoding = "mtom_utf8", close_timeout = 0.02, operations = ECHO }
    for name, value in pairs(options) do endpoint[name] = value end
    local host = assert(wws.service_host { endpoint })
    assert(host:open())
    local ok, err = pcall(body, host.urls[1], host)
    host:close()
    if not ok then error(err, 0) end
  end

  -- What a client says in a session, as raw bytes; returns what comes back.
  local function raw(url, said)
    local stream = assert(blocking.connect("localhost", tonumber(url:match ":(%d+)/"), {}))
    local got = ""
    stream:write("\0\1\0\1\2\2" .. string.char(#url) .. url .. said, core.now() + PATIENCE)
    repeat
      local bytes = stream:read(65536, core.now() + PATIENCE)
      got = got .. (bytes or "")
    until not bytes or got:find "%-%-\r\n$"
    stream:close()
    return got
  end

  local function envelope(bytes)
    local n = #bytes
    return "\6" .. string.char(n % 128 + 128, math.floor(n / 128) % 128 + 128, math.floor(n / 16384)) .. bytes
  end

  local MESSAGE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">'
    .. "<s:Header><a:Action>urn:a</a:Action><a:MessageID>urn:1</a:MessageID><a:To>%s</a:To></s:Header>"
    .. "<s:Body><x>%s</x></s:Body></s:Envelope>"
  local INCLUDE = '<i:Include href="cid:%s" xmlns:i="http://www.w3.org/2004/08/xop/include"/>'

  -- A message as WCF frames it, with the parts `parts`: names to octets.
  local function message(url, content, parts)
    local text = "MIME-Version: 1.0\r\nContent-Type: multipart/related;type=\"application/xop+xml\";boundary=\"b+id=1\";"
      .. "start=\"<http://tempuri.org/0>\";start-info=\"" .. MEDIA .. "\"\r\n"
      .. "\r\n--b+id=1\r\nContent-ID: <http://tempuri.org/0>\r\nContent-Transfer-Encoding: 8bit\r\n"
      .. "Content-Type: application/xop+xml;charset=utf-8;type=\"" .. MEDIA .. "\"\r\n\r\n" .. MESSAGE:format(url, content)
    for _, part in ipairs(parts) do
      text = text .. "\r\n--b+id=1\r\nContent-ID: <" .. part[1] .. ">\r\nContent-Transfer-Encoding: binary\r\n"
        .. "Content-Type: application/octet-stream\r\n\r\n" .. part[2]
    end
    return text .. "\r\n--b+id=1--\r\n"
  end

  for _, encoding in ipairs { "mtom_utf8", "mtom_utf16le", "mtom_utf16be" } do
    for mode, options in pairs { session = {}, ["streamed input"] = { transfer_mode = "streamed_input" } } do
      it(("parts go both ways in %s, by %s"):format(encoding, mode), function()
        options.encoding, options.timeout = encoding, PATIENCE
        hosted({ encoding = encoding }, function(url)
          local channel = assert(wws.connect(url, options))
          for _ = 1, 2 do
            local reply = assert(channel:request("urn:a", "<x><y>" .. BLOB .. "</y><z>" .. BLOB .. "</z></x>"))
            assert.equal(BLOB .. "</y><z>" .. BLOB, reply.body:match "<y>(.*)</z>")
          end
          assert.is_truthy(select(2, channel:request("urn:none", "<x/>")).fault)
          assert(channel:close())
        end)
      end)
    end
  end

  it("each message brings its headers, and the reply does", function()
    hosted({}, function(url)
      local function named(type) return "\4" .. string.char(#type) .. type end
      for _, encoding in ipairs { "\3\6", named "multipart/related",
                                  named 'multipart/related; type="application/xop+xml"' } do
        local said = encoding .. "\12" .. envelope(message(url, INCLUDE:format "p", { { "p", ("\0\1\2"):rep(400) } }))
        local got = raw(url, said)
        local type, body = got:match "^\11\6..MIME%-Version: 1%.0\r\nContent%-Type: (multipart/related; [^\r]+)\r\n(.*)$"
        assert.is_truthy(type, got)
        assert.is_truthy(body:find(("\0\1\2"):rep(400) .. "\r\n--", 1, true))
        local text = assert(probe.mtom_read(type, MEDIA, body))
        assert.is_truthy(text:find("<x>" .. ("AAEC"):rep(400) .. "</x>", 1, true))
      end
      assert.is_truthy(raw(url, "\3\7\12"):find("ContentTypeInvalid", 1, true))
      assert.is_truthy(raw(url, named 'multipart/related; type="text/plain"' .. "\12"):find("ContentTypeInvalid", 1, true))
    end)
  end)

  it("what is wrong with a message ends its session, and nobody sees it (attack E7)", function()
    hosted({ operations = { ["urn:a"] = function() error "seen" end } }, function(url, host)
      local part = { "p", ("\0\1\2"):rep(400) }
      local good = message(url, INCLUDE:format "p", { part })
      local many = {}
      for i = 1, 1100 do many[i] = { "n" .. i, "" } end
      local bad = {
        ["a part that is not there"] = message(url, INCLUDE:format "q", { part }),
        ["a part that is referred to twice"] = message(url, "<a>" .. INCLUDE:format "p" .. "</a><b>" .. INCLUDE:format "p"
          .. "</b>", { part }),
        ["a part of the same name"] = message(url, INCLUDE:format "p", { part, part }),
        ["a part that refers to itself"] = message(url, INCLUDE:format "http://tempuri.org/0", { part }),
        ["text beside the reference"] = message(url, "x" .. INCLUDE:format "p", { part }),
        ["the boundary's beginning alone"] = good:gsub("%-%-b%+id=1%-%-", "--b+id="),
        ["another transfer encoding"] = good:gsub("8bit", "base64"),
        ["no headers"] = good:gsub("^.-\r\n\r\n", ""),
        ["no end of the headers"] = "MIME-Version: 1.0\r\n",
        ["another version"] = good:gsub("1%.0", "2.0", 1),
        ["another root"] = good:gsub("application/xop%+xml", "text/xml", 1),
        ["a header twice"] = "MIME-Version: 1.0\r\n" .. good,
        ["headers without an end"] = ("X: y\r\n"):rep(2000) .. good,
        ["too many parts"] = message(url, INCLUDE:format "p", many):sub(1, 60000),
      }
      local count = 0
      for what, bytes in pairs(bad) do
        assert.equal("\11", raw(url, "\3\6\12" .. envelope(bytes)):sub(1, 1), what)
        count = count + 1
        local deadline = core.now() + PATIENCE
        while host:info().failed < count and core.now() < deadline do blocking.sleep(core.now() + 0.005) end
        assert.equal(count, host:info().failed, what)
        assert.equal(0, host:info().requests, what)
      end
    end)
  end)

  it("is not streamed out", function()
    local err = select(2, wws.connect("net.tcp://localhost:1/", { encoding = "mtom_utf8", transfer_mode = "streamed" }))
    assert.same({ "notimpl", "encoding" }, { err.code, err.property })
  end)
end)
