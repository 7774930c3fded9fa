local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local core = require "wws.core"
local wws = require "wws"

local A10 = "http://www.w3.org/2005/08/addressing"
local A2004 = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
local ID = "http://schemas.xmlsoap.org/ws/2006/02/addressingidentity"
local DS = "http://www.w3.org/2000/09/xmldsig#"

local function epr(inside, namespace)
  return ('<a:EndpointReference xmlns:a="%s">%s</a:EndpointReference>'):format(namespace or A10, inside)
end

local function identity(inside)
  return epr("<a:Address>http://x/</a:Address>" .. ('<Identity xmlns="%s">%s</Identity>'):format(ID, inside))
end

local function refused(xml, sentence)
  local read, err = wws.address.read(xml)
  assert.is_nil(read)
  assert.equal("invalid_format", err.code)
  if sentence then assert.matches(sentence, tostring(err), 1, true) end
end

describe("addresses", function()
  it("are read whole, what is not known kept as it stands", function()
    for _, ns in ipairs { A10, A2004 } do
      local read = assert(wws.address.read(epr([[
        <a:Address> http://x/y?a=1&amp;b=2 </a:Address>
        <a:ReferenceParameters><q:K xmlns:q="urn:q" q:b="1">v</q:K><L xmlns="urn:l"/></a:ReferenceParameters>
        <x:Other xmlns:x="urn:x"/>]], ns)))
      assert.equal("http://x/y?a=1&b=2", read.url)
      assert.equal(ns == A10 and "1.0" or "0.9", read.version)
      assert.equal(2, #read.headers)
      assert.matches('q:b="1"', read.headers[1], 1, true)
      assert.matches("urn:x", read.extensions[1], 1, true)
      assert.is_nil(read.identity)
    end
    local read = assert(wws.address.read(epr(
      '<a:Address>x</a:Address><a:Metadata><m xmlns="urn:m">a:b</m></a:Metadata>')))
    assert.matches(">a:b</m>", read.metadata[1], 1, true)
    assert.matches('xmlns:a="' .. A10, read.metadata[1], 1, true) -- its text may mean the prefix
    read = assert(wws.address.read(epr("<a:Address>x</a:Address><a:ReferenceProperties><p/></a:ReferenceProperties>"
      .. "<a:ReferenceParameters><q/></a:ReferenceParameters>", A2004)))
    assert.equal(2, #read.headers)
  end)

  it("have an identity of one of six kinds", function()
    assert.same({ dns = "host" }, assert(wws.address.read(identity "<Dns>host</Dns>")).identity)
    assert.same({ spn = "HTTP/host" }, assert(wws.address.read(identity "<Spn>HTTP/host</Spn>")).identity)
    assert.same({ upn = "u@r" }, assert(wws.address.read(identity "<Upn>u@r</Upn>")).identity)
    local key = ('<k:KeyInfo xmlns:k="%s">%%s</k:KeyInfo>'):format(DS)
    assert.same({ certificate = "one", supporting = { "two" } }, assert(wws.address.read(identity(key:format(
      "<k:X509Data><k:X509Certificate>b25l</k:X509Certificate><k:X509Certificate>dHdv</k:X509Certificate></k:X509Data>"
    )))).identity)
    assert.same({ rsa = { modulus = "one", exponent = "\1\0\1" } }, assert(wws.address.read(identity(key:format(
      "<k:KeyValue><k:RSAKeyValue><k:Modulus>b25l</k:Modulus><k:Exponent>AQAB</k:Exponent></k:RSAKeyValue></k:KeyValue>"
    )))).identity)
    local unknown = assert(wws.address.read(identity '<z:New xmlns:z="urn:z">1</z:New>')).identity
    assert.matches(">1</z:New>", unknown.xml, 1, true)
  end)

  it("that are none are refused", function()
    refused("<a/>", "no Address")
    refused("nonsense")
    refused(epr "<a:Address>x</a:Address><a:Address>y</a:Address>", "two addresses")
    refused(epr "<a:Address><b/></a:Address>", "not text")
    refused(identity "", "exactly one")
    refused(identity "<Dns>a</Dns><Spn>b</Spn>", "exactly one")
    refused(identity("<Dns>a</Dns>"):gsub("(<Identity.-</Identity>)", "%1%1"), "two identities")
    refused(identity(('<KeyInfo xmlns="%s"><X509Data><X509Certificate>*</X509Certificate></X509Data></KeyInfo>')
      :format(DS)))
    local read, err = wws.address.read(epr("<a:Address>" .. ("x"):rep(70000) .. "</a:Address>"))
    assert.is_nil(read)
    assert.equal("quota_exceeded", err.code)
  end)

  it("are written as they are read", function()
    local kinds = { { dns = "h" }, { spn = "HTTP/<h>" }, { upn = "u@r" }, { certificate = "\0\1", supporting = { "x" } },
      { rsa = { modulus = "\200", exponent = "\1\0\1" } }, { xml = '<z:New xmlns:z="urn:z">1</z:New>' } }
    for _, kind in ipairs(kinds) do
      for _, version in ipairs { "1.0", "0.9" } do
        local given = { url = "http://x/?a&b", version = version, identity = kind,
          headers = { '<q xmlns="urn:q">1</q>' }, extensions = { '<e xmlns="urn:e"></e>' },
          metadata = version == "1.0" and { '<m xmlns="urn:m"></m>' } or {} }
        local read = assert(wws.address.read(assert(wws.address.write(given))))
        if kind.xml then
          assert.matches(">1</z:New>", read.identity.xml, 1, true)
          read.identity = kind
        end
        for _, name in ipairs { "headers", "metadata", "extensions" } do
          assert.equal(#given[name], #read[name])
          read[name] = given[name]
        end
        assert.same(given, read)
      end
    end
    assert.equal(('<a:EndpointReference xmlns:a="%s"><a:Address>http://x/</a:Address></a:EndpointReference>')
      :format(A2004), wws.address.write("http://x/", "0_9"))
  end)

  it("are not written wrong", function()
    assert.has_error(function() wws.address.write(1) end)
    assert.has_error(function() wws.address.read(1) end)
    assert.has_error(function() wws.address.write { url = "x", headers = "<a/>" } end)
    for property, given in pairs { identity = { url = "x", identity = { what = 1 } }, url = { url = "\1" } } do
      local text, err = wws.address.write(given)
      assert.is_nil(text)
      assert.equal("invalidarg", err.code)
      assert.equal(property, err.property)
    end
    assert.equal("version", select(2, wws.address.write("x", "transport")).property)
    assert.is_nil((wws.address.write { url = "x", headers = { "<a" } }))
  end)
end)

describe("identities of a channel", function()
  local function call(given, credential, scheme)
    local security = calculator.server_username()
    security[1].credential = credential or security[1].credential
    local host = assert(wws.service_host { { url = (scheme or "https") .. "://localhost:0/calculator",
      security = security, operations = calculator.operations } })
    assert(host:open())
    local channel = assert(wws.channel { security = calculator.client_username() })
    local ok, err = channel:open { url = host.urls[1], identity = given }
    local reply
    if ok then reply, err = channel:request(calculator.ADD, calculator.body(1, 2)) end
    channel:close()
    host:close()
    return reply and calculator.sum(reply), err
  end

  local function der(pem) return core.from_base64(pem:match "BEGIN CERTIFICATE%-+(.-)%-+END") end

  local function rsa_of(path)
    local pipe = assert(io.popen("openssl x509 -in " .. path .. " -noout -modulus"))
    local hex = pipe:read "*a":match "Modulus=(%x+)"
    pipe:close()
    return (hex:gsub("..", function(byte) return string.char(tonumber(byte, 16)) end))
  end

  it("by name leave TLS its host", function()
    assert.equal(3, call { dns = "localhost" })
    assert.equal(3, call { spn = "HTTP/localhost" })
    assert.equal(3, call { upn = "service@EXAMPLE.ORG" })
  end)

  it("by certificate are that certificate, PEM or DER", function()
    local pem = certs.read(certs.server_pem)
    assert.equal(3, call { certificate = pem })
    assert.equal(3, call { certificate = der(pem) })
    local sum, err = call { certificate = certs.read(certs.client_pem) }
    assert.is_nil(sum)
    assert.equal("security_verification_failure", err.code)
    assert.equal("identity", err.property)
  end)

  it("by certificate are proven over net.tcp, too", function()
    assert.equal(3, call({ certificate = certs.read(certs.server_pem) }, nil, "net.tcp"))
    local sum, err = call({ certificate = certs.read(certs.client_pem) }, nil, "net.tcp")
    assert.is_nil(sum)
    assert.equal("security_verification_failure", err.code)
    assert.equal("identity", err.property)
  end)

  it("by RSA key are that key", function()
    local issued = certs.issue("identity-rsa", { subject = "/CN=localhost", names = "DNS:localhost",
      usage = "serverAuth", issuer = certs.authority, key = "rsa" })
    local credential = { type = "pem", certificate = issued.pem, private_key = issued.key }
    local modulus = rsa_of(issued.pem)
    assert.equal(3, call({ rsa = { modulus = modulus, exponent = "\1\0\1" } }, credential))
    assert.equal(3, call({ rsa = { modulus = "\0" .. modulus, exponent = "\1\0\1" } }, credential))
    for _, wrong in ipairs { { modulus = modulus, exponent = "\3" }, { modulus = modulus:sub(2), exponent = "\1\0\1" } } do
      local sum, err = call({ rsa = wrong }, credential)
      assert.is_nil(sum)
      assert.equal("security_verification_failure", err.code)
      assert.equal("identity", err.property)
    end
    assert.is_nil((call { rsa = { modulus = modulus, exponent = "\1\0\1" } }))
  end)

  it("are one, of a kind that can be compared", function()
    for _, given in ipairs { { xml = "<x/>" }, { dns = "a", spn = "b" }, { rsa = {} }, { certificate = "" } } do
      local sum, err = call(given)
      assert.is_nil(sum)
      assert.equal("invalidarg", err.code)
      assert.equal("identity", err.property)
    end
    local channel = assert(wws.channel {})
    local ok, err = channel:open { url = "http://localhost:1/", identity = { certificate = "x" } }
    assert.is_nil(ok)
    assert.matches("under an ssl binding only", err.message, 1, true)
  end)
end)
