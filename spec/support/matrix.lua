--- Every setting of a security description, with every binding, on every side: which there are, and the cases by which
-- specs see that each does what it says. A case is a function; those of bindings that need a KDC get a stand from
-- spec/interop/matrix_spec.lua, all others are in spec/support/matrix_cases.lua.
local assert = require "luassert"
local calculator = require "spec.support.calculator"
local core = require "wws.core"
local doc_matrix = require "wws.doc_matrix"
local wws = require "wws"

local matrix = {}

local SIDES = { "client", "server" }

--- Bindings whose cases need a KDC.
matrix.TICKETS = { tcp_sspi = true, namedpipe_sspi = true, kerberos_apreq = true }

local function has(list, name)
  for _, one in ipairs(list) do
    if one == name then return true end
  end
  return false
end

local function rows()
  local bindings, channel_wide = wws.bindings()
  local list, seen = {}, {}
  for _, binding in pairs(bindings) do
    for name, row in pairs(binding.settings) do
      if not seen[name] then list[#list + 1] = { name = name, row = row } end
      seen[name] = true
    end
  end
  for name, row in pairs(channel_wide) do list[#list + 1] = { name = name, row = row, wide = true } end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list, bindings
end

--- All cells: `setting`, `binding`, `side`, `row`, `wide` (a channel-wide setting), `taken`, `name`.
function matrix.cells()
  local list, bindings = rows()
  local cells = {}
  for _, setting in ipairs(list) do
    for kind, binding in pairs(bindings) do
      for _, side in ipairs(SIDES) do
        if has(binding.sides, side) then
          cells[#cells + 1] = { setting = setting.name, binding = kind, side = side, wide = setting.wide,
            row = binding.settings[setting.name] or setting.row,
            taken = has(doc_matrix.sides(setting.row, binding), side),
            name = ("%s with %s on the %s"):format(setting.name, kind, side) }
        end
      end
    end
  end
  table.sort(cells, function(a, b) return a.name < b.name end)
  return cells
end

--- The error in a chain that is about a property; the last one where none is.
function matrix.about(err, property)
  local one = err
  while one do
    if one.property == property then return one end
    one = one.cause
  end
  return err
end

local function with(description, settings)
  for name, value in pairs(settings or {}) do
    description[name] = value
    for _, binding in ipairs(description) do
      if binding.bootstrap then binding.bootstrap[name] = value end
    end
  end
  return description
end

-- Two ends that talk ------------------------------------------------------------------------------------------------

local function merge(base, more)
  for name, value in pairs(more or {}) do base[name] = value end
  return base
end

local function note(events)
  return function(event)
    if event.message then
      events[event.step] = event.message
      events[event.step .. " " .. event.direction] = event.message
    end
    if event.detail then events[event.step] = event.detail end
  end
end

local function described(ends, side, given)
  local description = with(ends[side](given), given[side])
  local last = description[#description]
  description[#description] = merge(merge({}, last), given[side .. "_binding"])
  return description
end

--- One call between two ends in this process.
-- @tparam table ends `client` and `server`, functions that give a description, `url`, `host` and `channel` (more options)
-- @tparam table given `client`, `server` (channel-wide settings), `client_binding`, `server_binding` (more fields of the
-- last binding), `ahead` (seconds by which the server's clock is ahead), `identity` and `credential` of the client,
-- `acceptor` of the server
-- @treturn table `sum` (3 when all went well), `err`, `opened`, `events` (messages by step), `asked` (requests), `reply`,
-- `why` (the listener's error)
function matrix.meet(ends, given)
  local clocks = { client = core.env {}, server = core.env {} }
  clocks.server:advance(given.ahead or 0)
  local events, asked = {}, {}
  local host = assert(wws.service_host { merge({ url = ends.url or "https://localhost:0/calculator",
    security = described(ends, "server", given), env = clocks.server, acceptor = given.acceptor,
    operations = { [calculator.ADD] = function(request)
      asked[#asked + 1] = request
      return calculator.operations[calculator.ADD](request)
    end } }, ends.host) })
  assert(host:open())
  local channel = assert(wws.channel(merge({ security = described(ends, "client", given), env = clocks.client,
    trace = note(events), timeout = 20 }, ends.channel)))
  local reply
  local opened, err = channel:open { url = host.urls[1], identity = given.identity }
  if opened then reply, err = channel:request(calculator.ADD, calculator.body(1, 2)) end
  local met = { sum = reply and calculator.sum(reply), err = err, opened = opened, events = events, asked = asked,
    reply = reply, why = host:info().endpoints[1].last_error }
  channel:close()
  host:close()
  return met
end

--- @tparam table ends
-- @tparam table traits `client`, `server` (the binding of that side), `signs`, `binary_token`
-- @treturn table to be called with what `matrix.meet` gets
function matrix.meeting(ends, traits)
  function traits.describe(side, settings)
    local create = side == "client" and wws.channel or wws.listener
    return (select(2, create { security = with(ends[side]({}), settings) }))
  end
  return setmetatable(traits, { __call = function(_, given) return matrix.meet(ends, given) end })
end

--- Without a transport binding: servers over HTTP may say so, clients never.
function matrix.check_bare(ends, binding, side)
  local description = ends[side]({})
  table.remove(description, 1)
  if description[1].bootstrap then
    table.remove(description[1].bootstrap, 1)
    description[1].bootstrap.transport_protection_level = "none"
  end
  local made, err = wws.describe(description, side, "http")
  assert.is_nil(made)
  assert.equal(binding, err.binding)
  description.transport_protection_level = "none"
  made, err = wws.describe(description, side, "http")
  if side == "server" then
    assert.is_table(made, tostring(err))
  else
    assert.same({ "invalidarg", binding, "type" }, { err.code, err.binding, err.property })
  end
end

--- Cells that other specs show whole: by `setting.binding`, which.
matrix.ELSEWHERE = {
  ["target.http_header_auth"] = "spec/forward_proxy_spec.lua",
  ["extended_protection_policy.http_header_auth"] = "spec/interop/protection_spec.lua",
  ["extended_protection_scenario.http_header_auth"] = "spec/interop/protection_spec.lua",
  ["service_identities.http_header_auth"] = "spec/interop/protection_spec.lua",
  ["extended_protection_policy.kerberos_apreq"] = "spec/interop/protection_spec.lua",
  ["extended_protection_scenario.kerberos_apreq"] = "spec/interop/protection_spec.lua",
  ["service_identities.kerberos_apreq"] = "spec/interop/protection_spec.lua",
}

-- The whole chain as text.
local function said(err)
  local parts = {}
  while err do
    parts[#parts + 1] = tostring(err)
    err = err.cause
  end
  return table.concat(parts, " / ")
end

-- That one end refused what came from the other: its own error has those words.
local function refused(met, side, words)
  assert.is_nil(met.sum)
  local text = side == "client" and said(met.err) or said(met.why)
  assert.is_truthy(text:find(words, 1, true), text)
end

local function went(met) assert.equal(3, met.sum, said(met.err) .. said(met.why)) end

local function from(met, side) return side == "client" and met.events.request or met.events.reply end

local function seconds(text)
  local hours, minutes, rest = text:match "T(%d+):(%d+):(%d+%.%d+)Z"
  return hours * 3600 + minutes * 60 + rest
end

local function life(message)
  local from_, to = message:match "<u:Created>(%S-)</u:Created><u:Expires>(%S-)</u:Expires>"
  return (seconds(to) - seconds(from_)) % 86400
end

local function shape(message)
  local header = message:match "<o:Security.->(.*)</o:Security>"
  return (header:gsub("=(['\"]).-%1", ""):gsub(">[^<]+<", "><"))
end

local function other(side) return side == "client" and "server" or "client" end

local SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

local function suite(name, value, words)
  return function(meet, side)
    if side == "client" then
      local met = meet { client = { [name] = value }, server = { [name] = value } }
      went(met)
      for _, word in ipairs(words) do assert.is_truthy(met.events.request:find(word, 1, true), word) end
    else
      refused(meet { server = { [name] = value } }, "server", "algorithm_suite")
    end
  end
end

--- What the channel-wide settings do to messages with a Security header. Each gets `meet(given)`, which lets two ends
-- talk: `client` and `server` are their channel-wide settings, `ahead` the seconds by which the server's clock is ahead;
-- it gives `sum` (3 when all went well), `err`, `why` (the listener's error) and `events` (messages by step).
matrix.MESSAGE = {
  max_allowed_latency = function(meet, side)
    local ahead = side == "server" and 100 or -100
    went(meet { ahead = ahead })
    refused(meet { ahead = ahead, [side] = { max_allowed_latency = 10, max_allowed_clock_skew = 20 } }, side,
      "the message took too long to arrive")
    went(meet { ahead = ahead, [side] = { max_allowed_latency = 120, max_allowed_clock_skew = 20 } })
  end,
  max_allowed_clock_skew = function(meet, side)
    local ahead = side == "server" and -100 or 100
    went(meet { ahead = ahead })
    refused(meet { ahead = ahead, [side] = { max_allowed_clock_skew = 20 } }, side,
      "the message was created in the future")
  end,
  timestamp_validity_duration = function(meet, side)
    local met = meet { [side] = { timestamp_validity_duration = 42.5 } }
    went(met)
    assert.is_true(math.abs(life(from(met, side)) - 42.5) < 0.0005)
    assert.is_true(math.abs(life(from(met, other(side))) - 300) < 0.0005)
  end,
  timestamp_usage = function(meet, side)
    local both = { timestamp_usage = "requests_only" }
    local met = meet { client = both, server = both }
    went(met)
    assert.is_truthy(met.events.request:find("<u:Timestamp", 1, true))
    assert.is_nil(met.events.reply:find("<u:Timestamp", 1, true))
    if side == "client" then
      refused(meet { server = both }, "client", "the message has no Security header") -- which the default wants
    else
      met = meet { client = both }
      went(met)
      assert.is_truthy(met.events.reply:find("<u:Timestamp", 1, true))
    end
    local never = { timestamp_usage = "never" }
    if meet.signs then
      local err = meet.describe(side, never)
      assert.same({ "invalidarg", meet[side], "timestamp_usage" }, { err.code, err.binding, err.property })
    else
      met = meet { client = never, server = never }
      went(met)
      assert.is_nil(from(met, side):find("<u:Timestamp", 1, true))
    end
  end,
  security_header_layout = function(meet, side)
    local last = { security_header_layout = "lax_with_timestamp_last" }
    local met = meet { client = last, server = { security_header_layout = "lax" } }
    went(met)
    if side == "client" then
      assert.is_truthy(met.events.request:find("</u:Timestamp></o:Security>", 1, true))
      assert.is_nil(meet({}).events.request:find("</u:Timestamp></o:Security>", 1, true))
    else
      refused(meet { client = last, server = { security_header_layout = "lax_with_timestamp_first" } }, "server",
        "security_header_layout")
      met = meet { client = last } -- strict: what signs the Timestamp must stand behind it
      assert.equal(not meet.signs, met.sum ~= nil)
    end
  end,
  -- the versions differ in how a binary token is referred to, and in nothing else that is written here
  security_header_version = function(meet, side)
    local shapes = {}
    for _, version in ipairs { "1.0", "1.1" } do
      local met = meet { [side] = { security_header_version = version } }
      went(met)
      shapes[version] = shape(from(met, side))
    end
    local differs = meet.binary_token == true and side == "client"
    assert.equal(differs, shapes["1.0"] ~= shapes["1.1"])
    if differs then assert.is_truthy(shapes["1.1"]:find("TokenType", 1, true)) end
  end,
  algorithm_suite_name = suite("algorithm_suite_name", "basic256_sha256", { SHA256, "#hmac-sha1" }),
  algorithm_suite = suite("algorithm_suite", { digest = "sha_256", symmetric_signature = "hmac_sha_256" },
    { SHA256, "#hmac-sha256" }),
}

return matrix
