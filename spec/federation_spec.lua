--- Federation: an issuer is asked for a token with a password, another one with that token, and the service is called
-- with what it gave.
local assertions = require "spec.support.assertions"
local certs = require "spec.support.certs"
local issuer = require "spec.support.issuer"
local world = require "spec.support.world"
local wws = require "wws"

local SAML11 = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
local SSL = { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
local TRUST = { type = "ssl", trust = certs.ca }

local function username(request) return request:property "username" end

-- Whoever the first issuer spoke of.
local function subject(request)
  return request:property("saml_assertion"):match "<saml:NameIdentifier>([^<]*)<"
end

local function saml(trusted, confirmations)
  return { type = "saml", authenticator = { type = "cert_signed", trusted_issuers = { { type = "pem", certificate = trusted.pem } },
    confirmations = confirmations, require_audience = true,
    decryption = { type = "pem", certificate = assertions.service.pem, private_key = assertions.service.key } } }
end

local function password()
  return { type = "username", validate_password = function(name, given) return world.PASSWORDS[name] == given end }
end

-- Two issuers and the service.
local function start(given)
  local self = { seen = {} }
  self.one, self.one_url, self.keys = issuer.start { security = { SSL, password() }, certificate = assertions.issuer,
    subject = username, mode = given.mode, life = given.life, trace = given.trace }
  self.two, self.two_url, self.more_keys = issuer.start { security = { SSL, saml(assertions.issuer, given.confirmations) },
    certificate = assertions.stranger, subject = subject, mode = given.mode, trace = given.trace }
  local final = saml(assertions.stranger, given.confirmations)
  self.host, self.url = world.host({ trace = given.trace,
    url = (given.scheme or "https") .. "://localhost:0/calculator",
    security = given.context
    and { SSL, { type = "security_context", bootstrap = { SSL, final } } } or { SSL, final } }, {
    [world.ADD] = function(request)
      local context = request:property "security_context"
      self.seen[#self.seen + 1] = subject(context and { property = function() return context:get "saml_assertion" end } or request)
      return world.add(request)
    end })
  return self
end

local function stop(self)
  for _, host in ipairs { self.one, self.two, self.host } do host:close() end
end

local function connect(url, binding, given)
  return assert(wws.connect(url, { security = { TRUST, binding }, timeout = 20, trace = given.trace }))
end

local function ask(url, binding, applies_to, given)
  local channel = connect(url, binding, given)
  local token, err = wws.request_security_token(channel, { applies_to = applies_to, trust_version = given.version,
    issued_token_type = SAML11, issued_token_key_type = given.key_type, issued_token_key_entropy = given.mode })
  assert(channel:close())
  return token, err
end

local ALICE = { type = "username", credential = { type = "string", username = "alice", password = world.PASSWORDS.alice } }

local function first(self, given) return ask(self.one_url, ALICE, given.applies_to or self.two_url, given) end

local function walk(self, given)
  local one = assert(first(self, given))
  local two = assert(ask(self.two_url, { type = "xml_token", token = one }, { url = self.url }, given))
  local binding = { type = "xml_token", token = two }
  if given.context then binding = { type = "security_context", bootstrap = { TRUST, binding } } end
  local channel = connect(self.url, binding, given)
  assert.truthy(assert(channel:request(world.ADD, world.BODY)).body:find(">3<", 1, true))
  assert(channel:close())
  return one, two
end

local ROUTES = {
  { version = "february_2005", mode = "server_only" },
  { version = "february_2005", mode = "combined", key_type = "symmetric" },
  { version = "1.3", mode = "client_only", key_type = "symmetric" },
  { version = "1.3", mode = "combined", context = true },
  { version = "february_2005", key_type = "none", confirmations = { "bearer" } },
  { version = "1.3", key_type = "none", confirmations = { "bearer" }, context = true },
  { version = "1.3", mode = "server_only", scheme = "net.tcp" },
  { version = "february_2005", mode = "combined", scheme = "net.tcp", context = true },
}

describe("federation", function()
  for _, given in ipairs(ROUTES) do
    local name = ("over two issuers, %s, %s key%s"):format(given.version, given.mode or "without a",
      (given.scheme and ", over " .. given.scheme or "") .. (given.context and ", into a context" or ""))
    it(name, function()
      local self = start(given)
      local one, two = walk(self, given)
      assert.same({ "alice" }, self.seen)
      assert.equal(given.mode and "symmetric" or "none", two:get "key_type")
      if given.mode then
        assert.equal(self.keys[1], one:get "symmetric_key")
        assert.equal(self.more_keys[1], two:get "symmetric_key")
      end
      stop(self)
    end)
  end

  it("stops where a token is presented to whom it is not for", function()
    local given = { version = "1.3", mode = "combined" }
    local self = start(given)
    local one = assert(first(self, given))
    local channel = connect(self.url, { type = "xml_token", token = one }, given)
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert.truthy(err.fault)
    channel:close()
    local elsewhere = assert(first(self, { version = "1.3", mode = "combined", applies_to = "https://elsewhere/" }))
    local refused
    refused, err = ask(self.two_url, { type = "xml_token", token = elsewhere }, self.url, given)
    assert.is_nil(refused)
    assert.truthy(err.fault)
    assert.same({}, self.seen)
    stop(self)
  end)

  it("stops at a wrong password, and before a token goes out that has ended", function()
    local given = { version = "1.3", mode = "server_only", life = -600 }
    local self = start(given)
    local wrong = { type = "username", credential = { type = "string", username = "alice", password = "wrong" } }
    local token, err = ask(self.one_url, wrong, self.two_url, given)
    assert.is_nil(token)
    assert.truthy(err.fault)
    token = assert(first(self, given))
    token, err = ask(self.two_url, { type = "xml_token", token = token }, self.url, given)
    assert.is_nil(token)
    assert.equal("security_token_expired", err.code)
    stop(self)
  end)

  it("shows no key, no assertion and no token in traces (attack F18)", function()
    local seen = {}
    local function trace(event)
      for _, value in pairs(event) do seen[#seen + 1] = tostring(value) end
    end
    for _, given in ipairs { { version = "february_2005", mode = "combined", trace = trace },
                             { version = "1.3", key_type = "none", confirmations = { "bearer" }, trace = trace } } do
      local self = start(given)
      local one, two = walk(self, given)
      stop(self)
      local text = table.concat(seen, "\n")
      assert.truthy(text:find("RequestedSecurityToken", 1, true))
      local secrets = { "NameIdentifier" }
      for _, token in ipairs { one, two } do
        secrets[#secrets + 1] = token:get("serialized_xml"):match("^[^>]*>(.*)$"):sub(1, 60)
        secrets[#secrets + 1] = token:get("serialized_xml"):match "SignatureValue>([^<]*)<"
        secrets[#secrets + 1] = given.mode and token:get "symmetric_key" or nil
        assert.is_nil(tostring(token):find("alice", 1, true))
      end
      for _, secret in ipairs(secrets) do
        for _, form in ipairs { secret, require("wws.probe").base64_write(secret):sub(1, -4) } do
          assert.is_nil(text:find(form, 1, true), form)
        end
      end
    end
  end)
end)
