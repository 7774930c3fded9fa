--- The server's channel over a framing session: messages both ways until both ends have finished.
-- @module wws.session_channel
local bodies = require "wws.body"
local core = require "wws.core"
local drive = require "wws.drive"
local streams = require "wws.streams"

local raw_channel = core.server_channel

local channel = {}
channel.__index = channel
channel.__name = "wws.server_channel"

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

-- Writes what the machine has queued, in the order in which it was queued.
local function flush(self)
  local machine, host = self.machine, self.host
  local bytes = host.stream and machine:pending()
  if not bytes then return true end
  local ok, why = host.stream:write(bytes, host.driver.now() + self.send_timeout)
  if ok then return true end
  self:abort()
  return failure("endpoint_disconnected", "the message could not be sent to the client", { got = tostring(why) })
end

-- A message that was answered while it was judged: a fault, or what concerns a security context.
local function answer(self, raw)
  local ok, err = self.machine:answer(raw)
  if not ok then
    drive(self.machine, self.host) -- its last words
    return nil, err
  end
  return flush(self)
end

-- Runs `body` while nobody else steps the machine.
local function alone(self, body, ...)
  if self.receiving then return failure("invalid_operation", "another coroutine receives from this channel") end
  self.receiving = true
  local function finish(ok, ...)
    self.receiving = nil
    if not ok then error((...), 0) end
    return ...
  end
  return finish(pcall(body, self, ...))
end

-- Reads on in a message whose body flows; `raw` carries it.
local function read_on(self, max)
  if self.closed or self.failed then return failure("invalid_operation", "the channel is closed") end
  local machine = self.machine
  if machine:answered() then return machine:piece(max) end
  machine:pull()
  local op, err = drive(machine, self.host)
  if not op then
    self.failed = err
    return nil, err
  end
  return machine:piece(max)
end

-- @return message | nil, err | false when it was none for the application
local function judge(self)
  local raw = self.machine:request()
  local op, err = drive(raw, self.host)
  if not op then return nil, err end
  if op == "request" then
    local message = raw_channel.take(raw)
    self.offered[message] = raw
    if self.machine:flows() then
      streams.attach(message, function(_, max) return alone(self, read_on, max) end)
    end
    return message
  end
  local ok
  ok, err = answer(self, raw)
  if not ok then return nil, err end
  return false
end

local function receive(self)
  repeat
    local op, err = drive(self.machine, self.host)
    if not op then
      self.failed = err
      return nil, err
    end
    if op == "done" then
      self.ended = true
      return nil
    end
    local message
    message, err = judge(self)
    if message ~= false then return message, err end
  until self.closed
  return failure("operation_aborted", "the channel was closed")
end

--- Takes the next message. Security is checked before; what fails is answered with its fault and not seen here.
-- @tparam[opt] number timeout seconds
-- @treturn[1] userdata the message; nil alone when the client has finished
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (closed), `operation_timed_out`, `endpoint_disconnected`,
-- `invalid_format`, `quota_exceeded`
-- @source WsReceiveMessage; [MC-NMF] section 2.2 (sized envelopes)
function channel:receive(timeout)
  if self.closed then return failure("invalid_operation", "the channel is closed") end
  if self.ended then return nil end
  if self.failed then return nil, self.failed end
  if self.receiving then return failure("invalid_operation", "another coroutine receives from this channel") end
  self.receiving = true
  self.host.deadline = timeout and timeout < math.huge and self.host.driver.now() + timeout or nil
  self.machine:wait(timeout or self.patience)
  local ok, message, err = pcall(receive, self)
  self.receiving = nil
  self.host.deadline = nil
  if not ok then error(message, 0) end
  return message, err
end

--- All messages of the session, one after another.
-- @treturn function an iterator for the generic `for`
-- @source WsReceiveMessage
function channel:messages()
  return function() return (self:receive()) end
end

local function raw_of(self, request)
  if self.closed then return failure("invalid_operation", "the channel is closed") end
  local raw = self.offered[request]
  if raw then return raw end
  return failure("invalid_operation", "the reply is to a message that did not come over this channel, or was answered")
end

-- The pieces of a reply that flows.
local function give_pieces(self, body)
  self.host.body = body
  local op, err = drive(self.machine, self.host)
  self.host.body = nil
  if op then return true end
  self.failed = err
  self:abort()
  return nil, err
end

local function finish_answer(self, request, raw, body)
  self.offered[request] = nil
  if self.host.trace then drive(raw, self.host) end
  local ok, err = self.machine:answer(raw)
  if not ok then
    self:abort() -- nothing else can answer it, and its client would wait
    return nil, err
  end
  if body and self.machine:is_streaming() then return alone(self, give_pieces, body) end
  return flush(self)
end

local function may_stream(self)
  if not self.machine:is_singleton() then
    return failure("invalid_operation", "the client opened a session, whose messages are not streamed",
      { property = "transfer_mode" })
  end
  if self.receiving then return failure("invalid_operation", "another coroutine receives from this channel") end
  return true
end

