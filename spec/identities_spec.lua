-- Every identity of an address with every binding: what the reference's table says, typed in here once more. What
-- Kerberos does with the names that it is given is in spec/interop/matrix_spec.lua.
local certs = require "spec.support.certs"
local descriptions = require "spec.support.descriptions"
local wws = require "wws"

local KINDS = { "none", "dns", "upn", "spn", "rsa", "certificate", "xml" }
local HOST, WHOLE, HTTP = "host/NAME is the service", "the service's name", "HTTP/NAME is the service"
local NAME, CERT, KEY = "the certificate's name", "the certificate itself", "the certificate's key"
local TABLE = { -- in the order of KINDS
  ssl = { NAME, NAME, "unused", "unused", KEY, CERT, "refused" },
  tcp_sspi = { HOST, HOST, WHOLE, WHOLE, "refused", "refused", "refused" },
  namedpipe_sspi = { HOST, HOST, WHOLE, WHOLE, "refused", "refused", "refused" },
  kerberos_apreq = { HOST, HOST, WHOLE, WHOLE, HOST, HOST, "refused" },
  http_header_auth = { HTTP, "unused", "unused", "unused", "unused", "unused", "unused" },
}
local UNUSED = { "unused", "unused", "unused", "unused", "unused", "unused", "unused" }

local VALUES = { none = {}, dns = { dns = "localhost" }, upn = { upn = "u@R" }, spn = { spn = "host/localhost" },
  rsa = { rsa = { modulus = "m", exponent = "e" } }, certificate = { certificate = "der" }, xml = { xml = "<x/>" } }
local PROOFS = { rsa = true, certificate = true, xml = true }
local URLS = { http = "http://localhost:1/", https = "https://localhost:1/", ["net.tcp"] = "net.tcp://localhost:1/",
  ["net.pipe"] = "net.uds:///tmp/wws-nobody-is-here.sock" }

-- the error of opening such a channel, if it is about the address's identity
local function opening(security, scheme, kind)
  local channel = assert(wws.channel { security = security, timeout = 5 })
  local _, err = channel:open { url = URLS[scheme], identity = VALUES[kind] }
  channel:close()
  return err and err.property == "identity" and err or nil
end

local function refused(binding, kind, err)
  assert.is_truthy(err, binding .. " with " .. kind)
  assert.same({ "invalidarg", binding, kind, "open the channel" }, { err.code, err.binding, err.got, err.step })
  assert.is_truthy(err.message:find("'" .. binding .. "'", 1, true), err.message)
  assert.is_truthy(err.message:find("'" .. kind .. "'", 1, true), err.message)
end

-- the client's description with that binding, and its scheme
local function around(binding, channel)
  local trust = { trust = certs.ca }
  if binding == "ssl" then return { descriptions.binding("ssl", "client", trust) }, "https" end
  if binding == "namedpipe_sspi" then return { descriptions.binding(binding, "client") }, "net.pipe" end
  if binding == "tcp_sspi" then return { descriptions.binding(binding, "client") }, "net.tcp" end
  if binding == "xml_token" then
    return { { type = "ssl" }, { type = "xml_token", token = assert(wws.xml_token { xml = "<t xmlns='urn:t'/>" }) } }, "https"
  end
  local below = channel == "tcp" and descriptions.binding("tcp_sspi", "client") or descriptions.binding("ssl", "client", trust)
  local inner = descriptions.binding(binding, "client", nil, below.type)
  if inner.bootstrap and channel ~= "tcp" then inner.bootstrap[1] = descriptions.copy(below) end
  return { below, inner }, channel == "tcp" and "net.tcp" or "https"
end

describe("identities of an address", function()
  local bindings = wws.bindings()

  it("are to each binding what the reference says", function()
    for name, row in pairs(bindings) do
      for i, kind in ipairs(KINDS) do
        assert.equal((TABLE[name] or UNUSED)[i], row.identities[kind], name .. " with " .. kind)
      end
    end
  end)

  for _, kind in ipairs(KINDS) do
    it("open a channel or are refused by the binding that cannot use them: " .. kind, function()
      for name, row in pairs(bindings) do
        if name ~= "saml" then
          local err = opening((around(name)), select(2, around(name)), kind)
          if kind == "xml" or row.identities[kind] == "refused" then
            refused(row.level == "transport" and name or "ssl", kind, err) -- or what is beneath it
          else
            assert.is_nil(err, name .. " with " .. kind .. ": " .. tostring(err))
          end
        end
      end
    end)
  end

  it("that must be proven are refused by tcp_sspi beneath message bindings, too", function()
    for _, name in ipairs { "username", "kerberos_apreq", "security_context" } do
      for kind in pairs(PROOFS) do refused("tcp_sspi", kind, opening((around(name, "tcp")), "net.tcp", kind)) end
    end
  end)

  it("that must be proven are refused where nothing can, names are let be", function()
    local header = { transport_protection_level = "none", descriptions.binding("http_header_auth", "client") }
    for _, security in ipairs { {}, header } do
      for _, kind in ipairs(KINDS) do
        local err = opening(security, "http", kind)
        if PROOFS[kind] then
          assert.same({ "invalidarg", kind }, { err.code, err.got })
          assert.is_nil(err.binding)
          assert.is_truthy(err.message:find("'" .. kind .. "'", 1, true))
        else
          assert.is_nil(err)
        end
      end
    end
  end)

  it("are refused by the bootstrap of a context, too", function()
    local ssl = { type = "ssl", trust = certs.ca }
    local security = { ssl, { type = "security_context", bootstrap = { ssl, descriptions.binding("kerberos_apreq", "client") } } }
    refused("ssl", "xml", opening(security, "https", "xml"))
    assert.is_nil(opening(security, "https", "certificate"))
  end)

  it("have their kinds among the enumerations", function()
    local values = select(3, wws.bindings()).endpoint_identity_type.values
    assert.same({ dns = 1, upn = 2, spn = 3, rsa = 4, certificate = 5, xml = 6 }, values)
  end)
end)
