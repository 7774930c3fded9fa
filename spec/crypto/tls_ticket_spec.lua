local certs = require("spec.support.certs")
local probe = require("wws.probe")
local tls_pair = require("spec.support.tls_pair")

local VERSIONS = { ["TLSv1.2"] = 0x20 + 0xc, ["TLSv1.3"] = 0x10 + 0xc }
local NOW = 1795248000000
local HOUR = 3600000

-- A connection over which something was said: TLS 1.3 hands its tickets out after the handshake.
local function talk(client_config, server_config, host, identity)
  local client = assert(client_config:connection(host or "localhost", identity))
  local server = assert(server_config:connection())
  local seen = tls_pair.shake(client, server)
  assert.is_nil(seen.client_error)
  assert(server:write("hello"))
  tls_pair.move(server, client)
  assert.equal("hello", (client:read()))
  local resumed = client:resumed()
  assert.equal(resumed, server:resumed())
  client:free()
  server:free()
  return resumed
end

describe("crypto: TLS resumption", function()
  after_each(function() probe.clock(NOW) end)

  for version, disallowed in pairs(VERSIONS) do
    describe(version, function()
      local function configs(client_options, server_options)
        client_options = client_options or {}
        client_options.disallowed = disallowed
        return tls_pair.client(client_options), tls_pair.server(server_options)
      end

      it("spares the second connection the certificates", function()
        local client, server = configs()
        assert.is_false(talk(client, server))
        for _ = 1, 5 do assert.is_true(talk(client, server)) end
      end)

      it("serves many connections at once", function()
        local client, server = configs()
        talk(client, server)
        local open = {}
        for number = 1, 2 do
          local a, b, seen = tls_pair.connect(client, server)
          open[number] = { a, b }
          assert.is_true(seen.client)
          assert.is_true(a:resumed())
        end
        assert.equal(2, #open)
      end)

      it("never crosses hosts, identities or configurations", function()
        local client, server = configs()
        talk(client, server)
        assert.is_false(talk(client, server, "127.0.0.1"))
        assert.is_false(talk(client, server, "localhost", "127.0.0.1"))
        assert.is_false(talk(configs(), server))
      end)

      it("ends an hour after the verification, however often it was used", function()
        local client, server = configs()
        talk(client, server)
        for step = 1, 3 do
          probe.clock(NOW + step * HOUR / 4)
          assert.is_true(talk(client, server))
        end
        probe.clock(NOW + HOUR)
        assert.is_false(talk(client, server))
        assert.is_true(talk(client, server))
      end)

      it("ends with the server's certificate", function()
        local brief = certs.issue("half-hour", { subject = "/CN=localhost", names = "DNS:localhost",
                                                 issuer = certs.authority, to = "20261121083000Z" })
        local client, server = configs({}, { certificate = tls_pair.certificate(brief) })
        talk(client, server)
        probe.clock(NOW + HOUR / 4)
        assert.is_true(talk(client, server))
        probe.clock(NOW + 3 * HOUR / 4)
        local _, _, seen = tls_pair.connect(client, server)
        assert.equal("cert_e_expired", seen.client_error.code)
      end)

      it("keeps the client's certificate, as long as that holds", function()
        local brief = certs.issue("half-hour-client", { subject = "/CN=brief alice", issuer = certs.authority,
                                                        to = "20261121083000Z" })
        local client, server = configs({ certificate = tls_pair.certificate(brief) },
                                       { require_client_certificate = true, trust = certs.ca })
        talk(client, server)
        local _, there, seen = tls_pair.connect(client, server)
        assert.is_true(seen.server)
        assert.is_true(there:resumed())
        assert.equal("CN=brief alice", probe.x509_subject(there:peer_certificate()))
        probe.clock(NOW + 3 * HOUR / 4)
        _, _, seen = tls_pair.connect(client, server)
        assert.equal("cert_e_expired", seen.server_error.code)
      end)

      it("is not offered after a failure", function()
        local client, server = configs()
        local a, b = tls_pair.connect(client, server)
        a:feed_end()
        assert.is_nil((a:read()))
        a:free()
        b:free()
        assert.is_not_nil(talk(client, server))
      end)
    end)
  end

  it("uses a ticket of TLS 1.3 once", function()
    local client, server = tls_pair.client({ disallowed = 0x1c }), tls_pair.server()
    talk(client, server)
    local hellos = {}
    for number = 1, 2 do
      local here = assert(client:connection("localhost"))
      here:handshake()
      hellos[number] = here:take()
    end
    local third = assert(client:connection("localhost"))
    third:handshake()
    assert.is_true(#third:take() < #hellos[1]) -- two tickets came, both are gone
  end)
end)
