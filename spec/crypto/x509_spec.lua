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
