-- The matrix of security descriptions where a KDC is needed: tcp_sspi, namedpipe_sspi and kerberos_apreq, each setting
-- on each side, and what Kerberos makes of the identities of an address.
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local header_auth = require "spec.support.header_auth"
local kdc = require "spec.support.kdc"
local matrix = require "spec.support.matrix"
local needs = require "spec.support.needs"

local NTLM = { mechanisms = { "kerberos", "ntlm" } }

local function merge(base, more)
  for name, value in pairs(more or {}) do base[name] = value end
  return base
end

describe("interop: the matrix of settings, bindings and sides:", function()
  if not needs(kdc.missing() or kdc.lacks_anonymous()) then return end
  local realm, cache, nobody, directory
  local ends, cases = {}, {}

  setup(function()
    realm = kdc.start { anonymous = true }
    realm:admin { "addprinc -pw pw-carol carol", ("ktadd -norandkey -k %s carol"):format(realm.service),
      "addprinc -randkey HTTP/localhost", ("ktadd -k %s HTTP/localhost"):format(realm.service) }
    cache, nobody = realm:kinit "-f", realm:kinit_anonymously()
    local pipe = io.popen "mktemp -d"
    directory = pipe:read "*l"
    pipe:close()
    ends.namedpipe_sspi.host, ends.namedpipe_sspi.channel = { run_directory = directory }, { run_directory = directory }
  end)
  teardown(function()
    realm:stop()
    os.execute("rm -rf " .. directory)
  end)

  local function tickets() return { type = "default", ccache = cache } end
  local function nameless() return { type = "default", ccache = nobody } end
  local function password() return { type = "string", username = "alice", password = "pw-alice", domain = "CI" } end

  local function windows(kind)
    return { url = kind == "tcp_sspi" and "net.tcp://localhost:0/calculator" or "net.pipe://localhost/matrix",
      client = function(given) return { { type = kind, credential = (given.credential or tickets)() } } end,
      server = function() return { { type = kind } } end }
  end
  ends.tcp_sspi, ends.namedpipe_sspi = windows "tcp_sspi", windows "namedpipe_sspi"
  ends.kerberos_apreq = {
    client = function(given)
      return { { type = "ssl", trust = certs.ca }, { type = "kerberos_apreq", credential = (given.credential or tickets)() } }
    end,
    server = function() return { { type = "ssl", credential = calculator.CREDENTIAL }, { type = "kerberos_apreq" } } end,
  }
  ends.http_header_auth = {
    client = function() return header_auth.client("negotiate", true, { credential = tickets() }) end,
    server = function() return header_auth.server("negotiate", true) end,
  }

  local PROPERTY = { tcp_sspi = "transport_security_windows_token", namedpipe_sspi = "transport_security_windows_token",
    kerberos_apreq = "message_security_windows_token", http_header_auth = "http_header_auth_windows_token" }

  -- A call, and the token by which the service knew the client.
  local function call(kind, given)
    given.acceptor = merge({ keytab = realm.service }, given.acceptor)
    local met = matrix.meet(ends[kind], given)
    return met, met.asked[1] and assert(met.asked[1]:property(PROPERTY[kind]))
  end

  local function refused(met, code, binding, property)
    assert.is_nil(met.sum)
    assert.same({ code, binding, property }, { met.err.code, met.err.binding, met.err.property })
  end

  local function windows_cases(kind)
    local free = { require_server_auth = false }
    local ntlm = { credential = password, client_binding = free, acceptor = NTLM }
    local function with(more)
      local given = {}
      for name, value in pairs(ntlm) do given[name] = value end
      return merge(given, more)
    end
    return {
      windows_integrated_auth_package = function(side)
        assert.equal("ntlm", select(2, call(kind, with {})).mechanism) -- what SPNEGO is left with
        if side == "server" then
          assert.is_nil((call(kind, with { server_binding = { windows_integrated_auth_package = "kerberos" } })).sum)
        else
          local only = { windows_integrated_auth_package = "kerberos", require_server_auth = false }
          local met = call(kind, with { client_binding = only }) -- there is no such user in the realm
          assert.same({ "security_system_failure", kind }, { met.err.code, met.err.binding })
        end
        local both = { windows_integrated_auth_package = "kerberos" }
        assert.equal("kerberos", select(2, call(kind, { client_binding = both, server_binding = both })).mechanism)
      end,
      require_server_auth = function()
        assert.equal(3, (call(kind, with {})).sum)
        assert.is_nil((call(kind, with { client_binding = { require_server_auth = true } })).sum)
        assert.equal(3, (call(kind, { client_binding = { require_server_auth = true } })).sum)
      end,
      transport_protection_level = function(side)
        local sign = { transport_protection_level = "sign" }
        local met, token = call(kind, { client = sign, server = sign })
        assert.same({ 3, "sign", "sign" }, { met.sum, token.protection_level, met.asked[1]:property "protection_level" })
        assert.equal("sign", met.reply:property "protection_level")
        if side == "server" then -- which by default requires more
          refused(call(kind, { client = sign }), "endpoint_access_denied", kind, "transport_protection_level")
        else
          met, token = call(kind, { server = sign })
          assert.same({ 3, "sign_and_encrypt" }, { met.sum, token.protection_level })
        end
      end,
    }
  end

  local function ticket_cases(kind)
    return {
      allow_anonymous_clients = function()
        assert.is_nil((call(kind, { credential = nameless })).sum)
        local met, token = call(kind, { credential = nameless, server_binding = { allow_anonymous_clients = true } })
        assert.equal(3, met.sum)
        assert.matches("ANONYMOUS", token.principal)
      end,
      allowed_impersonation_level = function()
        for level, delegates in pairs { identification = false, impersonation = false, delegation = true } do
          local met, token = call(kind, { client_binding = { allowed_impersonation_level = level } })
          assert.equal(3, met.sum)
          assert.equal(delegates, token.delegated ~= nil)
        end
        local met = call(kind, { client_binding = { allowed_impersonation_level = "anonymous" } })
        refused(met, "not_supported", kind, "allowed_impersonation_level")
      end,
    }
  end

  for _, kind in ipairs { "tcp_sspi", "namedpipe_sspi" } do cases[kind] = merge(windows_cases(kind), ticket_cases(kind)) end
  cases.kerberos_apreq = ticket_cases "kerberos_apreq"
  local meet = matrix.meeting(ends.kerberos_apreq,
    { client = "kerberos_apreq", server = "kerberos_apreq", signs = true, binary_token = true })
  local function meet_with_keys(given)
    given.acceptor = { keytab = realm.service }
    return meet(given)
  end
  local meeting = setmetatable({}, { __index = meet, __call = function(_, given) return meet_with_keys(given) end })
  for setting, check in pairs(matrix.MESSAGE) do
    cases.kerberos_apreq[setting] = function(side) check(meeting, side) end
  end
  function cases.kerberos_apreq.transport_protection_level(side)
    matrix.check_bare(ends.kerberos_apreq, "kerberos_apreq", side)
  end

  for _, cell in ipairs(matrix.cells()) do
    if cell.taken and matrix.TICKETS[cell.binding] and not matrix.ELSEWHERE[cell.setting .. "." .. cell.binding] then
      it("performs " .. cell.name, function()
        local case = cases[cell.binding][cell.setting]
        assert.is_function(case, "nothing shows what it does")
        case(cell.side)
      end)
    end
  end

  for _, kind in ipairs { "tcp_sspi", "namedpipe_sspi", "kerberos_apreq" } do
    it("names the service by the address's identity with " .. kind, function()
      for _, identity in ipairs { { spn = "host/localhost" }, { spn = "host/localhost@WWS.TEST" },
                                  { upn = "carol@WWS.TEST" }, { dns = "localhost" } } do
        local met, token = call(kind, { identity = identity, client_binding = { require_server_auth = kind ~= "kerberos_apreq"
          or nil } })
        assert.equal(3, met.sum, tostring(met.err))
        assert.equal("alice@WWS.TEST", token.principal)
      end
      for name, value in pairs { spn = "host/elsewhere", upn = "dave@WWS.TEST" } do
        local met = call(kind, { identity = { [name] = value } })
        refused(met, "security_verification_failure", kind, "identity")
        assert.is_truthy(met.err.expected:find(value, 1, true))
      end
    end)
  end

  it("leaves the address's identity unused with http_header_auth, whose service is HTTP/HOST", function()
    for _, identity in ipairs { { spn = "host/elsewhere" }, { upn = "dave@WWS.TEST" }, { dns = "localhost" } } do
      local met, token = call("http_header_auth", { identity = identity })
      assert.equal(3, met.sum, tostring(met.err))
      assert.equal("alice@WWS.TEST", token.principal)
    end
  end)
end)
