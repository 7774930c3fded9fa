--- The three ways to a key, every mixture refused, and key sizes held against the suite.
local probe = require("wws.probe")

local CLIENT_ONLY, SERVER_ONLY, COMBINED = 1, 2, 3
local C32, S32 = ("c"):rep(32), ("s"):rep(32)

describe("security: context key", function()
  it("is the client's entropy", function()
    assert.equal(C32, assert(probe.rstr_key(C32, 256, {}, CLIENT_ONLY, "basic256")))
  end)
  it("is the server's secret", function()
    assert.equal(S32, assert(probe.rstr_key(nil, 256, { proof = S32 }, SERVER_ONLY, "basic256")))
  end)
  it("is made of both, and order matters", function()
    local key = assert(probe.rstr_key(C32, 256, { computed_key = true, entropy = S32 }, COMBINED, "basic256"))
    local swapped = assert(probe.rstr_key(S32, 256, { computed_key = true, entropy = C32 }, COMBINED, "basic256"))
    assert.equal(32, #key)
    assert.are_not.equal(key, swapped)
  end)
  it("accepts entropy shorter than the key", function()
    assert.equal(32, #assert(probe.rstr_key(("c"):rep(16), 256, { computed_key = true, entropy = "s" }, COMBINED,
      "basic256")))
  end)
  it("takes the response's size before the request's, and the suite's without both", function()
    local both = { computed_key = true, entropy = S32, key_size = 192 }
    assert.equal(24, #assert(probe.rstr_key(C32, 256, both, COMBINED, "basic128")))
    both.key_size = 0
    assert.equal(32, #assert(probe.rstr_key(C32, 256, both, COMBINED, "basic128")))
    assert.equal(16, #assert(probe.rstr_key(C32, 0, both, COMBINED, "basic128")))
  end)

  it("refuses every mixture", function()
    local right = {
      [CLIENT_ONLY] = "1000", [SERVER_ONLY] = "0001", [COMBINED] = "1110",
    }
    for mode = CLIENT_ONLY, COMBINED do
      for mixture = 0, 15 do
        local bits = ""
        for i = 3, 0, -1 do bits = bits .. math.floor(mixture / 2 ^ i) % 2 end
        local function has(i) return bits:sub(i, i) == "1" end
        local rstr = { computed_key = has(2), entropy = has(3) and S32 or nil, proof = has(4) and S32 or nil }
        local key, err = probe.rstr_key(has(1) and C32 or nil, 256, rstr, mode, "basic256")
        assert.equal(bits == right[mode], key ~= nil, bits .. " in mode " .. mode)
        if err then
          assert.equal("invalid_format", err.code)
          assert.equal("security_context_key_entropy_mode", err.property)
          assert.equal("security_context", err.binding)
        end
      end
    end
  end)

  local sizes = {
    { "basic256", 256, true }, { "basic256", 128, false }, { "basic256", 512, false },
    { "basic192", 192, true }, { "basic192", 256, true }, { "basic192", 128, false },
    { "basic128", 128, true }, { "basic128", 256, true }, { "basic128", 64, false },
  }
  for _, case in ipairs(sizes) do
    it((case[3] and "allows " or "refuses ") .. case[2] .. " bits under " .. case[1], function()
      local both = { computed_key = true, entropy = S32, key_size = case[2] }
      local key, err = probe.rstr_key(C32, 0, both, COMBINED, case[1])
      assert.equal(case[3], key ~= nil)
      if err then assert.equal("security_context_key_size", err.property) end
      assert.equal(case[3], (probe.rstr_key(nil, 0, { proof = ("s"):rep(case[2] / 8) }, SERVER_ONLY, case[1])) ~= nil)
    end)
  end

  it("refuses a secret that is not as long as was agreed", function()
    local key, err = probe.rstr_key(nil, 256, { proof = ("s"):rep(16) }, SERVER_ONLY, "basic128")
    assert.is_nil(key)
    assert.truthy(err.message:find("length that was agreed", 1, true))
    assert.is_nil((probe.rstr_key(("c"):rep(24), 256, {}, CLIENT_ONLY, "basic128")))
  end)
end)
