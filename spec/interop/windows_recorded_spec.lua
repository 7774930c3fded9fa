-- Conversations with Windows authentication that .NET had with itself, played to both our ends: as far as it goes
-- without the keys of its realm.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local gss = require "spec.support.gss"
local hex = require "spec.support.hex"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local nns = require "spec.support.nns"
local probe = require "wws.probe"
local recording = require "spec.support.recording"
local wws = require "wws"

local PATIENCE = 30
local DONE, ERROR = 0x14, 0x15

-- By the name of each conversation: what each end wrote, one after another.
local function conversations()
  local list, current = {}, nil
  for line in io.lines "spec/vectors/framing/negotiate-stream-capture.txt" do
    local name = line:match "^## (.+)$"
    if name then
      current = { name = name, C = "", S = "" }
      list[#list + 1] = current
    end
    local side, digits = line:match "^([CS])\t(%x+)$"
    if side then current[side] = current[side] .. hex.decode(digits) end
  end
  return list
end

-- The frames of a handshake, and what follows them. It is over after `count` of them, or after one that says so.
local function frames(bytes, count)
  local list, at = {}, 1
  while at <= #bytes and #list ~= count do
    local size = bytes:byte(at + 3) * 256 + bytes:byte(at + 4)
    list[#list + 1] = { kind = bytes:byte(at), bytes = bytes:sub(at, at + 4 + size) }
    at = at + 5 + size
    if not count and list[#list].kind ~= 0x16 then break end
  end
  return list, bytes:sub(at)
end

local function take_frame(stream, rest)
  while #rest < 5 or #rest < 5 + rest:byte(4) * 256 + rest:byte(5) do
    local more = stream:read(65536, core.now() + PATIENCE)
    if not more then return nil, rest end
    rest = rest .. more
  end
  local size = 5 + rest:byte(4) * 256 + rest:byte(5)
  return rest:sub(1, size), rest:sub(size + 1)
end

describe("interop: recorded Windows authentication", function()
  if not needs(kdc.missing()) then return end
  local realm, cache
  setup(function()
    realm = kdc.start()
    cache = realm:kinit "-f"
  end)
  teardown(function() realm:stop() end)

  -- What our end makes of `talk`, and the kinds of the frames that it says, while `player(stream)` is the other one.
  local function meet(party_of, player)
    local acceptor, said = assert(blocking.listen("localhost", 0)), {}
    local over = blocking.queue()
    blocking.spawn(function()
      local stream = assert(acceptor:accept(core.now() + PATIENCE))
      player(stream, said)
      stream:close()
      over:push(true)
    end)
    local party = party_of(assert(blocking.connect("localhost", acceptor.port, {})))
    local ok, err = party:handshake()
    local got = ok and party:read_all(5) or nil
    party.connection:close()
    assert(over:pop(core.now() + PATIENCE))
    acceptor:close()
    return ok, err, got, said
  end

  -- Says the frames of `list`, each after one of ours, or all that follow when we say no more.
  local function player(list, rest, first)
    return function(stream, said)
      local left, frame = ""
      if first then stream:write(list[1].bytes, core.now() + PATIENCE) end
      for index = first and 2 or 1, #list + 1 do
        frame, left = take_frame(stream, left)
        if not frame then return end
        said[#said + 1] = frame:byte()
        if list[index] then stream:write(list[index].bytes, core.now() + PATIENCE) end
        if index == #list and not first then break end
      end
      stream:write(rest, core.now() + PATIENCE)
      stream:read(65536, core.now() + PATIENCE)
    end
  end

  local function kinds(list)
    local result = {}
    for index, frame in ipairs(list) do result[index] = frame.kind end
    return result
  end

  for _, talk in ipairs(conversations()) do
    local ntlm, raw = talk.name:find "ntlm" ~= nil or talk.name == "unknown spn", talk.name == "ntlm raw none"
    local of_server, after_server = frames(talk.S)
    local of_client = frames(talk.C, #of_server)

    it("is understood by our client: " .. talk.name, function()
      local credential = ntlm and assert(probe.gss_string("alice", "pw-alice", "CI")) or assert(probe.gss_default(cache))
      local options = { target = "host/localhost", require_server_auth = not ntlm }
      if raw then
        options.package, options.level = gss.PACKAGE.ntlm, gss.LEVEL.none
      elseif talk.name == "ntlm via spnego sign" then
        options.level = gss.LEVEL.sign
      end
      local ok, err, got, said = meet(function(stream)
        return nns.new(blocking, stream, assert(probe.gss_context(credential, options)))
      end, player(of_server, after_server))
      assert.same(kinds(of_client), said)
      if raw then
        assert.same({ true, "world" }, { ok, got }) -- which nothing protects
      elseif of_server[#of_server].kind == ERROR then
        assert.equal("endpoint_access_denied", err.code)
        assert.equal(ntlm and "credential" or "transport_protection_level", err.property)
      else
        assert.equal("security_verification_failure", err.code)
        if not ntlm then assert.equal("identity", err.property) end
      end
    end)

    it("is refused by our server, for it was meant for another: " .. talk.name, function()
      local acceptor = assert(probe.gss_acceptor(realm.service, nil, gss.BOTH))
      local options = { server = true, level = raw and gss.LEVEL.none or nil }
      local ok, err, _, said = meet(function(stream)
        return nns.new(blocking, stream, assert(probe.gss_context(acceptor, options)), true)
      end, player(of_client, "", true))
      assert.is_nil(ok)
      assert.equal("security_verification_failure", err.code)
      assert.equal(ERROR, said[#said])
      for index = 1, #said - 1 do assert.equal(of_server[index].kind, said[index]) end
    end)
  end

  -- Framing around it: what the ends said up to and with their first token.
  local function session(name)
    local client, server = {}, {}
    if name then
      local at = ("spec/vectors/wcf/%s/"):format(name)
      return recording.read(at .. "c2s.bin"), recording.read(at .. "s2c.bin")
    end
    for line in io.lines "spec/vectors/framing/tcp-windows-session.cap" do
      local side, digits = line:match "^([CS])\t(%x%x+)$"
      local list = side == "C" and client or server
      if side then list[#list + 1] = hex.decode(digits) end
    end
    return table.concat(client), table.concat(server)
  end

  for _, name in ipairs { "tcp-windows-session", "tcp-win", "x-ntlm-tcp-win" } do
    local ntlm = name:find "ntlm" ~= nil
    local client, server = session(not name:find "session" and name or nil)
    local preamble = client:match "^.-application/negotiate"
    local url = preamble:match "net%.tcp://localhost:%d+/tcp%-win"

    it("has our client say what theirs did, and refuse what was meant for theirs: " .. name, function()
      local acceptor = assert(blocking.listen("localhost", 0))
      local heard, kind
      blocking.spawn(function()
        local stream = assert(acceptor:accept(core.now() + PATIENCE))
        heard = ""
        while #heard < #preamble do heard = heard .. assert(stream:read(65536, core.now() + PATIENCE)) end
        stream:write("\10", core.now() + PATIENCE)
        local list, rest = frames(server:sub(2)), ""
        for _, frame in ipairs(list) do
          kind, rest = take_frame(stream, rest)
          if kind then stream:write(frame.bytes, core.now() + PATIENCE) end
        end
        stream:read(65536, core.now() + PATIENCE)
        stream:close()
      end)
      local driver = setmetatable({ connect = function(host, _, options)
        return blocking.connect(host, acceptor.port, options)
      end }, { __index = blocking })
      local credential = ntlm and { type = "string", username = "alice", password = "pw-alice", domain = "CI" }
        or { type = "default", ccache = cache }
      local channel = assert(wws.channel { driver = driver, timeout = PATIENCE,
        security = { { type = "tcp_sspi", credential = credential, require_server_auth = not ntlm } } })
      local ok, err = channel:open(url)
      assert.is_nil(ok)
      assert.equal("security_verification_failure", err.code)
      assert.equal("tcp_sspi", err.binding)
      assert.equal(hex.encode(preamble), hex.encode(heard))
      assert.equal(0x16, kind:byte())
      acceptor:close()
    end)

    it("is taken by our server up to a token that is not for it: " .. name, function()
      local host = assert(wws.service_host { { url = "net.tcp://localhost:0/tcp-win", security = { { type = "tcp_sspi" } },
        acceptor = { keytab = realm.service, mechanisms = { "kerberos", "ntlm" } }, operations = {}, close_timeout = 0.05 } })
      assert(host:open())
      local stream = assert(blocking.connect("localhost", tonumber(host.urls[1]:match ":(%d+)/"), {}))
      stream:write(preamble, core.now() + PATIENCE)
      assert.equal("\10", (stream:read(1, core.now() + PATIENCE)))
      local rest, got = "", nil
      for _, frame in ipairs(frames(client:sub(#preamble + 1), ntlm and 2 or 1)) do
        stream:write(frame.bytes, core.now() + PATIENCE)
        got, rest = take_frame(stream, rest)
      end
      assert.equal(ERROR, got:byte())
      assert.equal(13, #got)
      stream:close()
      host:close()
    end)
  end

  describe("as CoreWCF has it,", function()
    local host
    setup(function()
      host = assert(wws.service_host { { url = "net.tcp://localhost:0/tcp-win", security = { { type = "tcp_sspi" } },
        acceptor = { keytab = realm.service }, operations = {}, close_timeout = 0.05 } })
      assert(host:open())
    end)
    teardown(function() host:close() end)

    local function ask(last)
      local url = host.urls[1]
      local stream = assert(blocking.connect("localhost", tonumber(url:match ":(%d+)/"), {}))
      local bytes = "\0\1\0\1\2\2" .. string.char(#url) .. url .. "\3\8" .. last
      stream:write(bytes, core.now() + PATIENCE)
      local got = assert(stream:read(1, core.now() + PATIENCE))
      return got, stream
    end

    it("is an upgrade called application/negotiate, and no session without it", function()
      for last, answer in pairs { ["\12"] = "\8", ["\9\19application/ssl-tls"] = "\8", ["\9\21application/negotiate"] = "\10",
                                  ["\9\21application/Negotiate"] = "\8" } do
        local got, stream = ask(last)
        stream:close()
        assert.equal(answer, got, last)
      end
    end)

    it("ends with an error frame after garbage, which either end of ours says and understands (attack F8)", function()
      local _, stream = ask "\9\21application/negotiate"
      stream:write("\22\1\0\0\4junk", core.now() + PATIENCE)
      local frame = take_frame(stream, "")
      stream:close()
      assert.equal(hex.encode "\21\1\0\0\8", hex.encode(frame:sub(1, 5)))
      assert.equal(0x8009030C, probe.nns_error(frame:sub(6))) -- one number, whatever was wrong with the token
      local answer = hex.decode "150100000808030980ffffffff" -- CoreWCF's
      local _, err = meet(function(connection)
        return nns.new(blocking, connection, assert(probe.gss_context(assert(probe.gss_default(cache)),
          { target = "host/localhost", require_server_auth = true })))
      end, player(frames(answer), ""))
      assert.equal("error 0x80090308", err.got)
    end)
  end)

  it("has frames that end where the handshake does", function()
    for _, talk in ipairs(conversations()) do
      local list = frames(talk.S)
      assert.is_true(list[#list].kind == DONE or list[#list].kind == ERROR)
    end
  end)
end)
