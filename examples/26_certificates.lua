-- Certificates on both sides: clients must show one, the service says whose it was, and the client looks at the
-- service's before each request; whose certificate the client shows, it may leave to a store or to the moment. What
-- does not fit is refused by the setting that refuses it.
local wws = require "wws"
local certificate = require "examples.kit.certificate"

local ASK = "urn:who/Ask"
local server, alice, stranger = certificate.make(), certificate.make "alice", certificate.make "stranger"

local host = assert(wws.service_host { {
  url = "https://localhost:0/who",
  security = { { type = "ssl", credential = server.credential, require_ssl_client_cert = true, trust = alice.trust } },
  operations = { [ASK] = function(request)
    return ("<you>%d bytes of DER</you>"):format(#request:property "encoded_cert")
  end },
} })
assert(host:open())

local function ask(what, ssl)
  ssl.type = "ssl"
  local channel = assert(wws.connect(host.urls[1], { security = { ssl }, timeout = 10 }))
  local reply, err = channel:request(ASK, "<who/>")
  channel:close()
  print(("%-26s %s"):format(what, reply and reply.body:match ">([^<]*)<" or tostring(err)))
  return reply
end

assert(ask("alice:", { trust = server.trust, credential = alice.credential }))
assert(not ask("nobody:", { trust = server.trust }))
assert(not ask("a stranger:", { trust = server.trust, credential = stranger.credential }))

-- The service's certificate: by an authority, by name and time as ever; by one's own look at it; or with exceptions.
assert(not ask("an untrusted service:", { trust = alice.trust, credential = alice.credential }))
assert(ask("the same, ignored:", { trust = alice.trust, credential = alice.credential,
  cert_failures_to_ignore = { "untrusted_root", "revocation_offline" } }))

local pinned
local function pin(der)
  pinned = pinned or der
  return wws.equal(der, pinned)
end
assert(ask("seen for the first time:", { trust = server.trust, credential = alice.credential,
  certificate_validation_callback = pin }))
pinned = "another certificate"
assert(not ask("not the one seen before:", { trust = server.trust, credential = alice.credential,
  certificate_validation_callback = pin }))

-- Alice's own, found among all that are in a directory; or given by the program when the channel opens, which learns
-- whose certificates the service takes when it refuses one.
local STORE = { type = "subject", store = alice.directory, subject = "CN=alice" }
assert(ask("alice, from a store:", { trust = server.trust, credential = STORE }))
local issuer
local function choose() return issuer == "CN=alice" and alice.credential or stranger.credential end
local asking = { type = "custom", get = choose, issuers = function(list) issuer = list[1] end }
assert(not ask("a wrong choice:", { trust = server.trust, credential = asking }))
assert(ask("the one it takes:", { trust = server.trust, credential = asking }))

host:close()
for _, one in ipairs { server, alice, stranger } do one.remove() end
