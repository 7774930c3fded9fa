local hex = require("spec.support.hex")
local probe = require("wws.probe")

-- FIPS 180-4's examples: "abc" and the empty text
local EXPECTED = {
  sha1 = { abc = "a9993e364706816aba3e25717850c26c9cd0d89d", [""] = "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
  sha256 = { abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
             [""] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
  sha384 = { abc = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
  sha512 = { abc = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
               .. "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
}

describe("crypto: digest", function()
  for name, cases in pairs(EXPECTED) do
    it("computes " .. name, function()
      for bytes, expected in pairs(cases) do assert.equal(expected, hex.encode(probe.digest(name, bytes))) end
    end)
  end
end)
