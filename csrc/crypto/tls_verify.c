/* Whether a peer's certificate is good: every failure of the chain is collected before one is reported. */
#include <openssl/x509v3.h>
#include <stdio.h>

#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/tls_internal.h"

/* Not a documented flag: no setting can ignore it. */
enum { FATAL = 0x100 };

/* The order is the order of importance: the first that remains is reported. */
enum { ROW_FATAL, ROW_UNTRUSTED, ROW_NAME, ROW_DATE, ROW_USAGE, ROWS };
/* Left to tls_revocation.c: there may be better news. */
enum { ROW_REVOCATION = ROWS };

typedef struct failure_row {
    uint32_t flag;
    wws_result code;
    const char *short_name;
} failure_row;

static const failure_row KINDS[ROWS] = {
    [ROW_FATAL] = {FATAL, WWS_E_SECURITY_VERIFICATION_FAILURE, "a broken chain"},
    [ROW_UNTRUSTED] = {WWS_CERT_FAILURE_UNTRUSTED_ROOT, WWS_E_CERT_UNTRUSTEDROOT, "an untrusted root"},
    [ROW_NAME] = {WWS_CERT_FAILURE_CN_MISMATCH, WWS_E_CERT_CN_NO_MATCH, "another name"},
    [ROW_DATE] = {WWS_CERT_FAILURE_INVALID_DATE, WWS_E_CERT_EXPIRED, "dates that do not hold"},
    [ROW_USAGE] = {WWS_CERT_FAILURE_WRONG_USAGE, WWS_E_CERT_WRONG_USAGE, "another usage"},
};

typedef struct seen_failure {
    int error;   /* X509_V_ERR_…; 0: none of this kind */
    int depth;   /* 0: the peer's own certificate */
    X509 *where; /* borrowed from the chain */
} seen_failure;

typedef struct verdict {
    seen_failure seen[ROWS];
    bool has_leaf_doubt;
    bool has_upper_doubt;
} verdict;

static int row_of(int error, int depth)
{
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return ROW_NAME;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return ROW_DATE;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
        return ROW_UNTRUSTED;
    case X509_V_ERR_INVALID_PURPOSE:
        return depth == 0 ? ROW_USAGE : ROW_FATAL;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
        return ROW_REVOCATION;
    default:
        return ROW_FATAL;
    }
}

static wws_tls *tls_of(X509_STORE_CTX *chain)
{
    return SSL_get_app_data((SSL *)X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
}

/* The root is trusted by choice, and nobody above could revoke it. */
static void note_doubt(verdict *found, int depth, X509 *where)
{
    if (where == NULL || (X509_get_extension_flags(where) & EXFLAG_SS) == 0) {
        found->has_leaf_doubt = found->has_leaf_doubt || depth == 0;
        found->has_upper_doubt = found->has_upper_doubt || depth > 0;
    }
}

/* Answers "go on" to everything; the first of each kind is kept, but a revocation that a true list tells is worth more
 * than the rest. */
static int collect(int is_good, X509_STORE_CTX *chain)
{
    verdict *found = X509_STORE_CTX_get_app_data(chain);
    const int error = X509_STORE_CTX_get_error(chain);
    if (!is_good && error != X509_V_OK) {
        const int depth = X509_STORE_CTX_get_error_depth(chain);
        const int row = row_of(error, depth);
        if (row == ROW_REVOCATION) {
            note_doubt(found, depth, X509_STORE_CTX_get_current_cert(chain));
            return 1;
        }
        seen_failure *seen = &found->seen[row];
        if (seen->error == 0 || (error == X509_V_ERR_CERT_REVOKED && seen->error != X509_V_ERR_CRL_SIGNATURE_FAILURE)) {
            *seen = (seen_failure){error, depth, X509_STORE_CTX_get_current_cert(chain)};
        }
    }
    return 1;
}

static void say_untrusted(const wws_tls *tls, const seen_failure *seen, const char *whose, wws_error *err)
{
    const bool is_own = seen->error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
    (void)wws_fail(err, WWS_E_CERT_UNTRUSTEDROOT,
                   is_own ? "the %s's certificate is self-signed and not among the trusted ones"
                          : "the %s's certificate does not lead to a trusted authority",
                   whose);
    wws_error_expected(err, "a chain to an authority of %s", tls->config->trust_text);
    wws_error_hint(err, "set `trust` to the PEM file of the authority that issued the %s's certificate%s", whose,
                   tls->config->is_trust_directory ? "; in a directory only the names that openssl rehash makes count"
                                                   : "");
}

static void say_name(const wws_tls *tls, wws_error *err)
{
    (void)wws_fail(err, WWS_E_CERT_CN_NO_MATCH, "the server's certificate is for other names than the one asked for");
    wws_error_expected(err, "%s", tls->name);
    wws_error_hint(err, "use one of its names in the address, or give the address a DNS identity");
}

static void say_date(const wws_tls *tls, const seen_failure *seen, const char *whose, wws_error *err)
{
    char now[WWS_TIME_TEXT];
    wws_time_write(wws_env_now(tls->env), now);
    (void)wws_fail(err, WWS_E_CERT_EXPIRED, "%s %s's certificate %s", seen->depth > 0 ? "an authority of the" : "the",
                   whose, seen->error == X509_V_ERR_CERT_NOT_YET_VALID ? "is not valid yet" : "has expired");
    wws_error_expected(err, "valid at %s, the time here", now);
    wws_error_hint(err, "if the certificate is right, this machine's clock is wrong");
}

static void say_fatal(const seen_failure *seen, const char *whose, wws_error *err)
{
    if (seen->error == X509_V_ERR_CERT_REVOKED) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "%s %s's certificate was revoked",
                       seen->depth > 0 ? "an authority of the" : "the", whose);
        return;
    }
    if (seen->error == X509_V_ERR_CRL_SIGNATURE_FAILURE) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the revocation list for the %s's certificate is false: its issuer did not sign it", whose);
        return;
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the chain of the %s's certificate is not valid: %s",
                   whose, X509_verify_cert_error_string(seen->error));
}

