/** @file message.h  A received message with what was verified about it: what the userdata `message` shows. */
#ifndef WWS_CHANNEL_MESSAGE_H
#define WWS_CHANNEL_MESSAGE_H

#include "gss/context.h"
#include "security/description/description.h"
#include "soap/addressing.h"

struct wws_server_context;

/** Owns all it points to. Heap object, counted by reference: a userdata and its channel may hold it. */
typedef struct wws_message {
    const wws_env *env; /**< borrowed; outlives the message */
    unsigned refs;
    wws_envelope envelope;
    wws_addressing_version addressing_version;
    wws_addressing addressing;
    bool is_fault;
    bool streamed;    /**< the envelope is the front alone: its body flows to whoever reads it */
    bool secured;     /**< passed message-level verification, or none was asked for */
    wws_fault fault;  /**< with is_fault */
    wws_buf username; /**< from a verified UsernameToken or the context's identity; empty: property does not apply */
    wws_buf saml_assertion;             /**< a verified assertion's XML, or that of the context; empty: none */
    wws_buf saml_identity;              /**< who it is about, as a digest; empty: none */
    wws_buf encoded_cert;               /**< DER of the TLS client certificate; empty: none */
    wws_gss_context *windows;           /**< owned; of the session it came in; NULL: none */
    wws_gss_context *header;            /**< owned; of HTTP header authentication; NULL: none */
    wws_gss_context *ticket;            /**< owned; of its Kerberos token, or the context's; NULL: none */
    struct wws_server_context *context; /**< server: the security context, kept by reference; NULL: none */
    void (*drop_context)(struct wws_server_context *context); /**< gives that reference up; set with `context` */
    int protection_level;                                     /**< WWS_PROTECTION_… */
} wws_message;

WWS_MUST_CHECK wws_result wws_message_new(const wws_env *env, wws_message **out, wws_error *err);
wws_message *wws_message_keep(wws_message *message);
void wws_message_free(wws_message *message); /**< gives up one reference; NULL is fine */

#endif
