/**
 * @file ap_req.h
 * The one token by which a Kerberos client introduces itself where no answer can come back: an AP-REQ in the wrapping
 * of RFC 2743 section 3.1 and RFC 4121 section 4.1. Taken apart only as far as it must be to know it again.
 */
#ifndef WWS_GSS_AP_REQ_H
#define WWS_GSS_AP_REQ_H

#include "base/secret.h"
#include "gss/context.h"

enum { WWS_AP_REQ_MAX = 65536 };

/** Spans borrow from the token. */
typedef struct wws_ap_req {
    wws_span ticket;        /**< the Ticket, still sealed */
    wws_span authenticator; /**< its sealed octets: no two requests of honest clients have the same */
    bool wants_answer;      /**< the client waits for an AP-REP */
} wws_ap_req;

/**
 * Takes a token apart: DER, nothing before, between or behind.
 * @return invalid_format, each with its sentence
 */
WWS_MUST_CHECK wws_result wws_ap_req_read(wws_span token, wws_ap_req *out, wws_error *err);

/**
 * What signs for the token: the key of the client's own choice, else that of its ticket.
 * @param out  secret, to be wiped by the caller
 * @pre complete, by Kerberos
 */
WWS_MUST_CHECK wws_result wws_gss_context_key(const wws_gss_context *context, wws_secret *out, wws_error *err);

/** A context of which nothing is left but who the client was. @param principal copied */
WWS_MUST_CHECK wws_result wws_gss_context_remember(wws_span principal, const wws_gss_facts *facts,
                                                   wws_gss_context **out, wws_error *err);

#endif
