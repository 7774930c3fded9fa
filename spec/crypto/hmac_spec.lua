local probe = require("wws.probe")
local hex = require("spec.support.hex")

local HASHES = { "sha1", "sha256", "sha384", "sha512" }

-- RFC 2202 section 3 (SHA-1) and RFC 4231 section 4 (SHA-2)
local CASES = {
  { name = "RFC 2202 case 1", key = ("0b"):rep(20), data = hex.encode("Hi There"),
    sha1 = "b617318655057264e28bc0b6fb378c8ef146be00" },
  { name = "RFC 4231 case 1", key = ("0b"):rep(20), data = hex.encode("Hi There"),
    sha256 = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    sha384 = "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
    sha512 = "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4"
      .. "be9d914eeb61f1702e696c203a126854" },
  { name = "RFC 2202 and 4231 case 2, a short key", key = hex.encode("Jefe"),
    data = hex.encode("what do ya want for nothing?"), sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    sha384 = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    sha512 = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
      .. "caeab1a34d4a6b4b636e070a38bce737" },
  { name = "RFC 2202 and 4231 case 3", key = ("aa"):rep(20), data = ("dd"):rep(50),
    sha1 = "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
    sha256 = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    sha384 = "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
    sha512 = "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807"
      .. "b946a337bee8942674278859e13292fb" },
  { name = "RFC 2202 case 6, a key longer than a block", key = ("aa"):rep(80),
    data = hex.encode("Test Using Larger Than Block-Size Key - Hash Key First"),
    sha1 = "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
  { name = "RFC 4231 case 6, a key longer than a block", key = ("aa"):rep(131),
    data = hex.encode("Test Using Larger Than Block-Size Key - Hash Key First"),
    sha256 = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
}

describe("crypto: hmac", function()
  for _, case in ipairs(CASES) do
    it("computes " .. case.name, function()
      for _, hash in ipairs(HASHES) do
        if case[hash] then
          assert.equal(case[hash], hex.encode(probe.hmac(hash, hex.decode(case.key), hex.decode(case.data))))
        end
      end
    end)
  end

  it("takes an empty key and empty data", function()
    assert.equal("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d", hex.encode(probe.hmac("sha1", "", "")))
  end)
end)

local function vectors()
  local rows = {}
  for line in io.lines("spec/vectors/crypto/psha1.tsv") do
    if line:sub(1, 1) ~= "#" then
      local fields = {}
      for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
      rows[#rows + 1] = { secret = fields[1], label = fields[2], seed = fields[3], offset = tonumber(fields[4]),
                          length = tonumber(fields[5]), output = fields[6], note = fields[7] }
    end
  end
  return rows
end

describe("crypto: psha1", function()
  local rows = vectors()

  it("has vectors to hold itself against", function()
    assert.is_true(#rows >= 10)
  end)

  for number, row in ipairs(rows) do
    it(("derives row %d of psha1.tsv: %s"):format(number, row.note), function()
      local made = probe.psha1(hex.decode(row.secret), row.label, hex.decode(row.seed), row.offset, row.length)
      assert.equal(row.output, hex.encode(made))
    end)
  end

  it("gives every offset the octets of the whole", function()
    local whole = probe.psha1("secret", "label", "seed", 0, 100)
    for offset = 0, 60 do
      assert.equal(whole:sub(offset + 1, offset + 37), probe.psha1("secret", "label", "seed", offset, 37))
    end
  end)

  it("refuses an offset that only costs work", function()
    local made, err = probe.psha1("secret", "", "seed", 16384, 1)
    assert.is_nil(made)
    assert.equal("quota_exceeded", err.code)
  end)
end)
