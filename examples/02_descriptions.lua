-- What a security description is, what its defaults are, and how a wrong one is refused.
local wws = require "wws"

local credential = { type = "string", username = "alice", password = "secret" }
local good = {
  { type = "ssl" },
  { type = "security_context", bootstrap = { { type = "ssl" }, { type = "username", credential = credential } } },
}
local described = assert(wws.describe(good, "client", "http"))
print(("renewed every %d h, %s, keys from %s entropy, suite %s"):format(described[2].renewal_interval / 3600,
  described[2].secure_conversation_version, described[2].key_entropy_mode, described.algorithm_suite_name))

local wrong = {
  { { type = "username", credential = credential } },
  { { type = "ssl" }, { type = "security_context" } },
  { { type = "ssl", require_ssl_client_cert = true } },
  { { type = "tcp_sspi", credential = { type = "default" }, windows_integrated_auth_package = "ntlm" } },
  { algorithm_suite_name = "basic256", { type = "ssl" },
    { type = "security_context", key_size = 128,
      bootstrap = { { type = "ssl" }, { type = "username", credential = credential } } } },
  { { type = "ssl" }, { type = "usrname", credential = credential } },
}
for _, description in ipairs(wrong) do
  local ok, err = wws.describe(description, "client")
  assert(not ok)
  print(err)
end
