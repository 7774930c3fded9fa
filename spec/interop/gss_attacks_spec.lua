-- What a hostile peer can say in a handshake of NegotiateStream, over MIT's KDC; and what GSSAPI leaves behind.
local gss = require "spec.support.gss"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local process = require "spec.support.process"

local DONE, ERROR, IN_PROGRESS = 0x14, 0x15, 0x16
local ROOM = 131072
local DATA = "\16\0\0\0" .. ("d"):rep(16)

describe("interop: attacks on NegotiateStream", function()
  if not needs(kdc.missing()) then return end
  local realm, cache, acceptor

  setup(function()
    realm = kdc.start()
    cache = realm:kinit "-f"
    acceptor = assert(probe.gss_acceptor(realm.service, nil, gss.KERBEROS))
  end)
  teardown(function() realm:stop() end)

  local function frame(message, payload) return assert(probe.nns_write(message, payload)) end

  local function stream_over(context, server)
    local stream = assert(probe.stream(ROOM))
    assert(stream:push_nns(context, server))
    return stream
  end

  local function server() return stream_over(assert(probe.gss_context(acceptor, { server = true })), true) end

  -- A client that has said its first word, which comes back, too.
  local function client(context)
    local stream = stream_over(context or assert(probe.gss_context(assert(probe.gss_default(cache)),
      { target = "host/localhost", require_server_auth = true })))
    assert(stream:start())
    local job = stream:job()
    if job then
      assert(job:start())
      while not job:done() do os.execute "sleep 0.01" end
      job:close()
    end
    assert(stream:feed "")
    local word = stream:send()
    assert.equal(IN_PROGRESS, word:byte())
    return stream, word
  end

  -- It is over: nothing came of it, and nothing ever will.
  local function is_over(stream, what)
    assert.is_false((stream:state()), what)
    assert.equal("", stream:take(), what)
    assert.is_nil((stream:feed(DATA)), what)
    assert.is_nil((stream:write "secret"), what)
    assert.equal("", stream:take(), what)
  end

  it("refuse on the server whatever is no token, in any frame (attack F8)", function()
    local token = ("t"):rep(32)
    for what, bytes in pairs {
      ["data before the handshake"] = DATA, ["no token"] = frame(IN_PROGRESS, ""), ["done without a token"] = frame(DONE, ""),
      ["done with junk"] = frame(DONE, token), ["junk"] = frame(IN_PROGRESS, token),
      ["the longest junk"] = frame(IN_PROGRESS, ("\96"):rep(65535)), ["an error"] = frame(ERROR, ("\0"):rep(8)),
      ["an error without a number"] = frame(ERROR, ""), ["a long error"] = frame(ERROR, token),
      ["TLS"] = "\22\3\1\0\5hello", ["HTTP"] = "GET / HTTP/1.1\r\n\r\n", ["an unknown frame"] = "\23\1\0\0\1x",
      ["a length of ASN.1 that lies"] = frame(IN_PROGRESS, "\96\132\127\255\255\255\6\6\43\6\1\5\5\2"),
    } do
      local stream = server()
      local ok, err
      for at = 1, #bytes do -- byte by byte: whatever is refused is refused at some byte
        ok, err = stream:feed(bytes:sub(at, at))
        if not ok then break end
      end
      assert.is_nil(ok, what)
      assert.is_string(err.code, what)
      local answer = stream:send()
      assert.is_true(answer == "" or answer:byte() == ERROR, what)
      is_over(stream, what)
    end
  end)

  it("refuse on the client whatever is no answer (attack F8)", function()
    for what, bytes in pairs {
      ["data before the handshake"] = DATA, ["no token"] = frame(IN_PROGRESS, ""), ["done without a token"] = frame(DONE, ""),
      ["done with junk"] = frame(DONE, ("t"):rep(32)), ["junk"] = frame(IN_PROGRESS, ("t"):rep(32)),
      ["an error"] = frame(ERROR, ("\0"):rep(8)),
    } do
      local stream = client()
      local ok, err = stream:feed(bytes)
      assert.is_nil(ok, what)
      assert.is_string(err.code, what)
      is_over(stream, what)
    end
  end)

  it("takes the client's own words for no answer (attacks F8, F15)", function()
    local stream, word = client()
    assert.is_nil((stream:feed(word)))
    is_over(stream, "its own token")
  end)

  -- Both ends up to where the server is done.
  local function answered()
    local ours, word = client()
    local theirs = server()
    assert(theirs:feed(word))
    return ours, theirs, theirs:send()
  end

  it("end together: no token comes after the last, no data before it (attacks F5, F8)", function()
    local ours, theirs, answer = answered()
    assert.equal(DONE, answer:byte())
    assert(ours:feed(answer))
    assert(theirs:feed(ours:send()))
    assert.same({ true, true }, { (ours:state()), (theirs:state()) })
    assert(ours:write "hello")
    assert(theirs:feed(ours:send()))
    assert.equal("hello", theirs:take())

    ours, theirs, answer = answered()
    assert(ours:feed(answer))
    assert(theirs:feed(ours:send()))
    assert.is_nil((theirs:feed "\5\0\0\0hello")) -- plain bytes in the place of protected ones
    assert.equal("", theirs:take())
  end)

  it("take nothing for data that was said before the end, nor the end twice (attacks F5, F8)", function()
    for _, more in ipairs { "\5\0\0\0hello", "again" } do
      local ours, _, answer = answered()
      assert.is_nil((ours:feed(answer .. (more == "again" and answer .. ("x"):rep(1000) or more))))
      assert.equal("", ours:take())
    end
  end)

  -- SPNEGO's own octets around the one token are not protected, and mean nothing any more once it is there.
  local WRAPPING = 32

  it("needs the whole answer: whatever of its token is changed is refused (attacks F8, F10)", function()
    local _, _, answer = answered()
    for at = 6, #answer, math.max(1, math.floor(#answer / 24)) do
      local ours, _, good = answered()
      local changed = good:sub(1, at - 1) .. string.char((good:byte(at) + 1) % 256) .. good:sub(at + 1)
      local ok = ours:feed(changed)
      if ok then
        assert.is_true(ours:state() and at <= WRAPPING, "byte " .. at)
      else
        is_over(ours, "byte " .. at)
      end
    end
  end)

  it("uses a context no more that GSSAPI gave up (attack F12)", function()
    local a, b = gss.pair(assert(probe.gss_default(cache)), acceptor)
    local token = assert(a:step())
    assert.is_nil((b:step(token:sub(1, -2) .. string.char((token:byte(-1) + 1) % 256))))
    for _ = 1, 2 do
      assert.is_nil((b:wrap "secret"))
      assert.is_nil((b:unwrap(("w"):rep(60))))
    end
    assert.is_nil((a:step(("t"):rep(60))))
    for _ = 1, 2 do
      assert.is_nil((a:wrap "secret"))
      assert.is_nil((a:unwrap(("w"):rep(60))))
    end
  end)

  it("leave nothing behind, however many fail (attack F14)", function()
    local function resident()
      collectgarbage()
      collectgarbage()
      local file = assert(io.open "/proc/self/statm")
      local pages = tonumber(file:read "*a":match "^%d+ (%d+)")
      file:close()
      return pages * 4
    end
    local words = { frame(IN_PROGRESS, ("\96"):rep(500)), frame(IN_PROGRESS, "NTLMSSP\0\1\0\0\0"), frame(DONE, "") }
    local _, word = client()
    words[#words + 1] = word:sub(1, -2) .. string.char((word:byte(-1) + 1) % 256)
    local function fail(times)
      for n = 1, times do
        local stream = server()
        assert.is_nil((stream:feed(words[n % #words + 1])))
      end
    end
    -- memory that others have used grows now and then; what handshakes leave behind would be in each quarter of them
    local before, grown = nil, math.huge
    for _ = 0, 4 do
      fail(2500)
      local size = resident()
      if before then grown = math.min(grown, size - before) end
      before = size
    end
    assert.is_true(grown < 512, grown .. " KiB for 2500 handshakes")
  end)

  it("asks for the service by the name that was given, whatever the DNS calls it (attack F16)", function()
    local path = realm.home .. "/canonical.conf"
    local file = assert(io.open(realm.config))
    local text = file:read "*a":gsub("(dns_canonicalize_hostname =) false", "%1 true"):gsub("(rdns =) false", "%1 true")
    file:close()
    file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    local environment = realm.environment:gsub("KRB5_CONFIG=%S+", "KRB5_CONFIG=" .. path)
    local status, out = process.run({ "sh", "-c", ("kvno -c %s -S host 127.0.0.1"):format(cache) }, { environment = environment })
    if status == 0 then assert.is_truthy(out:find("host/localhost", 1, true)) end -- so others would be led astray
    probe.environment("KRB5_CONFIG", path)
    local context = assert(probe.gss_context(assert(probe.gss_default(cache)),
      { target = "host/127.0.0.1", require_server_auth = true }))
    local token, err = context:step()
    probe.environment("KRB5_CONFIG", realm.config)
    assert.is_nil(token)
    assert.equal("the KDC knows no service of that name", err.message)
  end)
end)
