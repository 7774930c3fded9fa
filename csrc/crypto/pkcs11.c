/* Keys that stay in a token, named by a pkcs11: URI. Debian 12 has no provider for them, only the engine of libp11:
 * its deprecated interface is used in this file and nowhere else. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/ui.h>

#include "crypto/certificate.h"
#include "crypto/evp.h"

enum { URI_MAX = 2048, CKR_PIN_INCORRECT = 0xA0, CKR_PIN_LOCKED = 0xA4 };

static wws_result refuse(wws_error *err, const char *message)
{
    const unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", message);
    wws_error_at(err, "load a certificate");
    wws_error_about(err, NULL, "uri");
    if (reason != NULL) {
        wws_error_got(err, "%s", reason);
    }
    ERR_clear_error();
    return WWS_E_INVALIDARG;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of a query attribute of the URI (RFC 7512), its escapes resolved. @return false when it is not there */
static bool query_value(const char *uri, const char *name, char out[URI_MAX])
{
    const char *at = strchr(uri, '?');
    const size_t len = strlen(name);
    size_t used = 0;
    while (at != NULL && !(strncmp(at + 1, name, len) == 0 && at[1 + len] == '=')) {
        at = strchr(at + 1, '&');
    }
    if (at == NULL) {
        return false;
    }
    for (at += len + 2; *at != '\0' && *at != '&'; at++) {
        const int high = at[0] == '%' ? hex_of(at[1]) : -1;
        const int low = high < 0 ? -1 : hex_of(at[2]);
        out[used++] = (char)(low < 0 ? *at : (high << 4 | low));
        at += low < 0 ? 0 : 2;
    }
    out[used] = '\0';
    return true;
}

/* The engine reads no query of a URI but the PIN, and prints URIs that it cannot use: it never sees one. */
static wws_result check_query(const char *uri, wws_error *err)
{
    const char *at = strchr(uri, '?');
    while (at != NULL) {
        if (strncmp(at + 1, "pin-value=", 10) != 0 && strncmp(at + 1, "module-path=", 12) != 0) {
            (void)refuse(err, "the URI's query holds what cannot be used");
            wws_error_expected(err, "pin-value and module-path");
            return WWS_E_INVALIDARG;
        }
        at = strchr(at + 1, '&');
    }
    return WWS_OK;
}

static bool give_pin(ENGINE *engine, const char *uri)
{
    char pin[URI_MAX];
    const bool is_given = query_value(uri, "pin-value", pin);
    const bool is_taken = !is_given || ENGINE_ctrl_cmd_string(engine, "PIN", pin, 0) == 1;
    explicit_bzero(pin, sizeof pin);
    return is_taken;
}

/* The engine is OpenSSL's own, one a process: what it loads first says which module it talks to. */
static wws_result open_engine(const char *uri, ENGINE **out, wws_error *err)
{
    char module[URI_MAX];
    ENGINE_load_dynamic();
    ENGINE *engine = ENGINE_by_id("pkcs11");
    if (engine == NULL) {
        (void)refuse(err, "OpenSSL's PKCS#11 engine is not installed");
        wws_error_hint(err, "on Debian it is the package libengine-pkcs11-openssl");
        return WWS_E_INVALIDARG;
    }
    const bool is_named = query_value(uri, "module-path", module);
    const bool is_set = !is_named || ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", module, 0) == 1;
    if (!is_set || ENGINE_ctrl_cmd_string(engine, "QUIET", NULL, 0) != 1 || ENGINE_init(engine) != 1) {
        ENGINE_free(engine);
        return refuse(err, "the PKCS#11 module cannot be loaded");
    }
    ENGINE_free(engine); /* the functional reference stays */
    *out = engine;
    return WWS_OK;
}

static wws_result no_key(const wws_password_box *box, wws_error *err)
{
    const unsigned long code = ERR_peek_error(); /* the first is the module's own */
    const char *reason = ERR_reason_error_string(code);
    const int number = ERR_GET_REASON(code);
    (void)refuse(err, box->was_asked ? "the PKCS#11 token wants a PIN"
                      : number >= CKR_PIN_INCORRECT && number <= CKR_PIN_LOCKED
                          ? "the PKCS#11 token refused the PIN"
                          : "the PKCS#11 token gives no private key for the URI");
    wws_error_got(err, "%s", box->was_asked ? "a URI without pin-value" : reason == NULL ? "no reason given" : reason);
    return WWS_E_INVALIDARG;
}

/* Nobody at a terminal is asked for a PIN. */
static wws_result load_key(wws_certificate *certificate, ENGINE *engine, const char *uri, wws_error *err)
{
    wws_password_box box = {{NULL, 0}, false};
    UI_METHOD *asking = UI_UTIL_wrap_read_pem_callback(wws_password_give, 0);
    if (asking == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a key of a token");
    }
    certificate->key = ENGINE_load_private_key(engine, uri, asking, &box);
    UI_destroy_method(asking);
    return certificate->key == NULL ? no_key(&box, err) : WWS_OK;
}

static X509 *load_certificate(ENGINE *engine, const char *uri)
{
    struct {
        const char *id;
        X509 *certificate;
    } wanted = {uri, NULL};
    return ENGINE_ctrl_cmd(engine, "LOAD_CERT_CTRL", 0, &wanted, NULL, 1) == 1 ? wanted.certificate : NULL;
}

static wws_result fill(wws_certificate *certificate, char *uri, bool key_only, wws_error *err)
{
    ENGINE *engine = NULL;
    WWS_TRY(check_query(uri, err));
    WWS_TRY(open_engine(uri, &engine, err));
    certificate->engine = engine;
    if (!give_pin(engine, uri)) {
        return refuse(err, "the PKCS#11 token takes no such PIN");
    }
    uri[strcspn(uri, "?")] = '\0';
    certificate->chain = sk_X509_new_null();
    WWS_TRY(load_key(certificate, engine, uri, err));
    if (key_only) {
        return WWS_OK;
    }
    certificate->leaf = load_certificate(engine, uri);
    if (certificate->leaf == NULL) {
        return refuse(err, "the PKCS#11 token gives no certificate for the URI");
    }
    return X509_check_private_key(certificate->leaf, certificate->key) == 1
               ? WWS_OK
               : refuse(err, "the URI names a certificate and the private key of another one");
}

wws_result wws_certificate_uri(wws_span uri, bool key_only, wws_certificate **out, wws_error *err)
{
    char text[URI_MAX];
    ERR_clear_error();
    if (!wws_span_starts(uri, WWS_SPAN("pkcs11:")) || uri.len >= sizeof text) {
        (void)refuse(err, "the URI of a key is no pkcs11: URI");
        wws_error_expected(err, "pkcs11:object=… (RFC 7512)");
        return WWS_E_INVALIDARG;
    }
    wws_certificate *certificate = wws_certificate_alloc(err);
    if (certificate == NULL) {
        return WWS_E_OUTOFMEMORY;
    }
    memcpy(text, uri.at, uri.len);
    text[uri.len] = '\0';
    const wws_result result = fill(certificate, text, key_only, err);
    explicit_bzero(text, sizeof text); /* it may hold the PIN */
    ERR_clear_error();
    if (result != WWS_OK) {
        wws_certificate_free(certificate);
        return result;
    }
    *out = certificate;
    return WWS_OK;
}

void wws_engine_close(void *engine)
{
    if (engine != NULL) {
        ENGINE_finish(engine);
    }
}
