--- Recorded clients against our listener: the clock stands where theirs stood, and what the recorded server drew is
-- drawn again, so that everything they signed later still verifies.
local base64 = require "spec.support.base64"
local core = require "wws.core"
local listeners = require "wws.listener"
local recording = require "spec.support.recording"

local replay = {}

--- Seconds since the epoch of an xs:dateTime in UTC.
function replay.seconds(text)
  local year, month, day, hour, minute, second = text:match "^(%d+)%-(%d+)%-(%d+)T(%d+):(%d+):([%d.]+)Z$"
  local y, m = tonumber(year), tonumber(month)
  if m <= 2 then y, m = y - 1, m + 12 end
  local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400) + math.floor((153 * m - 457) / 5)
    + tonumber(day) - 719469
  return ((days * 24 + tonumber(hour)) * 60 + tonumber(minute)) * 60 + tonumber(second)
end

--- The text of the first element of that local name.
function replay.text(message, name) return message:match("<[%w]*:?" .. name .. "[^>]*>([^<]*)<") end

local function bytes_of(uri) return recording.from_hex((uri:match "urn:uuid:(.*)":gsub("%-", ""))) end

--- What a server drew for the context that `reply` grants: entropy, then identifier or instance.
function replay.draws(reply)
  local nonce = reply:match "<[%w]+:Entropy>.-<[%w]+:BinarySecret[^>]*>([^<]*)<"
  if not nonce then return "" end
  local name = replay.text(reply, "Instance") or replay.text(reply, "Identifier")
  return base64(nonce) .. bytes_of(name)
end

--- The content of Body.
function replay.body(message) return message:match "<s:Body[^>]*>(.*)</s:Body>" end

function replay.action(message) return message:match "<a:Action[^>]*>([^<]*)<" end

--- The description of the recorded servers.
function replay.described(context, settings)
  local username = {
    type = "username",
    validate_password = function(name, password) return password == "Password-" .. name end,
  }
  local function with(...)
    local description = { ... }
    for key, value in pairs(settings or {}) do description[key] = value end
    return description
  end
  if not context then return with({ type = "ssl" }, username) end
  local binding = { type = "security_context", bootstrap = with({ type = "ssl" }, username) }
  for key, value in pairs(context) do binding[key] = value end
  return with({ type = "ssl" }, binding)
end

local served = {}
served.__index = served

--- A listener that is entered above HTTP, in a world of its own.
-- @tparam table options of the listener; `url` and `security` among them
-- @tparam ?function application gets each channel; default: answers what `answers` holds for the request
function replay.listener(options, application)
  local path = options.url and options.url:match "^%w+://[^/]+(/.*)$"
  local self = setmetatable({ env = core.env {}, answers = {}, path = path }, served)
  options.env = self.env
  options.on_request = application or function(channel)
    local request = assert(channel:receive())
    self.request = request
    local answer = self.answers[1]
    if answer then table.remove(self.answers, 1) end
    if answer == nil then return end
    if answer.reason then
      assert(channel:fault(request, answer))
    else
      assert(channel:reply(request, answer[1], answer[2]))
    end
  end
  self.listener = assert(listeners.new(options))
  return self
end

--- One message, as it would come through HTTP.
-- @tparam string body
-- @tparam ?table more what differs from a sound POST through TLS
-- @treturn number status
-- @treturn table headers
-- @treturn string body
function served:post(body, more)
  local request = {
    method = "POST",
    path = self.path or "/",
    headers = { ["Content-Type"] = self.content_type or "application/soap+xml; charset=utf-8" },
    body = body,
    tls = {},
  }
  for key, value in pairs(more or {}) do
    if value == false then value = nil end
    request[key] = value
  end
  return self.listener:handle(request)
end

--- Plays one recorded exchange at its own time.
function served:play(request, reply)
  local created = replay.text(request, "Created")
  if created then self.env:set(replay.seconds(created)) end
  self.env:push(replay.draws(reply))
  return self:post(request)
end

function served:error() return self.listener:info().last_error end

return replay
