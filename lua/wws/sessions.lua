--- What goes on inside a listener over net.tcp or a pipe: a coroutine for each connection, which opens one session
-- after another.
local core = require "wws.core"
local drive = require "wws.drive"
local pipes = require "wws.pipes"
local serving = require "wws.serving"
local session_channel = require "wws.session_channel"
local tuning = require "wws.tuning"

local inside = core.listener
local sessions = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

local LOOK = 1 -- seconds between looks whether a channel was collected

-- A channel that the application dropped must not live on in what an earlier call left on this coroutine's stack.
local function wipe() return select("#", unpack({}, 1, 30)) end

-- Writes of several coroutines one after another, in order.
local guarded = {}
guarded.__index = guarded

function guarded:read(max, deadline) return self.stream:read(max, deadline) end

function guarded:write(bytes, deadline)
  if self.writing then
    self.waiting = self.waiting + 1
    local turn = self.turns:pop(deadline)
    self.waiting = self.waiting - 1
    if not turn then
      self:close() -- what was to come next never will
      return nil, "timeout"
    end
  end
  self.writing = true
  local ok, why = self.stream:write(bytes, deadline)
  if self.waiting > 0 then
    self.turns:push(true)
  else
    self.writing = false
  end
  return ok, why
end

function guarded:close() self.stream:close() end

local function guard(stream, driver)
  return setmetatable({ stream = stream, socket = stream.socket, turns = driver.queue(), waiting = 0 }, guarded)
end

local function limit(listener, name)
  return inside.seconds(listener, name)
end

local function limits_of(listener, hosted)
  return { receive = hosted and math.huge or limit(listener, "receive_timeout"),
           send = limit(listener, "send_timeout"), close = limit(listener, "close_timeout") }
end

-- The application runs here and now.
local function call_application(place, channel)
  local ok, err = pcall(place.state.on_request, channel)
  if ok then
    channel:close()
  else
    inside.note(place.listener, "on_request raised: " .. tostring(err))
    channel:abort()
  end
end

-- The application has it elsewhere: until it closes the channel, or forgets it.
local function wait_for_application(place, machine, host)
  local channel = session_channel.new(machine, host, limits_of(place.listener, false))
  local weak, done = setmetatable({ channel }, { __mode = "v" }), channel.done
  local pushed = place.state.requests:push(channel)
  channel = nil -- luacheck: ignore 311
  wipe()
  local driver = host.driver
  while pushed and not done:pop(driver.now() + LOOK) do
    if place.state.name == "closed" or not weak[1] then return end
  end
end

-- Whoever has a session may be as silent as it likes.
local function waits(host)
  if host.machine:state() ~= "opening" then return nil end
  return host.served and "idle" or "silent"
end

local function serve_sessions(place, machine, host)
  repeat
    host.since = host.driver.now()
    local op = drive(machine, host)
    host.served = true
    if not op or machine:state() ~= "open" or place.state.name == "closed" then return end
    if place.state.on_request then
      call_application(place, session_channel.new(machine, host, limits_of(place.listener, true)))
    else
      wait_for_application(place, machine, host)
    end
  until not host.stream or place.state.name == "closed" or not machine:restart()
end

local function router(place, machine, host, port)
  return function(_, target)
    local listener, site = port:find(target)
    if not listener then return end
    machine:enter(listener)
    place.state.hosts[host] = nil
    place.listener, place.state, host.trace = listener, site.state, site.state.trace
    place.state.hosts[host] = true
  end
end

--- Serves one connection until it is over.
-- @tparam userdata self
-- @tparam table state
-- @tparam table stream
function sessions.serve(self, state, stream)
  local machine, err = nil, nil
  local admitted = not state.is_pipe
  if not admitted then admitted, err = pipes.admits(state.pipe.peers, stream) end
  if admitted then machine, err = inside.session(self) end
  if admitted and not machine and serving.make_room(state.entrants) then
    state.driver.sleep(state.driver.now()) -- who was sent away goes
    machine, err = inside.session(self)
  end
  if not machine then
    inside.note(self, "a connection was turned away: " .. tostring(err))
    stream:close()
    return
  end
  if not state.is_pipe then tuning.apply(tuning.terms(state, self, inside.get), stream) end
  local host = { driver = state.driver, stream = guard(stream, state.driver), trace = state.trace,
                 machine = machine, waits = waits }
  local place = { listener = self, state = state }
  host.route = router(place, machine, host, state.port)
  state.hosts[host], state.entrants[host] = true, true
  local ok
  ok, err = pcall(serve_sessions, place, machine, host)
  if not ok then inside.note(place.listener, "serving a connection raised: " .. tostring(err)) end
  place.state.hosts[host], state.entrants[host] = nil, nil
  if host.stream then host.stream:close() end
  machine:close()
end

return sessions
