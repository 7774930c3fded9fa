-- What both our ends say over net.tcp, read by Wireshark's dissectors of message framing and NegotiateStream.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local pcap = require "spec.support.pcap"
local process = require "spec.support.process"
local wws = require "wws"

local PORT = 808 -- in the capture: the dissector's own
local NOTE = 0x400000 -- how grave what is worth a note is to tshark; warnings and errors are more
local ADD = "urn:add"

local function missing()
  if process.run { "tshark", "--version" } ~= 0 then return "tshark is not installed" end
end

-- A driver that notes what goes over each of its connections.
local function tapping(said)
  local stream = {}
  stream.__index = stream
  function stream:write(bytes, deadline)
    said[#said + 1] = { "C", bytes }
    return self.inner:write(bytes, deadline)
  end
  function stream:read(max, deadline)
    local bytes, why = self.inner:read(max, deadline)
    if bytes then said[#said + 1] = { "S", bytes } end
    return bytes, why
  end
  function stream:look(max)
    local bytes, why = self.inner:look(max)
    if bytes then said[#said + 1] = { "S", bytes } end
    return bytes, why
  end
  function stream:close() self.inner:close() end
  return setmetatable({ connect = function(...)
    local inner, why = blocking.connect(...)
    return inner and setmetatable({ inner = inner }, stream), why
  end }, { __index = blocking })
end

local NTLM = { type = "string", username = "alice", password = "pw-alice", domain = "CI" }
local FIELDS = { "mc-nmf.record_type", "mc-nmf.mode", "mc-nmf.via", "mc-nmf.known_encoding", "mc-nmf.upgrade", "mc-nmf.fault",
                 "tls.handshake.type", "ms-nns.message_id", "ms-nns.auth_payload_size", "ms-nns.payload_size" }

-- Has tshark print these fields of each packet that has any: lists of them, by the connection. Nothing may be
-- malformed, and nothing worth a warning.
local function dissect(path)
  local line = { "tshark", "-n", "-r", path, "-d", ("tcp.port==%d,mc-nmf"):format(PORT), "-T", "fields", "-E", "separator=|",
                 "-e", "_ws.malformed", "-e", "_ws.expert.severity", "-e", "tcp.stream" }
  for _, field in ipairs(FIELDS) do
    line[#line + 1] = "-e"
    line[#line + 1] = field
  end
  local status, output, errors = process.run(line)
  assert(status == 0, errors)
  local streams = {}
  for malformed, severities, number, fields in output:gmatch "([^|\n]*)|([^|\n]*)|(%d*)|([^\n]*)" do
    number = tonumber(number) + 1
    streams[number] = streams[number] or { malformed = "", severity = 0 }
    local stream = streams[number]
    if malformed ~= "" then stream.malformed = malformed end
    for severity in severities:gmatch "%d+" do stream.severity = math.max(stream.severity, tonumber(severity)) end
    if fields:find "[^|]" then
      local packet, index = {}, 0
      for value in (fields .. "|"):gmatch "([^|]*)|" do
        index = index + 1
        if value ~= "" then packet[FIELDS[index]:match "[%w_]+$"] = value end
      end
      stream[#stream + 1] = packet
    end
  end
  return streams
end

describe("interop: tshark", function()
  if not needs(missing() or kdc.missing()) then return end
  local realm, cache, said, streams, urls, accepted

  local function serve(security, options)
    local given = { url = "net.tcp://localhost:0/calculator", acceptor = { keytab = realm.service,
                    mechanisms = { "kerberos", "ntlm" } }, security = security, close_timeout = 0.05,
                    operations = { [ADD] = function(request) return request.body end } }
    for key, value in pairs(options or {}) do given[key] = value end
    local host = assert(wws.service_host { given })
    assert(host:open())
    return host.urls[1], host
  end

  local function open(name, url, security, options)
    local given = { driver = tapping(said[name]), timeout = 20, security = security }
    for key, value in pairs(options or {}) do given[key] = value end
    local channel = assert(wws.channel(given))
    local ok, err = channel:open(url)
    return ok and channel or nil, err
  end

  local function call(channel)
    for _, size in ipairs { 3, 3000 } do
      assert(channel:request(ADD, "<a xmlns='urn:x'>" .. ("b"):rep(size) .. "</a>"))
    end
    assert(channel:close())
  end

  local function windows(level, credential, package)
    return { transport_protection_level = level, { type = "tcp_sspi", credential = credential,
             require_server_auth = credential ~= NTLM, windows_integrated_auth_package = package } }
  end

  -- What is said, by the name of the conversation.
  local SCENES = {}
  for _, encoding in ipairs { "text_utf8", "binary", "binary_session" } do
    SCENES[encoding] = function(name)
      local url, host = serve(nil, { encoding = encoding })
      call(assert(open(name, url, nil, { encoding = encoding })))
      return host
    end
  end
  function SCENES.tls(name)
    local url, host = serve { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem,
                                                             private_key = certs.server_key } } }
    call(assert(open(name, url, { { type = "ssl", trust = certs.ca } })))
    return host
  end
  for _, case in ipairs { { "Kerberos, sealed", "sign_and_encrypt" }, { "Kerberos, signed", "sign" },
    { "Kerberos alone", "sign_and_encrypt", package = "kerberos" }, { "NTLM, sealed", "sign_and_encrypt", credential = NTLM },
    { "NTLM, bare", "none", package = "ntlm", credential = NTLM } } do
    SCENES[case[1]] = function(name)
      local url, host = serve { transport_protection_level = case[2], { type = "tcp_sspi" } }
      local credential = case.credential or { type = "default", ccache = cache }
      call(assert(open(name, url, windows(case[2], credential, case.package))))
      return host
    end
  end
  SCENES["a fault"] = function(name)
    local url, host = serve()
    assert.is_nil((open(name, (url:gsub("calculator", "nobody")))))
    return host
  end
  SCENES["a refusal"] = function(name)
    local url, host = serve { { type = "tcp_sspi" } }
    local wrong = { type = "string", username = "alice", password = "wrong", domain = "CI" }
    assert.is_nil((open(name, url, { { type = "tcp_sspi", credential = wrong, require_server_auth = false } })))
    return host
  end
  SCENES["several sessions"] = function(name)
    local url, host = serve()
    local driver = tapping(said[name])
    for _ = 1, 2 do call(assert(open(name, url, nil, { driver = driver, reuse_connection = true }))) end
    accepted = host:info().accepted
    return host
  end

  setup(function()
    realm = kdc.start()
    cache = realm:kinit "-f"
    said, streams, urls = {}, {}, {}
    local names, all, path = {}, {}, os.tmpname()
    for name, scene in pairs(SCENES) do
      said[name] = {}
      local host = scene(name)
      urls[name] = host.urls[1]
      host:close()
      names[#names + 1], all[#all + 1] = name, said[name]
    end
    all[#all + 1] = { { "C", "\0\1\0\1\2\2\200\1net" } } -- so that something is malformed
    pcap.write(path, PORT, all)
    local found = dissect(path)
    os.remove(path)
    for index, name in ipairs(names) do streams[name] = found[index] end
    assert(found[#all].malformed ~= "", "tshark marks nothing")
  end)
  teardown(function() realm:stop() end)

  -- One field of the packets that have it.
  local function field(name, which)
    local list = {}
    for _, packet in ipairs(streams[name]) do list[#list + 1] = packet[which] end
    return table.concat(list, " ")
  end

  it("finds nothing malformed, nothing to warn of", function()
    for name, stream in pairs(streams) do
      assert.same({ name, "", true }, { name, stream.malformed, stream.severity <= NOTE })
      assert.is_true(#stream >= 2)
    end
  end)

  for encoding, number in pairs { text_utf8 = "3", binary = "7", binary_session = "8" } do
    it("reads a session in " .. encoding, function()
      assert.equal("0,1,2,3,12 11 6 6 6 6 7 7", field(encoding, "record_type"))
      assert.same({ "2", urls[encoding], number }, { field(encoding, "mode"), field(encoding, "via"),
        field(encoding, "known_encoding") })
    end)
  end

  it("reads the upgrade to TLS, and TLS", function()
    assert.equal("0,1,2,3,9 10", field("tls", "record_type"))
    assert.equal("application/ssl-tls", field("tls", "upgrade"))
    assert.equal("1", streams.tls[3].type)
  end)

  -- The frames of the handshake by our own count: who says what, and how large its tokens are.
  local function frames(name, count)
    local kinds, sizes = {}, {}
    local at = 3 -- after the upgrade
    for index = at, at + count - 1 do
      local bytes = said[name][index][2]
      kinds[#kinds + 1], sizes[#sizes + 1] = bytes:byte(), bytes:byte(4) * 256 + bytes:byte(5)
      assert.equal(5 + sizes[#sizes], #bytes)
    end
    return table.concat(kinds, " "), table.concat(sizes, " ")
  end

  for name, count in pairs { ["Kerberos, sealed"] = 2, ["Kerberos, signed"] = 2, ["Kerberos alone"] = 2, ["NTLM, sealed"] = 4 } do
    it("reads NegotiateStream with " .. name, function()
      assert.equal("application/negotiate", field(name, "upgrade"))
      local kinds, sizes = frames(name, count)
      assert.equal(kinds, field(name, "message_id"))
      assert.equal(sizes, (field(name, "auth_payload_size"):gsub(" 0", "")))
      local data = 0
      for _ in field(name, "payload_size"):gmatch "%d+" do data = data + 1 end
      assert.is_true(data >= 8, data)
    end)
  end

  it("reads faults, and refusals of a handshake", function()
    assert.equal("http://schemas.microsoft.com/ws/2006/05/framing/faults/EndpointNotFound", field("a fault", "fault"))
    assert.equal("22 22 22 21", field("a refusal", "message_id"))
  end)

  it("reads several sessions of one connection", function()
    assert.equal(1, accepted)
    local once = "0,1,2,3,12 11 6 6 6 6 7 7"
    assert.equal(once .. " " .. once, field("several sessions", "record_type"))
  end)
end)
