/* The proof key of a holder-of-key assertion: an EncryptedKey that only we can open. */
#include "base/base64.h"
#include "security/token/dsig.h"
#include "security/token/reference.h"
#include "security/token/saml.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;
static const wws_span NO_NS = {NULL, 0};
static const wws_span DS = {(const uint8_t *)WWS_NS_DS, sizeof WWS_NS_DS - 1};
static const wws_span XENC = {(const uint8_t *)WWS_NS_XENC, sizeof WWS_NS_XENC - 1};

enum { CIPHER_MAX = 2048, NAME_MAX = 4096 };

#define THUMBPRINT "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
#define SKI "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509SubjectKeyIdentifier"

static wws_span algorithm_of(const wws_xml_node *node)
{
    const wws_xml_attr *attribute = wws_xml_attribute(node, NO_NS, "Algorithm");
    return attribute == NULL ? NO_NS : attribute->value;
}

/** An EncryptedKey taken apart. */
typedef struct encrypted {
    const wws_xml_node *method, *key_info, *value;
    wws_rsa_padding padding;
    wws_digest_id digest;
} encrypted;

static const wws_xml_node **slot_of(const wws_xml_node *child, encrypted *out, const wws_xml_node **data)
{
    return wws_xml_is(child, XENC, "EncryptionMethod") ? &out->method
           : wws_xml_is(child, DS, "KeyInfo")          ? &out->key_info
           : wws_xml_is(child, XENC, "CipherData")     ? data
                                                       : NULL;
}

static wws_result read_children(const wws_xml_node *node, encrypted *out, wws_error *err)
{
    const wws_xml_node *data = NULL;
    for (const wws_xml_node *child = wws_xml_first_element(node); child != NULL; child = wws_xml_next_element(child)) {
        const wws_xml_node **slot = slot_of(child, out, &data);
        if (slot == NULL || *slot != NULL) {
            return wws_fail(err, REFUSED, "the assertion's EncryptedKey is not EncryptionMethod, KeyInfo, CipherData");
        }
        *slot = child;
    }
    out->value = data == NULL ? NULL : wws_xml_first_element(data);
    if (out->method == NULL || out->value == NULL || !wws_xml_is(out->value, XENC, "CipherValue") ||
        wws_xml_next_element(out->value) != NULL) {
        return wws_fail(err, REFUSED, "the assertion's EncryptedKey has no method or no CipherValue");
    }
    return WWS_OK;
}

static wws_result read_oaep(const wws_xml_node *method, encrypted *out, wws_error *err)
{
    const wws_xml_node *digest = wws_xml_first_element(method);
    out->padding = WWS_RSA_OAEP;
    out->digest = WWS_SHA1;
    if (digest == NULL) {
        return WWS_OK;
    }
    if (!wws_xml_is(digest, DS, "DigestMethod") || wws_xml_next_element(digest) != NULL) {
        return wws_fail(err, REFUSED, "the proof key's encryption has parameters that are not allowed");
    }
    for (wws_algorithm digests = WWS_DIGEST_SHA1; digests <= WWS_DIGEST_SHA_512; digests++) {
        if (wws_algorithm_is(digests, algorithm_of(digest))) {
            out->digest = wws_algorithm_digest(digests);
            return WWS_OK;
        }
    }
    return wws_fail(err, REFUSED, "the proof key's encryption names a digest that is not allowed");
}

