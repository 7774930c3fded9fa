-- Whole sessions with Windows authentication, .NET's NegotiateStream and binary XML at the other end.
local blocking = require "wws.io.blocking"
local dotnet = require "spec.support.dotnet"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local wws = require "wws"

local NS = "urn:wws:peers:calc"
local ADD = NS .. "/ICalculator/Add"
local PATIENCE = 60
local COUNT = 20

describe("interop: .NET over net.tcp with Windows authentication", function()
  if not needs(kdc.missing() or dotnet.missing()) then return end
  local realm, cache, environment
  setup(function()
    dotnet.build "dotnet_tcp"
    realm = kdc.start()
    cache = realm:kinit "-f"
    probe.environment("KRB5CCNAME", cache) -- for the peers
    environment = "NBFS_TSV=spec/vectors/encoding/nbfs-dictionary.tsv"
  end)
  teardown(function() realm:stop() end)

  local NTLM = { type = "string", username = "alice", password = "pw-alice", domain = "CI" }
  local KINDS = {
    { "Kerberos", "alice@WWS.TEST", "sign_and_encrypt", "enc" },
    { "Kerberos, signed", "alice@WWS.TEST", "sign", "sign" },
    { "NTLM", "CI\\alice", "sign_and_encrypt", "enc", ntlm = true },
    { "NTLM, signed", "CI\\alice", "sign", "sign", ntlm = true },
  }

  for _, kind in ipairs(KINDS) do
    local name, principal, level, theirs = kind[1], kind[2], kind[3], kind[4]

    it("calls a host of ours: " .. name, function()
      local callers = {}
      local host = assert(wws.service_host { { url = "net.tcp://localhost:0/calc",
        security = { transport_protection_level = level, { type = "tcp_sspi" } },
        acceptor = { keytab = realm.service, mechanisms = { "kerberos", "ntlm" } }, operations = {
          [ADD] = function(request)
            callers[#callers + 1] = request:property "transport_security_windows_token".principal
            local a, b = request.body:match ">(%d+)</[^>]*><[^>]*>(%d+)<"
            return ("<AddResponse xmlns='%s'><AddResult>%d</AddResult></AddResponse>"):format(NS, a + b)
          end } } })
      assert(host:open())
      local arguments = { "client", host.urls[1], "win", COUNT, theirs, "host/" .. (kind.ntlm and "elsewhere" or "localhost") }
      if kind.ntlm then
        for _, word in ipairs { NTLM.username, NTLM.password, NTLM.domain } do arguments[#arguments + 1] = word end
      end
      local peer = dotnet.start("dotnet_tcp", arguments,
        { environment = environment, idle = function() host:step(0.02) end })
      local status = peer:wait(PATIENCE)
      local output = peer:output() .. peer:errors()
      peer:stop()
      host:close()
      assert.equal(0, status, output)
      assert.is_truthy(output:find("OK win " .. theirs, 1, true), output)
      assert.is_truthy(output:find("mutual=" .. (kind.ntlm and "False" or "True"), 1, true), output)
      assert.is_truthy(output:find("end=7", 1, true), output)
      assert.same({ COUNT, principal, principal }, { #callers, callers[1], callers[COUNT] })
    end)

    it("is called by a channel of ours: " .. name, function()
      local peer = dotnet.start("dotnet_tcp", { "server", "win", theirs }, { environment = environment,
        idle = function() blocking.step(0.02) end })
      local port = assert(peer:expect "^READY (%d+)$")
      local channel = assert(wws.connect(("net.tcp://localhost:%s/calc"):format(port), { timeout = PATIENCE,
        security = { transport_protection_level = level, { type = "tcp_sspi", require_server_auth = not kind.ntlm,
          credential = kind.ntlm and NTLM or { type = "default", ccache = cache } } } }))
      for n = 1, COUNT do
        local reply = assert(channel:request(ADD, ("<Add xmlns='%s'><a>%d</a><b>2</b></Add>"):format(NS, n)))
        assert.equal(n + 2, tonumber(reply.body:match "AddResult[^>]*>(%d+)<"))
      end
      local who = assert(channel:request(NS .. "/ICalculator/WhoAmI", ("<WhoAmI xmlns='%s'/>"):format(NS)))
      assert.is_truthy(who.body:find(principal, 1, true), who.body)
      assert(channel:close())
      peer:stop()
    end)
  end
end)
