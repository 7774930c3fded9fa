/**
 * @file credential.h
 * Who one is to Kerberos and NTLM. Made from what a description says without asking anybody; tickets are fetched when
 * a context first needs them, and kept for the next. Heap objects counted by reference, from any thread: jobs hold
 * them.
 */
#ifndef WWS_GSS_CREDENTIAL_H
#define WWS_GSS_CREDENTIAL_H

#include "base/result.h"
#include "base/span.h"

/** What proves who one is; a set. */
enum { WWS_GSS_KERBEROS = 1, WWS_GSS_NTLM = 2 };

typedef struct wws_gss_credential wws_gss_credential;

/** An absent domain is the default realm for Kerberos; a user name with `@` stands for itself. All are copied. */
WWS_MUST_CHECK wws_result wws_gss_credential_string(wws_span username, wws_span password, wws_span domain,
                                                    wws_gss_credential **out, wws_error *err);
/**
 * What the process has, chosen by store keys: never through changed environment variables. All are copied, all may be
 * absent.
 * @param ccache  such as "FILE:/tmp/krb5cc_0" or a path
 * @param keytab  fetches tickets with a key of it
 * @param principal  whose tickets or key
 */
WWS_MUST_CHECK wws_result wws_gss_credential_default(wws_span ccache, wws_span keytab, wws_span principal,
                                                     wws_gss_credential **out, wws_error *err);
/**
 * The accepting end; asks nobody but the keytab, at once.
 * @param keytab  absent: the system's
 * @param principal  the one service that may be asked for; absent: any with a key in the keytab
 * @param mechanisms  WWS_GSS_KERBEROS, WWS_GSS_NTLM or both; the latter reads the users of NTLM_USER_FILE
 * @return invalidarg about `acceptor.keytab` …, each with a sentence of its own
 */
WWS_MUST_CHECK wws_result wws_gss_credential_acceptor(wws_span keytab, wws_span principal, unsigned mechanisms,
                                                      wws_gss_credential **out, wws_error *err);
/** @return mechanisms that it can be used with: a set */
unsigned wws_gss_credential_mechanisms(const wws_gss_credential *credential);
wws_gss_credential *wws_gss_credential_keep(wws_gss_credential *credential);
/** NULL is fine. Passwords are wiped. */
void wws_gss_credential_free(wws_gss_credential *credential);

#endif
