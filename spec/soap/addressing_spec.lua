--- Addressing headers: cardinalities, versions, endpoints, and WCF's order when written.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local function read(headers, version)
  version = version or soap.ADDRESSING_10
  local bytes = soap.message(headers)
  if version == soap.ADDRESSING_2004 then bytes = bytes:gsub(soap.A10:gsub("%p", "%%%0"), soap.A2004) end
  return assert(probe.envelope(bytes, soap.SOAP12)):addressing(version)
end

local ACTION = "<a:Action>urn:act</a:Action>"

describe("soap: addressing", function()
  for version, name in pairs { [soap.ADDRESSING_10] = "1.0", [soap.ADDRESSING_2004] = "2004/08" } do
    it("reads all headers of " .. name, function()
      local got = assert(read(ACTION .. "<a:To> urn:to\n</a:To><a:MessageID>urn:id</a:MessageID>"
        .. "<a:RelatesTo>urn:rel</a:RelatesTo><a:ReplyTo><a:Address>urn:r</a:Address></a:ReplyTo>"
        .. "<a:FaultTo><a:Address>urn:f</a:Address></a:FaultTo><a:From><a:Address>urn:x</a:Address></a:From>", version))
      assert.same({ "urn:act", "urn:to", "urn:id", "urn:rel" }, { got.action, got.to, got.message_id, got.relates_to })
      assert.same({ url = "urn:r", anonymous = false, none = false }, got.reply_to)
      assert.equal("urn:f", got.fault_to.url)
      assert.equal("urn:x", got.from.url)
    end)

    it("refuses duplicates, missing parts and comments in " .. name, function()
      local is_10 = version == soap.ADDRESSING_10
      local ns = is_10 and soap.A10 or soap.A2004
      local bad = "{" .. ns .. "}" .. (is_10 and "InvalidAddressingHeader" or "InvalidMessageInformationHeader")
      local cases = {
        { ACTION .. ACTION, "Action twice", "InvalidCardinality" },
        { ACTION .. "<a:To>x</a:To><a:To>x</a:To>", "To twice", "InvalidCardinality" },
        { ACTION .. "<a:MessageID>x</a:MessageID><a:MessageID>y</a:MessageID>", "MessageID twice",
          "InvalidCardinality" },
        { ACTION .. "<a:ReplyTo><a:Address>x</a:Address></a:ReplyTo>"
          .. "<a:ReplyTo><a:Address>x</a:Address></a:ReplyTo>",
          "ReplyTo twice", "InvalidCardinality" },
        { ACTION .. "<a:ReplyTo/>", "exactly one Address", "MissingAddressInEPR" },
        { ACTION .. "<a:ReplyTo><a:Address>x</a:Address><a:Address>y</a:Address></a:ReplyTo>",
          "exactly one Address", "InvalidEPR" },
        { "<a:Action>urn:<!-- -->act</a:Action>", "only text", "InvalidAddress" },
        { ACTION .. "<a:To><x/></a:To>", "only text", "InvalidAddress" },
      }
      for _, case in ipairs(cases) do
        local ok, err, fault = read(case[1], version)
        assert.is_nil(ok)
        assert.truthy(err.message:find(case[2], 1, true), err.message)
        assert.equal("Sender", fault.code)
        assert.equal(bad, fault.subcode)
        assert.equal(is_10 and "{" .. ns .. "}" .. case[3] or nil, fault.subsubcode)
        assert.equal(ns .. "/fault", fault.action)
      end
    end)

    it("wants an Action in " .. name, function()
      local ok, err, fault = read("", version)
      assert.is_nil(ok)
      assert.equal("the message has no addressing header Action", err.message)
      local is_10 = version == soap.ADDRESSING_10
      assert.equal(is_10 and "{" .. soap.A10 .. "}MessageAddressingHeaderRequired"
        or "{" .. soap.A2004 .. "}MessageInformationHeaderRequired", fault.subcode)
    end)
  end

  it("says when the message has the other version's headers", function()
    local envelope = assert(probe.envelope(soap.message(ACTION), soap.SOAP12))
    local _, err = envelope:addressing(soap.ADDRESSING_2004)
    assert.truthy(err.got:find(soap.A10, 1, true))
    assert.truthy(err.hint:find("addressing_version", 1, true))
  end)

  it("knows anonymous and none", function()
    local got = assert(read(ACTION .. "<a:ReplyTo><a:Address>" .. soap.A10 .. "/anonymous</a:Address></a:ReplyTo>"
      .. "<a:FaultTo><a:Address>" .. soap.A10 .. "/none</a:Address></a:FaultTo>"))
    assert.is_true(got.reply_to.anonymous)
    assert.is_true(got.fault_to.none)
    got = assert(read(ACTION .. "<a:ReplyTo><a:Address>" .. soap.A2004 .. "/role/anonymous</a:Address></a:ReplyTo>",
      soap.ADDRESSING_2004))
    assert.is_true(got.reply_to.anonymous)
  end)

  it("counts only headers for us", function()
    local got = assert(read('<a:Action s:role="urn:other">x</a:Action>' .. ACTION))
    assert.equal("urn:act", got.action)
  end)

  it("relates by the reply relationship only", function()
    local other = '<a:RelatesTo RelationshipType="urn:x">urn:other</a:RelatesTo>'
    local reply = '<a:RelatesTo RelationshipType="' .. soap.A10 .. '/reply">urn:rel</a:RelatesTo>'
    assert.equal("urn:rel", assert(read(ACTION .. other .. reply)).relates_to)
    assert.is_nil(assert(read(ACTION .. other)).relates_to)
    local old = '<a:RelatesTo RelationshipType="a:Reply">urn:rel</a:RelatesTo>'
    assert.equal("urn:rel", assert(read(ACTION .. old, soap.ADDRESSING_2004)).relates_to)
  end)

  it("reads nothing in the transport version", function() assert.same({}, assert(read(ACTION, soap.TRANSPORT))) end)

  it("writes WCF's order and marks what must be understood", function()
    local bytes = probe.addressing_write({ action = "urn:a", message_id = "urn:m", to = "https://x/?a&b",
                                           reply_to_anonymous = true }, soap.ADDRESSING_10)
    assert.equal('<a:Action s:mustUnderstand="1">urn:a</a:Action><a:MessageID>urn:m</a:MessageID><a:ReplyTo><a:Address>'
      .. soap.A10 .. '/anonymous</a:Address></a:ReplyTo><a:To s:mustUnderstand="1">https://x/?a&amp;b</a:To>', bytes)
    assert.equal('<a:Action s:mustUnderstand="1">urn:a</a:Action><a:RelatesTo>urn:m</a:RelatesTo>',
      probe.addressing_write({ action = "urn:a", relates_to = "urn:m" }, soap.ADDRESSING_2004))
    assert.equal("", probe.addressing_write({ action = "urn:a" }, soap.TRANSPORT))
  end)
end)
