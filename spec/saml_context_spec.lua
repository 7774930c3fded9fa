--- Our own client with an assertion and its proof key, and our own listener: one message, and a security context.
local assertions = require "spec.support.assertions"
local certs = require "spec.support.certs"
local core = require "wws.core"
local soap = require "spec.support.soap"
local world = require "spec.support.world"
local wws = require "wws"

local NOW = 1795251600

local function authenticator(more)
  local made = { type = "cert_signed", trusted_issuers = { { type = "pem", certificate = assertions.issuer.pem } },
    decryption = { type = "pem", certificate = assertions.service.pem, private_key = assertions.service.key } }
  for name, value in pairs(more or {}) do made[name] = value end
  return made
end

local function token_of(given, key)
  given.now, given.audiences = NOW, {}
  local xml = assertions.make(given)
  if key == false then return assert(wws.xml_token { xml = xml }) end
  return assert(wws.xml_token { xml = xml, key = { type = "raw_symmetric", bytes = key or assertions.KEY },
    attached_reference = (assertions.reference(given.id):gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1)) })
end

-- A host whose listener asks for assertions, in each message or to establish contexts.
local function scene(kind, more)
  local ssl = { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
  local saml = { type = "saml", authenticator = authenticator(more) }
  local security = kind == "context" and { ssl, { type = "security_context", bootstrap = { ssl, saml }, renewal_interval = 100,
    rollover_interval = 50 } } or { ssl, saml }
  local self = { env = core.env {}, seen = {} }
  self.env:set(NOW)
  self.host, self.url = world.host({ security = security, env = self.env }, { [world.ADD] = function(request)
    local context = request:property "security_context"
    self.seen[#self.seen + 1] = { request:property "saml_assertion", context and context:get "saml_assertion" }
    return world.add(request)
  end })
  function self.channel(token)
    local outer = { type = "ssl", trust = certs.ca }
    local inner = { outer, { type = "xml_token", token = token } }
    local client = kind == "context" and { outer, { type = "security_context", bootstrap = inner, renewal_interval = 50 } } or inner
    local channel = world.channel { security = client, env = self.env }
    assert(channel:open(self.url))
    return channel
  end
  return self
end

describe("saml with our own client:", function()
  for _, kind in ipairs { "one-shot", "context" } do
    it(kind .. " is accepted with the proof key, and not with another or without", function()
      local here = scene(kind)
      for name, key in pairs { right = assertions.KEY, wrong = ("x"):rep(32), none = false } do
        local channel = here.channel(token_of({ id = "_" .. name }, key))
        local reply, err = channel:request(world.ADD, world.BODY)
        assert.equal(name == "right", reply ~= nil, tostring(err))
        channel:close()
      end
      here.host:close()
      assert.equal(1, #here.seen)
      assert.is_truthy(here.seen[1][1]:find("alice", 1, true))
      if kind == "context" then assert.equal(here.seen[1][1], here.seen[1][2]) end
    end)
  end

  it("renews a context by the same assertion, also one for single use (attack C10)", function()
    local here = scene("context", { single_use = true })
    local token = token_of { id = "_a1" }
    local channel = here.channel(token)
    for _ = 1, 3 do
      assert(channel:request(world.ADD, world.BODY))
      here.env:advance(60)
    end
    assert.equal(2, channel:security_context():info().renewals)
    channel:close()
    local other = here.channel(token)
    assert.is_nil((other:request(world.ADD, world.BODY)))
    other:close()
    here.host:close()
  end)

  it("accepts a bearer when told to", function()
    for _, kind in ipairs { "one-shot", "context" } do
      local here = scene(kind, { confirmations = { "bearer" }, require_audience = false })
      local channel = here.channel(token_of({ id = "_b", confirmation = "bearer" }, false))
      assert(channel:request(world.ADD, world.BODY))
      channel:close()
      here.host:close()
    end
  end)
end)
