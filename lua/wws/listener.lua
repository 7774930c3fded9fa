--- The server's listener: accepts connections, serves each in a coroutine of its own, and hands on their requests.
-- @module wws.listener
local core = require "wws.core"
local driver = require "wws.driver"
local pem = require "wws.pem"
local object = require "wws.store.object"
local pipes = require "wws.pipes"
local saml = require "wws.saml"
local serving = require "wws.serving"
local vaults = require "wws.store.vaults"
local sessions = require "wws.sessions"
local shared_port = require "wws.shared_port"
local tuning = require "wws.tuning"

local inside = core.listener
local listener = {}

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function state_of(self)
  return inside.anchor(self).state
end

local LISTEN_ERRORS = {
  ["address in use"] = { "address_in_use", "the listen address is taken" },
  ["address not available"] = { "address_not_available", "the listen address is not one of this machine" },
  ["access denied"] = { "endpoint_access_denied", "this process may not listen there" },
}

local function site_of(self, state, scheme, path)
  local is_session = not scheme:find "^http" -- whose client names the path before anything is shown
  local site = { weak = setmetatable({ self }, { __mode = "v" }), state = state, scheme = scheme, path = path,
                 ssl = not is_session and state.ssl or nil, env = state.env,
                 serve = is_session and sessions.serve or serving.serve, covers = inside.covers,
                 share = inside.share, note = inside.note, peers = pipes.is(scheme) and state.pipe.peers or nil }
  return site
end

-- A pipe has a place instead of a host and a port.
local function listen(state, host, port, site)
  local entered, why = shared_port.enter(state.driver, host, port, state.listening, site)
  if entered then return entered end
  if type(why) ~= "string" then return nil, why end
  local known = LISTEN_ERRORS[why] or { "other", "the listen address cannot be used" }
  local place = port and ("%s port %d"):format(host, port) or host
  return failure(known[1], known[2], { step = "open the listener", got = place .. ": " .. why })
end

local function load_certificate(self, credential, url)
  if not credential then
    return failure("invalidarg", "a listener with an ssl binding has a certificate",
      { step = "open the listener", binding = "ssl", property = "credential" })
  end
  local files, err = pem.load(credential, "open the listener", {}, url)
  if not files then return nil, err end
  return inside.secure(self, files)
end

local WINDOWS = { tcp_sspi = true, namedpipe_sspi = true, kerberos_apreq = true }

-- Does any of them let clients in by Kerberos or NTLM?
local function needs_acceptor(bindings)
  for _, binding in ipairs(bindings) do
    if WINDOWS[binding.type] then return true end
    if binding.type == "http_header_auth" then
      for _, scheme in ipairs(binding.scheme) do
        if scheme == "negotiate" or scheme == "ntlm" then return true end
      end
    end
    if binding.bootstrap and needs_acceptor(binding.bootstrap) then return true end
  end
  return false
end

local function secure(self, state, url)
  local bindings = state.description:table()
  if needs_acceptor(bindings) then
    local ok, err = inside.accept_windows(self, state.acceptor)
    if not ok then return nil, err end
  end
  for _, binding in ipairs(bindings) do
    if binding.type == "ssl" then
      state.ssl = binding
      return load_certificate(self, binding.credential, url)
    end
  end
  return true
end

local function url_of(scheme, host, port, path)
  if host:find(":", 1, true) then host = "[" .. host .. "]" end
  return ("%s://%s%s%s"):format(scheme, host, port and (":%d"):format(port) or "", path)
end

-- @return the URL
local function listen_at_pipe(state, scheme, host, path)
  local url = url_of(scheme, host == "*" and "localhost" or host, nil, path)
  local place, err = pipes.place(url, state.pipe, true)
  if not place then return nil, err end
  state.is_pipe = true
  state.port, err = listen(state, place, nil, state.site)
  return state.port and url, err
end

-- @return the URL, with the port that was free where none was named
local function listen_at_port(self, state, url, parts)
  local err
  state.port, err = listen(state, parts.host, parts.port, state.site)
  if not state.port then return nil, err end
  if parts.port == 0 then
    local ok
    ok, err = inside.bind(self, url, state.port.number)
    if not ok then
      state.port:leave(state.site)
      return nil, err
    end
  end
  return url_of(parts.scheme, parts.host, state.port.number, parts.path)
end

-- The type of channels that was asked for must be what the scheme gives, and the driver up to what it is asked for.
local function check_scheme(self, state, scheme)
  local gives = scheme:find "^http" and "reply" or "duplex_session"
  if state.type and state.type ~= gives then
    return failure("invalidarg", "the URL's scheme does not agree with the type of the listener's channels",
      { step = "open the listener", property = "type", expected = state.type, got = gives })
  end
  state.kind = gives == "reply" and "http" or pipes.is(scheme) and "namedpipe" or "tcp"
  state.listening = { backlog = inside.get(self, "listen_backlog"), ip_version = tuning.version(self, inside.get) }
  return tuning.check(state, state.driver, self, inside.get, "open the listener")
end

