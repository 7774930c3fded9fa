--- The UsernameToken with a text password.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"

local function read(inner)
  local message = soap.message("<o:Security><o:UsernameToken>" .. inner .. "</o:UsernameToken></o:Security>")
  local header, err = probe.security_read(assert(probe.envelope(message, soap.SOAP12)), {}, { username = true })
  return header and header.username, err
end

describe("security: UsernameToken", function()
  local accepted = {
    { "a typed password", '<o:Username>a</o:Username><o:Password Type="' .. TEXT .. '">p</o:Password>', "a", "p" },
    { "a password without a type", "<o:Username>a</o:Username><o:Password>p</o:Password>", "a", "p" },
    { "a password with an empty type", '<o:Username>a</o:Username><o:Password Type="">p</o:Password>', "a", "p" },
    { "no password", "<o:Username>a</o:Username>", "a", nil },
    { "an empty password", "<o:Username>a</o:Username><o:Password/>", "a", "" },
    { "significant white space", "<o:Username> a </o:Username><o:Password> p\n</o:Password>", " a ", " p\n" },
    { "Nonce and Created, which it skips",
      "<o:Username>a</o:Username><o:Password>p</o:Password><o:Nonce>bm9uY2U=</o:Nonce><u:Created>x</u:Created>",
        "a", "p" },
    { "another order", "<o:Password>p</o:Password><o:Username>a</o:Username>", "a", "p" },
    { "what was escaped", "<o:Username>a&amp;b</o:Username><o:Password>&lt;&#x20AC;</o:Password>", "a&b",
      "<\226\130\172" },
  }
  for _, case in ipairs(accepted) do
    it("reads " .. case[1], function()
      assert.same({ username = case[3], password = case[4] }, assert(read(case[2])))
    end)
  end

  local refused = {
    { "a digest", '<o:Username>a</o:Username><o:Password Type="' .. TEXT:gsub("Text", "Digest") .. '">p</o:Password>',
      "not of the type text" },
    { "no user name", "<o:Password>p</o:Password>", "has no Username" },
    { "two user names", "<o:Username>a</o:Username><o:Username>b</o:Username>", "twice" },
    { "two passwords", "<o:Username>a</o:Username><o:Password>p</o:Password><o:Password>q</o:Password>", "twice" },
    { "another child", "<o:Username>a</o:Username><x/>", "does not belong there" },
    { "elements in the name", "<o:Username>a<x/></o:Username>", "text between elements" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      local ok, err = read(case[2])
      assert.is_nil(ok)
      assert.truthy(err.message:find(case[3], 1, true), err.message)
    end)
  end

  it("names the digest, never the password", function()
    local _, err = read('<o:Username>a</o:Username><o:Password Type="urn:digest">s3cret</o:Password>')
    assert.equal("urn:digest", err.got)
    assert.is_nil(tostring(err):find("s3cret", 1, true))
  end)
end)
