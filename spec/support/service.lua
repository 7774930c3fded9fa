--- A service that is played to a client's machine: no sockets, no TLS, every byte in the spec's hand.
local probe = require "wws.probe"
local recording = require "spec.support.recording"

local service = {}


--- A description as a WCF client with a user name inside a security context has it.
-- @tparam[opt] table more fields of the security context
-- @tparam[opt] table settings of the description and of the bootstrap
function service.secured(more, settings)
  local context = { type = "security_context" }
  local description, bootstrap = {}, {}
  for key, value in pairs(settings or {}) do description[key], bootstrap[key] = value, value end
  bootstrap[1] = { type = "ssl" }
  bootstrap[2] = { type = "username", credential = { type = "string", username = "alice",
    password = "Password-alice" } }
  context.bootstrap = bootstrap
  for key, value in pairs(more or {}) do context[key] = value end
  description[1], description[2] = { type = "ssl" }, context
  return description
end

--- An open channel in the probe's world whose TLS is left out.
-- @tparam[opt] table description
-- @tparam[opt] table options
-- @tparam[opt] string url
-- @tparam[opt] string trace_key
function service.open(description, options, url, trace_key)
  local frozen = assert(probe.description(description, "client"))
  local channel = assert(probe.channel.new(frozen, options or {}, nil, trace_key))
  local secure = description ~= nil and description[1] ~= nil
  assert(probe.channel.open(channel, url or (secure and "https" or "http") .. "://localhost:8443/calculator",
    { trust_pem = service.trust() }))
  probe.unplug_tls(channel)
  return channel
end

local trust

--- Some authority's certificate, for what compiles a trust store and does not use it.
function service.trust()
  trust = trust or recording.read(require("spec.support.certs").ca)
  return trust
end

