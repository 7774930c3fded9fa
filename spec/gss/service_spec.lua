--- Which service an NTLM client means, in tokens of gss-ntlmssp's.
local hex = require "spec.support.hex"
local probe = require "wws.probe"

local function vector(name)
  local file = assert(io.open("spec/vectors/gss/" .. name .. ".hex"))
  local text = file:read "*a"
  file:close()
  return hex.decode(text)
end

local NAME = ("HTTP/localhost"):gsub(".", "%0\0")

describe("gss: the service of an NTLM token", function()
  for _, name in ipairs { "ntlm_authenticate", "ntlm_authenticate_spnego" } do
    local token = vector(name)

    it("is found in " .. name, function()
      assert.equal(NAME, probe.ntlm_target(token))
      assert.equal(NAME, probe.ntlm_target("before" .. token .. "behind"))
    end)

    it("is none where two messages stand in " .. name, function()
      assert.is_nil(probe.ntlm_target(token .. "NTLMSSP\0\3\0\0\0"))
      assert.is_nil(probe.ntlm_target("NTLMSSP\0" .. token))
    end)

    it("is read in bounds, whatever is cut or changed of " .. name, function()
      for len = 0, #token - 1 do
        local found = probe.ntlm_target(token:sub(1, len))
        assert.is_true(found == nil or found == NAME)
      end
      for at = 1, #token do
        for _, byte in ipairs { "\0", "\255" } do
          local found = probe.ntlm_target(token:sub(1, at - 1) .. byte .. token:sub(at + 1))
          assert.is_true(found == nil or #found <= #token)
        end
      end
    end)
  end
end)
