/**
 * @file listener.h
 * What all connections of a listener share: the compiled description, the settings, the contexts, and the counts.
 */
#ifndef WWS_CHANNEL_LISTENER_H
#define WWS_CHANNEL_LISTENER_H

#include "channel/context_store.h"
#include "channel/server_auth.h"
#include "channel/settings.h"
#include "channel/used_tokens.h"
#include "channel/vault.h"
#include "channel/windows.h"
#include "crypto/tls_engine.h"
#include "encoding/xml_kept.h"
#include "framing/url.h"
#include "security/description/message_properties.h"
#include "security/description/plan.h"
#include "security/token/saml.h"

/** What happened so far; `info()` shows it. */
typedef struct wws_listener_counts {
    uint64_t accepted;    /**< connections */
    uint64_t connections; /**< open ones */
    uint64_t handshakes;  /**< of these, not through TLS yet */
    uint64_t turned_away; /**< connections refused at a cap */
    uint64_t failed;      /**< connections that ended in an error */
    uint64_t requests;    /**< application messages accepted */
    uint64_t refused;     /**< messages answered with a fault or an HTTP error of ours */
    uint64_t established, renewals, cancelled;
    uint64_t revoked; /**< once closed; before, the store knows */
} wws_listener_counts;

/** Heap object, counted by reference: connections outlive a closed listener. */
typedef struct wws_listener {
    const wws_env *env; /**< borrowed; outlives the listener */
    unsigned refs;
    const wws_description *description; /**< borrowed; outlives the listener; NULL once forgotten */
    wws_settings settings;
    wws_channel_binding channel; /**< the transport: as asked for, then as the URL has it */
    bool channel_given;
    wws_arena arena;            /**< what settings, URL and understood names point to */
    wws_xml_kept kept;          /**< where the parser rests between messages of all connections */
    wws_message_plan plan;      /**< of application messages */
    wws_message_plan bootstrap; /**< of an RST that issues; with a security context */
    wws_message_limits limits;  /**< of RSTs, besides those of all messages */
    wws_message_plan renew;     /**< of an RST that renews: the bootstrap, and the context itself */
    bool secure;                /**< a transport binding: a message must have come through it */
    bool require_certificate;
    int entropy_mode;
    uint32_t key_size; /**< bits; 0: the suite's */
    bool support_renew;
    int64_t renewal_interval; /**< milliseconds that a key lives */
    int64_t rollover;
    int validate_password;           /**< of application messages; 0: none */
    int bootstrap_validate_password; /**< of RSTs */
    wws_saml_terms saml;             /**< of application messages */
    wws_saml_terms bootstrap_saml;   /**< of RSTs */
    wws_used_tokens used;
    wws_context_store *store;          /**< owned; NULL without a security context, or with a vault */
    wws_vault vault;                   /**< where contexts rest instead */
    wws_tls_config *tls;               /**< owned; NULL: plain, or not opened */
    wws_windows windows;               /**< its credential is there once it is opened */
    wws_windows tickets, boot_tickets; /**< the same for Kerberos tokens of application messages, and of RSTs */
    wws_protection protection, boot_protection; /**< whom these must be for */
    wws_used_tokens used_tickets;
    wws_windows header;   /**< its schemes negotiate and ntlm */
    wws_server_auth auth; /**< HTTP header authentication */
    wws_url url;
    bool has_url;
    bool any_host;         /**< the host was a wildcard */
    const wws_span *names; /**< further names of this host that URLs may give */
    size_t name_count;
    wws_span host_name; /**< the machine's; empty: not known */
    const wws_span *addresses;
    size_t address_count;
    const wws_span *understands; /**< `{ns}local` of headers that the application understands */
    size_t understand_count;
    bool allows_elsewhere; /**< a ReplyTo or FaultTo that is not anonymous is let pass; HTTP answers all the same */
    size_t max_connections, max_handshakes;
    size_t max_contexts_per_identity; /**< 0: as many as of all */
    bool shares_port;                 /**< others listen on its port too: each request says whom it means */
    bool trace;
    uint8_t trace_key[32];
    bool closed;
    wws_listener_counts counts;
    wws_error last_error; /**< why the last message or connection was refused */
    bool has_last_error;
} wws_listener;

