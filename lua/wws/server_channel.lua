--- The server's channel: it carries one request of a client and its answer.
-- @module wws.server_channel
local bodies = require "wws.body"
local core = require "wws.core"
local streams = require "wws.streams"

local inside = core.server_channel
local channel = inside.metatable.__index

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function state_of(self)
  return inside.anchor(self).state
end

-- Hands the answer to the connection, and waits until it was sent; who runs inside the connection cannot wait for it.
local function answer(state)
  if state.inline then return true end
  state.answered:push(true)
  local sent = state.sent:pop()
  if sent == true then return true end
  if type(sent) ~= "string" then return nil, sent end
  return failure("endpoint_disconnected", "the client closed the connection before it had the reply")
end

local function check_received(state, request)
  if not state.message then
    return failure("invalid_operation", "a server's channel receives its request before it may send")
  end
  if request ~= state.message then
    return failure("invalid_operation", "the reply is to a message that did not come over this channel")
  end
  return true
end

--- Takes the request. An HTTP channel carries one.
-- @treturn[1] userdata the message; nil alone when it was taken before
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (closed)
-- @source WsReceiveMessage
function channel:receive()
  local state = state_of(self)
  if inside.state(self) == "closed" then return inside.take(self) end
  if state.message then return nil end
  local message, err = inside.take(self)
  if not message then return nil, err end
  state.message = message
  if state.reader then streams.attach(message, state.reader.read) end
  return message
end

--- All requests of the channel, one after another.
-- @treturn function an iterator for the generic `for`
-- @source WsReceiveMessage
function channel:messages()
  return function() return (self:receive()) end
end

--- Answers the request.
-- @tparam userdata request what `receive` gave
-- @tparam string action
-- @tparam[opt] string|table|function body the content of the SOAP body: XML, or a table for `wws.xml`, or, where
-- `transfer_mode` streams what is sent, a function that returns the next piece of XML and nil at its end
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (nothing was received, the request is another channel's, or was
-- answered), `invalidarg` (the body is not XML), `quota_exceeded`, `endpoint_disconnected` (the client has gone)
-- @source WsSendReplyMessage; WS-Addressing 1.0 section 3.4 (replies)
function channel:reply(request, action, body)
  if type(action) ~= "string" then error("the action must be a string, not a " .. type(action), 2) end
  local text, err = bodies.text(body)
  if not text then return nil, err end
  local state = state_of(self)
  local ok
  ok, err = check_received(state, request)
  if not ok then return nil, err end
  local flows = type(text) == "function"
  ok, err = inside.reply(self, action, not flows and text or nil)
  if ok and flows then state.body = text end
  if not ok then return nil, err end
  return answer(state)
end

--- Answers the request with a fault.
-- @tparam userdata request what `receive` gave
-- @tparam string|table fault the reason, or `{ code=, subcode=, reason=, detail=, node=, role=, action= }`; `code` is
-- `"Sender"`, `"Receiver"` (the default) or `"{namespace}local"`, `detail` is XML or a table for `wws.xml`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: those of `reply`
-- @source WsSendFaultMessageForError; SOAP 1.2 part 1 section 5.4, SOAP 1.1 section 4.4
function channel:fault(request, fault)
  if type(fault) == "string" then fault = { reason = fault } end
  if type(fault) ~= "table" then error("the fault must be a table or its reason", 2) end
  local told, err = bodies.fault(fault)
  if not told then return nil, err end
  local state = state_of(self)
  local ok
  ok, err = check_received(state, request)
  if not ok then return nil, err end
  ok, err = inside.fault(self, told)
  if not ok then return nil, err end
  return answer(state)
end

--- Closes the channel. A request without a reply is answered with 202: it was one-way.
-- @treturn boolean true
-- @source WsCloseChannel
function channel:close()
  local state = state_of(self)
  if inside.state(self) == "offered" then
    inside.leave(self)
    if not state.inline then state.answered:push(true) end
  end
  inside.drop(self)
  return true
end

--- Gives the channel up: the client gets status 500.
-- @source WsAbortChannel
function channel:abort()
  local state = state_of(self)
  local was_offered = inside.state(self) == "offered"
  inside.drop(self)
  if was_offered and not state.inline then state.answered:push(true) end
end

--- @treturn string "open" or "closed"
-- @source WS_CHANNEL_STATE
function channel:state()
  return inside.state(self) == "closed" and "closed" or "open"
end

inside.metatable.__close = function(self)
  self:close()
end

inside.metatable.__tostring = function(self)
  return "wws.server_channel: " .. self:state()
end

local server_channel = {}

--- Makes a raw channel ready for an application that waits for it elsewhere.
-- @tparam userdata raw
-- @tparam table driver
-- @tparam ?table reader what reads on in its request
-- @treturn table `answered`, which gets true with the answer, and `sent`, which must get whether it went out
-- @local
function server_channel.link(raw, driver, reader)
  local state = { answered = driver.queue(), sent = driver.queue(), reader = reader }
  inside.anchor(raw).state = state
  return state
end

--- Makes a raw channel ready for an application that runs inside the connection's own coroutine.
-- @tparam userdata raw
-- @tparam ?table reader what reads on in its request
-- @treturn table its state, with `body` when it was answered with a function
-- @local
function server_channel.inline(raw, reader)
  local state = { inline = true, reader = reader }
  inside.anchor(raw).state = state
  return state
end

return server_channel