/* RSA 1.5 only where the suite itself says so. */
static wws_result read_method(const wws_suite *suite, encrypted *out, wws_error *err)
{
    const wws_span uri = algorithm_of(out->method);
    if (wws_algorithm_is(WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, uri)) {
        return read_oaep(out->method, out, err);
    }
    if (suite->asymmetric_key_wrap == WWS_ASYMMETRIC_KEYWRAP_RSA_1_5 &&
        wws_algorithm_is(WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, uri) && wws_xml_first_element(out->method) == NULL) {
        out->padding = WWS_RSA_1_5;
        out->digest = WWS_SHA1;
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the proof key is encrypted by an algorithm that is not allowed");
    wws_error_about(err, NULL, "algorithm_suite");
    wws_error_expected(err, "%s", wws_algorithm_uri(suite->asymmetric_key_wrap));
    wws_error_got(err, "%.*s", WWS_CUT(uri, 140));
    return REFUSED;
}

static bool is_bytes(const wws_certificate *ours, wws_span value_type, wws_span bytes)
{
    wws_digest digest;
    if (wws_span_is(value_type, SKI)) {
        return wws_certificate_has_ski(ours, bytes);
    }
    return wws_span_is(value_type, THUMBPRINT) && wws_certificate_thumbprint(ours, WWS_SHA1, &digest, NULL) == WWS_OK &&
           wws_span_equal(bytes, wws_digest_peek(&digest));
}

static wws_result is_identifier(const wws_certificate *ours, const wws_xml_node *node, wws_span value_type,
                                wws_arena *arena, bool *out, wws_error *err)
{
    wws_span text;
    wws_buf bytes;
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    wws_buf_init(&bytes, arena->alloc, NAME_MAX);
    const wws_result code = wws_base64_read(&bytes, text, err);
    *out = code == WWS_OK && is_bytes(ours, value_type, wws_buf_peek(&bytes));
    wws_buf_clear(&bytes);
    return code;
}

static wws_result is_issued(const wws_certificate *ours, const wws_xml_node *node, wws_arena *arena, bool *out,
                            wws_error *err)
{
    static const char *const names[] = {"X509IssuerName", "X509SerialNumber"};
    const wws_xml_node *parts[2];
    wws_span issuer;
    wws_span serial;
    if (!wws_dsig_children(node, names, 2, parts)) {
        return wws_fail(err, REFUSED, "an X509IssuerSerial is not X509IssuerName, X509SerialNumber");
    }
    WWS_TRY(wws_xml_text(parts[0], arena, &issuer, err));
    WWS_TRY(wws_xml_text(parts[1], arena, &serial, err));
    *out = wws_certificate_is_issued(ours, wws_span_trim(issuer), wws_span_trim(serial));
    return WWS_OK;
}

static wws_result is_der(const wws_certificate *ours, const wws_xml_node *node, wws_arena *arena, bool *out,
                         wws_error *err)
{
    wws_span text;
    wws_buf given;
    wws_buf own;
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    wws_buf_init(&given, arena->alloc, 1 << 16);
    wws_buf_init(&own, arena->alloc, 1 << 16);
    wws_result code = wws_base64_read(&given, text, err);
    if (code == WWS_OK) {
        code = wws_certificate_der(ours, &own, err);
    }
    *out = code == WWS_OK && wws_span_equal(wws_buf_peek(&given), wws_buf_peek(&own));
    wws_buf_clear(&given);
    wws_buf_clear(&own);
    return code;
}

static wws_result is_data(const wws_certificate *ours, const wws_xml_node *data, wws_arena *arena, bool *out,
                          wws_error *err)
{
    const wws_xml_node *name = wws_xml_first_element(data);
    if (name == NULL || wws_xml_next_element(name) != NULL) {
        return wws_fail(err, REFUSED, "the proof key's X509Data does not hold exactly one name of a certificate");
    }
    if (wws_xml_is(name, DS, "X509IssuerSerial")) {
        return is_issued(ours, name, arena, out, err);
    }
    if (wws_xml_is(name, DS, "X509SKI")) {
        return is_identifier(ours, name, WWS_SPAN(SKI), arena, out, err);
    }
    if (wws_xml_is(name, DS, "X509Certificate")) {
        return is_der(ours, name, arena, out, err);
    }
    *out = false;
    return WWS_OK;
}

/* Is it encrypted to our certificate? What names none is tried. */
static wws_result check_recipient(const wws_certificate *ours, const wws_xml_node *key_info, wws_arena *arena,
                                  wws_error *err)
{
    const wws_xml_node *name = key_info == NULL ? NULL : wws_xml_first_element(key_info);
    bool is_ours = false;
    if (name == NULL) {
        return WWS_OK;
    }
    if (wws_xml_is(name, WWS_SPAN(WWS_NS_WSSE), "SecurityTokenReference")) {
        name = wws_xml_first_element(name);
    }
    if (name == NULL || wws_xml_next_element(name) != NULL) {
        return wws_fail(err, REFUSED, "the proof key does not name exactly one certificate");
    }
    if (wws_xml_is(name, WWS_SPAN(WWS_NS_WSSE), "KeyIdentifier")) {
        const wws_xml_attr *type = wws_xml_attribute(name, NO_NS, "ValueType");
        WWS_TRY(is_identifier(ours, name, type == NULL ? NO_NS : type->value, arena, &is_ours, err));
    } else if (wws_xml_is(name, DS, "X509Data")) {
        WWS_TRY(is_data(ours, name, arena, &is_ours, err));
    }
    if (is_ours) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the proof key is encrypted to another certificate than ours");
    wws_error_about(err, NULL, "authenticator.decryption");
    return REFUSED;
}

static wws_result find(const wws_saml *saml, const wws_xml_node **out, wws_error *err)
{
    const wws_xml_node *key = saml->key_info == NULL ? NULL : wws_xml_first_element(saml->key_info);
    if (key == NULL || wws_xml_next_element(key) != NULL) {
        return wws_fail(err, REFUSED, "the assertion's confirmation does not hold exactly one key");
    }
    if (!wws_xml_is(key, XENC, "EncryptedKey")) {
        (void)wws_fail(err, REFUSED, "the assertion's proof key is not an EncryptedKey");
        wws_error_got(err, "%.*s", WWS_CUT(key->local, 60));
        return REFUSED;
    }
    *out = key;
    return WWS_OK;
}

static wws_result unwrap(const wws_env *env, const encrypted *key, const wws_certificate *decryption,
                         const wws_suite *suite, wws_span cipher, wws_secret *out, wws_error *err)
{
    uint8_t instead[WWS_SECRET_MAX];
    const size_t len = suite->min_symmetric_key_length / 8;
    WWS_TRY(wws_env_random(env, instead, len, err));
    const wws_rsa_wrapped wrapped = {.padding = key->padding,
                                     .digest = key->digest,
                                     .bytes = cipher,
                                     .least = len,
                                     .most = suite->max_symmetric_key_length / 8,
                                     .instead = {instead, len}};
    const wws_result code = wws_rsa_unwrap(decryption, &wrapped, out, err);
    explicit_bzero(instead, sizeof instead);
    return code;
}

static wws_result open_key(const wws_env *env, const wws_saml *saml, const wws_certificate *decryption,
                           const wws_suite *suite, wws_arena *arena, wws_secret *out, wws_error *err)
{
    encrypted key = {NULL, NULL, NULL, WWS_RSA_OAEP, WWS_SHA1};
    const wws_xml_node *node = NULL;
    wws_span text;
    wws_buf cipher;
    WWS_TRY(find(saml, &node, err));
    if (decryption == NULL) {
        (void)wws_fail(err, REFUSED, "there is no certificate to decrypt proof keys with");
        wws_error_about(err, NULL, "authenticator.decryption");
        return REFUSED;
    }
    WWS_TRY(read_children(node, &key, err));
    WWS_TRY(read_method(suite, &key, err));
    WWS_TRY(check_recipient(decryption, key.key_info, arena, err));
    WWS_TRY(wws_xml_text(key.value, arena, &text, err));
    wws_buf_init(&cipher, env->alloc, CIPHER_MAX);
    wws_result code = wws_base64_read(&cipher, text, err);
    if (code == WWS_OK) {
        code = unwrap(env, &key, decryption, suite, wws_buf_peek(&cipher), out, err);
    }
    wws_buf_clear(&cipher);
    return code;
}

wws_result wws_saml_key(const wws_env *env, const wws_saml *saml, const wws_certificate *decryption,
                        const wws_suite *suite, wws_arena *arena, wws_secret *out, wws_error *err)
{
    wws_result code = open_key(env, saml, decryption, suite, arena, out, err);
    if (code == WWS_E_INVALID_FORMAT) {
        code = REFUSED;
        err->own.code = code;
    }
    if (code != WWS_OK) {
        wws_error_at(err, "decrypt the proof key");
        wws_error_about(err, "saml", NULL);
    }
    return code;
}
