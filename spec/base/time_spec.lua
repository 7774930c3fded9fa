local probe = require("wws.probe")

local NOW = 1795248000000 -- 2026-11-21T08:00:00Z, as `date -u -d @1795248000` says
local FIRST, LAST = -62135596800000, 253402300799999

describe("base: xs:dateTime", function()
  it("is written with three digits and Z", function()
    assert.equal("2026-11-21T08:00:00.000Z", probe.time_write(NOW))
    assert.equal("1970-01-01T00:00:00.000Z", probe.time_write(0))
    assert.equal("1969-12-31T23:59:59.999Z", probe.time_write(-1))
    assert.equal("2000-02-29T12:34:56.789Z", probe.time_write(951827696789))
  end)

  it("is written within the years 0001 to 9999", function()
    assert.equal("0001-01-01T00:00:00.000Z", probe.time_write(FIRST))
    assert.equal("9999-12-31T23:59:59.999Z", probe.time_write(LAST))
    assert.equal("0001-01-01T00:00:00.000Z", probe.time_write(FIRST - 1))
    assert.equal("9999-12-31T23:59:59.999Z", probe.time_write(LAST + 1))
    assert.equal("9999-12-31T23:59:59.999Z", probe.time_write(9.2e18))
  end)

  local READ = {
    ["2026-11-21T08:00:00Z"] = NOW,
    ["2026-11-21T08:00:00"] = NOW,
    [" \n2026-11-21T08:00:00Z\t"] = NOW,
    ["2026-11-21T08:00:00.5Z"] = NOW + 500,
    ["2026-11-21T08:00:00.1234567Z"] = NOW + 123,
    ["2026-11-21T08:00:00.1239999999999999Z"] = NOW + 123,
    ["2026-11-21T08:00:00.0000000000000009Z"] = NOW,
    ["2026-11-21T10:00:00+02:00"] = NOW,
    ["2026-11-21T02:30:00-05:30"] = NOW,
    ["2026-11-21T22:00:00.250+14:00"] = NOW + 250,
    ["2026-11-20T18:00:00-14:00"] = NOW,
    ["2026-11-21T08:00:00-00:00"] = NOW,
    ["2000-02-29T12:34:56.789Z"] = 951827696789,
    ["2400-02-29T00:00:00Z"] = 13574563200000,
    ["1969-12-31T23:59:59.999Z"] = -1,
    ["0001-01-01T00:00:00Z"] = FIRST,
    ["9999-12-31T23:59:59.9999999Z"] = LAST,
  }
  for text, expected in pairs(READ) do
    it(("is read from %q"):format(text), function()
      assert.equal(expected, probe.time_read(text))
    end)
  end

  local REFUSED = {
    ["attack C9, a leap second"] = { "2016-12-31T23:59:60Z", "2026-11-21T08:00:60.5Z" },
    ["an hour 24"] = { "2026-11-21T24:00:00Z", "2026-11-21T24:00:01Z" },
    ["fields out of range"] = { "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
                                "2026-01-32T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-21T25:00:00Z",
                                "2026-11-21T08:60:00Z" },
    ["29 February of a common year"] = { "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z" },
    ["years outside of 0001 to 9999"] = { "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
                                          "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01" },
    ["offsets that nobody has"] = { "2026-11-21T08:00:00+14:01", "2026-11-21T08:00:00+15:00",
                                    "2026-11-21T08:00:00+00:60", "2026-11-21T08:00:00+1:00", "2026-11-21T08:00:00+0100",
                                    "2026-11-21T08:00:00+", "2026-11-21T08:00:00ZZ", "2026-11-21T08:00:00z" },
    ["a fraction without digits"] = { "2026-11-21T08:00:00.Z", "2026-11-21T08:00:00.", "2026-11-21T08:00:00,5Z" },
    ["other shapes"] = { "", " ", "2026", "2026-11-21", "2026-11-21 08:00:00Z", "2026-11-21t08:00:00Z",
                         "26-11-21T08:00:00Z", "2026-1-21T08:00:00Z", "+2026-11-21T08:00:00Z", "2026-11-21T08:00Z",
                         "2026-11-21T08:00:00Z\0", "2026-11-21T 8:00:00Z", "2026-11-21T08:00:0-Z" },
  }
  for what, texts in pairs(REFUSED) do
    it("refuses " .. what, function()
      for _, text in ipairs(texts) do
        local when, err = probe.time_read(text)
        assert.is_nil(when, text)
        assert.equal("invalid_format", err.code)
      end
    end)
  end

  it("says what came instead", function()
    local _, err = probe.time_read("next tuesday")
    assert.equal("next tuesday", err.got)
    assert.equal("2026-11-21T08:00:00.000Z", err.expected)
  end)

  it("comes back from what was written, over all years", function()
    for step = 0, 4000 do
      local when = FIRST + math.floor((LAST - FIRST) / 4000) * step
      assert.equal(when, probe.time_read(probe.time_write(when)))
    end
  end)
end)

describe("base: HTTP date", function()
  -- RFC 9110 section 5.6.7: one moment in three forms
  local MOMENT = 784111777000

  it("is written in the present form", function()
    assert.equal("Sun, 06 Nov 1994 08:49:37 GMT", probe.http_date_write(MOMENT))
    assert.equal("Sat, 21 Nov 2026 08:00:00 GMT", probe.http_date_write(NOW))
    assert.equal("Thu, 01 Jan 1970 00:00:00 GMT", probe.http_date_write(0))
    assert.equal("Wed, 31 Dec 1969 23:59:59 GMT", probe.http_date_write(-1))
    assert.equal("Mon, 01 Jan 0001 00:00:00 GMT", probe.http_date_write(FIRST))
    assert.equal("Fri, 31 Dec 9999 23:59:59 GMT", probe.http_date_write(LAST))
  end)

  it("is read in all three forms", function()
    for _, text in ipairs { "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                            "Sun Nov  6 08:49:37 1994" } do
      assert.equal(MOMENT, probe.http_date_read(text))
    end
    assert.equal(MOMENT + 10 * 86400000, probe.http_date_read("Wed Nov 16 08:49:37 1994"))
    assert.equal(NOW, probe.http_date_read("Saturday, 21-Nov-26 08:00:00 GMT"))
  end)

  it("refuses everything else", function()
    for _, text in ipairs { "", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                            "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
                            "06 Nov 1994 08:49:37 GMT",
                            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT " } do
      local when, err = probe.http_date_read(text)
      assert.is_nil(when)
      assert.equal("invalid_format", err.code)
    end
  end)
end)
