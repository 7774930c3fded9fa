/* How a connection comes and goes. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/evp.h"
#include "crypto/tls_internal.h"

enum { IN_LIMIT = 1 << 20 };

/* Without the brackets of an address in a URL and without the dot that ends an absolute name. */
static wws_span bare(const char *name)
{
    wws_span text = wws_span_of(name);
    if (text.len > 2 && text.at[0] == '[' && text.at[text.len - 1] == ']') {
        return (wws_span){text.at + 1, text.len - 2};
    }
    if (text.len > 1 && text.at[text.len - 1] == '.') {
        text.len--;
    }
    return text;
}

static bool is_plain(wws_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] <= ' ' || name.at[i] > '~') {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_address(const char *name)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    ASN1_OCTET_STRING_free(address);
    return address != NULL;
}

/* The key of resumption is host and name in one text; the name to verify is its end. */
static wws_result set_key(wws_tls *tls, wws_span host, wws_span name, wws_error *err)
{
    if (!is_plain(host) || !is_plain(name)) {
        return wws_fail(err, WWS_E_INVALIDARG, "a TLS client needs a host name of printable ASCII characters");
    }
    tls->key = wws_env_alloc(tls->env, host.len + name.len + 2);
    if (tls->key == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the TLS connection");
    }
    memcpy(tls->key, host.at, host.len);
    tls->key[host.len] = '\0';
    memcpy(tls->key + host.len + 1, name.at, name.len);
    tls->key[host.len + 1 + name.len] = '\0';
    tls->name = tls->key + host.len + 1;
    return WWS_OK;
}

static wws_result aim(wws_tls *tls, const char *host, const char *identity, wws_error *err)
{
    X509_VERIFY_PARAM *rules = SSL_get0_param(tls->ssl);
    WWS_TRY(set_key(tls, bare(host), bare(identity == NULL ? host : identity), err));
    bool is_set = is_address(tls->key) || SSL_set_tlsext_host_name(tls->ssl, tls->key) == 1;
    if (is_address(tls->name)) {
        is_set = is_set && X509_VERIFY_PARAM_set1_ip_asc(rules, tls->name) == 1;
    } else {
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        is_set = is_set && X509_VERIFY_PARAM_set1_host(rules, tls->name, 0) == 1;
    }
    tls->key[strlen(tls->key)] = '\n';
    if (!is_set) {
        return wws_fail(err, WWS_E_INVALIDARG, "the host name is too long for TLS");
    }
    SSL_set_connect_state(tls->ssl);
    wws_tls_tickets_use(tls);
    return WWS_OK;
}

static wws_result connect_buffers(wws_tls *tls, wws_error *err)
{
    BIO_METHOD *method = wws_tls_bio_method();
    BIO *bio = method == NULL ? NULL : BIO_new(method);
    tls->ssl = SSL_new(tls->config->ctx);
    if (bio == NULL || tls->ssl == NULL) {
        BIO_free(bio);
        return wws_evp_fail(err, "make a TLS connection");
    }
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->ssl, bio, bio);
    (void)SSL_set_app_data(tls->ssl, tls);
    return WWS_OK;
}

wws_result wws_tls_new(wws_tls_config *config, const wws_env *env, const char *host, const char *identity,
                       wws_tls **out, wws_error *err)
{
    ERR_clear_error();
    if (!config->server && host == NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "a TLS client needs the host's name");
    }
    wws_tls *tls = wws_env_alloc(env, sizeof *tls);
    if (tls == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a TLS connection");
    }
    *tls = (wws_tls){.config = config, .env = env};
    atomic_fetch_add(&config->holders, 1);
    wws_buf_init(&tls->in, env->alloc, IN_LIMIT);
    wws_buf_init(&tls->out, env->alloc, SIZE_MAX / 4);
    wws_result result = connect_buffers(tls, err);
    if (result == WWS_OK && config->server) {
        SSL_set_accept_state(tls->ssl);
    } else if (result == WWS_OK) {
        result = aim(tls, host, identity, err);
    }
    ERR_clear_error();
    if (result != WWS_OK) {
        wws_tls_free(tls);
        return result;
    }
    *out = tls;
    return WWS_OK;
}

/* OpenSSL forgets the session of a connection that was not shut down; only a failure is a reason for that. */
void wws_tls_free(wws_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    if (tls->ssl != NULL && !tls->is_broken) {
        SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    SSL_free(tls->ssl);
    wws_buf_clear(&tls->in);
    wws_buf_clear(&tls->out);
    wws_tls_config_free(tls->config);
    wws_env_free(tls->env, tls->failure);
    wws_env_free(tls->env, tls->key);
    wws_env_free(tls->env, tls);
}
