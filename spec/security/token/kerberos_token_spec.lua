--- Kerberos tokens in the Security header: written, read, and held against the signature that goes with them.
local probe = require "wws.probe"
local soap = require "spec.support.soap"

local TYPE = "http://docs.oasis-open.org/wss/oasis-wss-kerberos-token-profile-1.1#GSS_Kerberosv5_AP_REQ"
local THUMB = "http://docs.oasis-open.org/wss/oasis-wss-kerberos-token-profile-1.1#Kerberosv5APREQSHA1"
local KEY, TICKET = ("k"):rep(32), { timestamp = true, ticket = true }
local OCTETS = "\96\3abc"

local function written(plan)
  return assert(probe.security_write(plan or {}, { ticket = OCTETS, ticket_key = KEY }))
end

local function read(header, key, wants)
  return probe.security_read(assert(probe.envelope(soap.message(header), soap.SOAP12)), {}, wants or TICKET, key or KEY)
end

-- What is written, changed by the plain text `from` to `to`.
local function changed(from, to)
  local text = written()
  local at, last = text:find(from, 1, true)
  return text:sub(1, assert(at, from) - 1) .. to .. text:sub(last + 1)
end

local function refused(sentence, header, key, wants)
  local ok, err = read(header, key, wants)
  assert.is_nil(ok)
  assert.is_truthy(err.message:find(sentence, 1, true), err.message)
  return err
end

describe("security: Kerberos token", function()
  it("is read as it is written, in both header versions", function()
    for version = 1, 2 do
      local header = assert(read(written { header_version = version }))
      assert.equal(OCTETS, header.ticket.octets)
      assert.equal(TYPE, header.ticket.value_type)
      assert.equal("#" .. header.ticket.id, header.ticket.key_uri)
      assert.equal(version == 2 and TYPE or nil, header.ticket.token_type)
    end
  end)

  it("stands after the Timestamp and before its Signature", function()
    local order = {}
    for name in written():gmatch "<%w*:?(%u%w+)[ >]" do order[#order + 1] = name end
    assert.same({ "Security", "Timestamp", "Created", "Expires", "BinarySecurityToken", "Signature" },
      { (unpack or table.unpack)(order, 1, 6) })
  end)

  it("may be named by its SHA-1, and be of the type of RFC 1510", function()
    local thumb = assert(read(written())).ticket.thumb
    local text = written():gsub("<o:SecurityTokenReference.*</o:SecurityTokenReference>",
      ('<o:SecurityTokenReference><o:KeyIdentifier ValueType="%s">%s</o:KeyIdentifier></o:SecurityTokenReference>')
        :format(THUMB, (thumb:gsub("%%", "%%%%"))))
    assert(read(text))
    refused("does not name the BinarySecurityToken", (text:gsub(">" .. thumb:sub(1, 1), ">-")))
    assert(read((written():gsub("GSS_Kerberosv5_AP_REQ", "%01510"))))
  end)

  it("may leave out its encoding", function()
    assert(read((written():gsub(' EncodingType="[^"]*"', ""))))
  end)

  it("is refused without its signature, by another key, or unasked for (attack F15)", function()
    refused("no Signature", (written():gsub("<Signature .*</Signature>", "")))
    refused("signature", written(), ("x"):rep(32))
    refused("nobody asked for", written(), nil, { timestamp = true })
    refused("no BinarySecurityToken", (written():gsub("<o:BinarySecurityToken.*</o:BinarySecurityToken>", "")))
    refused("a second BinarySecurityToken", (written():gsub("<o:BinarySecurityToken.*</o:BinarySecurityToken>",
      function(token) return token .. token:gsub('Id="uuid', 'Id="other') end)))
    refused("a second Signature", (written():gsub("<Signature .*</Signature>", "%0%0")))
    refused("stands before", (written():gsub("(<o:Binary.*SecurityToken>)(<Signature .*</Signature>)", "%2%1")))
  end)

  it("is refused as another kind, in another encoding, or when it is no base64", function()
    assert.equal(TYPE, refused("of another kind", changed(TYPE .. '" Enc', 'urn:other" Enc')).expected)
    refused("another kind", changed(' ValueType="' .. TYPE .. '" Enc', " Enc"))
    refused("encoded in an unknown way", changed("#Base64Binary", "#HexBinary"))
    refused("not base64", changed("YANhYmM=</", "YANhYmM</"))
    refused("more than text", changed("YANhYmM=</", "<x/></"))
  end)

  it("is refused when the signature names something else", function()
    refused("does not name the BinarySecurityToken", changed('URI="#uuid', 'URI="#other'))
    refused("does not name the BinarySecurityToken", changed('<o:Reference ValueType="' .. TYPE, '<o:Reference ValueType="urn:x'))
    refused("does not name the BinarySecurityToken", changed('k:TokenType="' .. TYPE, 'k:TokenType="urn:x'))
  end)
end)
