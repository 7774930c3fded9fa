---@meta wws
-- The public interface, for the Lua language server; what follows from the C tables is in descriptions.lua.

---@class wws
---@field _VERSION string
---@field null lightuserdata what an XML element holds that has no value (`xsi:nil`)
local wws = {}

---A failure. Nothing of a peer's that could not be printed is in it, nor any secret.
---@class wws.error
---@field code string the `WS_E_…` name in lower case: "security_verification_failure", "invalidarg", …
---@field hresult integer
---@field message string one sentence
---@field step? string what was being done
---@field binding? string
---@field property? string
---@field expected? string
---@field got? string
---@field hint? string
---@field fault? wws.fault
---@field cause? wws.error the next error down

---@class wws.fault
---@field code? string "{namespace}local", or one of SOAP's own five
---@field subcode? string "{namespace}local"
---@field subsubcode? string "{namespace}local"
---@field reason string
---@field lang? string of a fault that is sent
---@field node? string
---@field role? string
---@field detail? string XML
---@field secured? boolean of a fault that came: did security cover it?

---What happened; whatever else a step has is in it under its own name.
---@class wws.trace_event
---@field time number seconds since the epoch
---@field side "client"|"server"
---@field step string "connect", "request", "reply", "establish", "renew", "cancel", "fault", …
---@field direction? "in"|"out"
---@field bytes? integer
---@field action? string
---@field context? string
---@field message? string decrypted, without secrets
---@field detail? string

---@alias wws.trace_function fun(event: wws.trace_event)
---@alias wws.body string|table|fun(): string?

-- Descriptions --------------------------------------------------------------------------------------------------------

---@class wws.algorithm_suite
---@field canonicalization? string
---@field digest? string
---@field symmetric_signature? string
---@field asymmetric_signature? string
---@field key_derivation? string
---@field asymmetric_key_wrap? string
---@field min_symmetric_key_length? integer
---@field max_symmetric_key_length? integer
---@field min_asymmetric_key_length? integer
---@field max_asymmetric_key_length? integer

---@class wws.message_properties
---@field heap_properties? table
---@field xml_reader_properties? table
---@field xml_writer_properties? table
---@field max_processed_headers? integer

---@class wws.saml_authenticator
---@field type "cert_signed"
---@field trusted_issuers wws.certificate_credential[]
---@field decryption? wws.certificate_credential
---@field validate? fun(assertion_xml: string): boolean
---@field versions? string[]
---@field confirmations? string[]
---@field audiences? string[]
---@field require_audience? boolean
---@field allow_sha1? boolean
---@field single_use? boolean

---Who accepts Windows authentication.
---@class wws.acceptor
---@field keytab? string
---@field principal? string
---@field mechanisms? ("kerberos"|"ntlm")[]

---Validates a security description and fills in every default.
---@param description? wws.description
---@param side "client"|"server"
---@param channel? "http"|"tcp"|"namedpipe"
---@return table? described, wws.error? err
function wws.describe(description, side, channel) end

---What each binding type accepts; the channel-wide settings; the enumerations; the properties of channels and listeners.
---@return table bindings, table settings, table enumerations, table properties
function wws.bindings() end

---Compares in constant time.
---@param a string
---@param b string
---@return boolean
function wws.equal(a, b) end

---Chooses the driver for all objects made from now on; nil goes back to the default.
---@param driver? table
function wws.use(driver) end

-- Addresses -----------------------------------------------------------------------------------------------------------

---@class wws.identity
---@field dns? string
---@field spn? string
---@field upn? string
---@field certificate? string DER
---@field supporting? string[] DER
---@field rsa? { modulus: string, exponent: string }
---@field xml? string

---@class wws.endpoint_address
---@field url string
---@field identity? wws.identity
---@field headers? string[] reference parameters, XML of one element each
---@field version? "1.0"|"0.9"
---@field metadata? string[]
---@field extensions? string[]

---@class wws.address
wws.address = {}

---@param xml string
---@return wws.endpoint_address? address, wws.error? err
function wws.address.read(xml) end

---@param address wws.endpoint_address
---@param version? "1.0"|"0.9"
---@return string? xml, wws.error? err
function wws.address.write(address, version) end

-- Messages ------------------------------------------------------------------------------------------------------------

