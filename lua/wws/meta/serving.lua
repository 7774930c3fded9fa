---@meta _
-- Listeners, hosts, proxies, tokens, stores, XML; see wws.lua.

---@class wws
local wws = {}

-- Listeners -----------------------------------------------------------------------------------------------------------

---@class wws.listener_options: wws.listener_properties
---@field security? wws.description
---@field binding? "http"|"tcp"|"namedpipe"
---@field type? "reply"|"duplex_session"
---@field acceptor? wws.acceptor
---@field store? "memory"|wws.context_store
---@field understands? string[] "{namespace}name" of headers that the application understands
---@field allow_reply_elsewhere? boolean
---@field host_names? string[] further names of this host that To may give
---@field max_connections? integer
---@field max_handshakes? integer
---@field max_contexts_per_identity? integer security contexts that one client may have; unset: as many as all
---@field run_directory? string where the sockets of net.pipe URLs are
---@field allowed_peers? "any"|integer[] users that a pipe's other end may be of
---@field on_request? fun(channel: wws.server_channel) instead of `accept`
---@field url? string where it is, when only `handle` is used
---@field driver? table
---@field trace? wws.trace_function
---@field env? userdata the world as specs make it

---@class wws.listener
---@field url? string where it listens
local listener = {}

---@param address string|wws.endpoint_address
---@return boolean? ok, wws.error? err
function listener:open(address) end

---nil alone when the time is up.
---@param timeout? number
---@return wws.server_channel? channel, wws.error? err
function listener:accept(timeout) end

---@return fun(): wws.server_channel?
function listener:channels() end

---@class wws.http_request
---@field method string
---@field path string
---@field headers table<string, string>
---@field body? string|fun(): string?
---@field tls? { client_certificate: string?, connection_id: string? }

---@param request wws.http_request
---@return integer? status, table<string, string>|wws.error headers, (string|fun(): string?)? body
function listener:handle(request) end

---@return boolean
function listener:close() end

---What it did since it was created, and holds now.
---@class wws.listener_info
---@field active_contexts integer
---@field pending_contexts integer established and not yet used
---@field context_bytes integer
---@field connections integer
---@field handshakes integer
---@field accepted integer connections
---@field turned_away integer
---@field failed integer
---@field requests integer
---@field refused integer
---@field established integer contexts
---@field renewals integer
---@field cancelled integer
---@field revoked integer
---@field last_error? wws.error why somebody was refused last

---@return wws.listener_info
function listener:info() end

---@return "created"|"open"|"closed"
function listener:state() end

---@param name string
---@return any value, wws.error? err
function listener:get(name) end

---Over HTTP one request; over net.tcp a session, which has `send`, `shutdown` and `get` too.
---@class wws.server_channel
local server_channel = {}

---@param timeout? number
---@return wws.message? message, wws.error? err
function server_channel:receive(timeout) end

---@return fun(): wws.message?
function server_channel:messages() end

---@param request wws.message
---@param action string
---@param body? wws.body
---@return boolean? ok, wws.error? err
function server_channel:reply(request, action, body) end

---@param request wws.message
---@param fault wws.fault
---@return boolean? ok, wws.error? err
function server_channel:fault(request, fault) end

---@return boolean? ok, wws.error? err
function server_channel:close() end

function server_channel:abort() end

---@return string
function server_channel:state() end

---@class wws.session_channel: wws.server_channel
local session_channel = {}

---@param timeout? number
---@return wws.message? message, wws.error? err
function session_channel:receive(timeout) end

---@return fun(): wws.message?
function session_channel:messages() end

---@param request wws.message
---@param action string
---@param body? wws.body
---@return boolean? ok, wws.error? err
function session_channel:reply(request, action, body) end

---@param request wws.message
---@param fault wws.fault
---@return boolean? ok, wws.error? err
function session_channel:fault(request, fault) end

---@param action string
---@param body? wws.body
---@param options? { relates_to: string? }
---@return boolean? ok, wws.error? err
function session_channel:send(action, body, options) end

---@return boolean? ok, wws.error? err
function session_channel:shutdown() end

---@return boolean? ok, wws.error? err
function session_channel:close() end

function session_channel:abort() end

---@return string
function session_channel:state() end

---@param name "transport_url"|"is_session_shut_down"
---@return any value, wws.error? err
function session_channel:get(name) end

---@param options wws.listener_options
---@return wws.listener? listener, wws.error? err
function wws.listener(options) end

-- Hosts and proxies ---------------------------------------------------------------------------------------------------

---@alias wws.operation fun(request: wws.message): wws.body?, string|wws.fault?

---@class wws.service_endpoint: wws.listener_options
---@field url string
---@field operations table<string, wws.operation> by action

---@class wws.service_host_options
---@field [integer] wws.service_endpoint
---@field handled? boolean
---@field driver? table
---@field trace? wws.trace_function

---@class wws.service_host
---@field urls string[]
local host = {}

---@return boolean? ok, wws.error? err
function host:open() end

---@param request wws.http_request
---@return integer? status, table<string, string>|wws.error headers, (string|fun(): string?)? body
function host:handle(request) end

