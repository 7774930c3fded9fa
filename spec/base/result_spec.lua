local probe = require("wws.probe")

local LAST = 44

describe("base: results", function()
  it("have names and HRESULTs of their own, as WebServices.h and winerror.h have them", function()
    local names, hresults = {}, {}
    for number = 1, LAST do
      local name, hresult = probe.result(number)
      assert.is_nil(names[name])
      assert.is_nil(hresults[hresult])
      names[name], hresults[hresult] = hresult, name
    end
    assert.equal(0x803D0000, names.invalid_format)
    assert.equal(0x803D0008, names.quota_exceeded)
    assert.equal(0x803D000A, names.security_verification_failure)
    assert.equal(0x803D0023, names.security_system_failure)
    assert.equal(0x80070057, names.invalidarg)
    assert.equal(0x800B0109, names.cert_e_untrustedroot)
    assert.equal(0x80092013, names.crypt_e_revocation_offline)
  end)

  it("are `other` when unknown", function()
    assert.equal("other", (probe.result(LAST + 1)))
    assert.equal("other", (probe.result(100000)))
  end)
end)

describe("base: error records", function()
  it("keep what was said, and the first step", function()
    local none, err = probe.failure(1, "a sentence", "a_property", "this", "that", "do so")
    assert.is_nil(none)
    assert.equal("invalid_format", err.code)
    assert.equal("a sentence", err.message)
    assert.equal("the first step", err.step)
    assert.equal("a binding", err.binding)
    assert.equal("a_property", err.property)
    assert.equal("this", err.expected)
    assert.equal("that", err.got)
    assert.equal("do so", err.hint)
    assert.is_nil(err.cause)
  end)

  it("show no control characters and no bytes that are not ASCII", function()
    local dirty = "a\27[31m\r\n\195\188\127b"
    local _, err = probe.failure(1, dirty, dirty, dirty, dirty, dirty)
    for _, field in ipairs { "message", "property", "expected", "got", "hint" } do
      assert.equal("a?[31m?????b", err[field])
    end
  end)

  it("cut what is too long", function()
    local long = ("x"):rep(10000)
    local _, err = probe.failure(1, long, long, long, long, long)
    for field, room in pairs { message = 255, property = 63, expected = 159, got = 159, hint = 255 } do
      assert.equal(("x"):rep(room), err[field])
    end
  end)

  it("become the cause of another", function()
    local _, err = probe.failure(1, "inner", nil, nil, nil, nil, "outer")
    assert.equal("other", err.code)
    assert.equal("outer", err.message)
    assert.equal("inner", err.cause.message)
    assert.equal("invalid_format", err.cause.code)
  end)

  it("may be left out", function()
    assert.is_true(probe.failure_without_record())
  end)
end)
