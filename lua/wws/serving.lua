--- What goes on inside a listener: a coroutine for each connection.
local core = require "wws.core"
local drive = require "wws.drive"
local entered = require "wws.entered"
local server_channel = require "wws.server_channel"
local streams = require "wws.streams"

local inside = core.listener
local raw_channel = core.server_channel
local serving = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

local PATIENCE = 0.05 -- seconds between looks at a request that nobody answers: its channel may have been collected

-- A channel that the application dropped must not live on in what an earlier call left on this coroutine's stack.
local function wipe() return select("#", unpack({}, 1, 30)) end

local function queue_channel(state, channel, reader)
  local link = server_channel.link(channel, state.driver, reader)
  state.requests:push(channel)
  return link
end

-- The application runs here and now. What it leaves unanswered is one-way; what it breaks is an error.
local function call_application(self, state, channel, reader)
  local made = server_channel.inline(channel, reader)
  local ok, err = pcall(state.on_request, channel)
  if ok then
    channel:close()
  else
    inside.note(self, "on_request raised: " .. tostring(err))
    channel:abort()
  end
  while reader and reader.busy do state.driver.sleep(state.driver.now() + PATIENCE) end
  return made.body
end

-- Returns once the request needs its application no longer: the link to its channel, when somebody waits there, and the
-- function that gives the reply's body, if it is one.
local function offer(self, state, get_channel, machine, is_answered, reader)
  if state.on_request then
    return nil, call_application(self, state, get_channel(machine), reader)
  end
  local link = queue_channel(state, get_channel(machine), reader)
  wipe()
  local done = link.answered:pop(state.driver.now() + PATIENCE)
  while not (done or is_answered(machine) or state.name == "closed") or (reader and reader.busy) do
    collectgarbage "step" -- only for who waits: the collector has a pace of its own, and steps at each request spoil it
    done = link.answered:pop(state.driver.now() + PATIENCE)
  end
  return link, link.body
end

-- Tells the channel whether its answer went out: the step behind the write knows. A connection that reads again is
-- between two requests and may be closed.
local function watch(machine, host)
  local watched, sending, step = {}, false, machine.step
  local function tell(outcome)
    local link = watched.link
    watched.link, sending = nil, false
    if link then link.sent:push(outcome) end
  end
  function watched.step(_, kind, bytes)
    if sending then tell(kind == nil and true or "broken") end
    local op, a, b, c, d = step(machine, kind, bytes)
    if op == "write" then
      sending = watched.link ~= nil and machine:flushed()
    elseif op == "read" then
      host.busy = false
    elseif op == nil or op == "done" then
      tell(host.body and a or "broken")
    end
    return op, a, b, c, d
  end
  return watched
end

-- `place` is whose request it is: on a shared port each may be another's.
local function serve_requests(place, machine, host)
  local watched = watch(machine, host)
  local op, err = drive(watched, host)
  while op == "request" do
    host.busy = true -- also while the application has it: what it answers before it closes the listener is sent
    local reader = place.state.streams and streams.reader(machine, host) or nil
    watched.link, host.body = offer(place.listener, place.state, machine.request, machine, machine.answered, reader)
    if place.state.name == "closed" and not machine:answered() then return end
    host.since = host.driver.now()
    op, err = drive(watched, host)
    host.busy = false
  end
  return op, err
end

local function router(place, machine, host, port)
  return function(_, target)
    local listener, site = port:find(target)
    if not listener then return end
    machine:enter(listener)
    place.listener, place.state = listener, site.state
    host.trace, host.vault = site.state.trace, site.state.vault
  end
end

-- Who never said anything goes before who is between two requests, and who waits longer before who waits less.
local function goes_before(host, waits, other, other_waits)
  if waits ~= other_waits then return waits == "silent" end
  return host.since < other.since
end

--- At a cap somebody who only waits makes room for a newcomer, so that silent connections cannot keep clients out.
-- @tparam table hosts of the connections that came in through one listener, as keys
-- @treturn boolean whether there may be room now
function serving.make_room(hosts)
  local chosen, chosen_waits
  for host in pairs(hosts) do
    local waits = host.stream and host:waits()
    if waits and (not chosen or goes_before(host, waits, chosen, chosen_waits)) then
      chosen, chosen_waits = host, waits
    end
  end
  if not chosen then return false end
  local stream = chosen.stream
  chosen.stream = nil
  stream:close()
  return true
end

local function waits(host) return host.machine:waits() end

