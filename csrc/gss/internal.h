/** @file internal.h  What the files of this room share; nobody else sees GSSAPI's types. */
#ifndef WWS_GSS_INTERNAL_H
#define WWS_GSS_INTERNAL_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdatomic.h>

#include "gss/context.h"

extern const gss_OID_desc WWS_GSS_OID_KERBEROS;
extern const gss_OID_desc WWS_GSS_OID_NTLM;
extern const gss_OID_desc WWS_GSS_OID_SPNEGO;

/** GSSAPI never writes to these. */
static inline gss_OID wws_gss_oid(const gss_OID_desc *oid)
{
    return (gss_OID)(uintptr_t)oid;
}

/** @return of one bit */
gss_OID wws_gss_mechanism_oid(unsigned mechanism);
/** @return the bit; 0 for anything else */
unsigned wws_gss_mechanism_of(gss_OID oid);
const char *wws_gss_mechanism_name(unsigned mechanism);

/** ANSWERED is a client that has the server's answer: what fails then is not for the KDC to say. */
typedef enum wws_gss_side { WWS_GSS_CLIENT = 1, WWS_GSS_SERVER = 2, WWS_GSS_ANSWERED = 4 } wws_gss_side;

/** What GSSAPI said, to be turned into an error at once, on the same thread. */
typedef struct wws_gss_status {
    OM_uint32 major;
    OM_uint32 minor;
    gss_OID mechanism; /**< that was asked */
} wws_gss_status;

/** The sentence for @p status. @param step static @return its code */
WWS_MUST_CHECK wws_result wws_gss_fail(wws_error *err, const wws_gss_status *status, wws_gss_side side,
                                       const char *step);

/** Imports a name. @param kerberos whether a Kerberos principal is meant, else a service at a host */
WWS_MUST_CHECK wws_result wws_gss_target_import(const char *target, bool kerberos, gss_name_t *out, wws_error *err);
WWS_MUST_CHECK wws_result wws_gss_name_import(wws_span text, gss_OID type, gss_name_t *out, wws_error *err);

/** Handles counted by reference. */
typedef struct wws_gss_handle {
    atomic_int refs;
    gss_cred_id_t id;
} wws_gss_handle;

/** What a handle is wanted for. */
typedef struct wws_gss_use {
    unsigned mechanism;
    bool spnego;
    bool as_asked; /**< Kerberos grants only the protection that is asked for */
} wws_gss_use;

/** @return a handle to be freed; fetched if need be, which may take long (client) */
WWS_MUST_CHECK wws_result wws_gss_credential_take(wws_gss_credential *credential, const wws_gss_use *use,
                                                  wws_gss_handle **out, wws_error *err);
/** Tickets that did not work are not kept. */
void wws_gss_credential_forget(wws_gss_credential *credential, const wws_gss_use *use);
void wws_gss_handle_free(wws_gss_handle *handle);
/** @param id taken, also on failure: Kerberos */
WWS_MUST_CHECK wws_result wws_gss_credential_delegated(gss_cred_id_t id, wws_gss_credential **out, wws_error *err);

/** Fetching, one function a kind (acquire.c). The parts of a credential are NUL-terminated, NULL when absent. */
typedef struct wws_gss_parts {
    char *username, *password, *domain;
    char *ccache, *keytab, *principal;
} wws_gss_parts;

WWS_MUST_CHECK wws_result wws_gss_acquire_string(const wws_gss_parts *parts, const wws_gss_use *use, gss_cred_id_t *out,
                                                 wws_error *err);
WWS_MUST_CHECK wws_result wws_gss_acquire_default(const wws_gss_parts *parts, const wws_gss_use *use,
                                                  gss_cred_id_t *out, wws_error *err);
WWS_MUST_CHECK wws_result wws_gss_acquire_acceptor(const wws_gss_parts *parts, const wws_gss_use *use,
                                                   gss_cred_id_t *out, wws_error *err);
/** A Kerberos credential again. @param spnego as SPNEGO wants it: with that mechanism alone */
WWS_MUST_CHECK wws_result wws_gss_copy(gss_cred_id_t plain, bool spnego, gss_cred_id_t *out, wws_error *err);

struct wws_gss_context {
    atomic_int refs;
    wws_gss_credential *credential; /**< owned */
    const char *binding;
    char *target; /**< owned */
    bool server, require_server_auth, allow_anonymous;
    int package, level, impersonation;
    wws_gss_use use; /**< what is being tried */
    wws_gss_handle *handle;
    gss_name_t name; /**< of the target */
    gss_ctx_id_t id;
    gss_buffer_desc token; /**< for the peer */
    OM_uint32 flags;
    gss_OID mechanism; /**< static, of the library */
    wws_result first;  /**< of the job; its error is in `failure` */
    atomic_bool ran;   /**< the job */
    bool begun, answered, complete, failed, too_weak;
    wws_error failure;
    wws_gss_facts facts;
    bool binds;
    uint8_t binding_bytes[WWS_GSS_BINDING_MAX];
    struct gss_channel_bindings_struct bindings; /**< refers to these bytes */
    char *service;                               /**< owned */
    char *principal;                             /**< owned */
    wws_gss_credential *delegated;               /**< owned */
    bool has_sequence;
    uint64_t sequence; /**< of the next token, where GSSAPI was not asked to look at it */
};

/** Checks what was agreed upon against what was asked for, and gathers the facts (facts.c). */
WWS_MUST_CHECK wws_result wws_gss_context_conclude(wws_gss_context *context, wws_error *err);
/** Remembers whom the client means, as far as a token says so (service.c). */
WWS_MUST_CHECK wws_result wws_gss_service_note(wws_gss_context *context, wws_span token, wws_error *err);
/** The service among the facts. @pre the mechanism is known */
WWS_MUST_CHECK wws_result wws_gss_service_take(wws_gss_context *context, wws_error *err);
/** @return whether the first token of a client may be handed to GSSAPI, and for what (sniff.c) */
WWS_MUST_CHECK wws_result wws_gss_sniff(const wws_gss_context *context, wws_span token, wws_gss_use *out,
                                        wws_error *err);

#endif
