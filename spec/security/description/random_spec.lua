-- Any tables at all: a description comes out sound or an error comes out whole, and nothing else happens.
local core = require "wws.core"
local descriptions = require "spec.support.descriptions"

local SEED = tonumber(os.getenv "SEED") or 20261121
local ROUNDS = os.getenv "WWS_STRESS" and 200 or 3000 -- a collection every few hundred instructions takes its time
local SIDES, CHANNELS = { "client", "server" }, { "http", "tcp", "namedpipe", false }
local bindings, settings, enumerations = core.bindings()

-- the same numbers on both interpreters, which math.random does not give
local state = SEED
local function draw(n)
  state = (state * 16807) % 2147483647
  return state % n + 1
end

local function pick(list) return list[draw(#list)] end

local function words()
  local list = { "", "x", "none", "ssl ", "\0", ("y"):rep(300), "Basic256", "1.3" }
  for _, row in pairs(enumerations) do
    for name in pairs(row.values) do list[#list + 1] = name end
  end
  table.sort(list)
  return list
end
local WORDS = words()

local function names()
  local list = { "type", "", "credential", "x", "username", "password", "certificate" }
  for _, binding in pairs(bindings) do
    for name in pairs(binding.settings) do list[#list + 1] = name end
    for name in pairs(binding.fields) do list[#list + 1] = name end
  end
  for name in pairs(settings) do list[#list + 1] = name end
  table.sort(list)
  return list
end
local NAMES = names()

local NUMBERS = { 0, 1, -1, 8, 128, 256, 300, 0.5, 1e12, 2 ^ 53, math.huge, -math.huge, 0 / 0 }

local function value(depth)
  local kind = draw(depth > 3 and 5 or 8)
  if kind == 1 then return draw(2) == 1 end
  if kind == 2 then return pick(NUMBERS) end
  if kind == 3 or kind == 4 then return pick(WORDS) end
  if kind == 5 then return ({ print, io.stdout, coroutine.create(print) })[draw(3)] end
  local made = {}
  for i = 1, draw(4) - 1 do made[i] = value(depth + 1) end
  for _ = 1, draw(4) - 1 do made[pick(NAMES)] = value(depth + 1) end
  return made
end

-- a sound description with up to two things changed: most of the rules are met this way only
local function spoiled(side, channel)
  local kinds = { "ssl", "tcp_sspi", "http_header_auth", "username", "kerberos_apreq", "xml_token", "saml",
                  "security_context", "namedpipe_sspi" }
  local made = descriptions.around(pick(kinds), side, channel or "http")
  for _ = 1, draw(3) - 1 do
    local at = made
    if draw(3) > 1 then at = at[draw(#at)] end
    if type(at) ~= "table" then at = made end
    if type(at.bootstrap) == "table" and draw(2) == 1 then at = at.bootstrap[draw(2)] or at.bootstrap end
    if type(at) == "table" then at[pick(NAMES)] = value(2) end
  end
  return made
end

local function check_error(err)
  assert.is_truthy(err.code == "invalidarg" or err.code == "quota_exceeded", err.code)
  assert.is_true(#err.message > 0)
  assert.is_nil(tostring(err):find("[%z\1-\31\127-\255]"))
  if err.code == "invalidarg" and err.step then
    assert.is_string(err.expected)
    assert.is_string(err.got)
  end
end

describe("security/description: random tables (SEED=" .. SEED .. ")", function()
  for label, make in pairs { ["of any shape"] = function() return value(0) end, ["nearly sound"] = spoiled } do
    it("end in a description or in a whole error (attack G3), " .. label, function()
      local taken = 0
      for _ = 1, ROUNDS do
        local side, channel = pick(SIDES), pick(CHANNELS) or nil
        local description = make(side, channel)
        if type(description) == "table" then
          local made, err = core.description(description, side, channel)
          if made then
            taken = taken + 1
            assert.is_table(made:table())
            for _, later in ipairs { "http", "tcp", "namedpipe" } do
              local ok, why = made:check_channel(later)
              if not ok then check_error(why) end
              if channel == later then assert.is_true(ok) end
              ok, why = made:check_performable(later)
              assert.is_truthy(ok or why.code == "notimpl")
            end
          else
            check_error(err)
          end
        end
      end
      assert.is_true(label == "of any shape" or taken > ROUNDS / 60)
    end)
  end
end)
