--- wws.request_security_token against our own listeners: contexts that a caller keeps himself, and what is wrong before
-- anything is sent.
local certs = require "spec.support.certs"
local world = require "spec.support.world"
local wws = require "wws"

local VERSIONS = { "february_2005", "1.3" }
local MODES = { "server_only", "client_only", "combined" }
local UNATTACHED = "unattached_reference_xml"

local function trusted(who, password)
  return { { type = "ssl", trust = certs.ca },
           { type = "username", credential = { type = "string", username = who, password = password } } }
end

local function issuer(url, who, options)
  local all = { timeout = 10, security = trusted(who or "alice", world.PASSWORDS[who or "alice"]) }
  for name, value in pairs(options or {}) do all[name] = value end
  return assert(wws.connect(url, all))
end

local function call(url, token)
  local channel = assert(wws.connect(url, { timeout = 10,
    security = { { type = "ssl", trust = certs.ca }, { type = "xml_token", token = token } } }))
  local reply, err = channel:request(world.ADD, world.BODY)
  channel:close()
  return reply, err
end

describe("trust: contexts that the caller keeps", function()
  for _, version in ipairs(VERSIONS) do
    for _, mode in ipairs(MODES) do
      it(("are asked for, used, renewed and used again (%s, %s)"):format(version, mode), function()
        local host, url = world.host { security = world.served { secure_conversation_version = version,
                                                                 key_entropy_mode = mode } }
        local channel = issuer(url)
        local options = { request_action = "new_context", secure_conversation_version = version,
                          issued_token_key_entropy = mode }
        local first = assert(wws.request_security_token(channel, options))
        assert.equal("symmetric", first:get "key_type")
        assert.equal(32, #first:get "symmetric_key")
        assert.is_true(first:get "valid_from_time" < first:get "valid_till_time")
        assert.truthy(first:get("serialized_xml"):find("SecurityContextToken", 1, true))
        assert.truthy(first:get("attached_reference_xml"):find('URI="#', 1, true))
        assert(call(url, first))
        options.request_action, options.existing_token = "renew_context", first
        local second = assert(wws.request_security_token(channel, options))
        assert.is_nil(first:get(UNATTACHED):find("Instance", 1, true))
        assert.truthy(second:get(UNATTACHED):find("Instance", 1, true))
        assert.not_equal(first:get "symmetric_key", second:get "symmetric_key")
        assert(call(url, second))
        channel:close()
        host:close()
      end)
    end
  end

  it("are asked for and renewed over net.tcp", function()
    local host, url = world.host { url = "net.tcp://localhost:0/calculator" }
    local channel = issuer(url)
    local options = { request_action = "new_context", issued_token_key_entropy = "combined" }
    options.existing_token = assert(wws.request_security_token(channel, options))
    assert(call(url, options.existing_token))
    options.request_action = "renew_context"
    assert(call(url, assert(wws.request_security_token(channel, options))))
    channel:close()
    host:close()
  end)

  it("come in a message that is held to its properties", function()
    local host, url = world.host {}
    local channel = issuer(url)
    local options = { request_action = "new_context", issued_token_key_entropy = "combined",
                      message_properties = { heap_properties = { max_size = 100000 }, max_processed_headers = 20 } }
    assert(wws.request_security_token(channel, options))
    for property, limits in pairs { ["heap_properties.max_size"] = { heap_properties = { max_size = 1000 } },
                                    ["xml_reader_properties.max_depth"] = { xml_reader_properties = { max_depth = 3 } },
                                    max_processed_headers = { max_processed_headers = 1 } } do
      options.message_properties = limits
      local token, err = wws.request_security_token(channel, options)
      assert.is_nil(token)
      assert.equal("quota_exceeded", err.code)
      assert.equal("message_properties." .. property, err.property)
    end
    channel:close()
    host:close()
  end)

  it("are not renewed by another identity, nor without their key", function()
    local host, url = world.host {}
    local alice, bob = issuer(url), issuer(url, "bob")
    local options = { request_action = "new_context", issued_token_key_entropy = "combined" }
    local token = assert(wws.request_security_token(alice, options))
    local other = assert(wws.request_security_token(alice, options))
    local forged = assert(wws.xml_token { xml = token:get "serialized_xml",
      key = { type = "raw_symmetric", bytes = other:get "symmetric_key" },
      attached_reference = token:get "attached_reference_xml", unattached_reference = token:get(UNATTACHED) })
    assert(call(url, token))
    options.request_action, options.existing_token = "renew_context", token
    local renewed, err = wws.request_security_token(bob, options)
    assert.is_nil(renewed)
    assert.truthy(err.fault)
    options.existing_token = forged
    renewed, err = wws.request_security_token(alice, options)
    assert.is_nil(renewed)
    assert.truthy(err.fault)
    alice:close()
    bob:close()
    host:close()
  end)

  it("cannot be asked for in an entropy mode that the service has not, and the channel goes on", function()
    local host, url = world.host {}
    local channel = issuer(url)
    local token, err = wws.request_security_token(channel, { request_action = "new_context" })
    assert.is_nil(token)
    assert.truthy(err.fault or err.property == "issued_token_key_entropy", tostring(err))
    assert(wws.request_security_token(channel, { request_action = "new_context", issued_token_key_entropy = "combined" }))
    channel:close()
    host:close()
  end)
end)

describe("trust: a request that cannot be made", function()
  local channel
  setup(function() channel = issuer("https://localhost:1/") end)
  teardown(function() channel:abort() end)

  local BEARER = assert(wws.xml_token { xml = "<t xmlns='urn:t'/>" })
  local KEYED = assert(wws.xml_token { xml = "<t xmlns='urn:t'/>", key = { type = "raw_symmetric", bytes = ("k"):rep(32) },
                                       attached_reference = "<r/>" })
  local wrong = {
    { "an unknown property", { colour = "red" }, "colour" },
    { "an unknown action", { request_action = "cancel" }, "request_action" },
    { "an unknown version", { trust_version = "1.4" }, "trust_version" },
    { "an asymmetric key", { issued_token_key_type = "asymmetric" }, "issued_token_key_type" },
    { "a context without a key",
      { request_action = "new_context", issued_token_key_type = "none" }, "issued_token_key_type" },
    { "a size of no key",
      { issued_token_key_type = "none", issued_token_key_size = 256 }, "issued_token_key_size" },
    { "a size that is none", { issued_token_key_size = 100 }, "issued_token_key_size" },
    { "a size that is too large", { issued_token_key_size = 4096 }, "issued_token_key_size" },
    { "entropy for no key",
      { issued_token_key_type = "none", issued_token_key_entropy = "combined" }, "issued_token_key_entropy" },
    { "versions that do not go together",
      { request_action = "new_context", trust_version = "1.3", secure_conversation_version = "february_2005" }, "trust_version" },
    { "a context of another type", { request_action = "new_context", issued_token_type = "urn:x" }, "issued_token_type" },
    { "nothing to renew", { request_action = "renew_context" }, "existing_token" },
    { "something to renew in an issue", { existing_token = KEYED }, "existing_token" },
    { "a bearer token to renew", { request_action = "renew_context", existing_token = BEARER }, "existing_token" },
    { "another token to renew", { request_action = "renew_context", existing_token = KEYED }, "existing_token" },
    { "parameters that are no XML", { local_request_parameters = "<a>" }, "local_request_parameters" },
    { "parameters of two elements in one text", { service_request_parameters = "<a/><b/>" }, "service_request_parameters" },
    { "an unknown message property", { message_properties = { colour = {} } }, "message_properties" },
    { "an address of no kind", { applies_to = { url = "urn:x", identity = { colour = "red" } } }, "identity" },
  }
  for _, case in ipairs(wrong) do
    it("is refused: " .. case[1], function()
      local token, err = wws.request_security_token(channel, case[2])
      assert.is_nil(token)
      assert.equal("invalidarg", err.code)
      assert.equal(case[3], err.property)
      assert.equal("open", channel:state())
    end)
  end

  it("raises for arguments of the wrong type", function()
    assert.has_error(function() wws.request_security_token() end)
    assert.has_error(function() wws.request_security_token({}) end)
    assert.has_error(function() wws.request_security_token(channel, "issue") end)
    assert.has_error(function() wws.request_security_token(channel, { issued_token_key_size = "256" }) end)
    assert.has_error(function() wws.request_security_token(channel, { applies_to = 1 }) end)
    assert.has_error(function() wws.request_security_token(channel, { timeout = -1 }) end)
    assert.has_error(function() wws.request_security_token(channel, { local_request_parameters = 1 }) end)
  end)

  it("is refused where the channel is not open", function()
    local closed = assert(wws.channel { security = trusted("alice", "x") })
    assert.equal("invalid_operation", select(2, wws.request_security_token(closed, {})).code)
  end)
end)
