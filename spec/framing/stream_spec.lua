local probe = require "wws.probe"
local tls_pair = require "spec.support.tls_pair"

local LIMIT = 1000000

local function moved(from, to, size)
  local bytes = from:send()
  for first = 1, #bytes, size or math.max(#bytes, 1) do
    local ok, err = to:feed(bytes:sub(first, size and first + size - 1 or -1))
    if not ok then return nil, err end
  end
  return #bytes
end

local function both_ready(client, server, size)
  assert(client:start())
  for _ = 1, 10 do
    assert(moved(client, server, size))
    assert(moved(server, client, size))
    if client:state() and server:state() then return true end
  end
end

local function pair(in_limit)
  local client = assert(tls_pair.client():connection "localhost")
  local server = assert(tls_pair.server():connection())
  return probe.stream(in_limit or LIMIT, client), probe.stream(in_limit or LIMIT, server)
end

local function connected(in_limit)
  local client, server = pair(in_limit)
  assert(both_ready(client, server))
  return client, server
end

describe("framing: plain stream", function()
  it("is ready at once and passes bytes on", function()
    local stream = probe.stream(LIMIT)
    assert.same({ true, false }, { stream:state() })
    assert(stream:start())
    assert.equal("", stream:send())
    assert(stream:write "hello")
    assert(stream:write " world")
    assert.equal("hello world", stream:send())
    assert.equal("", stream:send())
    assert(stream:feed "abc")
    assert.equal("ab", stream:take(2))
    assert(stream:feed "d")
    assert.equal("cd", stream:take())
  end)

  it("ends with the connection", function()
    local stream = probe.stream(LIMIT)
    assert(stream:feed "rest")
    assert(stream:feed_end())
    assert.same({ true, true }, { stream:state() })
    assert.equal("rest", stream:take())
  end)

  it("has nothing to say at its close", function()
    local stream = probe.stream(LIMIT)
    assert(stream:close())
    assert.equal("", stream:send())
  end)

  it("holds what waits to its limit", function()
    local stream = probe.stream(4)
    assert(stream:feed "1234")
    assert.equal("quota_exceeded", select(2, stream:feed "5").code)
    assert.equal("1234", stream:take())
    assert(stream:feed "5")
  end)
end)

describe("framing: stream under TLS", function()
  for _, size in ipairs { 1, 100, 100000 } do
    it(("carries bytes both ways in portions of %d"):format(size), function()
      local client, server = pair()
      assert.is_true(both_ready(client, server, size))
      assert(client:write "question")
      assert(moved(client, server, size))
      assert.equal("question", server:take())
      assert(server:write(("answer "):rep(10000)))
      assert(moved(server, client, size))
      assert.equal(("answer "):rep(10000), client:take())
    end)
  end

  it("shows no plain byte on the wire", function()
    local client = connected()
    assert(client:write "a secret of the application")
    assert.is_nil(client:send():find("secret", 1, true))
  end)

  it("is not ready before its handshake", function()
    local client = pair()
    assert.is_false((client:state()))
    assert(client:start())
    assert.is_false((client:state()))
    assert.is_true(#client:send() > 0)
  end)

  it("ends in order", function()
    local client, server = connected()
    assert(client:write "last words")
    assert(client:close())
    assert(moved(client, server))
    assert(server:feed_end())
    assert.equal("last words", server:take())
    assert.same({ true, true }, { server:state() })
  end)

  it("tells a cut connection from an end", function()
    local client, server = connected()
    assert(client:write "last words")
    assert(moved(client, server))
    local ok, err = server:feed_end()
    assert.is_nil(ok)
    assert.equal("endpoint_disconnected", err.code)
    assert.matches("without TLS saying so", err.message)
    assert.equal("last words", server:take())
  end)

  it("tells a connection that ends during the handshake", function()
    local client = pair()
    assert(client:start())
    local ok, err = client:feed_end()
    assert.is_nil(ok)
    assert.same({ "endpoint_disconnected", "TLS handshake" }, { err.code, err.step })
  end)

  it("leaves what does not fit with TLS until there is room", function()
    local client, server = connected(10)
    assert(client:write "0123456789abcdefghijklmno")
    assert(moved(client, server))
    assert.equal("0123456789", server:take())
    assert.equal("", server:take())
    assert(server:feed "")
    assert.equal("abcdefghij", server:take())
    assert(server:feed "")
    assert.equal("klmno", server:take())
  end)

  it("has an alert to send when it refuses", function()
    local _, server = pair()
    local ok, err = server:feed "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    assert.is_nil(ok)
    assert.is_table(err)
    local client = assert(tls_pair.client { trust = false }:connection "localhost")
    local stream, other = probe.stream(LIMIT, client), select(2, pair())
    assert(stream:start())
    assert(moved(stream, other))
    ok, err = moved(other, stream)
    assert.is_nil(ok)
    assert.equal("cert_e_untrustedroot", err.code)
    assert.is_true(#stream:send() > 0)
  end)

  it("refuses a record that was tampered with", function()
    local client, server = connected()
    assert(client:write "hello")
    local bytes = client:send()
    local last = bytes:byte(-1)
    assert.is_nil((server:feed(bytes:sub(1, -2) .. string.char((last + 1) % 256))))
    assert.equal("", server:take())
  end)

  it("survives every allocation that fails", function()
    collectgarbage() collectgarbage()
    local before, n, passed = probe.blocks(), 0
    repeat
      local client, server = connected()
      probe.memory(n)
      passed = client:write "hello" and moved(client, server) and server:take() == "hello"
      probe.memory()
      client:clear()
      server:clear()
      n = n + 1
    until passed or n > 50
    assert.is_true(passed and n > 1)
    collectgarbage() collectgarbage()
    assert.equal(before, probe.blocks())
  end)
end)

describe("framing: stream upgraded between two bytes", function()
  local function upgraded()
    local client, server = probe.stream(LIMIT), probe.stream(LIMIT)
    assert(client:write "upgrade?")
    assert(moved(client, server))
    assert.equal("upgrade?", server:take())
    assert(server:write "yes")
    assert(server:push(assert(tls_pair.server():connection())))
    assert(moved(server, client))
    assert.equal("yes", client:take())
    assert(client:push(assert(tls_pair.client():connection "localhost")))
    return client, server
  end

  it("passes all that follows through TLS", function()
    local client, server = upgraded()
    assert.same({ false, false }, { server:state() })
    assert.is_true(both_ready(client, server, 7))
    assert(client:write "a secret")
    local bytes = client:send()
    assert.is_nil(bytes:find("secret", 1, true))
    assert(server:feed(bytes))
    assert.equal("a secret", server:take())
  end)

  it("refuses bytes that came before it (attack F5)", function()
    local server = probe.stream(LIMIT)
    assert(server:feed "upgrade?and more")
    server:take(8)
    local ok, err = server:push(assert(tls_pair.server():connection()))
    assert.is_nil(ok)
    assert.same({ "invalid_format", "8 bytes" }, { err.code, err.got })
    assert.equal("and more", server:take())
  end)

  it("happens once, and comes off without a word", function()
    local client, server = upgraded()
    assert.is_true(both_ready(client, server))
    local ok, err = client:push(assert(tls_pair.client():connection "localhost"))
    assert.is_nil(ok)
    assert.equal("invalid_operation", err.code)
    client:pop()
    server:pop()
    assert.same({ true, false }, { client:state() })
    assert(client:write "plain again")
    assert.equal("plain again", client:send())
    assert(server:feed "plain too")
    assert.equal("plain too", server:take())
  end)
end)
