--- For whom header blocks are, and what must be understood.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local function headers(ns, text)
  local bytes = ('<s:Envelope xmlns:s="%s"><s:Header>%s</s:Header><s:Body/></s:Envelope>'):format(ns, text)
  return assert(probe.envelope(bytes, ns == soap.S11 and soap.SOAP11 or soap.SOAP12))
end

describe("soap: header blocks", function()
  local roles = {
    { soap.S12, "<x/>", true }, { soap.S12, '<x s:role=""/>', true },
    { soap.S12, '<x s:role="' .. soap.S12 .. '/role/next"/>', true },
    { soap.S12, '<x s:role=" ' .. soap.S12 .. '/role/ultimateReceiver "/>', true },
    { soap.S12, '<x s:role="' .. soap.S12 .. '/role/none"/>', false },
    { soap.S12, '<x s:role="urn:other"/>', false }, { soap.S12, '<x s:actor="urn:other"/>', true },
    { soap.S12, '<x role="urn:other"/>', true },
    { soap.S11, "<x/>", true }, { soap.S11, '<x s:actor=""/>', true },
    { soap.S11, '<x s:actor="http://schemas.xmlsoap.org/soap/actor/next"/>', true },
    { soap.S11, '<x s:actor="urn:other"/>', false }, { soap.S11, '<x s:role="urn:other"/>', true },
  }
  for _, case in ipairs(roles) do
    it((case[3] and "takes " or "leaves ") .. case[2] .. " of " .. case[1], function()
      assert.equal(case[3], headers(case[1], case[2]):headers()[1].ours)
    end)
  end

  it("reads mustUnderstand as a boolean", function()
    for value, must in pairs { ["1"] = true, ["true"] = true, ["0"] = false, ["false"] = false, [" 1 "] = true } do
      assert.equal(must, headers(soap.S12, '<x s:mustUnderstand="' .. value .. '"/>'):headers()[1].must)
    end
    assert.is_nil(headers(soap.S12, '<x s:mustUnderstand="yes"/>'):headers()[1].must)
    assert.is_false(headers(soap.S12, '<x mustUnderstand="1"/>'):headers()[1].must)
  end)

  it("wants every such block for us to be understood", function()
    local text = '<A s:mustUnderstand="1"/><B/><C s:mustUnderstand="1" s:role="urn:other"/>'
    assert.is_true(headers(soap.S12, text):understood { A = true })
    local ok, err, fault = headers(soap.S12, '<z:Z xmlns:z="urn:z" s:mustUnderstand="true"/>'):understood {}
    assert.is_nil(ok)
    assert.equal("{urn:z}Z", err.got)
    assert.equal("MustUnderstand", fault.code)
    assert.equal("{urn:z}Z", fault.not_understood)
    assert.is_true(headers(soap.S12, ""):understood {})
  end)

  it("refuses a mustUnderstand that is no boolean", function()
    local ok, err = headers(soap.S12, '<x s:mustUnderstand="2"/>'):understood { x = true }
    assert.is_nil(ok)
    assert.equal("invalid_format", err.code)
  end)
end)