---@return boolean? ok, wws.error? err
function host:run() end

---@param timeout? number
---@return boolean? ok, wws.error? err
function host:step(timeout) end

---The numbers of all endpoints added up, and each one's own.
---@class wws.host_info: wws.listener_info
---@field endpoints wws.listener_info[]

---@return wws.host_info
function host:info() end

---@return boolean
function host:close() end

---@param options wws.service_host_options
---@return wws.service_host? host, wws.error? err
function wws.service_host(options) end

---@class wws.service_proxy_options: wws.channel_options
---@field url string
---@field identity? wws.identity
---@field headers? string[]
---@field operations table<string, string|{ action: string, reply_action: string?, one_way: boolean? }>
---@field call_timeout? number
---@field max_call_pool_size? integer
---@field max_pending_calls? integer
---@field max_close_timeout? number

---@class wws.call_options: wws.message_options
---@field call_id? number|string

---@class wws.service_proxy
local proxy = {}

---@return boolean? ok, wws.error? err
function proxy:open() end

function proxy:abort() end

---@param timeout? number
---@return boolean? ok, wws.error? err
function proxy:close(timeout) end

---@return boolean? ok, wws.error? err
function proxy:reset() end

---@return wws.channel_state
function proxy:state() end

---@return { idle: integer, pending: integer }
function proxy:info() end

---@param name string
---@param body? wws.body
---@param options? wws.call_options
---@return wws.message|true|nil reply, wws.error? err
function proxy:call(name, body, options) end

---@param name string
---@return (fun(body?: wws.body, options?: wws.call_options): wws.message|true|nil, wws.error?)? call, wws.error? err
function proxy:operation(name) end

---@param id? number|string
---@return integer? count, wws.error? err
function proxy:abandon(id) end

---@param options wws.service_proxy_options
---@return wws.service_proxy? proxy, wws.error? err
function wws.service_proxy(options) end

-- Tokens --------------------------------------------------------------------------------------------------------------

---@class wws.security_token
local security_token = {}

---@param name string
---@return any value, wws.error? err
function security_token:get(name) end

---@return boolean
function security_token:close() end

---@class wws.xml_token_options
---@field xml string
---@field key? wws.certificate_credential|{ type: "raw_symmetric", bytes: string }
---@field attached_reference? string
---@field unattached_reference? string
---@field valid_from? number
---@field valid_till? number

---@param options wws.xml_token_options
---@return wws.security_token? token, wws.error? err
function wws.xml_token(options) end

---@class wws.token_request
---@field applies_to? string|wws.endpoint_address
---@field request_action? "issue"|"new_context"|"renew_context"
---@field trust_version? "february_2005"|"1.3"
---@field secure_conversation_version? "february_2005"|"1.3"
---@field issued_token_type? string a URI
---@field issued_token_key_type? "none"|"symmetric"
---@field issued_token_key_size? integer bits
---@field issued_token_key_entropy? "server_only"|"client_only"|"combined"
---@field bearer_key_type_version? "1_3_errata_01"|"1_3_original_schema"|"1_3_original_specification"
---@field existing_token? wws.security_token
---@field local_request_parameters? string|string[]
---@field service_request_parameters? string|string[]
---@field message_properties? wws.message_properties
---@field timeout? number

---@param channel wws.client_channel
---@param options? wws.token_request
---@return wws.security_token? token, wws.error? err
function wws.request_security_token(channel, options) end

-- Stores --------------------------------------------------------------------------------------------------------------

---@class wws.context_store

---@class wws.store_options
---@field keys { id: string, secret: string }[] the first seals, all open
---@field prefix? string

---@class wws.redis_options: wws.store_options
---@field host? string
---@field port? integer
---@field path? string
---@field username? string
---@field password? string
---@field tls? true|{ trust: string?, credential: wws.certificate_credential? }
---@field timeout? number

---@class wws.store
wws.store = {}

---@param name string
---@param options wws.store_options
---@return wws.context_store? store, wws.error? err
function wws.store.shared_dict(name, options) end

---@param options wws.redis_options
---@return wws.context_store? store, wws.error? err
function wws.store.redis(options) end

---@param options { keys: { id: string, secret: string }[], revocations: wws.context_store? }
---@return wws.context_store? store, wws.error? err
function wws.store.sealed(options) end

-- XML, traces ---------------------------------------------------------------------------------------------------------

---@class wws.xml_options
---@field encoding? string
---@field fragment? boolean
---@field numbers? boolean
---@field max_size? integer
---@field max_depth? integer

---@class wws.xml
---@field null lightuserdata
wws.xml = {}

---@param value any
---@param options? wws.xml_options
---@return string? bytes, wws.error? err
function wws.xml.encode(value, options) end

---@param bytes string
---@param options? wws.xml_options
---@return table? value, wws.error? err
function wws.xml.decode(bytes, options) end

---@param bytes string
---@param from string
---@param to string
---@param options? wws.xml_options
---@return string? bytes, wws.error? err
function wws.xml.convert(bytes, from, to, options) end

---@class wws.trace
wws.trace = {}

---@param path string
---@return wws.trace_function? trace, wws.error? err
function wws.trace.jsonl(path) end
