--- The Timestamp's shape and its four checks, with both sides of each border.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local NOW = 1795248000000 -- 2026-11-21T08:00:00Z
local MINUTE = 60000

local function read(inner)
  local message = soap.message("<o:Security>" .. inner .. "</o:Security>")
  local header, err = probe.security_read(assert(probe.envelope(message, soap.SOAP12)), {}, { timestamp = true })
  return header and header.timestamp, err
end

describe("security: Timestamp", function()
  before_each(function() probe.clock(NOW) end)

  local accepted = {
    { "fraction digits of every count", "<u:Created>2026-11-21T08:00:00.1234567Z</u:Created>", NOW + 123 },
    { "no fraction", "<u:Created>2026-11-21T08:00:00Z</u:Created>", NOW },
    { "an offset", "<u:Created>2026-11-21T10:00:00+02:00</u:Created>", NOW },
    { "white space around the time", "<u:Created> 2026-11-21T08:00:00Z\n</u:Created>", NOW },
    { "a missing Expires as never", "<u:Created>2026-11-21T08:00:00Z</u:Created>", NOW },
  }
  for _, case in ipairs(accepted) do
    it("reads " .. case[1], function()
      local timestamp = assert(read('<u:Timestamp u:Id="x">' .. case[2] .. "</u:Timestamp>"))
      assert.equal(case[3], timestamp.created)
      assert.is_nil(timestamp.expires)
      assert.equal("x", timestamp.id)
    end)
  end

  local refused = {
    { "an empty one", "", "does not begin with Created" },
    { "Expires first", "<u:Expires>2026-11-21T08:05:00Z</u:Expires><u:Created>2026-11-21T08:00:00Z</u:Created>",
      "does not begin with Created" },
    { "two Created", "<u:Created>2026-11-21T08:00:00Z</u:Created><u:Created>2026-11-21T08:00:00Z</u:Created>",
      "more than Created and then one Expires" },
    { "a foreign child", "<u:Created>2026-11-21T08:00:00Z</u:Created><x/>", "more than Created and then one Expires" },
    { "a third child", "<u:Created>2026-11-21T08:00:00Z</u:Created><u:Expires>2026-11-21T08:05:00Z</u:Expires><x/>",
      "more than Created and then one Expires" },
    { "an element inside a time", "<u:Created><x/></u:Created>", "only text" },
    { "no time", "<u:Created>soon</u:Created>", "the Timestamp's Created is not a date and time" },
    { "no time in Expires", "<u:Created>2026-11-21T08:00:00Z</u:Created><u:Expires/>",
      "the Timestamp's Expires is not a date and time" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      local ok, err = read("<u:Timestamp>" .. case[2] .. "</u:Timestamp>")
      assert.is_nil(ok)
      assert.truthy(err.message:find(case[3], 1, true), err.message)
    end)
  end

  local borders = {
    { "expired up to the skew ago", -9 * MINUTE, -5 * MINUTE + 1 },
    { "expired the skew ago", -9 * MINUTE, -5 * MINUTE, "the message has expired" },
    { "created up to the skew ahead", 5 * MINUTE - 1, 20 * MINUTE },
    { "created the skew ahead", 5 * MINUTE, 20 * MINUTE, "the message was created in the future" },
    { "created up to latency and skew ago", -10 * MINUTE + 1, 20 * MINUTE },
    { "created latency and skew ago", -10 * MINUTE, 20 * MINUTE, "the message took too long to arrive" },
    { "created 11 minutes ago and never expiring", -11 * MINUTE, nil, "the message took too long to arrive" },
    { "created as it expires", 0, 0, "the Timestamp's Created is not earlier than its Expires" },
    { "valid for a year", 0, 365 * 24 * 60 * MINUTE },
  }
  for _, case in ipairs(borders) do
    it((case[4] and "refuses" or "accepts") .. " what was " .. case[1], function()
      local ok, err = probe.timestamp_check(NOW + case[2], case[3] and NOW + case[3], {})
      if case[4] then
        assert.is_nil(ok)
        assert.equal(case[4], err.message)
        assert.equal("check the Timestamp", err.step)
      else
        assert.is_true(ok, tostring(err))
      end
    end)
  end

  it("takes skew and latency from the plan", function()
    assert.is_nil((probe.timestamp_check(NOW - 1000, NOW + 1000, { skew = 0, latency = 1000 })))
    assert.is_true(probe.timestamp_check(NOW - 999, NOW + 1000, { skew = 0, latency = 1000 }))
    assert.is_true(probe.timestamp_check(NOW + 3600000, nil, { skew = 3600001 }))
  end)

  it("says the measured difference of the clocks and the window", function()
    local _, err = probe.timestamp_check(NOW + 6 * MINUTE, nil, {})
    assert.truthy(err.got:find("2026-11-21T08:06:00.000Z, which is 360.000 s ahead of this machine's clock", 1, true))
    assert.equal("Created before 2026-11-21T08:05:00.000Z", err.expected)
    assert.truthy(err.hint:find("max_allowed_clock_skew", 1, true))
  end)

  it("writes three fraction digits, Z, and the validity of the plan", function()
    probe.clock(NOW + 7)
    local bytes = probe.security_write({ validity = 1000 }, { timestamp = true })
    assert.equal('<u:Timestamp u:Id="_0"><u:Created>2026-11-21T08:00:00.007Z</u:Created>'
      .. "<u:Expires>2026-11-21T08:00:01.007Z</u:Expires></u:Timestamp>", bytes:match("<u:Timestamp.*</u:Timestamp>"))
  end)
end)
