/* One SSL_CTX for all connections of a description. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "crypto/certificate.h"
#include "crypto/evp.h"
#include "crypto/tls_internal.h"

enum { ALL_VERSIONS = WWS_TLS1_0 | WWS_TLS1_1 | WWS_TLS1_2 | WWS_TLS1_3 };

static wws_result refuse(wws_error *err, const char *property, const char *message)
{
    ERR_clear_error();
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", message);
    wws_error_at(err, "prepare TLS");
    wws_error_about(err, "ssl", property);
    return WWS_E_INVALIDARG;
}

static wws_result set_versions(SSL_CTX *ctx, const wws_tls_options *options, wws_error *err)
{
    static const struct {
        uint32_t flag;
        uint64_t option;
    } rows[] = {{WWS_TLS1_0, SSL_OP_NO_TLSv1},
                {WWS_TLS1_1, SSL_OP_NO_TLSv1_1},
                {WWS_TLS1_2, SSL_OP_NO_TLSv1_2},
                {WWS_TLS1_3, SSL_OP_NO_TLSv1_3}};
    const uint32_t off = options->disallowed_given ? options->disallowed : WWS_TLS1_0 | WWS_TLS1_1;
    const uint32_t on = ALL_VERSIONS & ~off;
    if (on == 0) {
        return refuse(err, "disallowed_secure_protocols", "no version of TLS is left");
    }
    if ((on & (WWS_TLS1_0 | WWS_TLS1_1)) != 0) {
        SSL_CTX_set_security_level(ctx, 0);
    }
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) != 1) {
        return wws_evp_fail(err, "set the versions of TLS");
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((on & rows[i].flag) == 0) {
            (void)SSL_CTX_set_options(ctx, rows[i].option);
        }
    }
    return WWS_OK;
}

static wws_result load_text(X509_STORE *store, wws_span pem, wws_error *err)
{
    BIO *bio = pem.len > INT32_MAX ? NULL : BIO_new_mem_buf(pem.at, (int)pem.len);
    STACK_OF(X509_INFO) *parts = bio == NULL ? NULL : PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
    int count = 0;
    for (int i = 0; i < sk_X509_INFO_num(parts); i++) {
        const X509_INFO *part = sk_X509_INFO_value(parts, i);
        count += part->x509 != NULL && X509_STORE_add_cert(store, part->x509) == 1;
        if (part->crl != NULL) {
            (void)X509_STORE_add_crl(store, part->crl);
        }
    }
    sk_X509_INFO_pop_free(parts, X509_INFO_free);
    BIO_free(bio);
    return count > 0 ? WWS_OK : refuse(err, "trust", "the text of the trusted authorities holds no PEM certificate");
}

static wws_result load_path(wws_tls_config *config, const char *path, wws_error *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(config->ctx);
    struct stat about;
    if (stat(path, &about) != 0) {
        (void)refuse(err, "trust", "the file of the trusted authorities does not exist or may not be read");
        wws_error_got(err, "%s", path);
        return WWS_E_INVALIDARG;
    }
    config->is_trust_directory = S_ISDIR(about.st_mode);
    const int is_loaded =
        config->is_trust_directory ? X509_STORE_load_path(store, path) : X509_STORE_load_file(store, path);
    if (is_loaded != 1) {
        (void)refuse(err, "trust", "the file of the trusted authorities holds no readable PEM certificate");
        wws_error_got(err, "%s", path);
        return WWS_E_INVALIDARG;
    }
    return WWS_OK;
}

/* What a server tells clients, so that they can choose among their certificates. */
static void name_authorities(SSL_CTX *ctx)
{
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx));
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        X509 *authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (authority != NULL) {
            (void)SSL_CTX_add_client_CA(ctx, authority);
        }
    }
}

static wws_result set_trust(wws_tls_config *config, const wws_tls_options *options, wws_error *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(config->ctx);
    const char *text = "the system's store";
    if (options->trust_pem.at != NULL) {
        text = "the given text";
        WWS_TRY(load_text(store, options->trust_pem, err));
    } else if (options->trust != NULL) {
        text = options->trust;
        WWS_TRY(load_path(config, options->trust, err));
    } else if (!options->server && SSL_CTX_set_default_verify_paths(config->ctx) != 1) {
        return wws_evp_fail(err, "open the system's store of trusted authorities");
    }
    config->trust_text = OPENSSL_strdup(text);
    if (config->trust_text == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a TLS configuration");
    }
    return WWS_OK;
}

