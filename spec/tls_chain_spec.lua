-- What no setting lets pass in a server's chain: each fault made by the openssl command, and the sentence it gets.
local certs = require "spec.support.certs"
local process = require "spec.support.process"
local s_server = require "spec.support.s_server"
local world = require "spec.support.world"

local ALL = { "cn_mismatch", "invalid_date", "untrusted_root", "wrong_usage", "revocation_offline" }

local function issue(name, options)
  options.subject = options.subject or "/CN=localhost"
  options.issuer = options.issuer or certs.authority
  if not options.is_ca then options.names = options.names or "DNS:localhost" end
  return certs.issue("chain-" .. name, options)
end

local function authority(name, options)
  options.subject, options.is_ca = "/CN=" .. name, options.is_ca or true
  return issue(name, options)
end

-- The certificate with the others behind it.
local function chained(name, made, ...)
  local paths = { made.pem }
  for _, above in ipairs { ... } do paths[#paths + 1] = above.pem end
  return { pem = certs.join("chain-" .. name .. "-chain", paths), key = made.key }
end

-- The same certificate with another last byte of its issuer's signature.
local function falsified(made)
  local _, der = process.run { "openssl", "x509", "-in", made.pem, "-outform", "DER" }
  local last = string.char((der:byte(-1) + 1) % 256)
  local status, pem = process.run({ "openssl", "x509", "-inform", "DER" }, { input = der:sub(1, -2) .. last })
  assert.equal(0, status)
  return { pem = pem, key = made.key }
end

local function serving(made, body)
  local credential = { type = "pem", certificate = made.pem, private_key = made.key }
  local host, url = world.host { security = { { type = "ssl", credential = credential } } }
  local ok, failure = pcall(body, url)
  host:close()
  assert(ok, failure)
end

local function attempt(url, binding)
  binding.type, binding.trust = "ssl", binding.trust or certs.ca
  local reply, err, channel = world.call(url, { security = { binding } })
  channel:abort()
  return reply, err
end

local function refused(url, code, binding)
  local reply, err = attempt(url, binding)
  assert.is_nil(reply)
  assert.same({ code, "ssl", "verify the server's certificate" }, { err.code, err.binding, err.step }, tostring(err))
  return err
end

local CASES = {
  { "whose signature is false", "certificate signature failure", function()
    return falsified(issue("false", {}))
  end },
  { "too far below an authority", "path length constraint exceeded", function()
    local near = authority("near", { is_ca = "TRUE, pathlen:0" })
    local far = authority("far", { issuer = near })
    return chained("far", issue("too-far", { issuer = far }), far, near)
  end },
  { "for a name that its authority may not give", "permitted subtree violation", function()
    local narrow = authority("narrow", { extension = "nameConstraints = critical, permitted;DNS:example.test" })
    return chained("narrow", issue("outside", { issuer = narrow }), narrow)
  end },
  { "for a name that its authority is barred from", "excluded subtree violation", function()
    local barred = authority("barred", { extension = "nameConstraints = critical, excluded;DNS:localhost" })
    return chained("barred", issue("inside", { issuer = barred }), barred)
  end },
  { "with a critical extension that nobody here knows", "unhandled critical extension", function()
    return issue("strange", { extension = "1.2.3.4.5 = critical, ASN1:NULL" })
  end },
}

describe("TLS: the chain of a server's certificate", function()
  for _, case in ipairs(CASES) do
    local what, reason, make = case[1], case[2], case[3]
    it(what .. " is refused whatever is ignored", function()
      serving(make(), function(url)
        local err = refused(url, "security_verification_failure", { cert_failures_to_ignore = ALL })
        assert.equal("the chain of the server's certificate is not valid: " .. reason, err.message)
      end)
    end)
  end

  it("signed by a weak digest is refused whatever is ignored", function()
    local made = issue("sha1", { digest = "sha1" })
    s_server.run(made, { "-cipher", "DEFAULT:@SECLEVEL=0" }, function(port)
      local err = refused(("https://localhost:%d/"):format(port), "security_verification_failure",
                          { cert_failures_to_ignore = ALL })
      assert.equal("the chain of the server's certificate is not valid: CA signature digest algorithm too weak", err.message)
    end)
  end)

  it("with an authority whose dates do not hold says so, and invalid_date lets it pass", function()
    local old = authority("old", { to = "20210101000000Z" })
    serving(chained("old", issue("below-old", { issuer = old }), old), function(url)
      local err = refused(url, "cert_e_expired", {})
      assert.equal("an authority of the server's certificate has expired", err.message)
      assert.matches("CN=old", err.got, 1, true)
      assert.is_truthy(attempt(url, { cert_failures_to_ignore = { "invalid_date", "revocation_offline" } }))
    end)
  end)

  it("is for an address when the URL has one, and cn_mismatch lets another pass", function()
    serving(issue("name-only", {}), function(url)
      local by_address = url:gsub("localhost", "127.0.0.1")
      local err = refused(by_address, "cert_e_cn_no_match", {})
      assert.same({ "127.0.0.1", "localhost" }, { err.expected, err.got:match "[^ ,]*$" })
      assert.is_truthy(attempt(by_address, { cert_failures_to_ignore = { "cn_mismatch", "revocation_offline" } }))
    end)
  end)

  it("that has every fault at once is named by the gravest that is left", function()
    local made = issue("every", { names = "DNS:other.test", to = "20210101000000Z", usage = "clientAuth",
                                  issuer = certs.other_authority })
    local order = { { "untrusted_root", "cert_e_untrustedroot" }, { "cn_mismatch", "cert_e_cn_no_match" },
                    { "invalid_date", "cert_e_expired" }, { "wrong_usage", "cert_e_wrong_usage" },
                    { "revocation_offline", "crypt_e_revocation_offline" } }
    serving(made, function(url)
      local ignored = {}
      for _, row in ipairs(order) do
        refused(url, row[2], { cert_failures_to_ignore = ignored })
        ignored[#ignored + 1] = row[1]
      end
      assert.is_truthy(attempt(url, { cert_failures_to_ignore = ignored }))
    end)
  end)
end)
