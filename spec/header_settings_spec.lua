-- What the Security header looks like by the settings of both sides, over real connections.
local calculator = require "spec.support.calculator"
local wws = require "wws"

local WCF_SHA256 = require("wws.doc").wcf_sha256 "basic256_sha256"

local function with(description, settings)
  for name, value in pairs(settings) do
    description[name] = value
    for _, binding in ipairs(description) do
      if binding.bootstrap then binding.bootstrap[name] = value end
    end
  end
  return description
end

local function call(client, server, kind)
  local events = {}
  local host = assert(wws.service_host { { url = "https://localhost:0/calculator",
    security = with(calculator["server_" .. kind](), server), operations = calculator.operations } })
  assert(host:open())
  local channel = assert(wws.connect(host.urls[1], { security = with(calculator["client_" .. kind](), client),
    trace = function(event)
      if event.step == "request" or event.step == "reply" then events[event.step] = event.message end
    end }))
  local reply, err = channel:request(calculator.ADD, calculator.body(1, 2))
  channel:close()
  local why = host:info().endpoints[1].last_error
  host:close()
  return reply and calculator.sum(reply), err, events, why
end

local function first_and_last(message)
  local header = message:match "<o:Security.->(.*)</o:Security>"
  return header:match "^<(%w+:%w+)", header:match "</(%w+:%w+)>$"
end

describe("header settings:", function()
  for _, kind in ipairs { "username", "context" } do
    it("every layout is read as it is written, by " .. kind, function()
      for _, layout in ipairs { "strict", "lax", "lax_with_timestamp_first", "lax_with_timestamp_last" } do
        local settings = { security_header_layout = layout }
        local sum, err, events = call(settings, settings, kind)
        assert.equal(3, sum, tostring(err))
        local first, last = first_and_last(events.request)
        if layout == "lax_with_timestamp_last" then
          assert.equal("u:Timestamp", last)
        else
          assert.equal("u:Timestamp", first)
        end
      end
    end)

    it("both versions of the header go, by " .. kind, function()
      for _, version in ipairs { "1.0", "1.1" } do
        local settings = { security_header_version = version }
        assert.equal(3, (call(settings, settings, kind)))
      end
    end)
  end

  it("a Timestamp at the end is refused where the first place or strict order is asked for", function()
    local last = { security_header_layout = "lax_with_timestamp_last" }
    for _, layout in ipairs { "strict", "lax_with_timestamp_first" } do
      local sum, _, _, why = call(last, { security_header_layout = layout }, "context")
      assert.is_nil(sum)
      assert.equal("security_header_layout", why.property)
    end
    assert.equal(3, (call(last, { security_header_layout = "lax" }, "context")))
  end)

  it("Timestamps are there always, never, or in requests", function()
    local function seen(usage)
      local settings = { timestamp_usage = usage }
      local sum, err, events = call(settings, settings, "username")
      assert.equal(3, sum, tostring(err))
      return events.request:find("<u:Timestamp", 1, true) ~= nil, events.reply:find("<u:Timestamp", 1, true) ~= nil
    end
    assert.same({ true, true }, { seen "always" })
    assert.same({ false, false }, { seen "never" })
    assert.same({ true, false }, { seen "requests_only" })
    assert.is_nil((call({ timestamp_usage = "never" }, {}, "username")))
    assert.is_nil((call({}, { timestamp_usage = "requests_only" }, "username"))) -- the client wants one in replies
    assert.equal(3, (call({ timestamp_usage = "requests_only" }, {}, "username")))
  end)

  it("a Timestamp lasts as long as its sender says", function()
    local _, _, events = call({ timestamp_validity_duration = 42.5 }, {}, "username")
    local from, to = events.request:match "T%d+:(%d+:%d+%.%d+)Z</u:Created><u:Expires>%S-T%d+:(%d+:%d+%.%d+)Z"
    local function seconds(text)
      local minutes, rest = text:match "(%d+):(.*)"
      return minutes * 60 + rest
    end
    local lasted = (seconds(to) - seconds(from)) % 3600
    assert.is_true(math.abs(lasted - 42.5) < 0.0005)
  end)

  it("a key's token cannot go without a Timestamp", function()
    local token = assert(wws.xml_token { xml = '<t xmlns="urn:t"/>', key = { type = "raw_symmetric",
      bytes = ("k"):rep(32) }, attached_reference = '<r xmlns="urn:t"/>' })
    local channel, err = wws.channel { security = { { type = "ssl" }, { type = "xml_token", token = token },
      timestamp_usage = "never" } }
    assert.is_nil(channel)
    assert.equal("timestamp_usage", err.property)
    assert.equal("xml_token", err.binding)
  end)

  it("WCF's reading of the SHA-256 suites is a custom one, which a named one is not", function()
    local custom = { algorithm_suite = WCF_SHA256 }
    local sum, err, events = call(custom, custom, "context")
    assert.equal(3, sum, tostring(err))
    assert.matches("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", events.request, 1, true)
    assert.matches("http://www.w3.org/2001/04/xmlenc#sha256", events.request, 1, true)
    local why
    sum, err, events, why = call(custom, { algorithm_suite_name = "basic256_sha256" }, "context")
    assert.is_nil(sum)
    assert.is_truthy(err)
    assert.is_truthy(events)
    assert.equal("algorithm_suite", why.property)
  end)
end)