/** What a listener is made of. Borrowed for the call but where it says otherwise. */
typedef struct wws_listener_options {
    const wws_description *description; /**< a server's; outlives the listener */
    const wws_value *options;           /**< in `arena`, as the user wrote them; properties are taken out of it */
    const char *const *others;          /**< names of options that are no properties */
    wws_channel_binding channel;        /**< UNKNOWN: the URL will say */
    bool trace;
    const uint8_t *trace_key; /**< 32 bytes; with trace */
} wws_listener_options;

/**
 * @param arena  moves into the listener on success; holds what options point to
 * @return invalidarg with the property; notimpl; outofmemory
 */
WWS_MUST_CHECK wws_result wws_listener_new(const wws_env *env, wws_arena *arena, const wws_listener_options *options,
                                           wws_listener **out, wws_error *err);
wws_listener *wws_listener_keep(wws_listener *listener);
void wws_listener_free(wws_listener *listener); /**< gives up one reference; NULL is fine */

/** Ends all contexts; messages that still come are refused. Idempotent. */
void wws_listener_close(wws_listener *listener);

/**
 * Where it listens: its scheme must be as the description says; `+` and `*` as host are any.
 * @param port  the port that was bound when the URL's was 0; else 0
 * @return invalid_endpoint_url, invalidarg
 */
WWS_MUST_CHECK wws_result wws_listener_bind(wws_listener *listener, wws_span url, uint16_t port, wws_error *err);
/** Gives a listener with a tcp_sspi, namedpipe_sspi or kerberos_apreq binding who it is. @param acceptor kept */
WWS_MUST_CHECK wws_result wws_listener_accept_windows(wws_listener *listener, wws_gss_credential *acceptor,
                                                      wws_error *err);
/** The server's side of TLS. @param certificate kept; with its key. @return invalidarg … */
WWS_MUST_CHECK wws_result wws_listener_secure(wws_listener *listener, wws_certificate *certificate, wws_error *err);

/** Compiles `saml` and `bootstrap_saml` (listener_saml.c). @param arena  for what they point to */
WWS_MUST_CHECK wws_result wws_listener_compile_saml(wws_listener *listener, wws_arena *arena, wws_error *err);
void wws_listener_clear_saml(wws_listener *listener);
/** One more issuer of assertions. @param issuer  kept @return invalidarg */
WWS_MUST_CHECK wws_result wws_listener_trust(wws_listener *listener, bool bootstrap, wws_certificate *issuer,
                                             wws_error *err);
/** What decrypts proof keys. @param certificate  kept @return invalidarg: no private RSA key */
WWS_MUST_CHECK wws_result wws_listener_decrypt(wws_listener *listener, bool bootstrap, wws_certificate *certificate,
                                               wws_error *err);

/** Remembers why somebody was refused. */
void wws_listener_note(wws_listener *listener, const wws_error *err);

/** Does the To header @p to name this listener? @return endpoint_not_found with what was expected */
WWS_MUST_CHECK wws_result wws_listener_match_to(const wws_listener *listener, wws_span to, wws_error *err);
/** What the machine is called, for hosts in URLs. All is copied. @return outofmemory, quota_exceeded */
WWS_MUST_CHECK wws_result wws_listener_here(wws_listener *listener, wws_span name, const wws_span *addresses,
                                            size_t count, wws_error *err);
/**
 * Does the request's URL, by the request target and the Host field?
 * @param host  absent: not compared
 * @return endpoint_not_found with what was expected
 */
WWS_MUST_CHECK wws_result wws_listener_match_transport(const wws_listener *listener, wws_span target, wws_span host,
                                                       wws_error *err);
/** Is the request target at the listener's path or below it? Which of several is meant: the one with the longest. */
bool wws_listener_covers(const wws_listener *listener, wws_span target);

#endif
