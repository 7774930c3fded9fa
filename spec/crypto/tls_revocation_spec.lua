-- Stapled OCSP responses, made by the openssl responder and sent by s_server; the engine's clock is moved past them.
local blocking = require("wws.io.blocking")
local certs = require("spec.support.certs")
local probe = require("wws.probe")
local s_server = require("spec.support.s_server")
local tls_pair = require("spec.support.tls_pair")

local PATIENCE, DAY = 20, 86400000
local OFFLINE = 0x10

local function exchange(tls, stream)
  local bytes = assert(tls:take())
  if #bytes > 0 then assert(stream:write(bytes, blocking.now() + PATIENCE)) end
end

-- One handshake with the server on `port`, at `offset` milliseconds from now.
local function handshake(port, options, offset)
  local with = { check_revocation = true }
  for name, value in pairs(options or {}) do with[name] = value end
  probe.clock(os.time() * 1000 + (offset or 0))
  local stream = assert(blocking.connect("127.0.0.1", port, { deadline = blocking.now() + PATIENCE }))
  local tls = assert(tls_pair.client(with):connection("localhost"))
  local done, err = tls:handshake()
  while done == false do
    exchange(tls, stream)
    tls:feed(assert(stream:read(16384, blocking.now() + PATIENCE)))
    done, err = tls:handshake()
  end
  exchange(tls, stream)
  stream:close()
  return done, err
end

local function accepted(...)
  local done, err = handshake(...)
  assert.is_true(done, err and tostring(err.message))
end

local function refused(code, ...)
  local done, err = handshake(...)
  assert.is_nil(done)
  assert.equal(code, err.code)
  assert.equal("verify the server's certificate", err.step)
  assert.equal("ssl", err.binding)
  return err
end

local function staple(name, options)
  return { "-status_file", certs.ocsp("ocsp-" .. name, certs.server, options) }
end

