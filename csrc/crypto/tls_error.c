/* What OpenSSL reports, in our words. */
#include <openssl/err.h>

#include "crypto/tls_internal.h"

wws_result wws_tls_break(wws_tls *tls, const wws_error *failure, wws_error *err)
{
    if (tls->failure == NULL && !tls->is_broken) {
        tls->is_broken = true;
        tls->failure = wws_env_alloc(tls->env, sizeof *tls->failure);
        if (tls->failure != NULL) {
            *tls->failure = *failure;
        }
    }
    if (err != NULL && err != failure) {
        *err = *failure;
    }
    return failure->own.code;
}

wws_result wws_tls_check(const wws_tls *tls, wws_error *err)
{
    if (!tls->is_broken) {
        return WWS_OK;
    }
    if (tls->failure == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "the TLS connection failed, and there was no memory to remember why");
    }
    if (err != NULL) {
        *err = *tls->failure;
    }
    return tls->failure->own.code;
}

typedef struct reason_row {
    int reason;
    wws_result code;
    const char *message;
    const char *hint;
} reason_row;

#define ALERT(number) (SSL_AD_REASON_OFFSET + (number))

static const char *const VERSION_HINT = "compare disallowed_secure_protocols of both sides";
static const char *const TRUST_HINT = "the peer must trust the authority that issued our certificate: its `trust`";
static const char *const PLAIN_HINT = "does the peer speak TLS on this port? Plain HTTP needs an http: address";

/* The order is of no account. First what the client reads of an alert, then what a server reads, then the rest. */
static const reason_row CLIENT_ALERTS[] = {
    {ALERT(40), WWS_E_SECURITY_VERIFICATION_FAILURE,
     "the server broke the handshake off: nothing that both sides allow",
     "compare the TLS versions and cipher suites of both sides"},
    {ALERT(42), WWS_E_ENDPOINT_ACCESS_DENIED, "the server refused our certificate as bad", NULL},
    {ALERT(43), WWS_E_ENDPOINT_ACCESS_DENIED, "the server does not support the kind of our certificate", NULL},
    {ALERT(44), WWS_E_ENDPOINT_ACCESS_DENIED, "the server says that our certificate was revoked", NULL},
    {ALERT(45), WWS_E_ENDPOINT_ACCESS_DENIED, "the server says that our certificate is expired", NULL},
    {ALERT(46), WWS_E_ENDPOINT_ACCESS_DENIED, "the server refused our certificate", NULL},
    {ALERT(48), WWS_E_ENDPOINT_ACCESS_DENIED, "the server does not trust the authority of our certificate", NULL},
    {ALERT(49), WWS_E_ENDPOINT_ACCESS_DENIED, "the server denied access in the handshake", NULL},
    {ALERT(70), WWS_E_SECURITY_VERIFICATION_FAILURE, "the server speaks none of our TLS versions", NULL},
    {ALERT(112), WWS_E_SECURITY_VERIFICATION_FAILURE, "the server does not know the name that we asked for", NULL},
    {ALERT(116), WWS_E_ENDPOINT_ACCESS_DENIED, "the server requires a client certificate and got none",
     "give the ssl binding a `credential`"},
};

static const reason_row SERVER_ALERTS[] = {
    {ALERT(42), WWS_E_SECURITY_VERIFICATION_FAILURE, "the client refused our certificate as bad", NULL},
    {ALERT(44), WWS_E_SECURITY_VERIFICATION_FAILURE, "the client says that our certificate was revoked", NULL},
    {ALERT(45), WWS_E_SECURITY_VERIFICATION_FAILURE, "the client says that our certificate is expired", NULL},
    {ALERT(46), WWS_E_SECURITY_VERIFICATION_FAILURE, "the client refused our certificate", NULL},
    {ALERT(48), WWS_E_SECURITY_VERIFICATION_FAILURE, "the client does not trust the authority of our certificate",
     "give the client the authority's certificate as `trust`"},
    {ALERT(113), WWS_E_SECURITY_VERIFICATION_FAILURE,
     "the client found no good answer to whether our certificate was revoked", NULL},
    {ALERT(70), WWS_E_SECURITY_VERIFICATION_FAILURE, "the client speaks none of our TLS versions", NULL},
};

