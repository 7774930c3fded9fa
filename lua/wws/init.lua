--- The Windows Web Services security family for Lua.
--
-- What holds everywhere: names are WWSAPI's constants in lower case without their enumeration's prefix, enumerations
-- are strings, flags lists of strings. Durations are seconds (fractions allowed, `math.huge` is none), sizes bytes,
-- sizes of keys bits, times seconds since the Unix epoch, byte strings Lua strings. Tables passed in are read once and
-- not kept.
--
-- A wrong argument *type* raises. Everything else that can go wrong returns nil and an error, which is a table: `code`
-- (WWSAPI's `WS_E_…` in lower case without that prefix, or a plain HRESULT's name: `"invalidarg"`, `"notimpl"`,
-- `"outofmemory"`, `"cert_e_expired"` …), `hresult`, `message` (one sentence), and, as far as they are known, `step`,
-- `binding`, `property`, `expected`, `got`, `hint`, `fault` (`code`, `subcode`, `reason`, `node`, `role`, `detail`,
-- `secured`), `cause` (the next error down). `tostring` makes one line of it. No error holds a secret. After `close` an
-- object's methods return `invalid_operation`.
--
-- "Source" names WWSAPI's own function, and the section of the specification that is performed.
-- @module wws
local core = require "wws.core"
local channel = require "wws.channel"
local describe = require "wws.describe"
local driver = require "wws.driver"
local listener = require "wws.listener"
local proxy = require "wws.proxy"
local service = require "wws.service"
local token = require "wws.token"
local trust = require "wws.trust"
local store = require "wws.store"
local xml = require "wws.xml"

local wws = { _VERSION = "0.1.0" }

--- Creates a client's channel. Its description is validated and frozen here; nothing is sent.
-- @function channel
-- @tparam table options
--
-- - `security`: the description (default: none)
-- - `binding`: "http", "tcp" or "namedpipe", so that its rules are checked here and not only in `open`
-- - `type`: "request" (default over HTTP) or "duplex_session" (default elsewhere)
-- - `timeout`: seconds for a whole call, establishing and renewing included (default: none but those of the properties)
-- - `reuse_connection`: over net.tcp and pipes, a closed channel leaves its connection for another to the same place
-- - `run_directory`, `allowed_peers`: of pipes, see `wws.pipes`
-- - `posix_identity`: over net.uds without a transport binding, false asks for no upgrade, as WCF's
--   `SecurityMode.None` has it
-- - `driver`: who waits (default: what `wws.use` chose), `trace`: a function of each event, see `wws.trace`
-- - and any channel property of the table "Channels and listeners", with its default there
--
-- @treturn[1] userdata the channel, whose methods are those of `wws.channel`
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (the description or an option is wrong: `binding`, `property`), `notimpl`
-- @source WsCreateChannel; WS_SECURITY_DESCRIPTION, WS_CHANNEL_PROPERTY
wws.channel = channel.new

--- Creates a client's channel and opens it.
-- @function connect
-- @tparam string|table address as that of `channel:open`
-- @tparam[opt] table options those of `wws.channel`
-- @treturn[1] userdata the channel
-- @treturn[2] nil
-- @treturn[2] table the error of either
-- @source WsCreateChannel, WsOpenChannel
wws.connect = channel.connect

