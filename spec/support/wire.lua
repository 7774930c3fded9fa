--- Clients whose requests a spec reads, keeps and sends again. TLS is left out of their machine: what they write is
-- handed to the listener as another HTTP server would, or carried through TLS by the spec itself.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local probe = require "wws.probe"

local wire = {}

-- A body in chunks, once its end has come.
local function parse_chunks(bytes, head, at)
  local pieces = {}
  while true do
    local size, from = bytes:match("^(%x+)\r\n()", at)
    size = size and tonumber(size, 16)
    if not size or #bytes < from + size + 1 then return nil end
    if size == 0 then
      local body = table.concat(pieces)
      return { bytes = bytes:sub(1, from + 1), head = head, body = body, chunks = #pieces,
               action = body:match("<%w+:Action[^>]*>([^<]*)<") }
    end
    pieces[#pieces + 1] = bytes:sub(from, from + size - 1)
    at = from + size + 2
  end
end

local function parse(bytes)
  local head, last = bytes:match("^(.-\r\n\r\n)()")
  if head and head:find("\r\nTransfer-Encoding: chunked\r\n", 1, true) then return parse_chunks(bytes, head, last) end
  local length = head and tonumber(head:match("\r\nContent%-Length: (%d+)"))
  if not length or #bytes < last - 1 + length then return nil end
  local body = bytes:sub(last, last - 1 + length)
  return { bytes = bytes:sub(1, last - 1 + length), head = head, body = body,
           action = body:match("<%w+:Action[^>]*>([^<]*)<") }
end

local function headers_of(head)
  local headers = {}
  for name, value in head:gmatch("\r\n([^:\r\n]+): *([^\r\n]*)") do headers[name] = value end
  return headers
end

--- Hands a request to the listener, above HTTP.
-- @tparam userdata listener
-- @tparam table request `head`, `body`
-- @treturn table `status`, `body`, `fault` (the innermost code's local name), `bytes` (the response as HTTP has it)
function wire.post(listener, request)
  local status, headers, body = listener:handle {
    method = "POST", path = request.head:match("^POST (%S+)"), headers = headers_of(request.head), body = request.body,
    tls = {},
  }
  local answer = { status = assert(status, headers), body = body or "" }
  local codes = {}
  for name in answer.body:gmatch(":Value[^>]*>%w+:(%w+)<") do codes[#codes + 1] = name end
  answer.fault = codes[#codes] or answer.body:match("<faultcode[^>]*>%w+:(%w+)<")
  answer.bytes = ("HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s")
    :format(status, headers["Content-Type"] or "text/plain", #answer.body, answer.body)
  return answer
end

local stream = {}
stream.__index = stream

function stream:write(bytes)
  self.sent = self.sent .. bytes
  local request = parse(self.sent)
  if request then
    self.sent = ""
    self.requests[#self.requests + 1] = request
    local lose = self.requests.lose
    self.waiting = lose and request.action:find(lose, 1, true) and "" or self.deliver(request)
    request.answer = self.waiting
    local forget = self.requests.forget
    if forget and request.action:find(forget, 1, true) then self.waiting = "" end
  end
  return true
end

function stream:read(max)
  local part = self.waiting:sub(1, max)
  if part == "" then return nil, "closed" end
  self.waiting = self.waiting:sub(#part + 1)
  return part
end

function stream.close() end

--- A channel of a scene (spec/support/world.lua) whose requests go to `listener:handle`.
-- @tparam table scene
-- @param ... what `scene:channel` takes
-- @treturn userdata the open channel
-- @treturn table its requests, as they were written; those whose action has the field `lose` in it
-- never arrive, and of those that have `forget` in it the answer does not
function wire.channel(scene, more, ...)
  local requests = {}
  local function deliver(request)
    local listener = scene.listener and scene:listener() or scene.host.endpoints[1].listener
    return wire.post(listener, request).bytes
  end
  local driver = setmetatable({ connect = function()
    return setmetatable({ sent = "", waiting = "", requests = requests, deliver = deliver }, stream)
  end }, { __index = blocking })
  local options = { driver = driver }
  for name, value in pairs(more or {}) do options[name] = value end
  local channel = scene:channel(options, ...)
  assert(channel:open(scene.url))
  probe.unplug_tls(channel)
  return channel, requests
end

--- The last request whose action has `pattern` (plain text) in it.
function wire.last(requests, pattern)
  for i = #requests, 1, -1 do
    if requests[i].action:find(pattern, 1, true) then return requests[i] end
  end
end

local tunnel = {}
tunnel.__index = tunnel

local function exchange(self)
  local bytes = assert(self.tls:take())
  if #bytes > 0 then assert(self.stream:write(bytes)) end
end

function tunnel:feed(deadline)
  local bytes = assert(self.stream:read(65536, deadline))
  assert(self.tls:feed(bytes))
end

--- A TLS connection of the spec's own.
-- @tparam string url
-- @treturn table with `call(request bytes) -> response bytes` and `close()`
function wire.tunnel(url)
  local self = setmetatable({}, tunnel)
  local deadline = blocking.now() + 60
  self.config = assert(probe.tls_config { trust = certs.ca })
  self.tls = assert(self.config:connection("localhost"))
  self.stream = assert(blocking.connect("localhost", tonumber(url:match(":(%d+)/")), { deadline = deadline }))
  local done, err = self.tls:handshake()
  while done == false do
    exchange(self)
    self:feed(deadline)
    done, err = self.tls:handshake()
  end
  assert(done, err)
  exchange(self)
  return self
end

function tunnel:call(bytes)
  local deadline, all = blocking.now() + 60, ""
  assert(self.tls:write(bytes))
  exchange(self)
  while true do
    all = all .. assert(self.tls:read())
    local response = parse(all)
    if response then return response end
    self:feed(deadline)
  end
end

function tunnel:close()
  self.tls:close()
  exchange(self)
  self.stream:close()
end

return wire
