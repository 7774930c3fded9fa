local probe = require("wws.probe")

describe("base: secret", function()
  it("equals what has the same bytes", function()
    assert.is_true(probe.secret_equal("", ""))
    assert.is_true(probe.secret_equal("key\0one", "key\0one"))
    assert.is_false(probe.secret_equal("key\0one", "key\0two"))
    assert.is_false(probe.secret_equal("key", "keys"))
    for place = 1, 8 do
      local other = ("a"):rep(place - 1) .. "\225" .. ("a"):rep(8 - place)
      assert.is_false(probe.secret_equal(("a"):rep(8), other))
    end
  end)
end)
