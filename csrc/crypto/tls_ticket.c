/* Resumption. A resumed handshake verifies nothing again, so a session is good for an hour after the verification that
 * it stands for, whoever renewed its ticket in between, and never beyond the dates of the chain. */
#include <openssl/err.h>

#include "crypto/tls_internal.h"

/* Beside the host and identity, everything that decides is the config's own. */
static bool is_usable(const wws_tls_ticket *ticket, const char *key, wws_time now)
{
    return ticket->session != NULL && now < ticket->fresh_until && strcmp(ticket->key, key) == 0;
}

static void drop(wws_tls_ticket *ticket)
{
    SSL_SESSION_free(ticket->session);
    OPENSSL_free(ticket->key);
    *ticket = (wws_tls_ticket){0};
}

static wws_tls_ticket *oldest(wws_tls_config *config)
{
    wws_tls_ticket *found = &config->tickets[0];
    for (size_t i = 0; i < WWS_TLS_SESSIONS; i++) {
        if (config->tickets[i].age < found->age) {
            found = &config->tickets[i];
        }
    }
    return found;
}

/* @return 1 when the reference to the session is kept */
static int keep(SSL *ssl, SSL_SESSION *session)
{
    wws_tls *tls = SSL_get_app_data(ssl);
    wws_tls_config *config = tls->config;
    char *key = tls->key == NULL || !SSL_SESSION_is_resumable(session) ? NULL : OPENSSL_strdup(tls->key);
    if (key == NULL || CRYPTO_THREAD_write_lock(config->lock) != 1) {
        OPENSSL_free(key);
        return 0;
    }
    wws_tls_ticket *place = oldest(config);
    drop(place);
    *place = (wws_tls_ticket){key, session, tls->fresh_until, ++config->count};
    CRYPTO_THREAD_unlock(config->lock);
    return 1;
}

/* A ticket of TLS 1.3 is used once: a second use would let an observer link the two connections. */
static SSL_SESSION *take(wws_tls_config *config, const char *key, wws_time now, wws_time *until)
{
    wws_tls_ticket *newest = NULL;
    SSL_SESSION *session = NULL;
    for (size_t i = 0; i < WWS_TLS_SESSIONS; i++) {
        wws_tls_ticket *ticket = &config->tickets[i];
        if (is_usable(ticket, key, now) && (newest == NULL || ticket->age > newest->age)) {
            newest = ticket;
        }
    }
    if (newest != NULL && SSL_SESSION_up_ref(newest->session) == 1) {
        session = newest->session;
        *until = newest->fresh_until;
        if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION) {
            drop(newest);
        }
    }
    return session;
}

void wws_tls_tickets_use(wws_tls *tls)
{
    wws_tls_config *config = tls->config;
    if (CRYPTO_THREAD_write_lock(config->lock) != 1) {
        return;
    }
    SSL_SESSION *session = take(config, tls->key, wws_env_now(tls->env), &tls->fresh_until);
    CRYPTO_THREAD_unlock(config->lock);
    if (session != NULL) {
        (void)SSL_set_session(tls->ssl, session);
        SSL_SESSION_free(session);
    }
    ERR_clear_error();
}

/* The server remembers nothing: what it must know of a session is sealed in the client's ticket. */
static int seal(SSL *ssl, void *unused)
{
    wws_tls *tls = SSL_get_app_data(ssl);
    (void)unused;
    if (tls->fresh_until == 0) {
        tls->fresh_until = wws_env_now(tls->env) + WWS_TLS_FRESH_MILLIS;
    }
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &tls->fresh_until, sizeof tls->fresh_until);
}

static SSL_TICKET_RETURN open_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_len,
                                     SSL_TICKET_STATUS status, void *unused)
{
    wws_tls *tls = SSL_get_app_data(ssl);
    wws_time until = 0;
    void *data = NULL;
    size_t len = 0;
    (void)name;
    (void)name_len;
    (void)unused;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    if (SSL_SESSION_get0_ticket_appdata(session, &data, &len) == 1 && len == sizeof until) {
        memcpy(&until, data, sizeof until);
    }
    if (wws_env_now(tls->env) >= until) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    tls->fresh_until = until;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

bool wws_tls_tickets_set_up(wws_tls_config *config)
{
    static const unsigned char context[] = "wws";
    config->lock = CRYPTO_THREAD_lock_new();
    (void)SSL_CTX_set_timeout(config->ctx, WWS_TLS_FRESH_MILLIS / 1000);
    if (config->server) {
        (void)SSL_CTX_set_session_cache_mode(config->ctx, SSL_SESS_CACHE_OFF);
        return config->lock != NULL && SSL_CTX_set_session_id_context(config->ctx, context, sizeof context - 1) == 1 &&
               SSL_CTX_set_session_ticket_cb(config->ctx, seal, open_ticket, NULL) == 1;
    }
    (void)SSL_CTX_set_session_cache_mode(config->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(config->ctx, keep);
    return config->lock != NULL;
}

void wws_tls_tickets_free(wws_tls_config *config)
{
    for (size_t i = 0; i < WWS_TLS_SESSIONS; i++) {
        drop(&config->tickets[i]);
    }
    CRYPTO_THREAD_lock_free(config->lock);
}
