--- Messages: what a reply, a request or a session's message has.
--
-- Everything in one was verified before anybody sees it; of a body that flows, each piece before `read` returns it.
-- @module wws.message
local core = require "wws.core"
local drive = require "wws.drive"

local message = core.message
local read_whole = message.methods.read
local streams = {}

--- The fields of a message. What it does not have is nil.
-- @table message
-- @field action string
-- @field body string the content of the SOAP body, XML that stands for itself
-- @field headers list of strings, each the XML of a header
-- @field message_id string
-- @field relates_to string
-- @field to string
-- @field from string
-- @field reply_to string
-- @field fault_to string
-- @field is_fault boolean

--- A header by its name.
-- @function header
-- @tparam string namespace
-- @tparam string name
-- @treturn ?string its XML
-- @source WsGetHeader, WsGetCustomHeader

--- The whole envelope. Of a body that flows it is kept nowhere.
-- @function xml
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (it was closed, or its body flows)
-- @source WsWriteEnvelopeStart … WsWriteEnvelopeEnd

--- What security knows about the message and who sent it.
-- @function property
-- @tparam string name "username", "encoded_cert", "security_context", "saml_assertion", "protection_level",
-- "transport_security_windows_token", "http_header_auth_windows_token" or "message_security_windows_token"
-- @treturn[1] any
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (there is no such property, or no binding that the message passed gives
-- it), `invalid_operation` (the message was closed)
-- @source WsGetMessageProperty, WsGetSecurityContextProperty

--- Gives back what the message holds. Idempotent; collecting it does the same.
-- @function close
-- @source WsFreeMessage

--- The next piece of the body.
-- @function read
-- @tparam[opt=65536] number max most bytes
-- @treturn[1] string
-- @treturn[1] nil at the body's end
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (closed, or the request was answered), and where the body flows
-- `quota_exceeded`, `invalid_format`, `operation_timed_out`, `endpoint_disconnected`
-- @source WsReadBody, WsFillBody
function message.methods.read(self, max)
  local source = message.source(self)
  if not source then return read_whole(self, max) end
  if max ~= nil and (type(max) ~= "number" or max ~= max or max < 1) then
    error("max must be a number, 1 or more", 2)
  end
  return source(self, max)
end

-- Says who reads on in a message, if its body flows.
-- `source` gets the message and the most bytes.
function streams.attach(received, source)
  message.source(received, source)
  return received
end

local function gone()
  return nil, core.failure("invalid_operation", "the request was answered: the rest of its body is gone")
end

local function pull(machine, host, max)
  machine:pull()
  local op, err = drive(machine, host)
  if op == "request" then return machine:piece(max) end
  if op then err = core.failure("endpoint_disconnected", "the client closed the connection") end
  return nil, err
end

--- Reads on in the request that a server's connection has at hand.
-- @tparam userdata machine
-- @tparam table host
-- @treturn table `read`, for `attach`; `busy` while somebody waits in it
-- @local
function streams.reader(machine, host)
  local self = {}
  host.reader = self
  local function finish(ok, ...)
    self.busy = false
    if not ok then error((...), 0) end
    return ...
  end
  function self.read(_, max)
    if host.reader ~= self or host.over or machine:answered() then return gone() end
    if self.busy then
      return nil, core.failure("invalid_operation", "another coroutine is reading the request")
    end
    self.busy = true
    return finish(pcall(pull, machine, host, max))
  end
  return self
end

return streams
