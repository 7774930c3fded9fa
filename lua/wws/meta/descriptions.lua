---@meta _
-- Printed from the C tables: make tables

---@alias wws.binding_template_type
---| "http"
---| "http_header_auth"
---| "http_ssl"
---| "http_ssl_header_auth"
---| "http_ssl_kerberos_apreq"
---| "http_ssl_kerberos_apreq_security_context"
---| "http_ssl_username"
---| "http_ssl_username_security_context"
---| "tcp"
---| "tcp_sspi"
---| "tcp_sspi_kerberos_apreq"
---| "tcp_sspi_kerberos_apreq_security_context"
---| "tcp_sspi_username"
---| "tcp_sspi_username_security_context"

---@alias wws.cert_credential_type
---| "custom"
---| "subject"
---| "thumbprint"

---@alias wws.cert_failure
---| "cn_mismatch"
---| "invalid_date"
---| "revocation_offline"
---| "untrusted_root"
---| "wrong_usage"

---@alias wws.endpoint_identity_type
---| "certificate"
---| "dns"
---| "rsa"
---| "spn"
---| "upn"
---| "xml"

---@alias wws.extended_protection_policy
---| "always"
---| "never"
---| "when_supported"

---@alias wws.extended_protection_scenario
---| "bound_server"
---| "terminated_ssl"

---@alias wws.http_header_auth_scheme
---| "basic"
---| "digest"
---| "negotiate"
---| "none"
---| "ntlm"
---| "passport"

---@alias wws.http_header_auth_target
---| "proxy"
---| "service"

---@alias wws.message_security_usage
---| "supporting"

---@alias wws.protection_level
---| "none"
---| "sign"
---| "sign_and_encrypt"

---@alias wws.request_security_token_action
---| "issue"
---| "new_context"
---| "renew_context"

---@alias wws.saml_authenticator_type
---| "cert_signed"

---@alias wws.secure_conversation_version
---| "1.3"
---| "february_2005"

---@alias wws.secure_protocol
---| "ssl2"
---| "ssl3"
---| "tls1_0"
---| "tls1_1"
---| "tls1_2"
---| "tls1_3"

---@alias wws.security_algorithm_id
---| "asymmetric_keywrap_rsa_1_5"
---| "asymmetric_keywrap_rsa_oaep"
---| "asymmetric_signature_dsa_sha1"
---| "asymmetric_signature_rsa_sha1"
---| "asymmetric_signature_rsa_sha_256"
---| "asymmetric_signature_rsa_sha_384"
---| "asymmetric_signature_rsa_sha_512"
---| "canonicalization_exclusive"
---| "canonicalization_exclusive_with_comments"
---| "default"
---| "digest_sha1"
---| "digest_sha_256"
---| "digest_sha_384"
---| "digest_sha_512"
---| "key_derivation_p_sha1"
---| "symmetric_signature_hmac_sha1"
---| "symmetric_signature_hmac_sha_256"
---| "symmetric_signature_hmac_sha_384"
---| "symmetric_signature_hmac_sha_512"

---@alias wws.security_algorithm_suite_name
---| "basic128"
---| "basic128_rsa15"
---| "basic128_sha256"
---| "basic128_sha256_rsa15"
---| "basic192"
---| "basic192_rsa15"
---| "basic192_sha256"
---| "basic192_sha256_rsa15"
---| "basic256"
---| "basic256_rsa15"
---| "basic256_sha256"
---| "basic256_sha256_rsa15"

---@alias wws.security_bearer_key_type_version
---| "1_3_errata_01"
---| "1_3_original_schema"
---| "1_3_original_specification"

---@alias wws.security_binding_type
---| "http_header_auth"
---| "kerberos_apreq"
---| "namedpipe_sspi"
---| "saml"
---| "security_context"
---| "ssl"
---| "tcp_sspi"
---| "username"
---| "xml_token"

---@alias wws.security_header_layout
---| "lax"
---| "lax_with_timestamp_first"
---| "lax_with_timestamp_last"
---| "strict"

---@alias wws.security_header_version
---| "1.0"
---| "1.1"

---@alias wws.security_impersonation_level
---| "anonymous"
---| "delegation"
---| "identification"
---| "impersonation"

---@alias wws.security_key_entropy_mode
---| "client_only"
---| "combined"
---| "server_only"

---@alias wws.security_key_handle_type
---| "capi_asymmetric"
---| "ncrypt_asymmetric"
---| "raw_symmetric"

---@alias wws.security_key_type
---| "asymmetric"
---| "none"
---| "symmetric"

---@alias wws.security_timestamp_usage
---| "always"
---| "never"
---| "requests_only"

---@alias wws.security_token_reference_mode
---| "cert_thumbprint"
---| "local_id"
---| "saml_assertion_id"
---| "security_context_id"
---| "xml_buffer"

