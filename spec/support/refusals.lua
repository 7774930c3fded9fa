--- Recorded messages to be spoiled: the Timestamp alone is signed, so everything else can be changed and the
-- signature still verifies. Each function makes sure that what it changes is there.
local assert = require "luassert" -- busted gives no globals to required files
local recording = require "spec.support.recording"
local replay = require "spec.support.replay"

local conversation = recording.load "https-user07-sct"
local ISSUE, ADD, SUBTRACT, CANCEL = 1, 2, 3, 4
local URL = replay.text(conversation.requests[ISSUE].body, "To")
local TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
local FEBRUARY = "http://schemas.xmlsoap.org/ws/2005/02/trust"
local MS = "http://schemas.microsoft.com/ws/2006/05/security"
local WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
local SC = "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512"

local function request(number) return conversation.requests[number].body end

local function new(context, more)
  local options = { security = replay.described(context or { secure_conversation_version = "1.3" }), url = URL }
  for key, value in pairs(more or {}) do options[key] = value end
  return replay.listener(options)
end

local function play(served, number, body)
  served.answers = { { "urn:answer", "<ok/>" } }
  return served:play(body or request(number), conversation.replies[number].body)
end

local function established(context, more)
  local served = new(context, more)
  assert.equal(200, (play(served, ISSUE)), tostring(served:error()))
  return served
end

-- The only place, or the test would test nothing.
local function swap(text, from, to)
  local first, last = text:find(from, 1, true)
  assert(first, "not there: " .. from)
  return text:sub(1, first - 1) .. to .. text:sub(last + 1)
end

-- Every place.
local function turn(text, from, to)
  local changed, count = text:gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%")))
  assert(count > 0, "not there: " .. from)
  return changed
end

local function cut(text, pattern)
  local result, count = text:gsub(pattern, "", 1)
  assert(count == 1, "not there: " .. pattern)
  return result
end

-- "{namespace}name" of the most specific code, and whether the fault was secured.
local function fault_of(body)
  local code
  for ns, name in body:gmatch '<s:Value[^>]*xmlns:%w+="([^"]*)"[^>]*>%w+:(%w+)</s:Value>' do
    code = ("{%s}%s"):format(ns, name)
  end
  if not code then code = body:match "<s:Value>s:(%w+)</s:Value>" end
  return code, body:find(":Security", 1, true) ~= nil, body:match "<s:Text[^>]*>([^<]*)<"
end

local function assert_refused(served, expected, status, body, sentence)
  local code, secured = fault_of(body)
  assert.equal(500, status)
  assert.equal(expected, code)
  local is_secured = not (expected:find(WSSE, 1, true) or expected:find("BadContextToken", 1, true)
    or expected:find("addressing", 1, true))
  assert.equal(is_secured, secured)
  local err = served:error()
  assert.is_table(err)
  if sentence then assert.matches(sentence, tostring(err), 1, true) end
end

local BAD_CONTEXT = "{" .. SC .. "}BadContextToken"
local INVALID_SECURITY = "{" .. WSSE .. "}InvalidSecurity"
local ADDRESSING = "{http://www.w3.org/2005/08/addressing}"
local UNREACHABLE = ADDRESSING .. "DestinationUnreachable"
local NOT_ANONYMOUS = ADDRESSING .. "OnlyAnonymousAddressSupported"
local FAILED = "{" .. WSSE .. "}FailedAuthentication"
local INVALID_REQUEST = "{" .. FEBRUARY .. "}InvalidRequest"

local function moved(text, seconds, name)
  local old = replay.text(text, name)
  local at = replay.seconds(old) + seconds
  local day = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(at))
  return swap(text, ">" .. old .. "<", (">%s.%03dZ<"):format(day, math.floor((at % 1) * 1000 + 0.5)))
end

local function counts_of(served, ...)
  local info, counts = served.listener:info(), {}
  for i, name in ipairs { ... } do counts[i] = info[name] end
  return counts
end

local function wrongly_signed(message)
  return (message:gsub("<SignatureValue>[^<]*", "<SignatureValue>AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
end

return {
  request = request,
  new = new,
  play = play,
  established = established,
  swap = swap,
  turn = turn,
  cut = cut,
  fault_of = fault_of,
  assert_refused = assert_refused,
  moved = moved,
  counts_of = counts_of,
  wrongly_signed = wrongly_signed,
  conversation = conversation,
  URL = URL,
  TRUST = TRUST,
  FEBRUARY = FEBRUARY,
  MS = MS,
  WSSE = WSSE,
  SC = SC,
  BAD_CONTEXT = BAD_CONTEXT,
  INVALID_SECURITY = INVALID_SECURITY,
  UNREACHABLE = UNREACHABLE,
  NOT_ANONYMOUS = NOT_ANONYMOUS,
  FAILED = FAILED,
  INVALID_REQUEST = INVALID_REQUEST,
  ADDRESSING = ADDRESSING,
  ISSUE = ISSUE,
  ADD = ADD,
  SUBTRACT = SUBTRACT,
  CANCEL = CANCEL,
}
