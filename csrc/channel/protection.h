/**
 * @file protection.h
 * Extended protection at a listener's end: an authentication by Kerberos or NTLM must be meant for this TLS connection,
 * or for a service of this name, so that nobody can pass on what was said to somebody else.
 */
#ifndef WWS_CHANNEL_PROTECTION_H
#define WWS_CHANNEL_PROTECTION_H

#include "gss/context.h"
#include "security/description/description.h"

/** What a description says; borrows from it. All zeroes: nothing is asked. */
typedef struct wws_protection {
    int policy;         /**< WWS_EXTENDED_PROTECTION_… */
    bool by_connection; /**< TLS ends here. Neither: Kerberos itself is all that there is */
    bool by_name;
    const wws_value *names; /**< NULL: none are given, and none are looked at */
} wws_protection;

wws_protection wws_protection_of(const wws_description *description);
/** What the acceptor is told of the connection. @param binding empty: not known */
wws_span wws_protection_binding(const wws_protection *protection, wws_span binding);
/**
 * Is the client that @p context knows bound as it must be? @pre complete
 * @param binding  of the connection; empty: not known
 * @return security_verification_failure about `extended_protection_policy` or `service_identities`
 */
WWS_MUST_CHECK wws_result wws_protection_check(const wws_protection *protection, wws_span binding,
                                               const wws_gss_context *context, wws_error *err);

#endif