--- Serves one connection until it is over.
-- @tparam userdata self
-- @tparam table state
-- @tparam table stream
function serving.serve(self, state, stream)
  local machine, err = inside.connection(self)
  if not machine and serving.make_room(state.hosts) then
    state.driver.sleep(state.driver.now()) -- who was sent away goes
    machine, err = inside.connection(self)
  end
  if not machine then
    inside.note(self, "a connection was turned away: " .. tostring(err))
    stream:close()
    return
  end
  local host = { driver = state.driver, stream = stream, trace = state.trace, vault = state.vault, machine = machine,
                 since = state.driver.now(), waits = waits }
  local place = { listener = self, state = state }
  host.route = router(place, machine, host, state.port)
  state.hosts[host] = true
  local ok
  ok, err = pcall(serve_requests, place, machine, host)
  if not ok then inside.note(self, "serving a connection raised: " .. tostring(err)) end
  state.hosts[host] = nil
  host.over = true
  if host.stream then host.stream:close() end
  machine:close()
end

--- Closes what is open. A response on its way out is not cut off: its connection closes behind it.
function serving.stop(state)
  for host in pairs(state.hosts) do
    local stream = host.stream
    if stream and not host.busy then
      host.stream = nil
      stream:close()
    end
  end
end

-- HTTP's names know no case; a field given several times is joined as HTTP does.
local function header(headers, wanted)
  for name, value in pairs(headers) do
    if type(name) == "string" and name:lower() == wanted then
      return type(value) == "table" and table.concat(value, ", ") or tostring(value)
    end
  end
end

local function incoming_of(request)
  local headers = request.headers or {}
  local tls = request.tls
  return {
    method = request.method,
    path = request.path,
    host = header(headers, "host"),
    content_type = header(headers, "content-type"),
    content_encoding = header(headers, "content-encoding"),
    user_agent = header(headers, "user-agent"),
    authorization = header(headers, "authorization"),
    soap_action = header(headers, "soapaction"),
    secure = tls and true or false,
    certificate = tls and tls.client_certificate or nil,
    server_certificate = tls and tls.server_certificate or nil,
  }
end

local function response_of(machine)
  local status, content_type, allow, body, challenges = raw_channel.response(machine)
  if not status then return nil, content_type end
  local wanted = challenges ~= "" and challenges:gsub("\n$", ""):gsub("\n", ", ") or nil
  return status, { ["Content-Type"] = content_type, ["Allow"] = allow, ["WWW-Authenticate"] = wanted }, body
end

-- A response's body that flows: what stands before it, its pieces, what closes it. Nobody hears of a failure but who
-- asks for the next piece.
local function flowing(machine, body)
  local front, over = raw_channel.flow(machine), false
  return front and function()
    if front then
      local first = front
      front = nil
      return first
    end
    if over then return nil end
    local ok, piece, err = pcall(body)
    if not ok or (piece == nil and err ~= nil) then
      over = true
      return nil, tostring(not ok and piece or err)
    end
    over = piece == nil
    local bytes
    bytes, err = raw_channel.flow(machine, piece)
    over = over or bytes == nil
    return bytes, err
  end
end

local function is_judged(machine) return raw_channel.state(machine) ~= "offered" end

-- All of a body that comes in pieces, but no more than is needed to see that it is too large.
local function collect(body, limit)
  if type(body) ~= "function" then return body or "" end
  local pieces, size = {}, 0
  for piece in body do
    pieces[#pieces + 1], size = piece, size + #piece
    if size > limit then break end
  end
  return table.concat(pieces)
end

-- A body of such a form that it cannot even be refused with a fault.
local STATUS = { quota_exceeded = 413, outofmemory = 503 }

-- @return the judged request and what reads on in it | nil, err [, status]
local function judge(self, request)
  local incoming = incoming_of(request)
  local machine, reader
  if type(request.body) == "function" then
    machine, reader = entered.judge(self, incoming, request.body)
    if machine then return machine, reader end
    if reader then return nil, reader, STATUS[reader.code] or 400 end
  end
  return inside.exchange(self, incoming, collect(request.body, inside.get(self, "max_buffered_message_size")))
end

--- Judges one request above HTTP and waits for its answer.
function serving.handle(self, state, request)
  local machine, reader, refusal = judge(self, request)
  if refusal then
    inside.note(self, "a request was refused: " .. tostring(reader))
    return refusal, {}
  end
  if not machine then return nil, reader end
  local err
  local host = { driver = state.driver, trace = state.trace, vault = state.vault }
  local op, flows
  op, err = drive(machine, host)
  if op == "request" then
    local link, made = offer(self, state, raw_channel.share, machine, is_judged, reader)
    flows = made
    if raw_channel.state(machine) == "offered" then raw_channel.leave(machine) end
    op, err = drive(machine, host)
    if link then link.sent:push(true) end
  end
  if not op then return nil, err end
  if not flows then return response_of(machine) end
  local status, headers, body = response_of(machine)
  return status, headers, flowing(machine, flows) or body
end

return serving
