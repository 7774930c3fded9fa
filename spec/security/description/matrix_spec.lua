-- Every binding type on every side and channel, every setting in every binding on every side: what is accepted is
-- what security-bindings.md 2 says, typed in here once more.
local core = require "wws.core"
local descriptions = require "spec.support.descriptions"

local SIDES = { "client", "server" }
local CHANNELS = { "http", "tcp", "namedpipe" }
local RUNS_OVER = { ssl = "http tcp", tcp_sspi = "tcp", http_header_auth = "http", username = "http tcp",
                    kerberos_apreq = "http tcp", xml_token = "http tcp", saml = "http tcp",
                    security_context = "http tcp", namedpipe_sspi = "namedpipe" }
local ONE_SIDE = { xml_token = "client", saml = "server" }
local bindings, settings = core.bindings()

local function is_sound(kind, side, channel)
  return RUNS_OVER[kind]:find(channel, 1, true) ~= nil and (ONE_SIDE[kind] or side) == side
end

-- a value that each type of setting takes
local VALUES = {
  boolean = true, ["number (seconds)"] = 7, ["whole number"] = 7, ["whole number (bits)"] = 256, string = "text",
  ["function"] = function() return true end, table = { max_processed_headers = 3 },
}

local function value_for(row)
  if row.name == "service_identities" then return { "HTTP/server.example" } end
  if row.name == "algorithm_suite" then return { digest = "digest_sha_256" } end
  if row.values then
    local value = row.defaults.client or row.defaults.server or row.values[1]
    return value
  end
  return VALUES[row.type]
end

-- what else a setting needs to make sense
local COMPANY = { service_identities = { "http_header_auth" }, extended_protection_policy = { "kerberos_apreq" },
                  extended_protection_scenario = { "kerberos_apreq" } }

describe("security/description: the matrix", function()
  for kind in pairs(RUNS_OVER) do
    for _, side in ipairs(SIDES) do
      for _, channel in ipairs(CHANNELS) do
        local verb = is_sound(kind, side, channel) and "takes " or "refuses "
        it(verb .. kind .. " on the " .. side .. " over " .. channel, function()
          local description, err = core.description(descriptions.around(kind, side, channel), side, channel)
          if is_sound(kind, side, channel) then
            assert.is_userdata(description, tostring(err))
          else
            assert.is_nil(description)
            assert.equal("invalidarg", err.code)
            assert.is_truthy(err.binding)
            assert.is_truthy(err.expected)
            assert.is_truthy(err.got)
          end
        end)
      end
    end
  end

  it("takes every setting in its bindings and on its sides, and nowhere else", function()
    for kind, binding in pairs(bindings) do
      local channel = binding.channels[1]
      for _, owner in pairs(bindings) do
        for name, row in pairs(owner.settings) do
          local own = binding.settings[name]
          for _, side in ipairs(binding.sides) do
            local sound = own and table.concat(own.sides, " "):find(side, 1, true)
            local more = { [name] = value_for(own or row) }
            local made, err = core.description(descriptions.around(kind, side, channel, more), side, channel)
            if sound then
              assert.is_userdata(made, kind .. "." .. name .. ": " .. tostring(err))
            else
              assert.is_nil(made, kind .. "." .. name)
              assert.equal(name, err.property)
              assert.equal(kind, err.binding)
              assert.equal("invalidarg", err.code)
            end
          end
        end
      end
    end
  end)

  it("names the side that a setting belongs to", function()
    local _, err = core.description({ { type = "ssl", require_ssl_client_cert = true } }, "client")
    assert.equal("server", err.expected)
    assert.equal("client", err.got)
    _, err = core.description({ { type = "ssl", disable_cert_revocation_check = true } }, "server")
    assert.equal("client", err.expected)
    assert.equal("server", err.got)
    assert.matches("client's side", err.message)
  end)

  it("takes every channel-wide setting on its sides", function()
    for name, row in pairs(settings) do
      for _, side in ipairs(SIDES) do
        local description = { { type = "ssl" }, [name] = value_for(row) }
        if COMPANY[name] and side == "server" then
          description = { descriptions.binding(COMPANY[name][1], side), [name] = value_for(row) }
          if name == "service_identities" then
            description.transport_protection_level = "none"
          else
            table.insert(description, 1, { type = "ssl" })
          end
        end
        local made, err = core.description(description, side, "http")
        if table.concat(row.sides, " "):find(side, 1, true) then
          assert.is_userdata(made, name .. ": " .. tostring(err))
        else
          assert.is_nil(made, name)
          assert.equal(name, err.property)
          assert.equal("server", err.expected)
        end
      end
    end
  end)

  it("takes the template combinations that WWSAPI knows", function()
    local templates = { http = { {}, { "ssl" }, { "http_header_auth" }, { "ssl", "http_header_auth" },
                                 { "ssl", "username" }, { "ssl", "kerberos_apreq" }, { "ssl", "security_context" } },
                        tcp = { {}, { "tcp_sspi" }, { "tcp_sspi", "username" }, { "tcp_sspi", "kerberos_apreq" },
                                { "tcp_sspi", "security_context" }, { "ssl" }, { "ssl", "username" },
                                { "ssl", "security_context" } }, -- the last three are our extension
                        namedpipe = { {}, { "namedpipe_sspi" } } }
    for channel, list in pairs(templates) do
      for _, kinds in ipairs(list) do
        for _, side in ipairs(SIDES) do
          local description = {}
          for i, kind in ipairs(kinds) do description[i] = descriptions.binding(kind, side, nil, kinds[1]) end
          if kinds[1] == "http_header_auth" then description.transport_protection_level = "none" end
          local made, err = core.description(description, side, channel)
          assert.is_userdata(made, channel .. " " .. table.concat(kinds, "+") .. ": " .. tostring(err))
          made, err = core.description(description, side)
          assert.is_userdata(made, tostring(err))
          assert.is_true(assert(made:check_channel(channel)))
        end
      end
    end
  end)
end)
