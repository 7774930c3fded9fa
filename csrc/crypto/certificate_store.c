/* Certificates by subject or thumbprint, as Windows' stores have them: each with the key and the chain that are beside
 * it. */
#include "crypto/certificate_store.h"

#include <openssl/err.h>

#include "crypto/evp.h"

enum { CHAIN_MAX = 16, THUMB_TEXT = 2 * EVP_MAX_MD_SIZE + 1, SHA1_DIGITS = 40 };

/** What was found so far. */
typedef struct choice {
    X509 *leaf;    /**< NULL: nothing */
    X509 *other;   /**< another one that is meant as much */
    X509 *keyless; /**< one that would be meant if its key were there */
    EVP_PKEY *key;
    bool whole; /**< `leaf` has the subject and nothing more */
} choice;

static wws_result refuse(wws_error *err, const char *property, const char *message)
{
    ERR_clear_error();
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", message);
    wws_error_at(err, "load a certificate");
    wws_error_about(err, NULL, property);
    return WWS_E_INVALIDARG;
}

static void thumb_text(const X509 *certificate, const EVP_MD *digest, char out[THUMB_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (X509_digest(certificate, digest, bytes, &len) != 1) {
        len = 0;
    }
    for (unsigned i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

static bool has_thumb(const X509 *certificate, const wws_evp *evp, wws_span wanted)
{
    char own[THUMB_TEXT];
    thumb_text(certificate, evp->digest[wanted.len == SHA1_DIGITS ? WWS_SHA1 : WWS_SHA256], own);
    bool is_same = wanted.len > 0 && strlen(own) == wanted.len;
    for (size_t i = 0; is_same && i < wanted.len; i++) {
        is_same = own[i] == (char)(wanted.at[i] | 0x20);
    }
    return is_same;
}

static EVP_PKEY *key_of(const wws_certificate_store *store, X509 *certificate)
{
    for (size_t i = 0; i < store->key_count; i++) {
        if (EVP_PKEY_eq(X509_get0_pubkey(certificate), store->keys[i]) == 1) {
            return store->keys[i];
        }
    }
    return NULL;
}

static void weigh(const wws_certificate_query *query, const wws_certificate_store *store, X509 *found, bool whole,
                  choice *so_far)
{
    EVP_PKEY *key = key_of(store, found);
    if (key == NULL && query->needs_key) {
        so_far->keyless = found;
    } else if (so_far->leaf == NULL || (whole && !so_far->whole)) {
        so_far->leaf = found;
        so_far->other = NULL;
        so_far->key = key;
        so_far->whole = whole;
    } else if (whole == so_far->whole && X509_cmp(so_far->leaf, found) != 0) {
        so_far->other = found;
    }
}

static wws_result choose(const wws_certificate_query *query, const wws_certificate_store *store, choice *out,
                         wws_error *err)
{
    const wws_evp *evp = wws_evp_get(err);
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    for (int i = 0; i < sk_X509_num(store->certificates); i++) {
        X509 *certificate = sk_X509_value(store->certificates, i);
        bool is_meant = false;
        bool whole = false;
        if (query->thumbprint.at != NULL) {
            is_meant = has_thumb(certificate, evp, query->thumbprint);
        } else {
            WWS_TRY(wws_x509_subject_has(certificate, query->subject, &is_meant, &whole, err));
        }
        if (is_meant) {
            weigh(query, store, certificate, whole, out);
        }
    }
    ERR_clear_error();
    return WWS_OK;
}

static const char *property_of(const wws_certificate_query *query)
{
    return query->thumbprint.at != NULL ? "thumbprint" : "subject";
}

static wws_result several(const wws_certificate_query *query, const choice *found, wws_error *err)
{
    const wws_evp *evp = wws_evp_get(NULL);
    char one[THUMB_TEXT] = "";
    char other[THUMB_TEXT] = "";
    if (evp != NULL) {
        thumb_text(found->leaf, evp->digest[WWS_SHA1], one);
        thumb_text(found->other, evp->digest[WWS_SHA1], other);
    }
    (void)refuse(err, property_of(query), "several certificates of the store have such a subject");
    wws_error_expected(err, "one that only one certificate has");
    wws_error_got(err, "%s and %s", one, other);
    wws_error_hint(err, "name the one that is meant by its thumbprint");
    return WWS_E_INVALIDARG;
}

/* What is encrypted may be what was looked for. */
static wws_result locked(const wws_certificate_query *query, wws_error *err)
{
    return refuse(
        err, "password",
        query->password.at == NULL
            ? "what can be read of the certificate store is not meant, and no password was given for the rest"
            : "what can be read of the certificate store is not meant, and the password does not open the rest");
}

static wws_result nothing(const wws_certificate_query *query, const wws_certificate_store *store, const choice *found,
                          wws_error *err)
{
    char subject[WWS_X509_TEXT];
    if (store->is_locked) {
        return locked(query, err);
    }
    if (found->keyless != NULL) {
        wws_x509_subject_text(found->keyless, subject);
        (void)refuse(err, property_of(query), "the store has the certificate, but not its private key");
        wws_error_got(err, "%s", subject);
        return WWS_E_INVALIDARG;
    }
    if (sk_X509_num(store->certificates) == 0) {
        (void)refuse(err, "store", "the certificate store holds no certificate");
        wws_error_expected(err, "PEM, DER or PKCS#12 in a file, or in the files of a directory");
        wws_error_got(err, "%s", query->store);
        return WWS_E_INVALIDARG;
    }
    (void)refuse(err, property_of(query),
                 query->thumbprint.at != NULL ? "no certificate of the store has the thumbprint"
                                              : "no certificate of the store has such a subject");
    wws_x509_subject_text(sk_X509_value(store->certificates, 0), subject);
    wws_error_expected(err, "%.*s", WWS_CUT(query->thumbprint.at != NULL ? query->thumbprint : query->subject, 140));
    wws_error_got(err, "certificates in it: %d; one of them: %s", sk_X509_num(store->certificates), subject);
    return WWS_E_INVALIDARG;
}

/* Of the store only what leads upward from the leaf; the root, which the peer has, stays at home. */
static X509 *issuer_of(const wws_certificate_store *store, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(store->certificates); i++) {
        X509 *above = sk_X509_value(store->certificates, i);
        if (X509_cmp(above, certificate) != 0 && X509_check_issued(above, certificate) == X509_V_OK &&
            X509_check_issued(above, above) != X509_V_OK) {
            return above;
        }
    }
    return NULL;
}

static wws_result fill(wws_certificate *certificate, const wws_certificate_store *store, const choice *found,
                       wws_error *err)
{
    certificate->chain = sk_X509_new_null();
    bool is_full = certificate->chain == NULL || X509_up_ref(found->leaf) != 1;
    if (!is_full) {
        certificate->leaf = found->leaf;
    }
    X509 *above = is_full ? NULL : issuer_of(store, found->leaf);
    while (above != NULL && !is_full && sk_X509_num(certificate->chain) < CHAIN_MAX) {
        is_full = X509_up_ref(above) != 1 || sk_X509_push(certificate->chain, above) <= 0;
        above = issuer_of(store, above);
    }
    if (!is_full && found->key != NULL) {
        is_full = EVP_PKEY_up_ref(found->key) != 1;
        certificate->key = is_full ? NULL : found->key;
    }
    ERR_clear_error();
    return is_full ? wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a certificate") : WWS_OK;
}

static wws_result pick(const wws_certificate_query *query, const wws_certificate_store *store, wws_certificate **out,
                       wws_error *err)
{
    choice found = {.leaf = NULL};
    WWS_TRY(choose(query, store, &found, err));
    if (found.leaf == NULL) {
        return nothing(query, store, &found, err);
    }
    if (found.other != NULL) {
        return several(query, &found, err);
    }
    wws_certificate *certificate = wws_certificate_alloc(err);
    if (certificate == NULL) {
        return WWS_E_OUTOFMEMORY;
    }
    const wws_result code = fill(certificate, store, &found, err);
    if (code != WWS_OK) {
        wws_certificate_free(certificate);
        return code;
    }
    *out = certificate;
    return WWS_OK;
}

/* It may hold a PIN: nothing of it is shown. */
static wws_result no_token(wws_error *err)
{
    (void)refuse(err, "store", "a PKCS#11 token cannot be looked through");
    wws_error_expected(err, "a file, or a directory");
    wws_error_got(err, "a pkcs11: URI");
    wws_error_hint(err, "a credential of type \"uri\" names a certificate and its key in a token");
    return WWS_E_INVALIDARG;
}

wws_result wws_certificate_find(const wws_certificate_query *query, wws_certificate **out, wws_error *err)
{
    wws_certificate_store store = {.box = {.password = query->password}};
    if (wws_span_starts(wws_span_of(query->store), WWS_SPAN("pkcs11:"))) {
        return no_token(err);
    }
    wws_result code = wws_certificate_store_read(query->store, &store, err);
    if (code == WWS_OK) {
        code = pick(query, &store, out, err);
    }
    wws_certificate_store_clear(&store);
    return code;
}
