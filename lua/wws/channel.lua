--- The client's channel: the public methods of the userdata that wws.channel gives.
-- @module wws.channel
local bodies = require "wws.body"
local branches = require "wws.branches"
local call_options = require "wws.call_options"
local contexts = require "wws.client_context"
local channel_kind = require "wws.channel_kind"
local core = require "wws.core"
local drive = require "wws.drive"
local driver = require "wws.driver"
local endpoint = require "wws.endpoint"
local pipes = require "wws.pipes"
local session = require "wws.session"
local tuning = require "wws.tuning"
local streams = require "wws.streams"

local inside = core.channel
local channel = inside.metatable.__index
local check_options, check_timeout = call_options.check, call_options.check_timeout

local function state_of(self)
  return inside.anchor(self).state
end

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function deadline_of(state, timeout)
  timeout = timeout or state.timeout or math.huge
  if timeout == math.huge then return nil end
  return state.host.driver.now() + timeout
end

local function disconnect(self, state)
  local stream = state.host.stream
  state.host.stream = nil
  self:attach(nil)
  if stream then stream:close() end
end

-- The turn is `free`, or somebody's, or in the queue for one of those who wait.
local function give_turn(state)
  local turns = state.turns
  state.owner = nil
  if turns and turns.waiting > 0 then
    turns.queue:push(true)
  elseif turns then
    turns.free = true
  end
end

-- Whose call it is; a callback runs inside its call.
local running = coroutine.running
local function whoever() return running() or "main" end

-- A coroutine that was closed in the middle of its call cannot give anything back.
local function bury(self, state)
  local owner = state.owner
  if type(owner) ~= "thread" or coroutine.status(owner) ~= "dead" then return end
  inside.drop(self)
  disconnect(self, state)
  give_turn(state)
end

local function await_turn(turns, deadline)
  turns.waiting = turns.waiting + 1
  local turn, why = turns.queue:pop(deadline)
  turns.waiting = turns.waiting - 1
  if why == "timeout" then
    return failure("operation_timed_out", "the time was up while waiting for another call on the channel")
  end
  if not turn then return failure("operation_aborted", "the channel was aborted") end
  return true
end

-- One call at a time: a second one from another coroutine waits its turn, which counts against its own time.
local function take_turn(self, state, deadline)
  local me = whoever()
  if state.owner == me then
    return failure("invalid_operation", "a callback cannot make another call on the channel whose call it is part of")
  end
  if state.owner then bury(self, state) end
  local turns = state.turns
  if turns and turns.free then
    turns.free = false
  elseif turns then
    local ok, err = await_turn(turns, deadline)
    if not ok then return nil, err end
  end
  state.owner = me
  return true
end

-- Whoever waits for a turn learns of the end; the call under way, if there is one, hands its turn to the new queue.
local function renew_turns(state)
  local new_queue = state.host.driver.queue
  if not new_queue then return end
  if state.turns then state.turns.queue:close() end
  state.turns = { queue = new_queue(), waiting = 0, free = not state.owner }
end

local function finish_turn(self, state, ok, ...)
  give_turn(state)
  if not ok then
    inside.drop(self)
    disconnect(self, state)
    error(..., 0)
  end
  return ...
end

