--- AP-REQs taken apart: one of Java's, whole and spoiled in every way.
local from_base64 = require "spec.support.base64"
local probe = require "wws.probe"

local function vector()
  local file = assert(io.open "spec/vectors/gss/java-ap-req.b64")
  local text = file:read "*a"
  file:close()
  return from_base64(text)
end

local function element(tag, content)
  local len = #content
  local head = len < 128 and string.char(len) or len < 256 and string.char(0x81, len)
    or string.char(0x82, math.floor(len / 256), len % 256)
  return string.char(tag) .. head .. content
end

local OID = "\6\9\42\134\72\134\247\18\1\2\2"

local SOUND = {
  etype = "\2\1\18", kvno = "\2\1\2", cipher = element(4, "sealed"), behind = "", version = "\2\1\5", kind = "\2\1\14",
  options = "\3\5\0\0\0\0\0", ticket = element(0x61, "ticket"), after = "", oid = OID, id = "\1\0", tag = 0x6e, twice = "",
  tail = "", outside = "",
}

-- Each part may be given; an empty one is left out.
local function request(parts)
  local all = setmetatable(parts or {}, { __index = SOUND })
  local function field(number, content) return content == "" and "" or element(0xa0 + number, content) end
  local sealed = field(0, all.etype) .. field(1, all.kvno) .. field(2, all.cipher) .. all.behind
  local body = field(0, all.version) .. field(1, all.kind) .. field(2, all.options) .. field(3, all.ticket)
    .. field(4, element(0x30, sealed)) .. all.after
  local inner = all.oid .. all.id .. element(all.tag, element(0x30, body) .. all.twice)
  return element(0x60, inner .. all.tail) .. all.outside
end

describe("gss: AP-REQ", function()
  it("is read as Java made it", function()
    local made = assert(probe.ap_req(vector()))
    assert.is_false(made.wants_answer)
    assert.is_true(#made.ticket > 200)
    assert.is_true(#made.authenticator > 100)
    assert.is_truthy(vector():find(made.authenticator, 1, true))
    assert.is_truthy(made.ticket:find("WWS.TEST", 1, true))
  end)

  it("is read with and without the key's version, and says whether an answer is waited for", function()
    assert.same({ ticket = "ticket", authenticator = "sealed", wants_answer = false }, assert(probe.ap_req(request())))
    assert.is_truthy(probe.ap_req(request { kvno = "" }))
    assert.is_true(assert(probe.ap_req(request { options = "\3\5\0\32\0\0\0" })).wants_answer)
  end)

  local wrong = {
    { "no wrapping", "wrapping", request():sub(3) },
    { "something behind", "wrapping", request { outside = "x" } },
    { "nothing", "wrapping", "" },
    { "a length that is written longer than it must be", "wrapping",
      (request { ticket = element(0x61, "") }):gsub("^\96(.)", "\96\129%1") },
    { "another mechanism", "another mechanism", request { oid = "\6\6\43\6\1\5\5\2" } },
    { "the token that answers", "none that begins", request { id = "\2\0" } },
    { "no AP-REQ", "no AP-REQ", request { tag = 0x6f } },
    { "two in one", "no AP-REQ", request { twice = element(0x30, "") } },
    { "something behind it", "no AP-REQ", request { tail = "x" } },
    { "Kerberos 4", "version 5", request { version = "\2\1\4" } },
    { "another kind", "version 5", request { kind = "\2\1\15" } },
    { "an empty number", "version 5", request { kind = "\2\0" } },
    { "short options", "32 bits", request { options = "\3\4\0\0\0\0" } },
    { "unused bits", "32 bits", request { options = "\3\5\1\0\0\0\0" } },
    { "no ticket", "no ticket", request { ticket = "" } },
    { "no cipher", "no authenticator", request { cipher = "" } },
    { "an empty cipher", "no authenticator", request { cipher = element(4, "") } },
    { "a version of the key that is none", "no authenticator", request { kvno = "\4\1\2" } },
    { "something behind the cipher", "no authenticator", request { behind = element(0xa3, "") } },
    { "something behind the authenticator", "something behind", request { after = element(0xa5, "") } },
    { "more than any ticket", "larger than", element(0x60, ("x"):rep(65535)) .. "x" },
  }
  for _, case in ipairs(wrong) do
    it("is refused with " .. case[1], function()
      local made, err = probe.ap_req(case[3])
      assert.is_nil(made)
      assert.same({ "invalid_format", "read the Kerberos token" }, { err.code, err.step })
      assert.is_truthy(err.message:find(case[2], 1, true), err.message)
    end)
  end

  it("is refused when anything of it is missing (attack F11)", function()
    local whole = vector()
    for len = 0, #whole - 1 do assert.is_nil((probe.ap_req(whole:sub(1, len)))) end
  end)
end)
