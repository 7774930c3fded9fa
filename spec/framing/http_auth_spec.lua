local probe = require "wws.probe"

local function refused(value, code)
  local list, err = probe.http_auth(value)
  assert.is_nil(list, value)
  assert.equal(code or "invalid_format", err.code, value)
end

describe("framing: challenges and credentials", function()
  it("reads several in one field, with parameters, tokens and nothing", function()
    local list = assert(probe.http_auth 'Basic realm="a, b=c", charset=UTF-8, Negotiate, NTLM TlRM+/==,, Digest nonce = "x\\"y"')
    assert.same({
      { scheme = "Basic", realm = "a, b=c", charset = "UTF-8" },
      { scheme = "Negotiate" },
      { scheme = "NTLM", token = "TlRM+/==" },
      { scheme = "Digest", nonce = 'x"y' },
    }, list)
    assert.same({}, probe.http_auth " , ")
    assert.same({ { scheme = "Negotiate", token = "abc" } }, probe.http_auth "Negotiate   abc  ")
  end)

  it("refuses what is not well-formed", function()
    for _, value in ipairs {
      "=", '"x"', 'Basic realm="x', 'Basic realm="x\\', 'Basic realm="x" y', "Basic realm==x",
      'Basic a="1", A="2"', 'Basic realm="\1"', "Basic/x", "Digest a=b c=d",
    } do refused(value) end
    local many = {}
    for n = 1, 30 do many[n] = "p" .. n .. "=1" end
    refused("Digest " .. table.concat(many, ", "), "quota_exceeded")
  end)

  it("writes and reads basic credentials", function()
    local value = assert(probe.http_basic("Aladdin", "open sesame")) -- RFC 7617 section 2
    assert.equal("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", value)
    assert.same({ "Aladdin", "open sesame" }, { probe.http_basic_read(value) })
    assert.same({ "test", "123\194\163" }, { probe.http_basic_read "Basic dGVzdDoxMjPCow==" }) -- the same, in UTF-8
    assert.same({ "test", "123\194\163" }, { probe.http_basic_read "Basic dGVzdDoxMjOj" }) -- ISO 8859-1
    assert.same({ "", "a:b" }, { probe.http_basic_read(probe.http_basic("", "a:b")) })
    for _, wrong in ipairs { { "a:b", "c" }, { "a\n", "c" }, { "a", "\0" } } do
      local _, err = probe.http_basic(wrong[1], wrong[2])
      assert.equal("invalidarg", err.code)
    end
    for _, wrong in ipairs { "Basic", "Basic !", 'Basic realm="x"', "Basic " .. "bm8gY29sb24=",
      "Basic " .. "YQE6Yg==" } do
      local _, err = probe.http_basic_read(wrong)
      assert.equal("invalid_format", err.code, wrong)
    end
  end)
end)
