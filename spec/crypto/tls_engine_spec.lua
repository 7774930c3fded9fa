local certs = require("spec.support.certs")
local probe = require("wws.probe")
local tls_pair = require("spec.support.tls_pair")

-- what must be disallowed so that one version is left
local VERSIONS = { ["TLSv1.2"] = 0x20 + 0xc, ["TLSv1.3"] = 0x10 + 0xc }

local function connect(client_options, server_options, host)
  return tls_pair.connect(tls_pair.client(client_options), tls_pair.server(server_options), host)
end

local function pass(from, to, bytes, size)
  assert(from:write(bytes))
  tls_pair.move(from, to, size)
  return to:read()
end

describe("crypto: TLS engine", function()
  for version, disallowed in pairs(VERSIONS) do
    describe(version, function()
      for label, size in pairs { ["at once"] = math.huge, ["byte by byte"] = 1 } do
        it("shakes hands and carries bytes both ways, fed " .. label, function()
          local client = assert(tls_pair.client({ disallowed = disallowed }):connection("localhost"))
          local server = assert(tls_pair.server():connection())
          local seen = tls_pair.shake(client, server, size ~= math.huge and size or nil)
          assert.is_nil(seen.client_error)
          assert.is_true(seen.client)
          assert.is_true(seen.server)
          assert.equal(version, client:version())
          assert.equal(version, server:version())
          for _, turn in ipairs { { client, server }, { server, client } } do
            local text = ("hello "):rep(7000)
            local got, ended = pass(turn[1], turn[2], text, size ~= math.huge and size or nil)
            assert.equal(text, got)
            assert.is_false(ended)
          end
        end)
      end

      it("shows the peer's certificate", function()
        local client, server = connect({ disallowed = disallowed })
        local expected = tls_pair.certificate(certs.server):der()
        assert.equal(expected, client:peer_certificate())
        assert.equal("", server:peer_certificate())
        assert.equal("CN=localhost", probe.x509_subject(expected))
      end)

      it("ends in order when the peer closes", function()
        local client, server = connect({ disallowed = disallowed })
        assert(client:write("last words"))
        client:close()
        tls_pair.move(client, server)
        server:feed_end()
        local got, ended = server:read()
        assert.equal("last words", got)
        assert.is_true(ended)
        assert.is_true(select(2, server:read()))
      end)

      it("calls a stream without close_notify cut off, after the bytes that came", function()
        local client, server = connect({ disallowed = disallowed })
        assert(client:write("half of"))
        tls_pair.move(client, server)
        server:feed_end()
        assert.equal("half of", (server:read(7)))
        local got, err = server:read()
        assert.is_nil(got)
        assert.equal("endpoint_disconnected", err.code)
        assert.matches("close_notify", err.message)
        assert.equal(err.message, select(2, server:write("more")).message)
      end)

      it("refuses a record that was changed on its way", function()
        local client, server = connect({ disallowed = disallowed })
        assert(client:write("attack at dawn"))
        local bytes = client:take()
        assert(server:feed(bytes:sub(1, -2) .. string.char((bytes:byte(-1) + 1) % 256)))
        local got, err = server:read()
        assert.is_nil(got)
        assert.equal("security_verification_failure", err.code)
        assert.is_true(#server:take() > 0) -- the alert
      end)

      it("reads no more than asked for, and keeps the rest", function()
        local client, server = connect({ disallowed = disallowed })
        assert.equal("abc", (function()
          assert(client:write("abcdef"))
          tls_pair.move(client, server)
          return (server:read(3))
        end)())
        assert.equal("def", (server:read(10)))
        assert.equal("", (server:read(10)))
      end)
    end)
  end

  it("reads and writes nothing before the handshake is over", function()
    local client = assert(tls_pair.client():connection("localhost"))
    assert.equal("invalid_operation", select(2, client:write("early")).code)
    assert.equal("invalid_operation", select(2, client:read()).code)
    client:close()
    assert.equal("", client:take())
  end)

  it("writes nothing after it closed", function()
    local client = connect()
    client:close()
    assert.equal("invalid_operation", select(2, client:write("late")).code)
  end)

  it("offers no version below 1.2 unless told which are disallowed", function()
    local _, _, seen = connect({ disallowed = 0x30 })
    assert.equal("security_verification_failure", seen.client_error.code)
    assert.matches("speaks none of our TLS versions", seen.client_error.message)
    assert.matches("disallowed_secure_protocols", seen.client_error.hint)
    assert.matches("speaks none of our TLS versions", seen.server_error.message)
  end)

  it("speaks TLS 1.1 when both sides say so", function()
    local client, _, seen = connect({ disallowed = 0x30 }, { disallowed = 0 })
    assert.is_nil(seen.client_error)
    assert.equal("TLSv1.1", client:version())
  end)

  it("refuses a setting that leaves no version", function()
    local config, err = probe.tls_config { disallowed = 0x3c }
    assert.is_nil(config)
    assert.equal("invalidarg", err.code)
    assert.equal("disallowed_secure_protocols", err.property)
  end)

  it("sends the chain that stands behind the certificate", function()
    local middle = certs.issue("middle-ca", { subject = "/CN=an authority between", is_ca = true,
                                              issuer = certs.authority })
    local leaf = certs.issue("below-middle", { subject = "/CN=localhost", names = "DNS:localhost", issuer = middle })
    local joined = certs.join("below-middle-chain", { leaf.pem, middle.pem })
    local whole = tls_pair.certificate({ pem = joined, key = leaf.key })
    local _, _, seen = connect(nil, { certificate = whole })
    assert.is_nil(seen.client_error)
    _, _, seen = connect(nil, { certificate = tls_pair.certificate(leaf) })
    assert.equal("cert_e_untrustedroot", seen.client_error.code)
  end)

  it("keeps its configuration alive", function()
    local config = tls_pair.client()
    local client = assert(config:connection("localhost"))
    config:free()
    local seen = tls_pair.shake(client, assert(tls_pair.server():connection()))
    assert.is_true(seen.client)
  end)

  it("leaves nothing behind when memory ends anywhere in a handshake", function()
    local client_config, server_config = tls_pair.client(), tls_pair.server()
    local function attempt()
      local client, err = client_config:connection("localhost")
      if not client then return nil, err end
      local server, server_err = server_config:connection()
      if not server then
        client:free()
        return nil, server_err
      end
      local ok = pcall(function()
        local seen = tls_pair.shake(client, server)
        assert(seen.client and seen.server)
        assert(pass(client, server, "hello"))
      end)
      client:free()
      server:free()
      return ok
    end
    collectgarbage()
    local before, done = probe.blocks(), false
    for requests = 0, 200 do
      probe.memory(requests)
      done = attempt()
      probe.memory()
      assert.equal(before, probe.blocks())
      if done then break end
    end
    assert.is_true(done)
  end)
end)

describe("crypto: peers that do not speak TLS", function()
  local function first_words(options, bytes)
    local config = options.server and tls_pair.server() or tls_pair.client()
    local tls = assert(config:connection("localhost"))
    tls:handshake()
    local ok, err = tls:feed(bytes)
    if ok then ok, err = tls:handshake() end
    return ok, err
  end

  it("are told from the first byte of an HTTP answer", function()
    local ok, err = first_words({}, "HTTP/1.1 400 Bad Request\r\n\r\n")
    assert.is_nil(ok)
    assert.equal("invalid_format", err.code)
    assert.equal("the server does not speak TLS", err.message)
    assert.equal("HTTP/1.1 400 Bad Request", err.got)
    assert.matches("http: address", err.hint)
    assert.is_nil((first_words({}, "H")))
  end)

  it("are told from the first byte of an HTTP request", function()
    local ok, err = first_words({ server = true }, "POST / HTTP/1.1\r\n")
    assert.is_nil(ok)
    assert.equal("the client does not speak TLS", err.message)
    assert.matches("https", err.hint)
  end)

  it("are refused when garbage looks like a record", function()
    for _, bytes in ipairs { "\22\3\1\0\5hello", "\22\0\0\0\5hello", "\21\3\1\0\2\2\40", "\22\3\1\255\255" } do
      local ok, err = first_words({ server = true }, bytes)
      assert.is_nil(ok)
      assert.is_string(err.message)
    end
  end)

  it("are said to have left in the middle of the handshake", function()
    local client = assert(tls_pair.client():connection("localhost"))
    assert.is_false(client:handshake())
    client:feed_end()
    local ok, err = client:handshake()
    assert.is_nil(ok)
    assert.equal("endpoint_disconnected", err.code)
    assert.matches("middle of the TLS handshake", err.message)
    assert.equal(err.message, select(2, client:handshake()).message)
    assert.equal(err.message, select(2, client:feed("x")).message)
  end)

  it("may not make us hold more than a mebibyte", function()
    local _, server = connect()
    local ok, err = true, nil
    for _ = 1, 17 do
      if ok then ok, err = server:feed(("\23"):rep(65536)) end
    end
    assert.is_nil(ok)
    assert.equal("quota_exceeded", err.code)
  end)

  it("that speak TLS to a plain port are known by their hello", function()
    local client = assert(tls_pair.client():connection("localhost"))
    client:handshake()
    assert.is_true(probe.tls_is_hello(client:take()))
    assert.is_false(probe.tls_is_hello("POST / HTTP/1.1"))
    assert.is_false(probe.tls_is_hello("\22\3"))
  end)
end)
