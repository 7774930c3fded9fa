--- Security tokens given as XML: what they are made of, what they tell, and what they refuse.
local wws = require "wws"
local certs = require "spec.support.certs"
local soap = require "spec.support.soap"
local world = require "spec.support.world"

local REFERENCE = "<o:SecurityTokenReference xmlns:o='" .. soap.WSSE .. "'><o:Reference URI='#t'/></o:SecurityTokenReference>"
local XML = "<t xmlns='urn:t' Id='t'>one</t>"
local KEY = ("k"):rep(32)

local function username(name, password)
  return ("<o:UsernameToken xmlns:o='%s'><o:Username>%s</o:Username><o:Password>%s</o:Password></o:UsernameToken>")
    :format(soap.WSSE, name, password)
end

describe("security token", function()
  it("without a key tells its XML and times", function()
    local token = assert(wws.xml_token { xml = " " .. XML .. "\n", valid_from = 10, valid_till = 20.5 })
    assert.equal("none", token:get "key_type")
    assert.equal(XML, token:get "serialized_xml")
    assert.equal(10, token:get "valid_from_time")
    assert.equal(20.5, token:get "valid_till_time")
    assert.is_nil(token:get "attached_reference_xml")
    assert.equal("invalidarg", select(2, token:get "symmetric_key").code)
    assert.equal("invalidarg", select(2, token:get "colour").code)
    assert.equal("wws.security_token: none key", tostring(token))
  end)

  it("with a symmetric key gives it back, and shows it nowhere", function()
    local token = assert(wws.xml_token { xml = XML, key = { type = "raw_symmetric", bytes = KEY },
      attached_reference = REFERENCE, unattached_reference = REFERENCE })
    assert.equal("symmetric", token:get "key_type")
    assert.equal(KEY, token:get "symmetric_key")
    assert.equal(REFERENCE, token:get "attached_reference_xml")
    assert.equal(REFERENCE, token:get "unattached_reference_xml")
    assert.is_nil(token:get "valid_from_time")
    assert.is_nil(tostring(token):find(KEY, 1, true))
  end)

  it("has a private key from PEM, with a certificate or alone, or from PKCS#12", function()
    local made = certs.issue("token-rsa", { subject = "/CN=token", key = "rsa" })
    local keys = {
      { type = "pem", private_key = made.key },
      { type = "pem", private_key = certs.read(made.key) },
      { type = "pem", certificate = made.pem, private_key = made.key },
    }
    for _, key in ipairs(keys) do
      local token = assert(wws.xml_token { xml = XML, key = key, attached_reference = REFERENCE })
      assert.equal("asymmetric", token:get "key_type")
      assert.equal("invalidarg", select(2, token:get "symmetric_key").code)
    end
  end)

  it("can be closed, by which it says no more", function()
    local token = assert(wws.xml_token { xml = XML })
    assert.is_true(token:close())
    assert.is_true(token:close())
    assert.equal("invalid_operation", select(2, token:get "key_type").code)
    local channel, err = wws.channel { security = { { type = "ssl" }, { type = "xml_token", token = token } } }
    assert.is_nil(channel)
    assert.equal("token", err.property)
  end)

  local wrong = {
    { "no XML", {}, "xml" },
    { "XML that is not well-formed", { xml = "<a>" }, "xml" },
    { "XML that needs a declaration from outside", { xml = "<o:a/>" }, "xml" },
    { "two elements", { xml = "<a/><b/>" }, "xml" },
    { "text beside the element", { xml = "<a/>b" }, "xml" },
    { "an XML declaration", { xml = "<?xml version='1.0'?><a/>" }, "xml" },
    { "a document type", { xml = "<!DOCTYPE a><a/>" }, "xml" },
    { "a key without a reference", { xml = XML, key = { type = "raw_symmetric", bytes = KEY } }, "attached_reference" },
    { "a reference without a key", { xml = XML, attached_reference = REFERENCE }, "attached_reference" },
    { "an empty key", { xml = XML, key = { type = "raw_symmetric", bytes = "" }, attached_reference = REFERENCE }, "key.bytes" },
    { "a key of no type", { xml = XML, key = { bytes = KEY } }, "key.type" },
    { "a key with a foreign field", { xml = XML, key = { type = "raw_symmetric", bytes = KEY, file = "x" } }, "key.file" },
    { "a key file that is not there",
      { xml = XML, key = { type = "pem", private_key = "/nowhere" }, attached_reference = REFERENCE }, "key.private_key" },
    { "a URI that is none of PKCS#11",
      { xml = XML, key = { type = "uri", uri = "file:/key" }, attached_reference = REFERENCE }, "key.uri" },
    { "a key that is no RSA key",
      { xml = XML, key = { type = "pem", private_key = certs.server_key }, attached_reference = REFERENCE }, "key" },
    { "times that end before they begin", { xml = XML, valid_from = 2, valid_till = 1 }, "valid_till" },
    { "an unknown field", { xml = XML, secret = KEY }, "secret" },
  }
  for _, case in ipairs(wrong) do
    it("refuses " .. case[1], function()
      local token, err = wws.xml_token(case[2])
      assert.is_nil(token)
      assert.equal("invalidarg", err.code)
      assert.equal("xml_token", err.binding)
      assert.equal(case[3], err.property)
      assert.is_nil(tostring(err):find(KEY, 1, true))
    end)
  end

  it("raises for arguments of the wrong type", function()
    assert.has_error(function() wws.xml_token() end)
    assert.has_error(function() wws.xml_token { xml = 1 } end)
    assert.has_error(function() wws.xml_token { xml = XML, key = "k" } end)
  end)

  it("holding a user name is accepted by a listener of user names, one-shot and to establish a context", function()
    local ssl = { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
    local check = { type = "username", validate_password = function(name, given) return name == "al&ice" and given == "s3cret" end }
    local served = { one_shot = { ssl, check }, context = { ssl, { type = "security_context", bootstrap = { ssl, check } } } }
    for kind, security in pairs(served) do
      local names = {}
      local host, url = world.host({ security = security }, { [world.ADD] = function(request)
        names[#names + 1] = request:property "username"
        return world.add(request)
      end })
      for password, fine in pairs { s3cret = true, wrong = false } do
        local token = assert(wws.xml_token { xml = username("al&amp;ice", password) })
        local client = { { type = "ssl", trust = certs.ca }, { type = "xml_token", token = token } }
        if kind == "context" then client = { client[1], { type = "security_context", bootstrap = client } } end
        local channel = world.channel { security = client }
        token:close() -- channels keep what they need
        assert(channel:open(url))
        local reply, err = channel:request(world.ADD, world.BODY)
        assert.equal(fine, reply ~= nil, kind .. tostring(err))
        channel:close()
      end
      host:close()
      assert.same({ "al&ice" }, names)
    end
  end)

  it("shows nothing of itself in a trace (attack F18)", function()
    local seen = {}
    local host, url = world.host { security = { world.served()[1] } }
    local token = assert(wws.xml_token { xml = "<t xmlns='urn:t'>hush-hush</t>",
      key = { type = "raw_symmetric", bytes = KEY }, attached_reference = REFERENCE })
    local channel = world.channel { security = { { type = "ssl", trust = certs.ca }, { type = "xml_token", token = token } },
      trace = function(event) seen[#seen + 1] = event.message end }
    assert(channel:open(url))
    channel:request(world.ADD, world.BODY)
    channel:close()
    host:close()
    local text = table.concat(seen)
    assert.is_truthy(text:find("urn:t", 1, true))
    assert.is_nil(text:find("hush-hush", 1, true))
    assert.is_nil(text:find(KEY, 1, true))
  end)
end)
