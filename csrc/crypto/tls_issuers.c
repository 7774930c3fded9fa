/* Whom a server names that wants a certificate, for the application to choose another one at its next opening. */
#include <openssl/err.h>

#include "crypto/certificate.h"
#include "crypto/tls_internal.h"

/* @return what stood there before */
static STACK_OF(X509_NAME) * exchange(wws_tls_config *config, STACK_OF(X509_NAME) * names)
{
    if (CRYPTO_THREAD_write_lock(config->lock) != 1) {
        return names;
    }
    STACK_OF(X509_NAME) *before = config->issuers;
    config->issuers = names;
    CRYPTO_THREAD_unlock(config->lock);
    return before;
}

void wws_tls_issuers_note(const wws_tls *tls)
{
    const STACK_OF(X509_NAME) *named = SSL_get0_peer_CA_list(tls->ssl);
    STACK_OF(X509_NAME) *names = named == NULL ? NULL : SSL_dup_CA_list(named);
    sk_X509_NAME_pop_free(exchange(tls->config, names), X509_NAME_free);
    ERR_clear_error();
}

size_t wws_tls_config_take_issuers(wws_tls_config *config, char *out, size_t room)
{
    STACK_OF(X509_NAME) *names = exchange(config, NULL);
    size_t used = 0;
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        used += wws_x509_name_write(sk_X509_NAME_value(names, i), out + used, room - used);
    }
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    ERR_clear_error();
    return used;
}
