--- Stores made by the openssl command: certificates are found in them by subject and by thumbprint.
local certs = require("spec.support.certs")
local probe = require("wws.probe")
local process = require("spec.support.process")

local HOME = "build/certs/stores"

local function shell(text, ...)
  local status, out, errors = process.run { "sh", "-ec", text, "sh", ... }
  assert.equal(0, status, text .. ": " .. errors)
  return out
end

local ders, thumbprints = {}, {}

local function der_of(path)
  ders[path] = ders[path] or shell('openssl x509 -in "$1" -outform DER', path)
  return ders[path]
end

local function thumbprint(path, digest)
  local name = path .. digest
  thumbprints[name] = thumbprints[name]
    or shell('openssl x509 -in "$1" -noout -fingerprint "-$2"', path, digest):match "=(%S+)":gsub(":", "")
  return thumbprints[name]
end

local function find(query)
  if query.needs_key == nil then query.needs_key = true end
  return probe.certificate_find(query)
end

local function found(path, query)
  local certificate, err = find(query)
  assert.is_truthy(certificate, tostring(err))
  assert.equal(der_of(path), certificate:der())
  return certificate
end

local function refused(property, message, query)
  local certificate, err = find(query)
  assert.is_nil(certificate)
  assert.same({ "invalidarg", property, message }, { err.code, err.property, err.message })
  assert.equal("load a certificate", err.step)
  return err
end

