--- A client's framing session: many may wait for messages of one connection, one of them reads for all.
local core = require "wws.core"
local drive = require "wws.drive"

local inside = core.channel
local session = {}

local READ = 65536
local KEPT, IDLE = 10, 120 -- connections a host and port, and seconds, that one is kept after its session

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function whoever() return coroutine.running() or "main" end

local function is_dead(who) return type(who) == "thread" and coroutine.status(who) == "dead" end

-- The stream of an open session. Whoever finds nobody reading reads; the others are woken by what he got.
local line = {}
line.__index = line

local function new_line(channel, stream, driver)
  return setmetatable({
    channel = setmetatable({ channel }, { __mode = "v" }), -- the line must not keep its channel from being collected
    stream = stream, driver = driver, waiting = {},
  }, line)
end

local function wake_all(self)
  local waiting = self.waiting
  self.waiting = {}
  for _, queue in ipairs(waiting) do queue:push(true) end
end

local function feed(self, bytes, why)
  local channel = self.channel[1]
  if not channel or why == "timeout" then return end
  if bytes then
    inside.feed(channel, "bytes", bytes)
  elseif why == "closed" then
    inside.feed(channel, "end")
  else
    inside.feed(channel, "broken", tostring(why))
  end
end

local function finish_reading(self, ok, bytes, why)
  self.reader = nil
  if ok then feed(self, bytes, why) end
  wake_all(self)
  if not ok then error(bytes, 0) end
  if bytes then return true end
  return nil, why
end

-- Waits until something was read, by us or another. @return true | nil, "timeout" | nil, what went wrong
function line:pump(max, deadline)
  if self.closed then return nil, "aborted" end
  if self.reader and not is_dead(self.reader) then
    local queue = self.driver.queue()
    self.waiting[#self.waiting + 1] = queue
    local woken = queue:pop(deadline)
    return woken, not woken and "timeout" or nil
  end
  self.reader = whoever()
  return finish_reading(self, pcall(self.stream.read, self.stream, max, deadline))
end

-- As a machine reads: the bytes went to the channel already.
function line:read(max, deadline)
  local ok, why = self:pump(max, deadline)
  if ok then return "" end
  return nil, why
end

function line:write(bytes, deadline)
  return self.stream:write(bytes, deadline)
end

function line:close()
  if self.closed then return end
  self.closed = true
  self.stream:close()
  wake_all(self)
end

-- ---- connections that another session may have ----

local kept = setmetatable({}, { __mode = "k" }) -- driver -> "host port" -> list of { stream, since }

local function key_of(url)
  local host, port = url:match "^net%.tcp://(%[[^%]]*%])([^/]*)"
  if not host then host, port = url:match "^net%.tcp://([^/:]*)([^/]*)" end
  return (host or ""):lower() .. (port == "" and ":808" or port or "")
end

local function is_alive(entry, driver)
  if driver.now() - entry.since > IDLE then return false end
  local stream = entry.stream
  if not stream.look then return true end
  local _, why = stream:look(1)
  return why == "timeout"
end

local function take_kept(driver, key)
  local list = kept[driver] and kept[driver][key] or {}
  while #list > 0 do
    local entry = table.remove(list)
    if is_alive(entry, driver) then return entry.stream end
    entry.stream:close()
  end
end

local function keep(driver, key, stream)
  kept[driver] = kept[driver] or {}
  local list = kept[driver][key] or {}
  kept[driver][key] = list
  if #list >= KEPT then table.remove(list, 1).stream:close() end
  list[#list + 1] = { stream = stream, since = driver.now() }
end

-- ---- the channel's calls ----

-- What another channel kept may be at a peer that this one does not talk to.
local function take_admitted(host, key)
  local stream = take_kept(host.driver, key)
  if not stream or not host.admits or host.admits(stream) then return stream end
  stream:close()
end

local function find_kept(self, state, url, place)
  state.key = place or key_of(url)
  inside.keep_connection(self, state.reuse)
  local stream = state.reuse and take_admitted(state.host, state.key) or nil
  state.host.stream = stream
  if stream and stream.socket then self:attach(stream.socket) end
  return stream
end

--- Before the first call of a channel whose messages are singletons: a connection that another one left.
function session.adopt(self, state, url, place)
  if not find_kept(self, state, url, place) then return true end
  return inside.adopt(self)
end

--- Connects and opens the session. To be called in turn.
function session.open(self, state, url, place)
  local stream = find_kept(self, state, url, place)
  local ok, err = inside.begin_session(self, stream ~= nil)
  if not ok then return nil, err end
  ok, err = drive(self, state.host)
  if not ok then return nil, err end
  state.line = new_line(self, state.host.stream, state.host.driver)
  state.host.stream = state.line
  return true
end

-- What happened while nobody stepped the machine.
local function tell(self, state)
  local trace = state.host.trace
  if not trace then return end
  local _, event = inside.event(self)
  while event do
    pcall(trace, event)
    _, event = inside.event(self)
  end
end

local function timed_out(self, id)
  if id then inside.abandon(self, id) end
  return failure("operation_timed_out", "the time was up while waiting for a message of the session", {
    step = id and "waiting for the reply" or "waiting for a message", property = "receive_timeout",
    hint = "the limit is this property or the call's own timeout, whichever is shorter",
  })
end

--- Waits for the reply to the request `id`, or without one for a message that nobody asked for.
-- @treturn[1] userdata the message; nil alone when the server has finished
-- @treturn[2] nil
-- @treturn[2] table the error
function session.await(self, state, id, deadline)
  local now = state.host.driver.now
  local limit = math.min(deadline or math.huge, now() + inside.patience(self))
  while true do
    local message, err = inside.receive(self, id)
    tell(self, state)
    if message ~= false then return message, err end
    if not state.line then return failure("endpoint_disconnected", "the session is over") end
    local ok, why = state.line:pump(READ, limit < math.huge and limit or nil)
    if why == "timeout" then return timed_out(self, id) end
    if not ok then
      message, err = inside.receive(self, id)
      if message ~= false then return message, err end
      return failure("endpoint_disconnected", "the session is over", { got = tostring(why) })
    end
  end
end

--- Says that no more will be sent. To be called in turn.
function session.shutdown(self, state)
  local ok, err = inside.begin_shutdown(self)
  if not ok then return nil, err end
  ok, err = drive(self, state.host)
  if not ok then return nil, err end
  return true
end

--- After a close: the connection may be another session's.
function session.leave(self, state)
  local own, stream = state.line, state.host.stream
  state.line = nil
  if stream and stream == (own or stream) and (own or inside.is_single(self)) and inside.left_connection(self) then
    state.host.stream = nil
    self:attach(nil)
    keep(state.host.driver, state.key, own and own.stream or stream)
  end
end

return session
