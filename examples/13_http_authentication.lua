-- Authentication in HTTP headers: a service that takes basic and digest, and clients of each, in this process.
-- The schemes negotiate and ntlm go the same way: a listener with `acceptor = { keytab = … }`, and a credential such as
-- `{ type = "default" }` on the channel.
local blocking = require "wws.io.blocking"
local wws = require "wws"
local certificate = require("examples.kit.certificate").make()

-- What `htdigest` writes: no password is kept, and none can be told from these.
local SECRETS = {
  MD5 = "1d3539f4b705243e245e42b08597f911",
  ["SHA-256"] = "8edc64280b3f14fdef0f18248911b6ef6456a47dca72708f8a4eef57a22d4f1a",
}

local listener = assert(wws.listener { security = {
  { type = "ssl", credential = certificate.credential },
  {
    type = "http_header_auth", scheme = { "basic", "digest" }, basic_realm = "clock", digest_realm = "clock",
    validate_password = function(username, password)
      return username == "alice" and wws.equal(password, "secret")
    end,
    digest_secret = function(username, _, algorithm)
      return username == "alice" and SECRETS[algorithm] or nil
    end,
  },
} })
assert(listener:open "https://localhost:0/clock")

blocking.spawn(function()
  for served in listener:channels() do
    for request in served:messages() do
      served:reply(request, "urn:clock/Answer", "<for>" .. request:property "username" .. "</for>")
    end
    served:close()
  end
end)

local function ask(scheme, password)
  local channel = assert(wws.channel { timeout = 10, security = {
    { type = "ssl", trust = certificate.trust },
    { type = "http_header_auth", scheme = scheme,
      credential = { type = "string", username = "alice", password = password } },
  } })
  assert(channel:open(listener.url))
  local reply, err = channel:request("urn:clock/Ask", "<ask/>")
  channel:close()
  return reply and reply.body:match ">([^<]*)<", err
end

print("basic", (assert(ask("basic", "secret"))))
print("digest", (assert(ask("digest", "secret"))))
print("the stronger of both", (assert(ask({ "basic", "digest" }, "secret"))))
local _, err = ask("digest", "wrong")
print("a wrong password", err.code)
listener:close()
certificate.remove()
