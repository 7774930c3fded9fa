/** @file tls_internal.h  What the files of the TLS engine share: inner header of this room. */
#ifndef WWS_CRYPTO_TLS_INTERNAL_H
#define WWS_CRYPTO_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "crypto/tls_engine.h"

enum { WWS_TLS_SESSIONS = 32, WWS_TLS_FRESH_MILLIS = 3600 * 1000 };

/** One session that a client may resume. */
typedef struct wws_tls_ticket {
    char *key; /**< owned: host and identity */
    SSL_SESSION *session;
    wws_time fresh_until;
    uint64_t age; /**< the config's count when it came */
} wws_tls_ticket;

struct wws_tls_config {
    atomic_int holders;
    SSL_CTX *ctx;
    wws_certificate *certificate;
    char *trust_text; /**< for errors: where the trusted authorities come from */
    bool is_trust_directory;
    uint32_t ignored;
    bool server;
    bool check_revocation;
    STACK_OF(X509_NAME) * issuers; /**< client: whose certificates the server takes that refused ours; guarded */
    CRYPTO_RWLOCK *lock;           /**< guards what follows: a reaper's thread may close connections of ours */
    wws_tls_ticket tickets[WWS_TLS_SESSIONS];
    uint64_t count;
};

struct wws_tls {
    wws_tls_config *config;
    const wws_env *env;
    SSL *ssl;
    char *key;            /**< client: host, newline, name to verify; NULL on a server */
    const char *name;     /**< client: the end of `key` */
    wws_error *failure;   /**< what ended this connection, or NULL */
    wws_buf in;           /**< cipher bytes that OpenSSL has not read */
    wws_buf out;          /**< cipher bytes for the peer */
    size_t in_at;         /**< where OpenSSL reads next in `in` */
    wws_time fresh_until; /**< until when sessions of this connection may be resumed */
    bool is_done;         /**< the handshake is over */
    bool is_broken;       /**< `failure` could not be kept, or its memory not be had */
    bool has_ended;       /**< the peer's stream is over */
    bool has_spoken;      /**< the peer's first byte was seen, and is one of TLS */
    bool was_asked;       /**< client: the server asked for a certificate */
    bool out_of_memory;   /**< inside a callback */
    uint32_t let_pass;    /**< WWS_CERT_FAILURE flags that were ignored */
    bool has_leaf_doubt;  /**< no list says whether the peer's certificate was revoked */
    bool has_upper_doubt; /**< nor one of its authorities, the root aside */
    bool has_status;      /**< client: revocation was judged, and nothing spoke against the server */
};

/* tls_bio.c */

/** @return the method of BIOs between OpenSSL and `in` and `out`, made once a process; NULL: no memory */
BIO_METHOD *wws_tls_bio_method(void);

/* tls_verify.c */

/** Decides about a chain: SSL_CTX_set_cert_verify_callback. @return 1 when good; else tls->failure is set */
int wws_tls_verify(X509_STORE_CTX *chain, void *unused);

/* tls_revocation.c */

/** Judges revocation on a client: SSL_CTX_set_tlsext_status_cb. @return 1 when good; else tls->failure is set */
int wws_tls_status(SSL *ssl, void *unused);

/* tls_ticket.c */

/** Sets up resumption for either role. */
bool wws_tls_tickets_set_up(wws_tls_config *config);
void wws_tls_tickets_free(wws_tls_config *config);
/** Lets @p tls resume a session that is still fresh, when there is one. */
void wws_tls_tickets_use(wws_tls *tls);

/* tls_issuers.c */

/** Client: the server refused our certificate, or missed one: keeps whose it would have taken. */
void wws_tls_issuers_note(const wws_tls *tls);

/* tls_error.c */

/** Turns what OpenSSL reports into our error, kept in tls->failure. Empties OpenSSL's queue. */
wws_result wws_tls_explain(wws_tls *tls, wws_error *err);
/** Keeps @p failure as the end of @p tls and gives it out. */
wws_result wws_tls_break(wws_tls *tls, const wws_error *failure, wws_error *err);
/** @return WWS_OK, or the failure that ended @p tls before */
wws_result wws_tls_check(const wws_tls *tls, wws_error *err);

#endif
