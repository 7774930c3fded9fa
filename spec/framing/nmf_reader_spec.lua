local probe = require "wws.probe"
local hex = require "spec.support.hex"

local VERSION, MODE, VIA, KNOWN, EXTENSIBLE = "\0\1\0", "\1\2", "\2\23net.tcp://localhost/a/b", "\3\3", "\4\8text/odd"
local PREAMBLE = VERSION .. MODE .. VIA .. KNOWN

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- Every event, whatever portions the bytes come in; data of one envelope is joined.
local function events(reader, bytes, size)
  local list = {}
  size = size or math.max(#bytes, 1)
  for first = 1, #bytes, size do
    local got, rest, err, fault = reader:feed(bytes:sub(first, first + size - 1))
    for _, event in ipairs(got) do
      local last = list[#list]
      if event.kind == "data" and last and last.kind == "data" then
        last.text = last.text .. event.text
      else
        list[#list + 1] = event
      end
    end
    if err then return list, err, fault end
    assert.equal("", rest)
  end
  return list
end

local function brief(list)
  local words = {}
  for i, event in ipairs(list) do
    words[i] = event.kind == "data" and #event.text .. " bytes" or event.kind .. " " .. event.record
  end
  return table.concat(words, ", ")
end

local function both(name, body)
  it(name .. ", at once", function() body(nil) end)
  it(name .. ", byte by byte", function() body(1) end)
end

local PREAMBLE_EVENTS = "got Version, got Mode, got Via, got KnownEncoding"

describe("framing: records that a server reads", function()
  both("reads a session", function(size)
    local reader = probe.nmf_reader "server"
    local list = events(reader, PREAMBLE .. "\12" .. "\6\5hello" .. "\6\1!" .. "\7", size)
    assert.equal(PREAMBLE_EVENTS .. ", got PreambleEnd, begin SizedEnvelope, 5 bytes, complete SizedEnvelope, "
      .. "begin SizedEnvelope, 1 bytes, complete SizedEnvelope, got End", brief(list))
    assert.equal(2, list[2].value)
    assert.equal("net.tcp://localhost/a/b", list[3].text)
    assert.equal(3, list[4].value)
    assert.equal("hello", list[7].text)
    assert.is_true(reader:finish())
  end)

  both("reads an extensible encoding and a minor version of any number", function(size)
    local list = events(probe.nmf_reader "server", "\0\1\7" .. MODE .. VIA .. EXTENSIBLE, size)
    assert.equal("text/odd", list[4].text)
  end)

  both("reads a singleton in chunks", function(size)
    local reader = probe.nmf_reader "server"
    local list = events(reader, VERSION .. "\1\1" .. VIA .. KNOWN .. "\12\5\3abc\2de\0\7", size)
    assert.equal(PREAMBLE_EVENTS .. ", got PreambleEnd, begin UnsizedEnvelope, 5 bytes, complete UnsizedEnvelope, "
      .. "got End", brief(list))
    assert.equal("abcde", list[7].text)
  end)

  both("takes all that follows the preamble of a sized singleton as its message", function(size)
    local reader = probe.nmf_reader "server"
    local list = events(reader, VERSION .. "\1\4" .. VIA .. KNOWN .. "\7\8any octets", size)
    assert.equal(PREAMBLE_EVENTS .. ", 12 bytes", brief(list))
    assert.is_true(reader:finish())
  end)

  both("stops at an upgrade until it is over", function(size)
    local reader = probe.nmf_reader "server"
    local list = events(reader, PREAMBLE .. "\9\19application/ssl-tls", size)
    assert.equal("application/ssl-tls", list[5].text)
    assert.equal(5, reader:state())
    reader:upgraded()
    assert.equal("got PreambleEnd", brief(events(reader, "\12", size)))
  end)

  it("leaves what follows one event alone", function()
    local got, rest = probe.nmf_reader("server"):feed(PREAMBLE, true)
    assert.equal("got Version", brief(got))
    assert.equal(PREAMBLE:sub(4), rest)
  end)

  -- fault: what the client is told, by its number in nmf_fault.h
  local WRONG = {
    { "a major version of 2", "\0\2\0", "not_supported", 6 },
    { "a mode of 9", VERSION .. "\1\9", "not_supported", 5 },
    { "a mode of 0", VERSION .. "\1\0", "not_supported", 5 },
    { "a Via past 2048 octets", VERSION .. MODE .. "\2\129\16", "quota_exceeded", 4 },
    { "a Via that is no UTF-8", VERSION .. MODE .. "\2\2\255\254", "invalid_format", 0 },
    { "a content type past 256 octets", VERSION .. MODE .. VIA .. "\4\129\2", "quota_exceeded", 3 },
    { "an upgrade's name past 256 octets", PREAMBLE .. "\9\129\2", "quota_exceeded", 3 },
    { "a size past 31 bits", PREAMBLE .. "\12\6\255\255\255\255\8", "invalid_format", 0 },
    { "an envelope past its limit", PREAMBLE .. "\12\6\129\128\4", "quota_exceeded", 8 },
    { "an envelope without content", PREAMBLE .. "\12\6\0", "invalid_format", 0 },
    { "an unsized envelope in a session", PREAMBLE .. "\12\5", "invalid_format", 0 },
    { "an upgrade after the preamble", PREAMBLE .. "\12\9", "invalid_format", 7 },
    { "chunks past the limit together", VERSION .. "\1\1" .. VIA .. KNOWN .. "\12\5\1x\128\128\4", "quota_exceeded", 8 },
    { "HTTP", "GET / HTTP/1.1\r\n", "invalid_format", 0 },
  }
  for _, case in ipairs(WRONG) do
    both("refuses " .. case[1], function(size)
      local reader = probe.nmf_reader "server"
      local _, err, fault = events(reader, case[2], size)
      assert.is_table(err)
      assert.same({ case[3], case[4] }, { err.code, fault })
      assert.equal("object_faulted", select(3, reader:feed "x").code)
    end)
  end

  it("holds a raw message to the limit", function()
    local reader = probe.nmf_reader("server", 2, 10)
    local _, err = events(reader, VERSION .. "\1\4" .. VIA .. KNOWN .. "12345678901", 1)
    assert.equal("quota_exceeded", err.code)
  end)

  it("guesses who is there instead", function()
    for bytes, hint in pairs { ["GET /"] = "http: address", ["\22\3\1"] = "https", ["HTTP/1.1"] = "HTTP service" } do
      local _, _, err = probe.nmf_reader("server"):feed(bytes)
      assert.is_truthy(err.hint:find(hint, 1, true))
    end
  end)

  it("accepts an end at no place but where a session is over (attack F1)", function()
    for at = 0, #PREAMBLE + 7 do
      local bytes = (PREAMBLE .. "\12\6\4text"):sub(1, at)
      local reader = probe.nmf_reader "server"
      events(reader, bytes)
      local ok, err = reader:finish()
      assert.equal(at == 0, ok == true)
      assert.is_true(ok or err.code == "endpoint_disconnected")
    end
  end)
end)

describe("framing: records that a client reads", function()
  local UPGRADE, ACK = 12, 13

  both("reads the answers of a server", function(size)
    local reader = probe.nmf_reader "client"
    reader:expect(UPGRADE)
    assert.equal("got UpgradeResponse", brief(events(reader, "\10", size)))
    reader:expect(ACK)
    assert.equal("got PreambleAck, begin SizedEnvelope, 2 bytes, complete SizedEnvelope, got End",
      brief(events(reader, "\11\6\2hi\7", size)))
  end)

  both("reads a reply in chunks, or none", function(size)
    local reader = probe.nmf_reader("client", 1)
    reader:expect(ACK)
    assert.equal("got PreambleAck, begin UnsizedEnvelope, 3 bytes, complete UnsizedEnvelope, got End",
      brief(events(reader, "\11\5\1a\2bc\0\7", size)))
    reader = probe.nmf_reader("client", 1)
    reader:expect(ACK)
    assert.equal("got PreambleAck, got End", brief(events(reader, "\11\7", size)))
  end)

  both("reads a fault where one may stand", function(size)
    for _, state in ipairs { UPGRADE, ACK, 14, 15, 16 } do
      local reader = probe.nmf_reader "client"
      reader:state(state)
      local list = events(reader, probe.nmf_write(8, probe.nmf_fault(9)), size)
      assert.equal(probe.nmf_fault(9), list[1].text)
    end
  end)

  it("refuses a fault of more than 256 octets", function()
    local reader = probe.nmf_reader "client"
    reader:expect(ACK)
    assert.equal("quota_exceeded", select(3, reader:feed "\8\129\2").code)
  end)

  it("hears nothing before it asked", function()
    assert.equal("invalid_format", select(3, probe.nmf_reader("client"):feed "\11").code)
  end)
end)

describe("framing: faults", function()
  local MEANING = {
    EndpointNotFound = "endpoint_not_found", ContentTypeInvalid = "invalid_format",
    ContentTypeTooLong = "quota_exceeded", ViaTooLong = "quota_exceeded", UnsupportedMode = "not_supported",
    UnsupportedVersion = "not_supported", UpgradeInvalid = "security_verification_failure",
    MaxMessageSizeExceededFault = "quota_exceeded", ServerTooBusy = "endpoint_too_busy",
    ServiceActivationFailed = "endpoint_failure", ConnectionDispatchFailed = "endpoint_failure",
    EndpointUnavailable = "endpoint_not_available", SomethingElse = "endpoint_failure",
  }
  for name, code in pairs(MEANING) do
    it("knows " .. name, function()
      local _, err = probe.nmf_fault("http://schemas.microsoft.com/ws/2006/05/framing/faults/" .. name)
      assert.equal(code, err.code)
    end)
  end

  it("writes each as it is published", function()
    local seen = 0
    for i = 1, 12 do
      seen = seen + (MEANING[probe.nmf_fault(i):match "faults/(%w+)$"] and 1 or 0)
    end
    assert.equal(12, seen)
  end)
end)

describe("framing: what is written", function()
  it("is the preamble of the specification's example", function()
    assert.equal("0001000102021d" .. hex.encode "net.tcp://localhost:8808/calc" .. "0308",
      hex.encode(probe.nmf_preamble(2, "net.tcp://localhost:8808/calc", "application/soap+msbinsession1")))
  end)

  it("names an encoding that has no number", function()
    local bytes = probe.nmf_preamble(2, "net.tcp://h/", "application/soap+xml; charset=UTF-8")
    assert.equal("\4\35application/soap+xml; charset=UTF-8", bytes:sub(-37))
  end)

  it("is read back", function()
    for _, size in ipairs { 1, 127, 128, 16383, 16384, 65536 } do
      local bytes = probe.nmf_write(6, ("x"):rep(size))
      local reader = probe.nmf_reader "server"
      reader:state(6)
      assert.equal(("begin SizedEnvelope, %d bytes, complete SizedEnvelope"):format(size), brief(events(reader, bytes)))
    end
    local reader = probe.nmf_reader "server"
    reader:state(7)
    assert.equal("begin UnsizedEnvelope, 9 bytes, complete UnsizedEnvelope, got End",
      brief(events(reader, probe.nmf_write(5, "some text") .. probe.nmf_write(7))))
  end)

  it("has no Via past 2048 octets", function()
    local bytes, err = probe.nmf_preamble(2, "net.tcp://h/" .. ("a"):rep(2040), "text/xml; charset=utf-8")
    assert.is_nil(bytes)
    assert.equal("quota_exceeded", err.code)
  end)

  it("knows the published encodings by their numbers", function()
    for octet = 0, 12 do assert.equal(octet, probe.nmf_encoding(probe.nmf_encoding(octet))) end
    assert.is_nil(probe.nmf_encoding(13))
    assert.equal(-1, probe.nmf_encoding "text/xml")
  end)
end)

describe("framing: recorded sessions", function()
  -- The bytes of each side, in order.
  local function sides(path)
    local client, server = {}, {}
    for side, bytes in read(path):gmatch "([CS])\t(%x%x+)" do
      local list = side == "C" and client or server
      list[#list + 1] = hex.decode(bytes)
    end
    return table.concat(client), table.concat(server)
  end

  both("reads both sides of a session without security", function(size)
    local client, server = sides "spec/vectors/framing/tcp-none-session.cap"
    local two = ", begin SizedEnvelope, %d bytes, complete SizedEnvelope"
    assert.equal(PREAMBLE_EVENTS .. ", got PreambleEnd" .. two:format(167) .. two:format(119) .. ", got End",
      brief(events(probe.nmf_reader "server", client, size)))
    local reader = probe.nmf_reader "client"
    reader:expect(13)
    assert.equal("got PreambleAck" .. two:format(144) .. two:format(140) .. ", got End",
      brief(events(reader, server, size)))
    assert.is_true(reader:finish())
  end)

  both("reads the preamble of a session with an upgrade", function(size)
    local client, server = sides "spec/vectors/framing/tcp-windows-session.cap"
    local reader = probe.nmf_reader "server"
    local border = select(2, client:find("application/negotiate", 1, true))
    local list = events(reader, client:sub(1, border), size)
    assert.equal(PREAMBLE_EVENTS .. ", got UpgradeRequest", brief(list))
    assert.equal("application/negotiate", list[5].text)
    assert.equal("\10", server:sub(1, 1))
  end)
end)