---@class wws.message
---@field action? string
---@field body? string XML that stands for itself
---@field headers string[]
---@field message_id? string
---@field relates_to? string
---@field to? string
---@field from? string
---@field reply_to? string
---@field fault_to? string
---@field is_fault boolean
local message = {}

---@param namespace string
---@param name string
---@return string? xml
function message:header(namespace, name) end

---The next piece of the body; nil alone at its end.
---@param max? integer
---@return string? piece, wws.error? err
function message:read(max) end

---@return string? envelope, wws.error? err
function message:xml() end

---@alias wws.message_property
---| "username"
---| "encoded_cert"
---| "security_context"
---| "saml_assertion"
---| "transport_security_windows_token"
---| "http_header_auth_windows_token"
---| "message_security_windows_token"
---| "protection_level"

---@param name wws.message_property
---@return any value, wws.error? err
function message:property(name) end

---@return boolean
function message:close() end

---Who authenticated by Kerberos or NTLM.
---@class wws.windows_token
---@field principal string
---@field mechanism string
---@field flags string[]
---@field protection_level string
---@field authenticated boolean
---@field delegated? userdata for `{ type = "opaque", credential = … }`

---Times are seconds since the epoch.
---@class wws.context_info
---@field identifier string
---@field instance? string of the key, once it was renewed
---@field state string "active", "closed", "revoked", …
---@field created? number
---@field renewed? number when the key was given
---@field renew_at? number of a client's context
---@field last_used? number of a server's context
---@field expires? number
---@field renewals? integer

---@class wws.security_context
local security_context = {}

---@param name "identifier"|"username"|"message_security_windows_token"|"saml_assertion"
---@return any value, wws.error? err
function security_context:get(name) end

---@return wws.context_info? info, wws.error? err
function security_context:info() end

---@return boolean? ok, wws.error? err
function security_context:revoke() end

---@return boolean
function security_context:close() end

-- Channels of clients -------------------------------------------------------------------------------------------------

---@class wws.channel_options: wws.channel_properties
---@field security? wws.description
---@field binding? "http"|"tcp"|"namedpipe"
---@field type? "request"|"duplex_session"
---@field timeout? number seconds for a whole call
---@field run_directory? string where the sockets of net.pipe URLs are
---@field allowed_peers? "any"|integer[] users that a pipe's other end may be of
---@field posix_identity? boolean over net.uds without a transport binding: false asks nothing of the other end
---@field reuse_connection? boolean over net.tcp: a closed session leaves its connection for another one
---@field driver? table
---@field trace? wws.trace_function
---@field env? userdata the world as specs make it

---@class wws.message_options
---@field headers? string[]
---@field message_id? string
---@field relates_to? string
---@field to? string
---@field reply_to? string
---@field understands? string[] "{namespace}name"
---@field timeout? number

---@alias wws.channel_state "created"|"opening"|"open"|"faulted"|"closing"|"closed"

---@class wws.client_channel
local channel = {}

---@param address string|wws.endpoint_address
---@return boolean? ok, wws.error? err
function channel:open(address) end

---@param action string
---@param body? wws.body
---@param options? wws.message_options
---@return wws.message? reply, wws.error? err
function channel:request(action, body, options) end

---@param action string
---@param body? wws.body
---@param options? wws.message_options
---@return boolean? ok, wws.error? err
function channel:send(action, body, options) end

---nil alone when the service answered without a message, or has ended the session.
---@param timeout? number
---@return wws.message? message, wws.error? err
function channel:receive(timeout) end

---@param timeout? number
---@return boolean? ok, wws.error? err
function channel:shutdown(timeout) end

---@param timeout? number
---@return boolean? ok, wws.error? err
function channel:close(timeout) end

function channel:abort() end

---@return boolean? ok, wws.error? err
function channel:reset() end

---@return wws.channel_state
function channel:state() end

---@param name string
---@return any value, wws.error? err
function channel:get(name) end

---@param name string
---@param value any
---@return boolean? ok, wws.error? err
function channel:set(name, value) end

---@return wws.security_context? context, wws.error? err
function channel:security_context() end

---@param options wws.channel_options
---@return wws.client_channel? channel, wws.error? err
function wws.channel(options) end

---@param address string|wws.endpoint_address
---@param options? wws.channel_options
---@return wws.client_channel? channel, wws.error? err
function wws.connect(address, options) end