describe("crypto: certificate stores", function()
  local authority = certs.authority
  local between = certs.issue("store-between", { subject = "/CN=between", is_ca = true, issuer = authority })
  local anna = certs.issue("store-anna", { subject = "/O=Example, Inc./CN=Anna", usage = "clientAuth", issuer = between })
  local annabel = certs.issue("store-annabel", { subject = "/O=Example, Inc./CN=Annabel", issuer = authority })
  local twin = certs.issue("store-twin", { subject = "/O=Example, Inc./CN=Annabel", issuer = authority })

  -- a directory with what such directories hold
  setup(function()
    shell([[
      rm -rf "$1" && mkdir -p "$1/mixed/inner" "$1/keyless" "$1/secret" "$1/empty" && cd "$1" && root=$OLDPWD
      cat "$root/$2" "$root/$3" >mixed/anna.pem
      openssl x509 -in "$root/$4" -outform DER -out mixed/between.crt
      cp "$root/$5" mixed/annabel.pem && cp "$root/$6" mixed/annabel.key && cp "$root/$7" mixed/ca.pem
      echo "what this directory is for" >mixed/README && : >mixed/empty && head -c 4000 /dev/urandom >mixed/noise
      ln -s nowhere mixed/dangling && mkfifo mixed/pipe
      cp "$root/$5" keyless/annabel.pem && cp "$root/$3" keyless/another.key
      openssl pkey -in "$root/$6" -aes256 -passout pass:sesame -out secret/annabel.key && cp "$root/$5" secret/
      openssl pkcs12 -export -in "$root/$2" -inkey "$root/$3" -certfile "$root/$4" -passout pass:sesame -out anna.p12
    ]], HOME, anna.pem, anna.key, between.pem, annabel.pem, annabel.key, certs.ca)
  end)

  it("give what has the subject, in any case, with or without what stands around it", function()
    for _, subject in ipairs { "CN=Anna,O=Example\\, Inc.", "cn=anna,o=EXAMPLE\\,  inc.", "CN=Anna, O=", "CN=Anna," } do
      found(anna.pem, { store = HOME .. "/mixed", subject = subject })
    end
    found(annabel.pem, { store = HOME .. "/mixed", subject = "bel" })
    found(annabel.pem, { store = HOME .. "/mixed/annabel.pem", subject = "Annabel", needs_key = false })
  end)

  it("prefer the whole subject to a part of another", function()
    local plain = certs.issue("store-plain", { subject = "/CN=Anna", issuer = authority })
    local store = certs.join("store-plain-and-more", { plain.pem, plain.key, anna.pem, anna.key })
    found(plain.pem, { store = store, subject = "CN=Anna" })
    found(anna.pem, { store = store, subject = "CN=Anna," })
  end)

  it("give what has the thumbprint", function()
    for _, digest in ipairs { "sha1", "sha256" } do
      local text = thumbprint(anna.pem, digest)
      found(anna.pem, { store = HOME .. "/mixed", thumbprint = text })
      found(anna.pem, { store = HOME .. "/mixed", thumbprint = text:lower() })
      refused("thumbprint", "no certificate of the store has the thumbprint",
              { store = HOME .. "/mixed", thumbprint = text:reverse() })
    end
  end)

  it("are PKCS#12 files, too", function()
    found(anna.pem, { store = HOME .. "/anna.p12", subject = "anna", password = "sesame" })
    found(between.pem, { store = HOME .. "/anna.p12", subject = "between", password = "sesame", needs_key = false })
  end)

  it("give the certificates between it and the root along", function()
    local certificate = found(anna.pem, { store = HOME .. "/mixed", subject = "CN=Anna," })
    local server = probe.tls_config { server = true, certificate = probe.certificate(certs.read(certs.server_pem),
      certs.read(certs.server_key)), trust = certs.ca, require_client_certificate = true }
    local client = probe.tls_config { trust = certs.ca, certificate = certificate }
    local pair = require "spec.support.tls_pair"
    local _, there, seen = pair.connect(client, server)
    assert.is_true(seen.server, tostring(seen.server_error))
    assert.equal(der_of(anna.pem), there:peer_certificate())
  end)

  it("say when several are meant, and by what to tell them apart", function()
    local store = certs.join("store-twins", { annabel.pem, annabel.key, twin.pem, twin.key, annabel.pem })
    local err = refused("subject", "several certificates of the store have such a subject",
                        { store = store, subject = "Annabel" })
    assert.is_truthy(err.got:find(thumbprint(annabel.pem, "sha1"):lower(), 1, true))
    assert.is_truthy(err.got:find(thumbprint(twin.pem, "sha1"):lower(), 1, true))
    assert.matches("thumbprint", err.hint)
  end)

  it("say when nothing is meant, or its key is elsewhere", function()
    local err = refused("subject", "no certificate of the store has such a subject",
                        { store = HOME .. "/mixed", subject = "CN=Bob" })
    assert.equal("CN=Bob", err.expected)
    err = refused("subject", "the store has the certificate, but not its private key",
                  { store = HOME .. "/keyless", subject = "Annabel" })
    assert.equal("CN=Annabel,O=Example\\, Inc.", err.got)
    found(annabel.pem, { store = HOME .. "/keyless", subject = "Annabel", needs_key = false })
    refused("subject", "no certificate of the store has such a subject", { store = HOME .. "/mixed", subject = "" })
  end)

  it("open what is encrypted with the password alone", function()
    for store, subject in pairs { ["/secret"] = "Annabel", ["/anna.p12"] = "Anna" } do
      assert(find { store = HOME .. store, subject = subject, password = "sesame" })
      refused("password", "what can be read of the certificate store is not meant, and no password was given for the rest",
              { store = HOME .. store, subject = subject })
      for _, wrong in ipairs { "", "Sesame", ("x"):rep(2000) } do
        refused("password",
                "what can be read of the certificate store is not meant, and the password does not open the rest",
                { store = HOME .. store, subject = subject, password = wrong })
      end
    end
  end)

  it("that are none are named", function()
    for _, path in ipairs { "/nowhere", "/mixed/dangling", "/mixed/pipe" } do
      local err = refused("store", "the certificate store does not exist or may not be read",
                          { store = HOME .. path, subject = "x" })
      assert.equal(HOME .. path, err.got)
    end
    local err = refused("store", "a PKCS#11 token cannot be looked through",
                        { store = "pkcs11:token=wws?pin-value=sesame", subject = "x" })
    assert.matches("uri", err.hint)
    assert.is_nil(tostring(err):find("sesame", 1, true))
    for _, path in ipairs { "/empty", "/mixed/README", "/mixed/noise", "/mixed/empty" } do
      refused("store", "the certificate store holds no certificate", { store = HOME .. path, subject = "x" })
    end
  end)
end)
