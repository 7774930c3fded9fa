--- Responses about security contexts: one, in the right wrapping, with nothing missing.
local base64 = require("spec.support.base64")
local probe = require("wws.probe")
local recording = require("spec.support.recording")
local soap = require("spec.support.soap")

local FULL = {
  kind = soap.ISSUE, id = "t1", identifier = "urn:uuid:1", computed_key = true, entropy = ("s"):rep(32),
  created = 1795248000000, expires = 1795302000000, key_size = 256, context = "urn:c",
}

local function with(version, changes)
  local rstr = { version = version }
  for name, value in pairs(FULL) do rstr[name] = value end
  for name, value in pairs(changes or {}) do rstr[name] = value end
  return rstr
end

local function read(version, body, kind)
  return probe.rstr_read(assert(probe.envelope(soap.message("", body), soap.SOAP12)), kind or soap.ISSUE, version)
end

describe("security: RequestSecurityTokenResponse", function()
  for _, version in ipairs { soap.FEB2005, soap.SC13 } do
    local label = version == soap.SC13 and " (1.3)" or " (February 2005)"
    local prefix = version == soap.SC13 and "trust" or "t"

    it("reads what it writes" .. label, function()
      local got = assert(read(version, assert(probe.rstr_write(with(version)))))
      for name, value in pairs(FULL) do assert.same(value, got[name], name) end
      got = assert(read(version, assert(probe.rstr_write(with(version, { instance = "urn:uuid:i", kind = 2 }))), 2))
      assert.equal("urn:uuid:i", got.instance)
      got = assert(read(version, assert(probe.rstr_write { kind = 3, version = version }), 3))
      assert.is_true(got.cancelled)
    end)

    it("reads a secret in the proof" .. label, function()
      local bytes = probe.rstr_write { version = version, id = "t", identifier = "urn:1", proof = "secret" }
      local got = assert(read(version, bytes))
      assert.equal("secret", got.proof)
      assert.is_false(got.computed_key)
      assert.is_nil(got.expires)
      assert.equal(0, got.key_size)
    end)

    it("echoes AppliesTo behind the token" .. label, function()
      local xml = '<p:AppliesTo xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy"></p:AppliesTo>'
      local bytes = assert(probe.rstr_write(with(version, { applies_to = xml })))
      assert.truthy(bytes:find("RequestedSecurityToken>" .. xml .. "<" .. prefix .. ":RequestedAttachedReference",
        1, true))
    end)

    local changes = {
      { "without the token", "<P:RequestedSecurityToken>.*</P:RequestedSecurityToken>", "",
        "one RequestedSecurityToken" },
      { "with two tokens", "(<P:RequestedSecurityToken>)(.*)(</P:RequestedSecurityToken>)", "%1%2%2%3",
        "one RequestedSecurityToken" },
      { "with an unknown way to compute", "CK/PSHA1", "CK/MINE", "computed in an unknown way" },
      { "with two proofs", "(<P:ComputedKey>.*</P:ComputedKey>)", "%1%1", "exactly one proof" },
      { "with another proof", "<P:ComputedKey>.*</P:ComputedKey>", "<x/>", "no BinarySecret" },
      { "with two Entropies", "(<P:Entropy>.*</P:Entropy>)", "%1%1", "Entropy twice" },
      { "with another TokenType", "/sct<", "/dk<", "TokenType" },
      { "that ends before it begins", "2026%-11%-21T23", "2026-11-20T23", "ends before it begins" },
      { "with a broken time", "2026%-11%-21T23", "2026-11-21X23", "" },
      { "with a broken KeySize", ">256<", ">abc<", "KeySize" },
      { "twice", "(<P:RequestSecurityTokenResponse .*</P:RequestSecurityTokenResponse>)", "%1%1", "exactly one" },
    }
    for _, case in ipairs(changes) do
      it("refuses a response " .. case[1] .. label, function()
        local pattern, replacement = case[2]:gsub("P:", prefix .. ":"), case[3]
        local body, count = probe.rstr_write(with(version)):gsub(pattern, replacement)
        assert.is_true(count > 0)
        local ok, err = read(version, body)
        assert.is_nil(ok)
        assert.truthy(err.message:find(case[4], 1, true), err.message)
      end)
    end

    it("refuses the wrapping of the other version, a request, and nothing" .. label, function()
      local bytes = assert(probe.rstr_write(with(version)))
      assert.is_nil((read(3 - version, bytes)))
      local inner = bytes:match("<%w+:RequestSecurityTokenResponse .*</%w+:RequestSecurityTokenResponse>")
      if version == soap.SC13 then assert.is_nil((read(version, inner))) end
      local ok, err = read(version, assert(probe.rst_write { version = version }))
      assert.is_nil(ok)
      assert.truthy(err.got:find("RequestSecurityToken", 1, true))
      assert.is_nil((read(version, "")))
    end)

    it("refuses a Cancel's response that does not say so" .. label, function()
      local bytes = probe.rstr_write({ kind = 3, version = version }):gsub("RequestedTokenCancelled", "Other")
      local ok, err = read(version, bytes, 3)
      assert.is_nil(ok)
      assert.truthy(err.message:find("RequestedTokenCancelled", 1, true))
    end)
  end

  it("reads every response of the generated exchanges and makes their keys", function()
    for version, folder in pairs { [soap.FEB2005] = "sc-feb2005", [soap.SC13] = "sc-13" } do
      local path = "spec/vectors/security/" .. folder .. "/"
      local keys = recording.read(path .. "keys.txt")
      for name, kind in pairs { ["2-rstr-issue"] = 1, ["6-rstr-renew"] = 2 } do
        local what = kind == 1 and "issue" or "renew"
        local rstr = assert(probe.rstr_read(assert(probe.envelope(recording.read(path .. name .. ".xml"), 2)), kind,
          version))
        assert.equal(base64(keys:match(what .. " server entropy%s+(%S+)")), rstr.entropy)
        local client = base64(keys:match(what .. " client entropy%s+(%S+)"))
        assert.equal(base64(keys:match(what .. " computed key%s+(%S+)")), assert(probe.rstr_key(client, 256, rstr,
          3, "basic256")))
      end
      local cancel = assert(probe.envelope(recording.read(path .. "9-rstr-cancel.xml"), 2))
      assert.is_true(assert(probe.rstr_read(cancel, 3, version)).cancelled)
    end
  end)

  it("verifies every signature of the generated exchanges", function()
    for version, folder in pairs { [soap.FEB2005] = "sc-feb2005", [soap.SC13] = "sc-13" } do
      local path = "spec/vectors/security/" .. folder .. "/"
      local keys = recording.read(path .. "keys.txt")
      local cases = { ["3-request"] = "issue", ["5-rst-renew"] = "issue", ["7-request-with-renewed-key"] = "renew",
                      ["8-rst-cancel"] = "renew" }
      for name, what in pairs(cases) do
        local key = base64(keys:match(what .. " computed key%s+(%S+)"))
        local wants = { timestamp = true, context = true, username = name == "5-rst-renew" }
        assert(probe.security_read(assert(probe.envelope(recording.read(path .. name .. ".xml"), 2)),
          { sc_version = version }, wants, key))
      end
    end
  end)

  it("follows one recorded February 2005 context through three renewals", function()
    local path, keys = "spec/vectors/security/sct-feb2005-renew/00%d-%s.body", {}
    for number = 10, 18 do
      local request, reply = recording.read(path:format(number, "req")), recording.read(path:format(number, "res"))
      local kind = probe.rst_action(soap.action(request))
      local id = request:match('SecurityContextToken u:Id="([^"]+)"')
      local envelope = assert(probe.envelope(request, 2))
      assert(probe.security_read(envelope, {}, { timestamp = true, username = kind == 1 or kind == 2, context =
        kind ~= 1 },
        kind ~= 1 and keys[id] or nil))
      if kind == 1 or kind == 2 then
        local rst = assert(probe.rst_read(envelope, kind, soap.FEB2005))
        local rstr = assert(probe.rstr_read(assert(probe.envelope(reply, 2)), kind, soap.FEB2005))
        keys[rstr.id] = assert(probe.rstr_key(rst.entropy, rst.key_size, rstr, 3, "basic256"))
      end
    end
  end)
end)
