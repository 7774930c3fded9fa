-- User names, Kerberos tokens and security contexts over net.tcp under tcp_sspi: MIT's KDC, and gss-ntlmssp.
local gss = require "spec.support.gss"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local tcp_messages = require "spec.support.tcp_messages"

describe("interop: messages over net.tcp under Windows authentication,", function()
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
  local function with_tokens(make)
    return function()
      local kind = {}
      for key, value in pairs(make()) do kind[key] = value end
      kind.caller, kind.acceptor = "bob@WWS.TEST", { keytab = realm.service }
      function kind.message(side, password)
        local credential = side == "client" and { type = "string", username = "bob", password = password or "pw-bob",
                                                  domain = realm.REALM } or nil
        return { type = "kerberos_apreq", credential = credential }
      end
      return kind
    end
  end

  describe("NTLM, with user names,", function() tcp_messages.specs(by_ntlm) end)
  describe("Kerberos, with user names,", function() tcp_messages.specs(by_kerberos) end)
  describe("Kerberos, with Kerberos tokens,", function() tcp_messages.specs(with_tokens(by_kerberos)) end)
  describe("TLS, with Kerberos tokens,", function() tcp_messages.specs(with_tokens(tcp_messages.ssl)) end)
end)
