-- User names, Kerberos tokens and security contexts over net.tcp under tcp_sspi: MIT's KDC, and gss-ntlmssp.
local gss = require "spec.support.gss"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local tcp_messages = require "spec.support.tcp_messages"

describe("interop: messages over net.tcp under tcp_sspi,", function()
  if not needs(kdc.missing()) then return end
  local realm
  setup(function() realm = kdc.start() end)
  teardown(function() realm:stop() end)

  local function by_ntlm()
    return tcp_messages.windows {
      principal = "CI\\alice",
      client = { windows_integrated_auth_package = "ntlm", require_server_auth = false,
                 credential = { type = "string", username = "alice", password = "pw-alice", domain = "CI" } },
      server = { windows_integrated_auth_package = "ntlm" },
      acceptor = { mechanisms = { "ntlm" } },
      accepts = assert(probe.gss_acceptor(nil, nil, gss.NTLM)),
      initiator = assert(probe.gss_string("alice", "pw-alice", "CI")),
      options = { package = gss.PACKAGE.ntlm },
    }
  end

  local function by_kerberos()
    local cache = realm:kinit "-f"
    return tcp_messages.windows {
      principal = "alice@WWS.TEST",
      client = { credential = { type = "default", ccache = cache } },
      acceptor = { keytab = realm.service },
      accepts = assert(probe.gss_acceptor(realm.service, nil, gss.KERBEROS)),
      initiator = assert(probe.gss_default(cache)),
      options = { require_server_auth = true },
    }
  end

  -- The message's client is another than the transport's.
  local function by_kerberos_with_tokens()
    local kind = by_kerberos()
    local bob = { type = "string", username = "bob", password = "pw-bob", domain = realm.REALM }
    kind.caller = "bob@WWS.TEST"
    function kind.message(side, password)
      local credential = side == "client" and { type = "string", username = bob.username, domain = bob.domain,
                                                password = password or bob.password } or nil
      return { type = "kerberos_apreq", credential = credential }
    end
    return kind
  end

  describe("NTLM, with user names,", function() tcp_messages.specs(by_ntlm) end)
  describe("Kerberos, with user names,", function() tcp_messages.specs(by_kerberos) end)
  describe("Kerberos, with Kerberos tokens,", function() tcp_messages.specs(by_kerberos_with_tokens) end)
end)