describe("crypto: a stapled OCSP response (attack F17)", function()
  local delegate = certs.issue("ocsp-delegate", { subject = "/CN=delegate", usage = "OCSPSigning",
                                                  issuer = certs.authority })
  local brief = certs.issue("ocsp-brief-delegate", { subject = "/CN=brief delegate", usage = "OCSPSigning",
                                                     issuer = certs.authority, to = "20210101000000Z" })
  local stranger = certs.issue("ocsp-stranger", { subject = "/CN=stranger", usage = "OCSPSigning",
                                                  issuer = certs.other_authority })
  after_each(function() probe.clock(1795248000000) end)

  for version, flag in pairs { ["TLS 1.2"] = "-tls1_2", ["TLS 1.3"] = "-tls1_3" } do
    it("says that all is well, in " .. version, function()
      local arguments = staple "good"
      arguments[3] = flag
      s_server.run(certs.server, arguments, function(port) accepted(port) end)
    end)

    it("says that the certificate was revoked, which nothing lets pass, in " .. version, function()
      local arguments = staple("revoked", { status = "revoked" })
      arguments[3] = flag
      s_server.run(certs.server, arguments, function(port)
        local err = refused("security_verification_failure", port, { ignored = 0x1f })
        assert.equal("the server's certificate was revoked", err.message)
        assert.equal("CN=localhost, revoked 2026-01-01T00:00:00Z (keyCompromise)", err.got)
        accepted(port, { check_revocation = false })
      end)
    end)

    it("is missed in " .. version, function()
      s_server.run(certs.server, { flag }, function(port)
        local err = refused("crypt_e_revocation_offline", port)
        assert.equal("cert_failures_to_ignore", err.property)
        assert.matches("nothing says whether the server's certificate was revoked", err.message)
        assert.equal("CN=localhost; of the OCSP response: the server sent none", err.got)
        assert.matches("replaced its default", err.hint)
        accepted(port, { ignored = OFFLINE })
      end)
    end)
  end

  it("holds between its dates, give or take five minutes", function()
    s_server.run(certs.server, staple("hour", { minutes = 60 }), function(port)
      -- made now or by an earlier run: only the far ends are certain
      assert.matches("out of date", refused("crypt_e_revocation_offline", port, nil, 365 * DAY).got)
      assert.matches("not valid yet", refused("crypt_e_revocation_offline", port, nil, -4 * 365 * DAY).got)
      accepted(port, { ignored = OFFLINE }, 365 * DAY)
    end)
  end)

  it("may come from whom the issuer named for it", function()
    s_server.run(certs.server, staple("delegated", { signer = delegate }), function(port) accepted(port) end)
  end)

  it("may name the certificate by another hash", function()
    s_server.run(certs.server, staple("sha256", { digest = "-sha256" }), function(port) accepted(port) end)
  end)

  for name, signer in pairs { ["another authority"] = certs.other_authority, ["a stranger's delegate"] = stranger,
                              ["a certificate not meant for it"] = certs.client, ["an expired delegate"] = brief } do
    it("is false when signed by " .. name, function()
      s_server.run(certs.server, staple("by-" .. name:gsub("%W", "-"), { signer = signer }), function(port)
        local err = refused("security_verification_failure", port, { ignored = 0x1f })
        assert.equal("the OCSP response that the server sent is false", err.message)
        assert.matches("issuer of CN=localhost", err.expected)
      end)
    end)
  end

  it("says nothing when the responder does not know", function()
    s_server.run(certs.server, staple("unknown", { status = "unknown" }), function(port)
      assert.matches("does not know the certificate", refused("crypt_e_revocation_offline", port).got)
      accepted(port, { ignored = OFFLINE })
    end)
  end)

  it("says nothing when it is about another certificate", function()
    local other = certs.ocsp("ocsp-of-client", certs.client)
    s_server.run(certs.server, { "-status_file", other }, function(port)
      assert.matches("about another certificate", refused("crypt_e_revocation_offline", port).got)
    end)
  end)

  for name, case in pairs { ["try later"] = { 3, "try later" }, ["internal error"] = { 2, "could not answer" },
                            unauthorized = { 6, "does not answer for this" } } do
    it("says nothing when the responder says: " .. name, function()
      local path = "build/certs/response-" .. case[1] .. ".der"
      local file = assert(io.open(path, "wb"))
      file:write("\48\3\10\1", string.char(case[1]))
      file:close()
      s_server.run(certs.server, { "-status_file", path }, function(port)
        assert.matches(case[2], refused("crypt_e_revocation_offline", port).got)
      end)
    end)
  end

  it("must come where the certificate demands it", function()
    local strict = certs.issue("must-staple", { subject = "/CN=localhost", names = "DNS:localhost", must_staple = true,
                                                issuer = certs.authority })
    s_server.run(strict, {}, function(port)
      local err = refused("security_verification_failure", port, { ignored = 0x1f })
      assert.equal("the server's certificate demands a stapled OCSP response, and none that is valid came", err.message)
      accepted(port, { check_revocation = false })
    end)
    s_server.run(strict, { "-status_file", certs.ocsp("ocsp-must-staple", strict) }, function(port) accepted(port) end)
  end)

  it("is about the leaf: an authority in between needs a list", function()
    local middle = certs.issue("ocsp-middle", { subject = "/CN=authority between", is_ca = true,
                                                issuer = certs.authority })
    local leaf = certs.issue("ocsp-below", { subject = "/CN=localhost", names = "DNS:localhost", issuer = middle })
    local arguments = { "-cert_chain", middle.pem, "-status_file", certs.ocsp("ocsp-below-good", leaf,
                                                                             { issuer = middle }) }
    local list = certs.revocation_list("ocsp-empty-list", certs.authority, {})
    s_server.run(leaf, arguments, function(port)
      assert.matches("an authority of the server's certificate", refused("crypt_e_revocation_offline", port).message)
      accepted(port, { trust = certs.join("ocsp-ca-with-list", { certs.ca, list }) })
    end)
  end)
end)
