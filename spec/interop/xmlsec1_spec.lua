--- xmlsec1 verifies what we sign, and refuses what was changed behind our signature.
local needs = require("spec.support.needs")
local probe = require("wws.probe")
local process = require("spec.support.process")
local soap = require("spec.support.soap")

local KEY = ("k"):rep(32)

local function message(plan)
  plan.sc_version = soap.SC13
  local token = probe.context_token_write(soap.SC13, "t1", "urn:uuid:1", nil)
  local header = assert(probe.security_write(plan, { token_xml = token, token_id = "t1", key = KEY }))
  local action = probe.addressing_write({ action = "urn:a", to = "https://localhost/" }, soap.ADDRESSING_10)
  return probe.envelope_write(soap.SOAP12, soap.ADDRESSING_10, true, action .. header, "<x xmlns='urn:x'>&amp;</x>")
end

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

local function verify(document)
  local base = os.tmpname()
  write(base .. ".xml", document)
  write(base .. ".key", KEY)
  local code = process.run {
    "xmlsec1", "--verify", "--hmackey", base .. ".key", "--id-attr:Id", soap.WSU .. ":Timestamp", base .. ".xml",
  }
  for _, ending in ipairs { "", ".xml", ".key" } do os.remove(base .. ending) end
  return code == 0
end

describe("interop: xmlsec1", function()
  if not needs(process.run { "xmlsec1", "--version" } ~= 0 and "xmlsec1 is not installed" or nil) then return end

  for digest, digest_name in pairs { [3] = "SHA-1", [4] = "SHA-256", [5] = "SHA-384", [6] = "SHA-512" } do
    for hmac, hmac_name in pairs { [7] = "HMAC-SHA-1", [8] = "HMAC-SHA-256", [9] = "HMAC-SHA-384",
    [10] = "HMAC-SHA-512" } do
      it("verifies " .. hmac_name .. " over " .. digest_name, function()
        local signed = message { digest = digest, symmetric_signature = hmac }
        assert.is_true(verify(signed))
      end)
    end
  end

  it("refuses a Timestamp that was changed", function()
    local signed, count = message({}):gsub("(<u:Expires>)%d", "%13")
    assert.equal(1, count)
    assert.is_false(verify(signed))
  end)

  it("refuses a SignedInfo that was changed", function()
    assert.is_false(verify((message({}):gsub("(<DigestValue>).", "%1_"))))
  end)
end)