-- Runs `body` in turn. What raises in it (a driver's own mistake) leaves the channel usable.
local function exclusively(self, state, timeout, body)
  local deadline = deadline_of(state, timeout)
  local ok, err = take_turn(self, state, deadline)
  if not ok then return nil, err end
  state.host.deadline = deadline
  return finish_turn(self, state, pcall(body, state))
end

-- Where connections belong to requests: any number of calls at once. What answered a `send` is kept as ever.
local function run_branch(self, state, action, body, options, one_way)
  if one_way and state.kept then
    return failure("invalid_operation", "the reply to the last send was not received yet")
  end
  local deadline = deadline_of(state, rawget(options, "timeout"))
  local ok, reply = branches.call(self, state, deadline, action, body, options, one_way)
  if not ok then return nil, reply end
  if not one_way then return reply end
  state.kept = reply
  return true
end

-- Reads on in a reply whose body flows.
local function read_on(self, reply, max)
  return exclusively(self, state_of(self), nil, function(state)
    local ok, err = inside.begin_read(self, reply)
    if not ok then return nil, err end
    ok, err = drive(self, state.host)
    if not ok then return nil, err end
    return inside.piece(self, max)
  end)
end

local function take(self, state)
  local reply = inside.take(self)
  if not state.streams then return reply end
  return reply and streams.attach(reply, function(message, max) return read_on(self, message, max) end)
end

-- Over a session calls take turns at sending only: each then waits for its own reply.
local function run_session(self, mine, action, body, options, one_way)
  if type(body) == "function" then
    return failure("invalidarg", "the messages of a session are not streamed",
      { property = "transfer_mode", expected = "streamed or streamed_output" })
  end
  local deadline = deadline_of(mine, rawget(options, "timeout"))
  local id, err = exclusively(self, mine, rawget(options, "timeout"), function(state)
    local ok, why = inside.begin(self, action, body, options, one_way)
    if not ok then return nil, why end
    ok, why = drive(self, state.host)
    if not ok then return nil, why end
    return inside.message_id(self)
  end)
  if not id then return nil, err end
  if one_way then return true end
  return session.await(self, mine, id, deadline)
end

local function run(self, action, body, options, one_way)
  local mine = state_of(self)
  if inside.is_session(self) then return run_session(self, mine, action, body, options, one_way) end
  if mine.branches then return run_branch(self, mine, action, body, options, one_way) end
  return exclusively(self, mine, rawget(options, "timeout"), function(state)
    local flows = type(body) == "function"
    state.host.body = flows and body or nil
    local ok, err = inside.begin(self, action, not flows and body or nil, options, one_way)
    if not ok then return nil, err end
    ok, err = drive(self, state.host)
    if not ok then return nil, err end
    if one_way then return true end
    return take(self, state)
  end)
end

-- The socket that a pipe's URL means, and who may be behind it.
local function find_pipe(state, where)
  state.host.admits = nil
  if not pipes.is(where.url) then return true end
  local ok, err = state.description:check_channel(state.kind)
  if not ok then return nil, err end
  where.place, err = pipes.place(where.url, state.pipe, false)
  where.posix_identity = state.posix
  state.host.admits = function(stream) return pipes.admits(state.pipe.peers, stream) end
  return where.place, err
end

--- Opens the channel: checks address, security description and properties against one another and loads certificates.
-- Over HTTP nothing is sent before the first message; over net.tcp and pipes the session is opened, with its upgrade.
-- @tparam string|table address a URL, or `{ url=, identity = { dns= }, headers= }`: `headers` are the endpoint's
-- reference parameters, XML of one element each, which go with every message
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_endpoint_url`; `invalidarg`, `notimpl` (the address, the description and the
-- properties do not go together, or a file cannot be read); `invalid_operation` (the state); over net.tcp and pipes
-- also what connecting gives: `endpoint_unreachable`, `endpoint_not_found`, `endpoint_access_denied`,
-- `operation_timed_out`, `security_verification_failure`, `cert_e_…`
-- @source WsOpenChannel; over net.tcp [MC-NMF] section 3 and its upgrades
function channel:open(address)
  local state = state_of(self)
  local where, err = endpoint.read(address, state.description:table())
  if not where then return nil, err end
  local ok
  ok, err = channel_kind.check_scheme(state, where.url)
  if ok then ok, err = tuning.check(state, state.host.driver, self, inside.get, "open the channel") end
  if ok then ok, err = find_pipe(state, where) end
  if ok then ok, err = inside.open(self, where.url, where) end
  if not ok then return nil, err end
  state.host.stream, state.host.issuers = nil, where.issuers
  state.host.terms = function(machine) return tuning.terms(state, machine, inside.get) end
  if inside.is_session(self) then
    return exclusively(self, state, nil, function()
      local opened, why = session.open(self, state, where.url, where.place)
      if not opened then disconnect(self, state) end
      return opened, why
    end)
  end
  if inside.is_single(self) then return session.adopt(self, state, where.url, where.place) end
  return true
end

--- Sends a message and receives its reply.
-- @tparam string action
-- @tparam[opt] string|table|function body the content of the SOAP body: XML, or a table for `wws.xml`, or, where
-- `transfer_mode` streams what is sent, a function that returns the next piece of XML and nil at its end
-- @tparam[opt] table options
--
-- - `headers`: a list of XML texts of one element each
-- - `message_id` (default: a new `urn:uuid:`), `relates_to`, `to` (default: the address), `reply_to` (default:
--   anonymous): URIs
-- - `understands`: a list of `"{namespace}name"` of headers of the reply that the caller understands
-- - `timeout`: seconds for the whole call, instead of the channel's
--
-- @treturn[1] userdata the reply, see `wws.message`
-- @treturn[2] nil
-- @treturn[2] table the error, by who is its cause. The caller: `invalidarg`, `invalid_operation` (the state),
-- `quota_exceeded` (a limit of the channel, named by `property`), `operation_aborted`. The way: `operation_timed_out`,
-- `endpoint_unreachable`, `endpoint_not_found`, `endpoint_disconnected`, `cert_e_…`, `crypt_e_revocation_offline`,
-- `proxy_…`. The service's answer, with `fault` when it was one: `endpoint_fault_received`,
-- `endpoint_action_not_supported`, `endpoint_access_denied`, `endpoint_too_busy`, `endpoint_not_available`,
-- `endpoint_failure`, `server_requires_…_auth`, `security_token_expired` (the context is gone; the next call has a new
-- one). A wrong answer: `security_verification_failure`, `invalid_format`
-- @source WsRequestReply; WS-Addressing 1.0, WS-Security 1.1, WS-SecureConversation 1.3 sections 3 and 5
function channel:request(action, body, options)
  local given, err = check_options(action, options)
  if not given then return nil, err end
  local text
  text, err = bodies.text(body)
  if not text then return nil, err end
  return run(self, action, text, given, false)
end

--- Sends a message for which no reply is needed; what comes back is kept for `receive`.
-- @tparam string action
-- @tparam[opt] string|table|function body the content of the SOAP body: XML, or a table for `wws.xml`, or, where
-- `transfer_mode` streams what is sent, a function that returns the next piece of XML and nil at its end
-- @tparam[opt] table options as those of `request`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: those of `request` as far as they concern sending
-- @source WsSendMessage; the SOAP request-optional-response of WS-Addressing 1.0
function channel:send(action, body, options)
  local given, err = check_options(action, options)
  if not given then return nil, err end
  local text
  text, err = bodies.text(body)
  if not text then return nil, err end
  local ok
  ok, err = run(self, action, text, given, true)
  if ok then state_of(self).sent = true end
  return ok, err
end

--- Over HTTP, takes what the service answered to the last `send`; over a session, waits for the next message that is
-- no reply to a `request`.
-- @tparam[opt] number timeout seconds; over a session
-- @treturn[1] userdata the message; nil alone when it answered without one, or has ended the session
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (nothing was sent, or the state), and over a session those of
-- `request`
-- @source WsReceiveMessage
function channel:receive(timeout)
  check_timeout(timeout, 2)
  local state = state_of(self)
  if inside.is_session(self) then return session.await(self, state, nil, deadline_of(state, timeout)) end
  if not state.sent or inside.state(self) ~= "open" then
    return failure("invalid_operation", "nothing was sent whose answer could be received")
  end
  state.sent = nil
  local kept = state.kept
  state.kept = nil
  return kept or take(self, state)
end

--- Says that no more will be sent over the session; what the service still sends can be received.
-- @tparam[opt] number timeout seconds
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (no session, or the state), `operation_timed_out`,
-- `endpoint_disconnected`
-- @source WsShutdownSessionChannel; the End record of [MC-NMF] section 2.2
function channel:shutdown(timeout)
  check_timeout(timeout, 2)
  if not inside.is_session(self) then
    return failure("invalid_operation", "only a session can be shut down")
  end
  return exclusively(self, state_of(self), timeout, function(state) return session.shutdown(self, state) end)
end

--- Closes the channel and cancels its security context, if it has one. A faulted channel says nothing to the service.
-- @tparam[opt] number timeout seconds
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (opening or closing), `operation_timed_out`, and what cancelling
-- the context gave; the channel is closed all the same
-- @source WsCloseChannel; WS-SecureConversation section 6 (cancel)
function channel:close(timeout)
  check_timeout(timeout, 2)
  if inside.state(self) == "closed" then return true end
  local mine = state_of(self)
  if mine.branches and not inside.is_session(self) then
    return branches.close(self, mine, deadline_of(mine, timeout))
  end
  return exclusively(self, mine, timeout, function(state)
    local ok, err = inside.begin_close(self)
    if not ok then return nil, err end
    ok, err = drive(self, state.host)
    session.leave(self, state)
    disconnect(self, state)
    if not ok then return nil, err end
    return true
  end)
end

--- Gives the channel up at once: it is faulted, a call under way fails, the service is told nothing.
-- @source WsAbortChannel
function channel:abort()
  local state = state_of(self)
  inside.abort(self)
  disconnect(self, state)
  renew_turns(state)
  if state.branches then branches.abort(state) end
end

--- Makes a closed channel new again.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (it is neither closed nor created)
-- @source WsResetChannel
function channel:reset()
  local ok, err = inside.reset(self)
  if not ok then return nil, err end
  local state = state_of(self)
  state.sent, state.kept = nil, nil
  disconnect(self, state)
  if state.branches then branches.reset(state) end
  return true
end

--- @treturn string "created", "opening", "open", "faulted", "closing" or "closed"
-- @source WS_CHANNEL_STATE
function channel:state()
  return inside.state(self)
end

local known = {
  state = inside.state,
  channel_type = function(self) return inside.is_session(self) and "duplex_session" or "request" end,
  channel_binding = function(self) return state_of(self).kind or "http" end,
  is_session_shut_down = inside.is_shut_down,
  protection_level = function(self) return channel_kind.protection(state_of(self).description:table()) end,
}

--- @tparam string name a channel property; "state", "channel_type", "channel_binding", "protection_level" (how well the
-- transport protects messages at the least), "is_session_shut_down"
-- @treturn[1] any its value
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (no such property, or one of a listener)
-- @source WsGetChannelProperty
function channel:get(name)
  if known[name] then return known[name](self) end
  return inside.get(self, name)
end

--- Changes a property that can be changed after creation.
-- @tparam string name
-- @tparam number|boolean value
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (no such property, one that is given at creation only, or a wrong value)
-- @source WsSetChannelProperty
function channel:set(name, value)
  local ok, err = inside.set(self, name, value)
  if not ok then return nil, err end
  if name == "no_delay" then tuning.change(state_of(self), self, inside.get, value) end
  return true
end

--- The live security context, if there is one: `info()`, `get("identifier")`.
-- @treturn[1] userdata the context; nil alone when there is none
-- @treturn[2] nil
-- @treturn[2] table the error: `outofmemory`
-- @source WS_CHANNEL_PROPERTY, WS_SECURITY_CONTEXT
function channel:security_context()
  return contexts.of(self)
end

inside.metatable.__close = function(self)
  self:close()
end

inside.metatable.__tostring = function(self)
  return "wws.channel: " .. inside.state(self)
end

local OWN = { binding = true, type = true }

local function check_own(options, level)
  for name in pairs(OWN) do
    local value = rawget(options, name)
    if value ~= nil and type(value) ~= "string" then error(name .. " must be a string", level + 1) end
  end
  local security = rawget(options, "security")
  if security ~= nil and type(security) ~= "table" then error("security must be a table", level + 1) end
  local trace = rawget(options, "trace")
  if trace ~= nil and type(trace) ~= "function" then error("trace must be a function", level + 1) end
  check_timeout(rawget(options, "timeout"), level + 1)
end

-- The description among the options, which any number of channels may share.
local function describe(options, level)
  check_own(options, level + 1)
  local ok, err = channel_kind.check(options)
  if not ok then return nil, err end
  return core.description(rawget(options, "security"), "client", rawget(options, "binding"))
end

local function make(description, options)
  local pipe, why = pipes.read(options)
  if not pipe then return nil, why end
  local trace = rawget(options, "trace")
  local self, err = inside.new(description, options, rawget(options, "env"), trace and core.trace_key() or nil)
  if not self then return nil, err end
  local state = {
    host = { driver = driver.of(rawget(options, "driver")), trace = trace },
    timeout = rawget(options, "timeout"),
    binding = rawget(options, "binding"),
    type = rawget(options, "type"),
    reuse = rawget(options, "reuse_connection") == true,
    pipe = pipe,
    no_delay = rawget(options, "no_delay"),
    posix = rawget(options, "posix_identity") ~= false,
    description = description,
  }
  renew_turns(state)
  local buffered = inside.get(self, "transfer_mode") == "buffered" -- a body that flows holds its connection
  state.streams = not buffered
  if state.host.driver.unpark and buffered then state.branches = branches.new(state) end
  inside.anchor(self).state = state
  return self
end

-- What `wws.channel` is; its reference is there.
local function new(options)
  if type(options) ~= "table" then error("the options of a channel must be a table", 2) end
  local description, err = describe(options, 2)
  if not description then return nil, err end
  return make(description, options)
end

-- What `wws.connect` is.
local function connect(address, options)
  local self, err = new(options or {})
  if not self then return nil, err end
  local ok
  ok, err = self:open(address)
  if not ok then return nil, err end
  return self
end

-- A request whose options were checked; of these `token` is no user's: a token that signs besides the channel's own.
local function ask(self, action, body, options)
  return run(self, action, body, options, false)
end

return { new = new, connect = connect, describe = describe, make = make, ask = ask }