---@alias wws.trust_version
---| "1.3"
---| "february_2005"

---@alias wws.username_credential_type
---| "string"

---@alias wws.windows_integrated_auth_credential_type
---| "default"
---| "opaque"
---| "string"

---@alias wws.windows_integrated_auth_package
---| "kerberos"
---| "ntlm"
---| "spnego"

---`get(url)` gives a credential of another type, or certificate, private key and password as `pem` takes them, or nil for none, at each opening; `issuers(list)` gets the names of whose certificates the server takes that refused it
---@class wws.certificate_credential.custom
---@field type "custom"
---@field get fun(url: string): (wws.certificate_credential|string)?, string?, string?
---@field issuers? fun(names: string[])

---PEM texts, or paths of files that hold them; the chain stands behind the certificate
---@class wws.certificate_credential.pem
---@field type "pem"
---@field certificate string
---@field password? string
---@field private_key? string

---a PKCS#12 file with certificate, key and chain
---@class wws.certificate_credential.pkcs12
---@field type "pkcs12"
---@field file string
---@field password? string

---the one certificate of the store (a file of PEM, DER or PKCS#12, or a directory of such) whose RFC 2253 subject holds this, in any case; with the private key and the chain that are there
---@class wws.certificate_credential.subject
---@field type "subject"
---@field password? string
---@field store string
---@field subject string

---the same by its thumbprint: SHA-1, or SHA-256
---@class wws.certificate_credential.thumbprint
---@field type "thumbprint"
---@field password? string
---@field store string
---@field thumbprint string

---a `pkcs11:` URI: the key stays in its token
---@class wws.certificate_credential.uri
---@field type "uri"
---@field uri string

---@alias wws.certificate_credential wws.certificate_credential.custom|wws.certificate_credential.pem|wws.certificate_credential.pkcs12|wws.certificate_credential.subject|wws.certificate_credential.thumbprint|wws.certificate_credential.uri

---sent as it is
---@class wws.username_credential.string
---@field type "string"
---@field password string
---@field username string

---@alias wws.username_credential wws.username_credential.string

---the process's Kerberos credentials, or those that are named
---@class wws.windows_credential.default
---@field type "default"
---@field ccache? string
---@field keytab? string
---@field principal? string

---what a message's token has as `delegated`
---@class wws.windows_credential.opaque
---@field type "opaque"
---@field credential userdata

---an account by its password
---@class wws.windows_credential.string
---@field type "string"
---@field domain? string
---@field password string
---@field username string

---@alias wws.windows_credential wws.windows_credential.default|wws.windows_credential.opaque|wws.windows_credential.string

---authentication in HTTP headers
---@class wws.binding.http_header_auth
---@field type "http_header_auth"
---@field credential? wws.windows_credential who the client is
---@field digest_secret? fun(username: string, realm: string, algorithm: string): string? digest_secret(username, realm, algorithm) -> hash or nil; required with the scheme digest, refused without
---@field validate_password? fun(username: string, password: string): boolean validate_password(username, password) -> boolean; required with the scheme basic, refused without
---@field basic_realm? string the realm of the scheme basic
---@field digest_domain? string the domain of the scheme digest
---@field digest_realm? string the realm of the scheme digest
---@field scheme? wws.http_header_auth_scheme[] the schemes that may be used
---@field target? wws.http_header_auth_target who is authenticated to

---a Kerberos ticket in each message
---@class wws.binding.kerberos_apreq
---@field type "kerberos_apreq"
---@field credential? wws.windows_credential who the client is
---@field allow_anonymous_clients? boolean anonymous clients may come in
---@field allowed_impersonation_level? wws.security_impersonation_level what the server may do with the client's identity

---Kerberos, NTLM or SPNEGO under the messages of a named pipe
---@class wws.binding.namedpipe_sspi
---@field type "namedpipe_sspi"
---@field credential? wws.windows_credential who the client is
---@field allow_anonymous_clients? boolean anonymous clients may come in
---@field allowed_impersonation_level? wws.security_impersonation_level what the server may do with the client's identity
---@field require_server_auth? boolean the server must prove who it is, which NTLM cannot
---@field windows_integrated_auth_package? wws.windows_integrated_auth_package the mechanism

---SAML 1.1 assertions, verified
---@class wws.binding.saml
---@field type "saml"
---@field authenticator? wws.saml_authenticator whose assertions are accepted

---a WS-SecureConversation context, established by the bootstrap
---@class wws.binding.security_context
---@field type "security_context"
---@field bootstrap? wws.description the description by which a context is obtained
---@field key_entropy_mode? wws.security_key_entropy_mode who contributes to the key
---@field key_size? integer bits of the key to ask for; unset: the issuer decides
---@field max_active_contexts? integer most contexts in use
---@field max_pending_contexts? integer most contexts established and not yet used
---@field message_properties? wws.message_properties properties of the two messages that obtain the context
---@field renewal_interval? number client: the age at which it renews; server: the life of a context
---@field rollover_interval? number how long the old key is still accepted after a renewal
---@field secure_conversation_version? wws.secure_conversation_version the version of WS-SecureConversation
---@field support_renew? boolean false: the client establishes anew instead, the server refuses renewals

---TLS under the messages
---@class wws.binding.ssl
---@field type "ssl"
---@field credential? wws.certificate_credential the client's certificate on a channel, the server's on a listener that ends TLS itself
---@field trust? string PEM file or directory of trusted authorities; default: the system's
---@field cert_failures_to_ignore? wws.cert_failure[] failures of the server's certificate that are let pass
---@field certificate_validation_callback? fun(certificate: string): boolean certificate_validation_callback(certificate) -> boolean: asked before each request with the DER bytes of the server's certificate; only true lets the request go
---@field disable_cert_revocation_check? boolean do not ask whether the server's certificate was revoked
---@field disallowed_secure_protocols? wws.secure_protocol[] TLS versions that are not spoken
---@field require_ssl_client_cert? boolean clients must present a certificate

---Kerberos, NTLM or SPNEGO under the messages of a TCP session
---@class wws.binding.tcp_sspi
---@field type "tcp_sspi"
---@field credential? wws.windows_credential who the client is
---@field allow_anonymous_clients? boolean anonymous clients may come in
---@field allowed_impersonation_level? wws.security_impersonation_level what the server may do with the client's identity
---@field require_server_auth? boolean the server must prove who it is, which NTLM cannot
---@field windows_integrated_auth_package? wws.windows_integrated_auth_package the mechanism

---a user name and password in each message
---@class wws.binding.username
---@field type "username"
---@field credential? wws.username_credential who the client is
---@field validate_password? fun(username: string, password: string): boolean validate_password(username, password) -> boolean; only true accepts

---a security token given as XML
---@class wws.binding.xml_token
---@field type "xml_token"
---@field token? wws.security_token what wws.xml_token gives

---@alias wws.binding wws.binding.http_header_auth|wws.binding.kerberos_apreq|wws.binding.namedpipe_sspi|wws.binding.saml|wws.binding.security_context|wws.binding.ssl|wws.binding.tcp_sspi|wws.binding.username|wws.binding.xml_token

---Bindings in its list part, settings of the whole channel by name.
---@class wws.description: wws.binding[]
---@field algorithm_suite? wws.algorithm_suite a suite of one's own: canonicalization, digest, symmetric_signature, asymmetric_signature, key_derivation, asymmetric_key_wrap, min_ and max_symmetric_key_length, min_ and max_asymmetric_key_length
---@field algorithm_suite_name? wws.security_algorithm_suite_name basic128 where kerberos_apreq is present
---@field extended_protection_policy? wws.extended_protection_policy HTTP with http_header_auth or kerberos_apreq: whether clients must be bound to the connection
---@field extended_protection_scenario? wws.extended_protection_scenario HTTP with http_header_auth or kerberos_apreq: where TLS ends
---@field max_allowed_clock_skew? number how far the two clocks may differ
---@field max_allowed_latency? number how old a received Timestamp may be
---@field security_header_layout? wws.security_header_layout the order inside the Security header
---@field security_header_version? wws.security_header_version the version of WS-Security that is written, which shows in references to binary tokens; both are read
---@field service_identities? string[] HTTP: the service names that clients may be bound to, exactly; refused where nothing is bound by name
---@field timestamp_usage? wws.security_timestamp_usage which messages carry a Timestamp; never is refused where something signs
---@field timestamp_validity_duration? number how long a sent Timestamp is valid
---@field transport_protection_level? wws.protection_level what the transport must do at the least, and TLS always does; none, said explicitly, allows some bindings without ssl

---@class wws.channel_properties
---@field addressing_version? "0.9"|"1.0"|"transport" the version of WS-Addressing
---@field allow_unsecured_faults? boolean a fault that nothing secures is delivered
---@field close_timeout? number how long closing may take
---@field connect_timeout? number how long connecting may take, handshakes included
---@field cookie_mode? "manual"|"auto" cookies are kept and sent back, or left to the caller's headers
---@field custom_http_proxy? { servers: string, bypass?: string } HTTP proxies (host:port, tried in turn) and what goes past them (host:port, * for anything, <local>)
---@field decoder? table turns what is received into other bytes
---@field enable_http_redirect? boolean redirections that keep the message are followed, ten in a call
---@field enable_timeouts? boolean false: time-outs that were not given are none
---@field encoder? table turns what is sent into other bytes
---@field encoding? "text_utf8"|"text_utf16be"|"text_utf16le"|"binary"|"binary_session"|"mtom_utf8"|"mtom_utf16be"|"mtom_utf16le" how messages are written; over net.tcp the default is binary_session
---@field envelope_version? "soap_1_1"|"soap_1_2" the version of SOAP
---@field faults_as_errors? boolean a reply that is a fault is an error, not a message
---@field http_message_mapping? table HTTP headers and query strings as parts of messages
---@field http_proxy_setting_mode? "auto"|"none"|"custom" custom: custom_http_proxy says which HTTP proxy; auto and none: there is none
---@field http_redirect_callback? fun(from: string, to: string): boolean gets both URLs and says whether a redirection is followed
---@field ip_version? "4"|"6"|"auto" the version of IP; a listener on all addresses has both
---@field keep_alive_interval? number how long between two probes, in whole seconds; needs send_keep_alives
---@field keep_alive_time? number how long a connection is idle before it is probed, in whole seconds; needs send_keep_alives
---@field max_buffered_message_size? number most bytes of a message held whole, sent or received
---@field max_http_server_connections? number most connections to the server at a time, of a channel inside OpenResty and of a service proxy
---@field max_session_dictionary_size? number most bytes of the strings that a session's binary XML numbers
---@field max_streamed_flush_size? number bytes that are gathered before they are sent, where the body flows
---@field max_streamed_message_size? number most bytes of a message that flows
---@field max_streamed_start_size? number most bytes of a received message before its body, where the body flows
---@field no_delay? boolean small packets are sent at once, as whole messages always are unless false is said
---@field receive_response_timeout? number how long the head of a response may take to come
---@field receive_timeout? number how long a message may take to come
---@field resolve_timeout? number how long finding the host's address may take
---@field send_keep_alives? boolean an idle connection is probed, to find out whether the peer is still there
---@field send_timeout? number how long sending a message may take
---@field transfer_mode? "buffered"|"streamed_input"|"streamed_output"|"streamed" which bodies flow and which are held whole
---@field trim_buffered_message_size? number bytes of memory kept from one message to the next

---@class wws.listener_properties
---@field addressing_version? "0.9"|"1.0"|"transport" the version of WS-Addressing
---@field close_timeout? number how long closing may take
---@field connect_timeout? number how long connecting may take, handshakes included
---@field decoder? table turns what is received into other bytes
---@field disallowed_user_agent? string[] requests whose User-Agent has one of these in it are refused
---@field enable_timeouts? boolean false: time-outs that were not given are none
---@field encoder? table turns what is sent into other bytes
---@field encoding? "text_utf8"|"text_utf16be"|"text_utf16le"|"binary"|"binary_session"|"mtom_utf8"|"mtom_utf16be"|"mtom_utf16le" how messages are written; over net.tcp the default is binary_session
---@field envelope_version? "soap_1_1"|"soap_1_2" the version of SOAP
---@field http_message_mapping? table HTTP headers and query strings as parts of messages
---@field ip_version? "4"|"6"|"auto" the version of IP; a listener on all addresses has both
---@field keep_alive_interval? number how long between two probes, in whole seconds; needs send_keep_alives
---@field keep_alive_time? number how long a connection is idle before it is probed, in whole seconds; needs send_keep_alives
---@field listen_backlog? number most connections that wait to be accepted
---@field max_buffered_message_size? number most bytes of a message held whole, sent or received
---@field max_http_request_headers_buffer_size? number most bytes of a request's head
---@field max_session_dictionary_size? number most bytes of the strings that a session's binary XML numbers
---@field max_streamed_flush_size? number bytes that are gathered before they are sent, where the body flows
---@field max_streamed_message_size? number most bytes of a message that flows
---@field max_streamed_start_size? number most bytes of a received message before its body, where the body flows
---@field no_delay? boolean small packets are sent at once, as whole messages always are unless false is said
---@field receive_timeout? number how long a message may take to come
---@field send_keep_alives? boolean an idle connection is probed, to find out whether the peer is still there
---@field send_timeout? number how long sending a message may take
---@field to_header_matching_options? ("dns_host"|"dns_fully_qualified_host"|"netbios_host"|"local_host"|"host_addresses"|"this_host"|"port"|"exact_path"|"prefix_path"|"no_query")[] how the To header must name the listener
---@field transfer_mode? "buffered"|"streamed_input"|"streamed_output"|"streamed" which bodies flow and which are held whole
---@field transport_url_matching_options? ("dns_host"|"dns_fully_qualified_host"|"netbios_host"|"local_host"|"host_addresses"|"this_host"|"port"|"exact_path"|"prefix_path"|"no_query")[] how the URL of a request must name the listener
---@field trim_buffered_message_size? number bytes of memory kept from one message to the next