local function listen_at(self, state, url, parts)
  if pipes.is(parts.scheme) then return listen_at_pipe(state, parts.scheme, parts.host, parts.path) end
  return listen_at_port(self, state, url, parts)
end

-- A custom credential may take its time, in which others close the listener, or open it as well.
local function prepare(self, state, url, scheme)
  local ok, err = check_scheme(self, state, scheme)
  if not ok then return nil, err end
  state.is_opening = true
  ok, err = secure(self, state, url)
  state.is_opening = nil
  if ok and state.name ~= "created" then return failure("operation_aborted", "the listener was closed") end
  return ok, err
end

--- Begins to listen.
-- @tparam string|table address a URL, or `{ url= }`; port 0 takes a free one, which `listener.url` then names;
-- `localhost` or a literal address binds only that, `+`, `*` and other names bind all. Several listeners may be on one
-- port when their ssl bindings are equal: a request goes to the one with the longest path at or above its own
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_endpoint_url`, `invalidarg`, `notimpl` (the URL and the description do not go
-- together, or a file cannot be read), `address_in_use`, `address_not_available`, `endpoint_access_denied` (this
-- process may not), `invalid_operation` (the state)
-- @source WsOpenListener
function listener:open(address)
  local url = type(address) == "table" and rawget(address, "url") or address
  if type(url) ~= "string" then error("the address must be a URL or a table with url", 2) end
  local state = state_of(self)
  local now = state.is_opening and "being opened" or state.name
  if now ~= "created" then return failure("invalid_operation", "the listener is " .. now) end
  local host, port, path, scheme = inside.bind(self, url)
  if not host then return nil, port end
  if state.vault then state.vault.place = path end
  local ok, err = prepare(self, state, url, scheme)
  if not ok then return nil, err end
  state.site = site_of(self, state, scheme, path)
  state.url, err = listen_at(self, state, url, { host = host, port = port, path = path, scheme = scheme })
  if not state.url then return nil, err end
  state.name = "open"
  return true
end

--- Takes the next request, in a channel of its own; over net.tcp and pipes the next session. Meanwhile all connections
-- of the listener are served.
-- @tparam[opt] number timeout seconds
-- @treturn[1] userdata the channel; nil alone when the time was up
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (not open), `operation_aborted` (closed meanwhile)
-- @source WsAcceptChannel
function listener:accept(timeout)
  if timeout ~= nil and (type(timeout) ~= "number" or timeout ~= timeout) then
    error("the timeout must be a number of seconds", 2)
  end
  local state = state_of(self)
  if state.name ~= "open" then return failure("invalid_operation", "the listener is " .. state.name) end
  local deadline = timeout and timeout < math.huge and state.driver.now() + timeout or nil
  local channel, why = state.requests:pop(deadline)
  if channel or why == "timeout" then return channel end
  return failure("operation_aborted", "the listener was closed")
end

--- All requests, one channel after another, until the listener closes.
-- @treturn function an iterator for the generic `for`
-- @source WsAcceptChannel
function listener:channels()
  return function() return (self:accept()) end
end

--- Answers one request that came through somebody else's HTTP server.
-- @tparam table request `method`, `path`, `headers` (by name), `body` (a string, or a function that gives pieces of it
-- and nil at its end; where `transfer_mode` streams it is asked as the application reads), `tls` (nil: no TLS; else
-- `client_certificate`, which was verified, and `server_certificate`, the one shown to the client, for extended
-- protection: PEM or DER)
-- @treturn[1] number the status
-- @treturn[1] table the headers by name
-- @treturn[1] string|function the body; a function, where `transfer_mode` streams and the reply was one: it returns the
-- next piece, nil at the end, nil and an error when it broke off
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (closed); what is wrong with a request is its answer's status
-- @source none of WWSAPI's; SOAP 1.2 part 2 section 7 (HTTP binding), RFC 9110
function listener:handle(request)
  if type(request) ~= "table" then error("the request must be a table", 2) end
  local state = state_of(self)
  if state.name == "closed" then return failure("invalid_operation", "the listener is closed") end
  local _, gone = inside.gone(self)
  if gone then return nil, gone end
  return serving.handle(self, state, request)
end

--- Closes the listener, its connections and its security contexts. Idempotent.
-- @treturn boolean true
-- @source WsCloseListener
function listener:close()
  local state = state_of(self)
  if not state or state.name == "closed" then return true end
  state.name = "closed"
  inside.finish(self)
  local shared = state.port and state.port:leave(state.site)
  state.requests:close()
  if not shared then serving.stop(state) end -- others' clients may be on these connections
  return true
end

--- What the listener did and holds.
-- @treturn table `active_contexts`, `pending_contexts`, `context_bytes`, `connections`, `handshakes`, `accepted`,
-- `turned_away`, `failed`, `requests`, `refused`, `established`, `renewals`, `cancelled`, `revoked`, and `last_error`:
-- why somebody was refused last
-- @source none of WWSAPI's
function listener:info()
  return inside.info(self)
end

--- @treturn string "created", "open" or "closed"
-- @source WS_LISTENER_STATE
function listener:state()
  return state_of(self).name
end

local known = {
  state = function(state) return state.name end,
  channel_type = function(state)
    if not state.kind then return state.type end
    return state.kind == "http" and "reply" or "duplex_session"
  end,
  channel_binding = function(state) return state.kind or state.binding end,
}

--- @tparam string name a property of the listener; "state"; "channel_type" and "channel_binding", once it is
-- open or where they were given
-- @treturn[1] any its value
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (no such property, or one of a channel)
-- @source WsGetListenerProperty
function listener:get(name)
  if known[name] then return known[name](state_of(self)) end
  return inside.get(self, name)
end

inside.metatable.__index = function(self, key)
  if key == "url" then return state_of(self).url end
  return listener[key]
end

inside.metatable.__close = function(self)
  self:close()
end

inside.metatable.__tostring = function(self)
  local state = state_of(self)
  return "wws.listener: " .. state.name .. (state.url and " at " .. state.url or "")
end

local FUNCTIONS = { "trace", "on_request" }
local TYPES = { url = "string", security = "table", acceptor = "table" }
local BINDINGS = { http = "reply", tcp = "duplex_session", namedpipe = "duplex_session" }
local SESSIONS = { input_session = true, output_session = true }

local function check_types(options)
  if type(options) ~= "table" then error("the options of a listener must be a table", 4) end
  for _, name in ipairs(FUNCTIONS) do
    local value = rawget(options, name)
    if value ~= nil and type(value) ~= "function" then error(name .. " must be a function", 4) end
  end
  for name, kind in pairs(TYPES) do
    local value = rawget(options, name)
    if value ~= nil and type(value) ~= kind then error(("%s must be a %s"):format(name, kind), 4) end
  end
end

local function check(options)
  check_types(options)
  local binding, kind = rawget(options, "binding"), rawget(options, "type")
  if binding ~= nil and not BINDINGS[binding] then
    return failure("invalidarg", "a listener has no such binding",
      { property = "binding", expected = "http, tcp or namedpipe", got = tostring(binding) })
  end
  if kind ~= nil and kind ~= "reply" and kind ~= "duplex_session" then
    local code = SESSIONS[kind] and "notimpl" or "invalidarg"
    return failure(code,
      "a listener has channels of the type reply over http, and duplex_session over tcp and pipes, only",
      { property = "type", expected = "reply or duplex_session", got = tostring(kind) })
  end
  return true
end

-- A store of ours goes to the core as what the core must know of it.
local function with_vault(options)
  local store = rawget(options, "store")
  if not object.is(store) then return options end
  local given = {}
  for name, value in pairs(options) do given[name] = value end
  local vault
  given.store, vault = vaults.new(store)
  return given, vault
end

-- The listener's own count of contexts that were revoked, for as long as it lives.
local function revoked_of(self)
  local weak = setmetatable({ self }, { __mode = "v" })
  return function()
    if weak[1] then inside.count_revoked(weak[1]) end
  end
end

-- Read once, as all tables are.
local function copy_acceptor(given)
  if given == nil then return nil end
  local copy = {}
  for name, value in next, given do copy[name] = value end
  if type(copy.mechanisms) == "table" then
    local list = {}
    for index, value in ipairs(copy.mechanisms) do list[index] = value end
    copy.mechanisms = list
  end
  return copy
end

-- What `wws.listener` is; its reference is there.
local function new(options)
  local ok, err = check(options)
  if not ok then return nil, err end
  local description, self
  description, err = core.description(rawget(options, "security"), "server", rawget(options, "binding"))
  if not description then return nil, err end
  local acceptor = copy_acceptor(rawget(options, "acceptor"))
  ok, err = inside.check_acceptor(acceptor)
  if not ok then return nil, err end
  local pipe
  pipe, err = pipes.read(options)
  if not pipe then return nil, err end
  local trace, url = rawget(options, "trace"), rawget(options, "url")
  local place
  local given, vault = with_vault(options)
  self, err = inside.new(description, given, rawget(options, "env"), trace and core.trace_key() or nil)
  if not self then return nil, err end
  ok, err = saml.prepare(self, description:table())
  if not ok then return nil, err end
  if url then
    local host, port, path = inside.bind(self, url)
    if not host then return nil, port end
    place = path
  end
  local used = driver.of(rawget(options, "driver"))
  if vault then
    vault.driver, vault.place, vault.revoked = used, place, revoked_of(self)
  end
  inside.anchor(self).state = {
    name = "created",
    type = rawget(options, "type"),
    binding = rawget(options, "binding"),
    url = url,
    driver = used,
    description = description,
    trace = trace,
    env = rawget(options, "env"),
    on_request = rawget(options, "on_request"),
    requests = used.queue(),
    streams = inside.get(self, "transfer_mode") ~= "buffered",
    no_delay = rawget(options, "no_delay"),
    hosts = {},
    entrants = {},
    vault = vault,
    pipe = pipe,
    acceptor = acceptor,
  }
  return self
end

return { new = new }