static void say(const wws_tls *tls, int row, const seen_failure *seen, wws_error *err)
{
    const char *whose = tls->config->server ? "client" : "server";
    switch (row) {
    case ROW_UNTRUSTED:
        say_untrusted(tls, seen, whose, err);
        break;
    case ROW_NAME:
        say_name(tls, err);
        break;
    case ROW_DATE:
        say_date(tls, seen, whose, err);
        break;
    case ROW_USAGE:
        (void)wws_fail(err, WWS_E_CERT_WRONG_USAGE, "the %s's certificate is not meant for a TLS %s", whose, whose);
        wws_error_expected(err, "extended key usage %sAuth, or none", whose);
        break;
    default:
        say_fatal(seen, whose, err);
    }
}

/* What the certificate says of the matter that failed. */
static void say_got(int row, const seen_failure *seen, wws_error *err)
{
    char subject[WWS_X509_TEXT];
    char detail[WWS_X509_TEXT];
    if (seen->where == NULL) {
        return;
    }
    wws_x509_subject_text(seen->where, subject);
    if (row == ROW_NAME) {
        wws_x509_names_text(seen->where, detail);
        wws_error_got(err, "%s", detail);
    } else if (row == ROW_DATE) {
        wws_x509_dates_text(seen->where, detail);
        wws_error_got(err, "%s, valid %s", subject, detail);
    } else if (row == ROW_UNTRUSTED && (X509_get_extension_flags(seen->where) & EXFLAG_SS) == 0) {
        wws_x509_issuer_text(seen->where, detail);
        wws_error_got(err, "%s, issued by %s", subject, detail);
    } else {
        wws_error_got(err, "%s", subject);
    }
}

/* The lesser failures of the same chain, so that one attempt shows all that must be mended. */
static void say_others(int reported, const verdict *found, uint32_t ignored, wws_error *err)
{
    size_t len = strlen(err->own.message);
    const char *lead = "; it also has ";
    for (int row = reported + 1; row < ROWS; row++) {
        if (found->seen[row].error != 0 && (KINDS[row].flag & ~ignored) != 0 && len < sizeof err->own.message) {
            (void)snprintf(err->own.message + len, sizeof err->own.message - len, "%s%s", lead, KINDS[row].short_name);
            len = strlen(err->own.message);
            lead = " and ";
        }
    }
}

/* Sessions may be resumed for an hour, but not beyond the dates of the chain. */
static wws_time fresh_until(const wws_tls *tls, X509_STORE_CTX *chain)
{
    STACK_OF(X509) *links = X509_STORE_CTX_get0_chain(chain);
    wws_time until = wws_env_now(tls->env) + WWS_TLS_FRESH_MILLIS;
    if ((tls->config->ignored & WWS_CERT_FAILURE_INVALID_DATE) != 0) {
        return until;
    }
    for (int i = 0; i < sk_X509_num(links); i++) {
        const wws_time last = wws_x509_last_moment(sk_X509_value(links, i));
        until = last < until ? last : until;
    }
    return until;
}

/* @return the row to report, or ROWS */
static int decide(const verdict *found, uint32_t ignored)
{
    for (int row = 0; row < ROWS; row++) {
        if (found->seen[row].error != 0 && (KINDS[row].flag & ~ignored) != 0) {
            return row;
        }
    }
    return ROWS;
}

static uint32_t flags_of(const verdict *found)
{
    uint32_t flags = 0;
    for (int row = 0; row < ROWS; row++) {
        flags |= found->seen[row].error != 0 ? KINDS[row].flag : 0;
    }
    return flags;
}

int wws_tls_verify(X509_STORE_CTX *chain, void *unused)
{
    wws_tls *tls = tls_of(chain);
    const uint32_t ignored = tls->config->server ? 0 : tls->config->ignored;
    verdict found = {0};
    (void)unused;
    X509_STORE_CTX_set_time(chain, 0, (time_t)(wws_env_now(tls->env) / 1000));
    X509_STORE_CTX_set_app_data(chain, &found);
    X509_STORE_CTX_set_verify_cb(chain, collect);
    if (tls->config->check_revocation) {
        X509_STORE_CTX_set_flags(chain, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    const bool is_whole = X509_verify_cert(chain) > 0;
    tls->has_leaf_doubt = found.has_leaf_doubt;
    tls->has_upper_doubt = found.has_upper_doubt;
    if (!is_whole && decide(&found, 0) == ROWS) {
        const int error = X509_STORE_CTX_get_error(chain);
        found.seen[ROW_FATAL] = (seen_failure){error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error, 0, NULL};
    }
    const int row = decide(&found, ignored);
    if (row == ROWS) {
        X509_STORE_CTX_set_error(chain, X509_V_OK);
        tls->fresh_until = fresh_until(tls, chain);
        tls->let_pass = flags_of(&found);
        return 1;
    }
    wws_error failure;
    say(tls, row, &found.seen[row], &failure);
    say_got(row, &found.seen[row], &failure);
    say_others(row, &found, ignored, &failure);
    wws_error_at(&failure, tls->config->server ? "verify the client's certificate" : "verify the server's certificate");
    wws_error_about(&failure, "ssl", row == ROW_UNTRUSTED ? "trust" : NULL);
    X509_STORE_CTX_set_error(chain, found.seen[row].error);
    (void)wws_tls_break(tls, &failure, NULL);
    return 0;
}