static wws_result set_certificate(wws_tls_config *config, const wws_tls_options *options, wws_error *err)
{
    wws_certificate *certificate = options->certificate;
    if (certificate == NULL) {
        return options->server ? refuse(err, "credential", "a server needs a certificate") : WWS_OK;
    }
    if (certificate->key == NULL) {
        return refuse(err, "credential", "the certificate has no private key");
    }
    if (SSL_CTX_use_cert_and_key(config->ctx, certificate->leaf, certificate->key, certificate->chain, 1) != 1) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        (void)refuse(err, "credential", "OpenSSL does not take the certificate");
        wws_error_got(err, "%s", reason == NULL ? "no reason given" : reason);
        return WWS_E_INVALIDARG;
    }
    config->certificate = wws_certificate_keep(certificate);
    return WWS_OK;
}

/* Called when the server asks for a certificate: remembers it, for the error when we have none. */
static int note_request(SSL *ssl, void *unused)
{
    wws_tls *tls = SSL_get_app_data(ssl);
    (void)unused;
    tls->was_asked = true;
    return 1;
}

static wws_result set_verification(wws_tls_config *config, const wws_tls_options *options, wws_error *err)
{
    int mode = SSL_VERIFY_PEER;
    if (options->server) {
        mode =
            options->require_client_certificate ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE;
    }
    if (options->server && options->require_client_certificate) {
        if (options->trust == NULL && options->trust_pem.at == NULL) {
            return refuse(err, "trust", "a server that requires client certificates needs to know whom to trust");
        }
        name_authorities(config->ctx);
    }
    SSL_CTX_set_verify(config->ctx, mode, NULL);
    SSL_CTX_set_cert_verify_callback(config->ctx, wws_tls_verify, NULL);
    if (!options->server) {
        SSL_CTX_set_cert_cb(config->ctx, note_request, NULL);
    }
    if (!options->server && options->check_revocation) {
        (void)SSL_CTX_set_tlsext_status_type(config->ctx, TLSEXT_STATUSTYPE_ocsp);
        (void)SSL_CTX_set_tlsext_status_cb(config->ctx, wws_tls_status);
    }
    return WWS_OK;
}

static wws_result fill(wws_tls_config *config, const wws_tls_options *options, wws_error *err)
{
    SSL_CTX *ctx = SSL_CTX_new(options->server ? TLS_server_method() : TLS_client_method());
    config->ctx = ctx;
    config->server = options->server;
    config->ignored = options->ignored;
    config->check_revocation = options->check_revocation;
    if (ctx == NULL || !wws_tls_tickets_set_up(config)) {
        return wws_evp_fail(err, "make a TLS configuration");
    }
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    WWS_TRY(set_versions(ctx, options, err));
    WWS_TRY(set_trust(config, options, err));
    WWS_TRY(set_certificate(config, options, err));
    return set_verification(config, options, err);
}

wws_result wws_tls_config_new(const wws_tls_options *options, wws_tls_config **out, wws_error *err)
{
    ERR_clear_error();
    wws_tls_config *config = OPENSSL_zalloc(sizeof *config);
    if (config == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a TLS configuration");
    }
    atomic_init(&config->holders, 1);
    const wws_result result = fill(config, options, err);
    ERR_clear_error();
    if (result != WWS_OK) {
        wws_tls_config_free(config);
        return result;
    }
    *out = config;
    return WWS_OK;
}

void wws_tls_config_free(wws_tls_config *config)
{
    if (config != NULL && atomic_fetch_sub(&config->holders, 1) == 1) {
        wws_tls_tickets_free(config);
        sk_X509_NAME_pop_free(config->issuers, X509_NAME_free);
        SSL_CTX_free(config->ctx);
        wws_certificate_free(config->certificate);
        OPENSSL_free(config->trust_text);
        OPENSSL_free(config);
    }
}