static const reason_row REASONS[] = {
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, WWS_E_ENDPOINT_DISCONNECTED,
     "the peer ended the stream without TLS's close_notify", "data may be missing: the stream could have been cut"},
    {SSL_R_WRONG_VERSION_NUMBER, WWS_E_INVALID_FORMAT,
     "the peer does not speak TLS, or none of its versions that we know", NULL},
    {SSL_R_HTTP_REQUEST, WWS_E_INVALID_FORMAT, "the peer speaks plain HTTP to a TLS port", NULL},
    {SSL_R_HTTPS_PROXY_REQUEST, WWS_E_INVALID_FORMAT, "the peer speaks to a proxy, not to a TLS port", NULL},
    {SSL_R_UNSUPPORTED_PROTOCOL, WWS_E_SECURITY_VERIFICATION_FAILURE, "the peer speaks none of our TLS versions", NULL},
    {SSL_R_NO_SHARED_CIPHER, WWS_E_SECURITY_VERIFICATION_FAILURE, "no cipher suite is allowed by both sides", NULL},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, WWS_E_SECURITY_VERIFICATION_FAILURE,
     "no signature algorithm is allowed by both sides", NULL},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, WWS_E_SECURITY_VERIFICATION_FAILURE,
     "a client certificate is required and the client sent none", "require_ssl_client_cert demands one"},
    {SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, WWS_E_SECURITY_VERIFICATION_FAILURE,
     "a TLS record was changed on its way", NULL},
    {ERR_R_MALLOC_FAILURE, WWS_E_OUTOFMEMORY, "OpenSSL had no memory", NULL},
};

static const reason_row *find(const reason_row *rows, size_t count, int reason)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].reason == reason) {
            return &rows[i];
        }
    }
    return NULL;
}

#define FIND(rows, reason) find(rows, sizeof(rows) / sizeof(rows)[0], reason)

/* In TLS 1.2 a missing certificate is only "handshake failure": who was asked and had none knows better. */
static int adjust(const wws_tls *tls, int reason)
{
    const bool is_missing = tls->was_asked && tls->config->certificate == NULL;
    return reason == ALERT(40) && is_missing ? ALERT(116) : reason;
}

static const char *hint_of(const wws_tls *tls, const reason_row *row)
{
    switch (row->reason) {
    case ALERT(70):
    case SSL_R_UNSUPPORTED_PROTOCOL:
        return VERSION_HINT;
    case SSL_R_WRONG_VERSION_NUMBER:
        return PLAIN_HINT;
    case ALERT(48):
        return tls->config->server ? row->hint : TRUST_HINT;
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return tls->is_done ? row->hint : PLAIN_HINT;
    default:
        return row->hint;
    }
}

/* Helpers of OpenSSL may have queued what went wrong inside them; TLS itself knows what it means. */
static unsigned long take_code(void)
{
    const unsigned long first = ERR_peek_error();
    unsigned long code = ERR_get_error();
    while (code != 0 && ERR_GET_LIB(code) != ERR_LIB_SSL) {
        code = ERR_get_error();
    }
    ERR_clear_error();
    return code == 0 ? first : code;
}

static void describe_unknown(const wws_tls *tls, int reason, const char *text, wws_error *err)
{
    if (reason >= SSL_AD_REASON_OFFSET) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the %s broke the TLS connection off: %s",
                       tls->config->server ? "client" : "server", text);
    } else {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "TLS failed: %s", text);
    }
}

static void describe(const wws_tls *tls, unsigned long code, wws_error *err)
{
    const int reason = adjust(tls, ERR_GET_REASON(code));
    const char *step = tls->is_done ? "read from the TLS connection" : "make the TLS connection";
    const char *text = ERR_reason_error_string(code);
    const reason_row *row = tls->config->server ? FIND(SERVER_ALERTS, reason) : FIND(CLIENT_ALERTS, reason);
    if (row == NULL) {
        row = FIND(REASONS, reason);
    }
    if (row == NULL) {
        describe_unknown(tls, reason, text == NULL ? "no reason given" : text, err);
    } else if (row->reason == SSL_R_UNEXPECTED_EOF_WHILE_READING && !tls->is_done) {
        (void)wws_fail(err, row->code, "the peer ended the stream in the middle of the TLS handshake");
    } else {
        (void)wws_fail(err, row->code, "%s", row->message);
    }
    wws_error_at(err, step);
    wws_error_about(err, "ssl", NULL);
    if (row != NULL && hint_of(tls, row) != NULL) {
        wws_error_hint(err, "%s", hint_of(tls, row));
    }
    if (reason >= SSL_AD_REASON_OFFSET) {
        wws_error_got(err, "alert %d", ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET);
    }
}

wws_result wws_tls_explain(wws_tls *tls, wws_error *err)
{
    wws_error failure;
    if (!tls->is_broken) {
        if (tls->out_of_memory) {
            (void)wws_fail(&failure, WWS_E_OUTOFMEMORY, "no memory for the TLS connection");
        } else {
            describe(tls, take_code(), &failure);
        }
        if (failure.own.code == WWS_E_ENDPOINT_ACCESS_DENIED && tls->was_asked) {
            wws_tls_issuers_note(tls);
        }
        (void)wws_tls_break(tls, &failure, NULL);
        ERR_clear_error();
        if (err != NULL) {
            *err = failure;
        }
        return failure.own.code;
    }
    ERR_clear_error();
    return wws_tls_check(tls, err);
}