--- An HTTP response.
function service.http(body, status, fields)
  return ("HTTP/1.1 %s\r\nContent-Length: %d\r\nContent-Type: application/soap+xml; charset=utf-8\r\n%s\r\n%s")
    :format(status or "200 OK", #body, fields or "", body)
end

local ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
  .. ' xmlns:a="http://www.w3.org/2005/08/addressing"'
  .. ' xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">'
  .. '<s:Header><a:Action s:mustUnderstand="1">%s</a:Action>%s%s</s:Header><s:Body>%s</s:Body></s:Envelope>'

--- A Security header with a Timestamp around `at` (seconds).
function service.timestamp(at)
  at = at or 1795248000
  return ('<o:Security s:mustUnderstand="1"'
    .. ' xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">'
    .. '<u:Timestamp u:Id="_0"><u:Created>%s</u:Created><u:Expires>%s</u:Expires></u:Timestamp></o:Security>')
    :format(os.date("!%Y-%m-%dT%H:%M:%S.000Z", at), os.date("!%Y-%m-%dT%H:%M:%S.000Z", at + 300))
end

--- A reply to `request`.
-- @tparam table request as `service.run` gives it
-- @tparam string body
-- @tparam[opt] table more `action`, `relates_to` (false: none), `headers`, `security`
function service.reply(request, body, more)
  more = more or {}
  local relates_to = more.relates_to == nil and request.id or more.relates_to
  relates_to = relates_to and "<a:RelatesTo>" .. relates_to .. "</a:RelatesTo>" or ""
  return ENVELOPE:format(more.action or request.action .. "Response", relates_to,
    (more.headers or "") .. (more.security or ""), body)
end

--- A fault reply; `code` is its subcode, `ns` that one's namespace.
function service.fault(request, code, ns, more)
  more = more or {}
  more.action = more.action or "http://www.w3.org/2005/08/addressing/soap/fault"
  local subcode = code and ('<s:Subcode><s:Value xmlns:q="%s">q:%s</s:Value></s:Subcode>'):format(ns, code) or ""
  return service.reply(request,
    ('<s:Fault><s:Code><s:Value>s:Sender</s:Value>%s</s:Code><s:Reason><s:Text xml:lang="en">'
    .. 'told so</s:Text></s:Reason></s:Fault>'):format(subcode), more)
end

local RSTR = '<t:RequestSecurityTokenResponse xmlns:t="%s">'
  .. '<t:TokenType>http://schemas.xmlsoap.org/ws/2005/02/sc/sct</t:TokenType>'
  .. '<t:RequestedSecurityToken><c:SecurityContextToken u:Id="%s" xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc">'
  .. '<c:Identifier>%s</c:Identifier>%s</c:SecurityContextToken></t:RequestedSecurityToken>'
  .. '<t:RequestedProofToken>%s</t:RequestedProofToken>%s'
  .. '<t:Lifetime><u:Created>%s</u:Created><u:Expires>%s</u:Expires></t:Lifetime>'
  .. '<t:KeySize>%d</t:KeySize></t:RequestSecurityTokenResponse>'

--- The body of an answer to an RST of February 2005. Any part can be said otherwise.
-- @tparam table parts `id`, `identifier`, `instance`, `proof`, `entropy` (base64 or XML), `from`, `life`, `size`
function service.token(parts)
  local from = parts.from or 1795248000
  local trust_ns = "http://schemas.xmlsoap.org/ws/2005/02/trust"
  local entropy = parts.entropy or ("A"):rep(43) .. "="
  if not entropy:find("<", 1, true) and entropy ~= "" then
    entropy = ('<t:Entropy><t:BinarySecret Type="%s/Nonce">%s</t:BinarySecret></t:Entropy>'):format(trust_ns, entropy)
  end
  return RSTR:format(trust_ns, parts.id or "uuid-1",
    parts.identifier or "urn:uuid:00000000-0000-0000-0000-000000000001",
    parts.instance and "<c:Instance>" .. parts.instance .. "</c:Instance>" or "",
    parts.proof or "<t:ComputedKey>" .. trust_ns .. "/CK/PSHA1</t:ComputedKey>", entropy,
    os.date("!%Y-%m-%dT%H:%M:%SZ", from), os.date("!%Y-%m-%dT%H:%M:%SZ", from + (parts.life or 54000)),
      parts.size or 256)
end

service.cancelled = '<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust">'
  .. '<t:RequestedTokenCancelled/></t:RequestSecurityTokenResponse>'

--- Answers as a good service does: tokens for RSTs, `<ok/>` for the rest.
function service.good(request)
  local security = service.timestamp(service.now)
  local action = request.action:gsub("/RST/", "/RSTR/")
  if request.action:find("/RST/SCT/Cancel", 1, true) then
    return service.http(service.reply(request, service.cancelled, { action = action, security = security }))
  end
  if request.action:find("/RST/SCT", 1, true) then
    local renewed = request.action:find("Renew", 1, true)
    return service.http(service.reply(request, service.token { from = service.now, instance = renewed and "urn:uuid:i"
      .. request.number },
      { action = action, security = security }))
  end
  return service.http(service.reply(request, "<ok/>", { security = security }))
end

local function parse(bytes, number)
  local head, last = bytes:match("^(.-\r\n\r\n)()")
  local length = head and tonumber(head:match("\r\nContent%-Length: (%d+)"))
  if not length or #bytes < last - 1 + length then return nil end
  local body = bytes:sub(last, last - 1 + length)
  return { head = head, body = body, number = number, action = body:match("<a:Action[^>]*>([^<]*)<"),
           id = body:match("<a:MessageID>([^<]*)<") }, bytes:sub(last + length)
end

local perform = {}

function perform.connect(session, _, host, port, timeout, what)
  session.connections = session.connections + 1
  session.connected = { host, port, timeout, what }
  session.arrived, session.waiting = "", ""
  if session.connect then return session.connect(session.connections) end
end

local function answer_to(answer, request, session)
  if type(answer) == "table" then answer = answer[request.number] end
  if type(answer) == "function" then return answer(request, session) end
  return answer
end

function perform.write(session, answer, bytes)
  local requests = session.requests
  session.arrived = (session.arrived or "") .. bytes
  local request, rest = parse(session.arrived, #requests + 1)
  if request then
    requests[#requests + 1], session.arrived = request, rest
    session.waiting = answer_to(answer, request, session)
  end
  if session.write then return session.write(#requests) end
end

function perform.read(session, _, max, timeout)
  local waiting = session.waiting
  session.read_timeout = timeout
  if type(waiting) == "table" then
    session.waiting = waiting[3]
    return waiting[1], waiting[2]
  end
  if waiting == nil or waiting == "" then return "end" end
  local size = math.min(max, session.portion or math.huge)
  session.waiting = waiting:sub(size + 1)
  return "bytes", waiting:sub(1, size)
end

-- A kept connection is looked at: nothing is there, unless the session says otherwise.
function perform.look(session)
  local seen = session.look
  if type(seen) == "function" then return seen(#session.requests) end
  if seen then return seen[1], seen[2] end
  return "timeout"
end

function perform.callback(_, _, fn, ...)
  return fn(...) == true and "accepted" or "refused"
end

function perform.event(session, _, event)
  session.events[#session.events + 1] = event
end

function perform.close() end

--- Steps `channel` until its call is over.
-- @tparam userdata channel
-- @tparam[opt] function|table answer what says the response to a request: bytes; nil ends the stream; a table
-- `{ input, bytes, next }` is given to the machine instead. A table of answers has one for each request's number.
-- @tparam[opt] table session `portion` (bytes a read gives), `connect`, `write` and `look` (called then; what they
-- return is the machine's input); it keeps `requests`, `connections`, `events`, `actions`
-- @treturn string|nil "done", or nil and the error
function service.run(channel, answer, session)
  session = session or {}
  answer = answer or service.good
  session.requests = session.requests or {}
  session.actions = session.actions or {}
  session.events = session.events or {}
  session.connections = session.connections or 0
  local kind, bytes
  while true do
    local op, a, b, c, d = channel:step(kind, bytes)
    session.actions[#session.actions + 1] = op or "failed"
    if op == "done" then return op end
    if not op then return nil, a end
    kind, bytes = perform[op](session, answer, a, b, c, d)
  end
end

--- Begins a request and runs it. Returns the reply, or nil and the error.
function service.request(channel, answer, session, options)
  options = options or {}
  local ok, err = probe.channel.begin(channel, options.action or "urn:a", options.body or "<b/>", options,
    options.one_way or false)
  if not ok then return nil, err end
  ok, err = service.run(channel, answer, session)
  if not ok then return nil, err end
  return probe.channel.take(channel)
end

service.now = 1795248000

return service
