local certs = require("spec.support.certs")
local probe = require("wws.probe")
local process = require("spec.support.process")

local function refused(property, pattern, ...)
  local certificate, err = probe.certificate(...)
  assert.is_nil(certificate)
  assert.equal("invalidarg", err.code)
  assert.equal(property, err.property)
  assert.matches(pattern, err.message)
end

local function encrypted_key()
  local status, text = process.run { "openssl", "pkey", "-in", certs.server_key, "-aes256", "-passout",
                                     "pass:open sesame" }
  assert.equal(0, status)
  return text
end

describe("crypto: certificates", function()
  local pem, key = certs.read(certs.server_pem), certs.read(certs.server_key)

  it("are read from PEM text, with their key from another or the same", function()
    assert(probe.certificate(pem))
    assert(probe.certificate(pem, key))
    assert(probe.certificate(key .. pem, key .. pem))
  end)

  it("give the same DER as the openssl command", function()
    local _, der = process.run { "openssl", "x509", "-in", certs.server_pem, "-outform", "DER" }
    assert.equal(der, probe.certificate(pem):der())
    assert.equal("CN=localhost", probe.x509_subject(der))
  end)

  it("say what is wrong with a text", function()
    refused("certificate", "holds no PEM certificate", "")
    refused("certificate", "holds no PEM certificate", "hello")
    refused("certificate", "damaged", (pem:gsub("MII", "!!!", 1)))
    refused("private_key", "no readable PEM private key", pem, "hello")
    refused("private_key", "no readable PEM private key", pem, pem)
    refused("private_key", "another certificate", pem, certs.read(certs.client_key))
  end)

  it("open an encrypted key with its password alone", function()
    local secret = encrypted_key()
    assert(probe.certificate(pem, secret, "open sesame"))
    refused("password", "no password was given", pem, secret)
    refused("password", "password does not open", pem, secret, "wrong")
    refused("password", "password does not open", pem, secret, "")
  end)

  it("come from a PKCS#12 file, with their key and chain", function()
    local file = certs.read(certs.server_pkcs12)
    assert.equal(probe.certificate(pem):der(), probe.pkcs12(file, certs.PASSWORD):der())
    local config = assert(probe.tls_config { server = true, certificate = probe.pkcs12(file, certs.PASSWORD) })
    assert(config:connection())
  end)

  it("say what is wrong with a PKCS#12 file", function()
    local function export(...)
      local status, bytes, errors = process.run { "openssl", "pkcs12", "-export", "-passout", "pass:", ... }
      assert.equal(0, status, errors)
      return bytes
    end
    local function wrong(property, pattern, ...)
      local certificate, err = probe.pkcs12(...)
      assert.is_nil(certificate)
      assert.same({ "invalidarg", property }, { err.code, err.property })
      assert.matches(pattern, err.message)
    end
    local file = certs.read(certs.server_pkcs12)
    wrong("file", "is no PKCS#12 file", "")
    wrong("file", "is no PKCS#12 file", pem)
    wrong("password", "no password was given", file)
    wrong("password", "password does not open", file, "wrong")
    wrong("password", "password does not open", file, "")
    wrong("password", "longer than any", file, ("x"):rep(1024))
    local open = export("-in", certs.server_pem, "-inkey", certs.server_key)
    assert(probe.pkcs12(open))
    assert(probe.pkcs12(open, ""))
    wrong("password", "password does not open", open, "wrong")
    wrong("file", "no private key", export("-nokeys", "-in", certs.server_pem))
    wrong("file", "no certificate", export("-nocerts", "-inkey", certs.server_key, "-in", certs.server_pem))
  end)

  it("are not taken from a PKCS#12 file with an encryption of the past", function()
    local status, old = process.run { "openssl", "pkcs12", "-export", "-legacy", "-passout", "pass:old", "-in",
                                      certs.server_pem, "-inkey", certs.server_key }
    assert.equal(0, status)
    local certificate, err = probe.pkcs12(old, "old")
    assert.is_nil(certificate)
    assert.equal("the PKCS#12 file cannot be opened", err.message)
    assert.matches("export it anew", err.hint)
  end)

  it("name the subject of bytes that are none", function()
    local text, err = probe.x509_subject("nonsense")
    assert.is_nil(text)
    assert.equal("invalid_format", err.code)
  end)
end)

describe("crypto: the OpenSSL guard", function()
  it("finds one OpenSSL here", function()
    assert.is_true(probe.openssl_guard())
  end)
end)
