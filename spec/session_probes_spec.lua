-- What CoreWCF answers to odd bytes over net.tcp, beside what our server does, and what our client makes of its answers.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local core = require "wws.core"
local hex = require "spec.support.hex"
local wws = require "wws"

local PATIENCE = 30 * (os.getenv "WWS_STRESS" and 10 or 1)
local FAULTS = "http://schemas.microsoft.com/ws/2006/05/framing/faults/"
local SSL = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } }

-- The probes' answers: what was said in words, with `end` where the connection was ended.
local function answers()
  local list, order = {}, {}
  for line in io.lines "spec/vectors/framing/corewcf-framing-probes.txt" do
    local name, answer = line:match "^(.-)%s*| (.*)$"
    order[#order + 1] = name
    answer = answer:gsub("%s+= fault .*", ""):gsub("ConnectionResetError", "end"):gsub("EOF", "end")
    list[name] = (answer:gsub("08..(%x+)", function(text) return "fault " .. hex.decode(text):sub(#FAULTS + 1) end))
  end
  return list, order
end

-- What our server said, in the same words.
local function in_words(bytes, ended)
  local words, at = {}, 1
  while at <= #bytes do
    local size = 1
    if bytes:byte(at) == 8 then
      size = 2 + bytes:byte(at + 1)
      words[#words + 1] = "fault " .. bytes:sub(at + 2 + #FAULTS, at + size - 1)
    else
      words[#words + 1] = hex.encode(bytes:sub(at, at))
    end
    at = at + size
  end
  if ended and not words[#words] or ended and not words[#words]:find "^fault" then words[#words + 1] = "end" end
  return table.concat(words, " / ")
end

local function sized(text) return string.char(#text) .. text end

local function preamble(url, given)
  given = given or {}
  return "\0" .. (given.version or "\1\0") .. "\1" .. string.char(given.mode or 2) .. "\2" .. (given.via or sized(url))
    .. (given.encoding or "\3\8") .. (given.upgrade or "") .. (given.last or "\12")
end

local PROBES = {
  ["good preamble"] = {},
  ["preamble octet by octet, then End"] = { last = "\12\7", slowly = true },
  ["major version 2"] = { version = "\2\0" },
  ["minor version 7"] = { version = "\1\7" },
  ["mode 9"] = { mode = 9 },
  ["mode 3 simplex"] = { mode = 3, last = "\12\7" },
  ["mode 4 singleton sized"] = { mode = 4 },
  ["mode 1 on a buffered endpoint"] = { mode = 1 },
  ["unknown via"] = { via = sized "net.tcp://localhost/nobody" },
  ["via of 3000 octets"] = { via = "\184\23net.tcp://localhost/" .. ("x"):rep(2980) },
  ["via not a URI"] = { via = sized "not a uri" },
  ["via other host name"] = { host = "elsewhere" },
  ["via deeper path"] = { deeper = "/deeper" },
  ["via upper case path"] = { upper = true },
  ["encoding 03 (soap12 text)"] = { encoding = "\3\3" },
  ["encoding 07 in duplex mode"] = { encoding = "\3\7" },
  ["encoding as extensible string"] = { encoding = "\4" .. sized "application/soap+msbinsession1" },
  ["content type of 300 octets"] = { encoding = "\4\172\2" .. ("x"):rep(300) },
  ["upgrade on endpoint without security"] = { upgrade = "\9" .. sized "application/ssl-tls", last = "" },
  ["HTTP request"] = { whole = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" },
  ["unknown record after ack"] = { last = "\12\13" },
  ["unsized envelope in duplex"] = { last = "\12\5\3abc\0" },
  ["envelope size 70000 (quota 65536)"] = { last = "\12\6\240\162\4" },
  ["varint 5th octet 0x08"] = { last = "\12\6\255\255\255\255\8" },
  ["varint non minimal"] = { last = "\12\6\129\128\0\0" },
  ["garbage envelope"] = { last = "\12\6\4\255\255\255\255" },
  ["reuse: End, then a new preamble"] = { last = "\12\7", again = true },
  ["tcp-ssl: upgrade"] = { secured = true, upgrade = "\9" .. sized "application/ssl-tls", last = "" },
}

-- Ours says with a fault why where CoreWCF just goes, and serves what CoreWCF has no such endpoint for.
local OURS = {
  ["mode 3 simplex"] = "end", -- neither of these is acknowledged
  ["mode 4 singleton sized"] = "",
  ["mode 1 on a buffered endpoint"] = "fault ContentTypeInvalid", -- one message has no dictionary of a session
  ["via of 3000 octets"] = "fault ViaTooLong",
  ["via not a URI"] = "fault EndpointNotFound",
  ["via upper case path"] = "fault EndpointNotFound",
  ["encoding 03 (soap12 text)"] = "fault ContentTypeInvalid",
  ["encoding 07 in duplex mode"] = "fault ContentTypeInvalid",
  ["content type of 300 octets"] = "fault ContentTypeTooLong",
  ["upgrade on endpoint without security"] = "fault UpgradeInvalid",
}

-- What becomes of opening a channel, and of its first request, when the server says that.
local OPENED = {
  ["0b"] = { true, "endpoint_disconnected" },
  ["0b / end"] = { true, "endpoint_disconnected" },
  ["0b / 07"] = { true, "endpoint_disconnected" },
  ["0b / 07 / 0b"] = { true, "invalid_format" },
  ["0b / fault MaxMessageSizeExceededFault"] = { true, "quota_exceeded" },
  ["fault UnsupportedVersion"] = { "not_supported" },
  ["fault UnsupportedMode"] = { "not_supported" },
  ["fault EndpointNotFound"] = { "endpoint_not_found" },
  ["end"] = { "endpoint_disconnected" },
  ["0a"] = { "invalid_format" },
}

describe("answers to odd bytes", function()
  local theirs, order = answers()
  local host
  setup(function()
    host = assert(wws.service_host {
      { url = "net.tcp://localhost:0/tcp-none", operations = {}, close_timeout = 0.02 },
      { url = "net.tcp://localhost:0/tcp-ssl", operations = {}, close_timeout = 0.02, security = SSL },
    })
    assert(host:open())
  end)
  teardown(function() host:close() end)

  -- What the server says until it ends the connection, or has said as much as the other one did.
  local function answer(url, bytes, slowly, expected)
    local stream = assert(blocking.connect("localhost", tonumber(url:match ":(%d+)/"), {}))
    for first = 1, #bytes, slowly and 1 or #bytes do
      assert(stream:write(bytes:sub(first, slowly and first or #bytes), core.now() + PATIENCE))
    end
    local got, ended = "", false
    while not ended and in_words(got) ~= expected do
      local more, why = stream:read(65536, core.now() + PATIENCE)
      assert(why ~= "timeout", "no answer but " .. in_words(got))
      ended, got = not more, got .. (more or "")
    end
    stream:close()
    return in_words(got, ended)
  end

  for _, name in ipairs(order) do
    local probe = PROBES[name]
    if probe then it("are known from our server: " .. name, function()
      local url = host.urls[probe.secured and 2 or 1]
      local via = probe.host and url:gsub("localhost", probe.host) or url
      if probe.upper then via = via:gsub("tcp%-none", string.upper) end
      local bytes = probe.whole or preamble(via .. (probe.deeper or ""), probe)
      if probe.again then bytes = bytes .. preamble(via) end
      local expected = OURS[name] or theirs[name]
      assert.equal(expected, answer(url, bytes, probe.slowly, expected))
    end) end
  end

  it("are all tried but those that need Windows authentication", function()
    for _, name in ipairs(order) do assert.is_true(PROBES[name] ~= nil or name:find("^tcp%-win") ~= nil, name) end
  end)

  -- A server that says one thing to the preamble, another to the first message, and goes.
  local function say(bytes)
    local acceptor = assert(blocking.listen("localhost", 0))
    blocking.spawn(function()
      local stream = assert(acceptor:accept(core.now() + PATIENCE))
      acceptor:close()
      local heard = ""
      while not heard:find "\12$" do heard = heard .. assert(stream:read(65536, core.now() + PATIENCE)) end
      stream:write(bytes:sub(1, 1), core.now() + PATIENCE)
      if bytes:byte() == 11 then stream:read(65536, core.now() + PATIENCE) end
      stream:write(bytes:sub(2), core.now() + PATIENCE)
      stream:close()
    end)
    return ("net.tcp://localhost:%d/tcp-none"):format(acceptor.port)
  end

  for line in io.lines "spec/vectors/framing/corewcf-framing-probes.txt" do
    local name, text = line:match "^(.-)%s*| ([^=]*)"
    if not theirs[name]:find "/ 15" then it("are understood by our client: " .. name, function()
      local expected = assert(OPENED[theirs[name]], theirs[name])
      local channel = assert(wws.channel { timeout = PATIENCE })
      local said = ""
      for word in text:gmatch "%S+" do said = said .. (word:find "^%x+$" and hex.decode(word) or "") end
      local ok, err = channel:open(say(said))
      assert.equal(expected[1], ok or err.code)
      if ok then
        ok, err = channel:request("urn:x", "<x/>")
        assert.is_nil(ok)
        assert.equal(expected[2], err.code)
        channel:abort()
      end
    end) end
  end
end)