--- Answers a message.
-- @tparam userdata request what `receive` gave
-- @tparam string action
-- @tparam[opt] string|table|function body the content of the SOAP body: XML, or a table for `wws.xml`, or, where
-- `transfer_mode` streams what is sent and the client opened no session, a function that returns the next piece of XML
-- and nil at its end
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (the request is another channel's, or was answered), `invalidarg`
-- (the body is not XML), `quota_exceeded`, `endpoint_disconnected`
-- @source WsSendReplyMessage; WS-Addressing 1.0 section 3.4 (replies)
function channel:reply(request, action, body)
  if type(action) ~= "string" then error("the action must be a string, not a " .. type(action), 2) end
  local text, err = bodies.text(body)
  if not text then return nil, err end
  local raw, ok
  raw, err = raw_of(self, request)
  if not raw then return nil, err end
  local flows = type(text) == "function"
  if flows then
    ok, err = may_stream(self)
    if not ok then return nil, err end
  end
  ok, err = raw_channel.reply(raw, action, not flows and text or nil)
  if not ok then return nil, err end
  return finish_answer(self, request, raw, flows and text or nil)
end

--- Answers a message with a fault.
-- @tparam userdata request what `receive` gave
-- @tparam string|table fault as that of a server's channel over HTTP
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: those of `reply`
-- @source WsSendFaultMessageForError; SOAP 1.2 part 1 section 5.4
function channel:fault(request, fault)
  if type(fault) == "string" then fault = { reason = fault } end
  if type(fault) ~= "table" then error("the fault must be a table or its reason", 2) end
  local told, err = bodies.fault(fault)
  if not told then return nil, err end
  local raw, ok
  raw, err = raw_of(self, request)
  if not raw then return nil, err end
  ok, err = raw_channel.fault(raw, told)
  if not ok then return nil, err end
  return finish_answer(self, request, raw)
end

-- @return whether the options are fine, and the id that the message relates to | nil, err
local function read_send_options(options)
  if options == nil then return true end
  if type(options) ~= "table" then error("options must be a table", 3) end
  for name in next, options do
    if name ~= "relates_to" then
      return failure("invalidarg", "a message that a server sends by itself has no such option",
        { expected = "relates_to", got = tostring(name) })
    end
  end
  local id = rawget(options, "relates_to")
  if id ~= nil and type(id) ~= "string" then error("relates_to must be a string", 3) end
  return true, id
end

--- Sends a message that answers none, or answers one otherwise than `reply` does.
-- @tparam string action
-- @tparam[opt] string|table body the content of the SOAP body: XML, or a table for `wws.xml`
-- @tparam[opt] table options `relates_to`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation`, `invalidarg`, `quota_exceeded`, `endpoint_disconnected`
-- @source WsSendMessage
function channel:send(action, body, options)
  if type(action) ~= "string" then error("the action must be a string, not a " .. type(action), 2) end
  local fine, id = read_send_options(options)
  if not fine then return nil, id end
  local text, err = bodies.text(body)
  if not text then return nil, err end
  if self.closed then return failure("invalid_operation", "the channel is closed") end
  local ok
  ok, err = self.machine:send(action, text, id)
  if not ok then return nil, err end
  return flush(self)
end

--- Says that no more will be sent; what the client still sends can be received.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation`, `endpoint_disconnected`
-- @source WsShutdownSessionChannel; the End record of [MC-NMF] section 2.2
function channel:shutdown()
  if self.closed then return failure("invalid_operation", "the channel is closed") end
  local ok, err = self.machine:finish()
  if not ok then return nil, err end
  return flush(self)
end

local function drop_offered(self)
  for request, raw in pairs(self.offered) do
    raw_channel.leave(raw)
    self.offered[request] = nil
  end
end

local function close(self)
  local machine, host = self.machine, self.host
  if self.failed or not host.stream then return end
  local ok = self:shutdown()
  host.deadline = host.driver.now() + self.close_timeout
  local op = ok and not self.ended and not self.receiving and "request"
  while op == "request" do op = drive(machine, host) end -- what comes now nobody receives
  self.ended = op == "done" or self.ended
  host.deadline = nil
end

--- Closes the session: our end is said, the client's is waited for.
-- @treturn boolean true
-- @source WsCloseChannel
function channel:close()
  if self.closed then return true end
  pcall(close, self)
  drop_offered(self)
  self.closed = true
  self.done:push(true)
  return true
end

--- Gives the session up: the connection is closed at once.
-- @source WsAbortChannel
function channel:abort()
  if self.closed then return end
  drop_offered(self)
  self.closed = true
  local stream = self.host.stream
  self.host.stream = nil
  if stream then stream:close() end
  self.done:push(true)
end

--- @treturn string "open", "faulted" or "closed"
-- @source WS_CHANNEL_STATE
function channel:state()
  if self.closed then return "closed" end
  return self.failed and "faulted" or "open"
end

--- @tparam string name "transport_url": the address that the client named; "is_session_shut_down"
-- @treturn[1] any
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (no such property)
-- @source WsGetChannelProperty
function channel:get(name)
  if name == "transport_url" then return self.url end
  if name == "is_session_shut_down" then return self.ended == true end
  if name == "channel_type" then return self.singleton and "request" or "duplex_session" end
  if name == "channel_binding" then return "tcp" end
  return failure("invalidarg", "a server's channel has no such property", { got = tostring(name) })
end

channel.__close = channel.close

function channel:__tostring()
  return "wws.server_channel: " .. self:state()
end

local session_channel = {}

--- @tparam userdata machine with an open session
-- @tparam table host
-- @tparam table limits `receive`, `send`, `close`: seconds
-- @treturn table the channel; `done` gets true when it is closed
-- @local
function session_channel.new(machine, host, limits)
  return setmetatable({
    machine = machine, host = host, done = host.driver.queue(), offered = setmetatable({}, { __mode = "k" }),
    patience = limits.receive, send_timeout = limits.send, close_timeout = limits.close, url = machine:via(),
    singleton = machine:is_singleton(),
  }, channel)
end

return session_channel
