-- Every way a context can be made: both versions, both envelopes, the three entropy modes, and the key sizes of each
-- suite. Each establishes, calls, renews, calls under the new key, and cancels, over TLS.
local world = require "spec.support.world"
local wws = require "wws"

local VERSIONS = { "february_2005", "1.3" }
local ENVELOPES = { "soap_1_1", "soap_1_2" }
local MODES = { "combined", "client_only", "server_only" }

-- What the suites allow, in bits: multiples of 8 from the shortest to 256. The end points and what WCF uses.
local SUITES = {
  basic256 = { 256 }, basic192 = { 192, 256 }, basic128 = { 128, 192, 256 },
  basic256_rsa15 = { 256 }, basic192_rsa15 = { 192, 256 }, basic128_rsa15 = { 128, 192, 256 },
  basic256_sha256 = { 256 }, basic192_sha256 = { 192, 256 }, basic128_sha256 = { 128, 192, 256 },
  basic256_sha256_rsa15 = { 256 }, basic192_sha256_rsa15 = { 192, 256 }, basic128_sha256_rsa15 = { 128, 192, 256 },
}

local CUSTOM = { digest = "digest_sha_256", symmetric_signature = "symmetric_signature_hmac_sha_256",
                 min_symmetric_key_length = 128, max_symmetric_key_length = 512 }

local function go_through(scene, channel, steps)
  assert(channel:request(world.ADD, world.BODY))
  local identifier = channel:security_context():get("identifier")
  scene.env:advance(101)
  local reply = assert(channel:request(world.ADD, world.BODY))
  assert.is_truthy(reply.body:find("<AddResult>3</AddResult>", 1, true))
  assert.equal(identifier, channel:security_context():get("identifier"))
  assert.equal(1, channel:security_context():info().renewals)
  assert(channel:close())
  assert.same({ "establish", "request", "renew", "request", "cancel" }, steps)
end

-- One listener for all key sizes of a suite: it grants what is asked for within the suite.
local function try(version, envelope, mode, settings, sizes)
  local scene = world.scene {
    served = { secure_conversation_version = version, key_entropy_mode = mode },
    secured = { secure_conversation_version = version, key_entropy_mode = mode, renewal_interval = 100 },
    both = { envelope_version = envelope }, settings = settings,
  }
  for _, size in ipairs(sizes) do
    local channel, steps = scene:connect(nil, { key_size = size })
    go_through(scene, channel, steps)
  end
  local info = scene:info()
  assert.same({ #sizes, #sizes, #sizes, 0, 0 },
    { info.established, info.renewals, info.cancelled, info.active_contexts, info.refused })
  scene:close()
end

for _, version in ipairs(VERSIONS) do
  for _, envelope in ipairs(ENVELOPES) do
    describe(("contexts: %s over %s"):format(version, envelope), function()
      for _, mode in ipairs(MODES) do
        for suite, sizes in pairs(SUITES) do
          it(("%s, %s, %s bits"):format(mode, suite, table.concat(sizes, " ")), function()
            try(version, envelope, mode, { algorithm_suite_name = suite }, sizes)
          end)
        end
        it(mode .. ", a suite of one's own with HMAC-SHA256", function()
          try(version, envelope, mode, { algorithm_suite = CUSTOM }, { 128, 136, 256, 384, 512 })
        end)
      end
    end)
  end
end

describe("contexts: sides that do not agree", function()
  local FEBRUARY = "http://schemas.xmlsoap.org/ws/2005/02/"

  local function refuse(given, context)
    local scene = world.scene(given)
    local channel, steps = scene:connect(nil, context)
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert.equal("open", channel:state())
    assert.same({ "establish" }, steps)
    assert.equal(0, scene:info().established)
    channel:close()
    scene:close()
    return err
  end

  for _, envelope in ipairs(ENVELOPES) do
    it("about the version, over " .. envelope, function()
      for _, version in ipairs(VERSIONS) do
        local other = version == "1.3" and "february_2005" or "1.3"
        local given = { served = { secure_conversation_version = version }, both = { envelope_version = envelope } }
        local err = refuse(given, { secure_conversation_version = other })
        assert.is_truthy((err.fault.subcode or err.fault.code):find("}BadContextToken", 1, true))
        assert.equal("secure_conversation_version", err.property)
      end
    end)
  end

  it("about who gives the entropy", function()
    local wrong = { combined = { "server_only" }, client_only = { "server_only" },
                    server_only = { "combined", "client_only" } }
    for served, asked in pairs(wrong) do
      for _, mode in ipairs(asked) do
        local err = refuse({ served = { key_entropy_mode = served } }, { key_entropy_mode = mode })
        assert.equal("{" .. FEBRUARY .. "trust}InvalidRequest", err.fault.subcode)
      end
    end
  end)

  it("about entropy in the answer: the client refuses it", function()
    for served, asked in pairs { combined = "client_only", client_only = "combined" } do
      local scene = world.scene { served = { key_entropy_mode = served } }
      local channel, steps = scene:connect(nil, { key_entropy_mode = asked })
      local reply, err = channel:request(world.ADD, world.BODY)
      assert.is_nil(reply)
      assert.equal("invalid_format", err.code)
      assert.equal("security_context", err.binding)
      assert.is_truthy(tostring(err):find("key_entropy_mode", 1, true))
      assert.is_nil(channel:security_context())
      assert.same({ "establish" }, steps)
      channel:close()
      scene:close()
    end
  end)

  it("about the key size: the listener's suite has it not, or the client's own", function()
    local scene = world.scene { settings = { algorithm_suite_name = "basic192" } }
    local shorter = { security = world.secured({ key_size = 128 }, { algorithm_suite_name = "basic128" }) }
    local channel, steps = scene:connect(shorter)
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert.equal("{" .. FEBRUARY .. "trust}InvalidRequest", err.fault.subcode)
    assert.same({ "establish" }, steps)
    channel:close()
    scene:close()
    for _, size in ipairs { 64, 120, 129, 264, 512 } do
      local options = { security = world.secured({ key_size = size }, { algorithm_suite_name = "basic128" }) }
      local refused, why = wws.channel(options)
      assert.is_nil(refused)
      assert.equal("key_size", why.property)
    end
  end)
end)