--- Creates a server's listener. Its description is validated and frozen here.
-- @function listener
-- @tparam table options
--
-- - `security`: the description (default: none); `binding` as that of a channel; `type`: "reply" or "duplex_session"
-- - `acceptor`: who accepts Kerberos and NTLM, `{ keytab=, principal=, mechanisms = { "kerberos" } }`
-- - `store`: where security contexts are, "memory" (default) or what `wws.store` makes
-- - `understands`: a list of `"{namespace}name"` of headers that the application understands
-- - `host_names`: a list of further names of this host that To may give
-- - `allow_reply_elsewhere`: a ReplyTo that is not anonymous is let pass (default false)
-- - `max_connections` (default 1000), `max_handshakes` (default 100): most of them at a time
-- - `max_contexts_per_identity`: most security contexts of one client (default: as many as there may be), with
--   `store = "memory"`
-- - `max_contexts_per_identity` (default: as many as of all): security contexts in memory that one client may have
-- - `on_request`: a function that gets each channel inside its connection's coroutine, instead of `accept`
-- - `url`: where it is, when only `handle` is used
-- - `run_directory`, `allowed_peers`: of pipes, see `wws.pipes`
-- - `driver`, `trace`: as those of a channel
-- - and any listener property of the table "Channels and listeners", with its default there
--
-- @treturn[1] userdata the listener, whose methods are those of `wws.listener`
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, `notimpl`, `invalid_endpoint_url`
-- @source WsCreateListener; WS_LISTENER_PROPERTY
wws.listener = listener.new

--- Serves operations of one or more endpoints. Nothing is opened yet.
-- @function service_host
-- @tparam table options as those of `wws.service.host`
-- @treturn[1] table the host
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, `notimpl`
-- @source WsCreateServiceHost; WS_SERVICE_ENDPOINT
wws.service_host = service.host

--- Calls operations of a service by name, over a pool of channels. Nothing is opened yet.
-- @function service_proxy
-- @tparam table options as those of `wws.proxy.new`
-- @treturn[1] table the proxy
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, `notimpl`
-- @source WsCreateServiceProxy; WS_PROXY_PROPERTY
wws.service_proxy = proxy.new

--- Validates a security description and fills in every default.
-- @function describe
-- @tparam ?table description as that of `wws.describe.describe`
-- @tparam string side "client" or "server"
-- @tparam[opt] string binding "http", "tcp" or "namedpipe"; without it the rules that need it are not applied
-- @treturn[1] table the description with every default
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, with `binding`, `property`, `expected`, `got`, `hint`
-- @source WS_SECURITY_DESCRIPTION, WS_SECURITY_BINDING, WS_SECURITY_PROPERTY
wws.describe = describe.describe

--- What each binding type accepts.
-- @function bindings
-- @treturn table by binding type; see `wws.describe.bindings` for this and three more
-- @source WS_SECURITY_BINDING_TYPE, WS_SECURITY_BINDING_PROPERTY_ID
wws.bindings = describe.bindings

--- Compares two strings in a time that does not depend on where they differ.
-- @function equal
-- @tparam string a
-- @tparam string b
-- @treturn boolean
-- @source none of WWSAPI's: for `validate_password`
wws.equal = core.equal

--- Chooses the driver for all objects made from now on.
-- @function use
-- @tparam ?table driver such as `require "wws.io.cqueues"`; nil goes back to the default: cosockets inside OpenResty,
-- else `wws.io.blocking`
-- @source none of WWSAPI's: it stands for WS_ASYNC_CONTEXT
wws.use = driver.use

--- Makes a security token of XML, for the xml_token binding.
-- @function xml_token
-- @tparam table options as those of `wws.token.xml_token`
-- @treturn[1] userdata the token
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`
-- @source WsCreateXmlSecurityToken
wws.xml_token = token.xml_token

--- Asks an issuer for a security token.
-- @function request_security_token
-- @tparam userdata channel to the issuer, open
-- @tparam[opt] table options as those of `wws.trust.request_security_token`
-- @treturn[1] userdata the token
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, `invalid_operation`, and all of `channel:request`
-- @source WsRequestSecurityToken; WS-Trust 1.3 section 4
wws.request_security_token = trust.request_security_token

--- Where trace events can go.
-- @see wws.trace
wws.trace = require "wws.trace"

--- Where security contexts rest when several workers or machines share them.
-- @see wws.store
wws.store = store

--- XML to tables and back.
-- @see wws.xml
wws.xml = xml

--- Endpoint references, read and written.
-- @see wws.address
wws.address = require "wws.address"

--- What an XML element holds that has no value (`xsi:nil`).
wws.null = xml.null

return wws
