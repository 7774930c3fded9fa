#include "crypto/hmac.h"

#include "crypto/evp.h"

enum { SHA1_LEN = 20 };

/* A context of our own with the key in it; OpenSSL refuses a NULL key, an empty one is fine. */
static EVP_MAC_CTX *start(wws_digest_id id, wws_span key, wws_error *err)
{
    static const uint8_t none[1] = {0};
    const wws_evp *evp = wws_evp_get(err);
    EVP_MAC_CTX *mac = evp == NULL ? NULL : EVP_MAC_CTX_dup(evp->hmac[id]);
    if (mac != NULL && EVP_MAC_init(mac, key.len == 0 ? none : key.at, key.len, NULL) != 1) {
        EVP_MAC_CTX_free(mac);
        mac = NULL;
    }
    if (evp != NULL && mac == NULL) {
        (void)wws_evp_fail(err, "start an HMAC");
    }
    return mac;
}

wws_result wws_hmac_of(wws_digest_id id, wws_span key, wws_span bytes, wws_digest *out, wws_error *err)
{
    EVP_MAC_CTX *mac = start(id, key, err);
    if (mac == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    size_t len = 0;
    const bool is_done =
        EVP_MAC_update(mac, bytes.at, bytes.len) == 1 && EVP_MAC_final(mac, out->bytes, &len, sizeof out->bytes) == 1;
    EVP_MAC_CTX_free(mac);
    if (!is_done) {
        return wws_evp_fail(err, "compute an HMAC");
    }
    out->len = len;
    return WWS_OK;
}

/* HMAC(key of mac, a || b || c) */
static bool mac_of(EVP_MAC_CTX *mac, wws_span a, wws_span b, wws_span c, uint8_t out[SHA1_LEN])
{
    size_t len = 0;
    return EVP_MAC_init(mac, NULL, 0, NULL) == 1 && EVP_MAC_update(mac, a.at, a.len) == 1 &&
           EVP_MAC_update(mac, b.at, b.len) == 1 && EVP_MAC_update(mac, c.at, c.len) == 1 &&
           EVP_MAC_final(mac, out, &len, SHA1_LEN) == 1;
}

/* A(i) = HMAC(A(i-1)), A(0) = label || seed; block i is HMAC(A(i) || label || seed). RFC 2246 section 5. */
static bool expand(EVP_MAC_CTX *mac, wws_span label, wws_span seed, size_t offset, uint8_t *out, size_t len)
{
    static const wws_span none = {NULL, 0};
    uint8_t chain[SHA1_LEN];
    uint8_t block[SHA1_LEN];
    bool is_good = mac_of(mac, label, seed, none, chain);
    for (size_t done = 0, from = 0; is_good && done < len; from += SHA1_LEN) {
        const wws_span link = {chain, sizeof chain};
        if (from + SHA1_LEN > offset) {
            const size_t skip = offset > from ? offset - from : 0;
            const size_t left = len - done;
            const size_t part = SHA1_LEN - skip < left ? SHA1_LEN - skip : left;
            is_good = mac_of(mac, link, label, seed, block);
            memcpy(out + done, block + skip, part);
            done += part;
        }
        is_good = is_good && mac_of(mac, link, none, none, chain);
    }
    explicit_bzero(chain, sizeof chain);
    explicit_bzero(block, sizeof block);
    return is_good;
}

wws_result wws_psha1(wws_span secret, wws_span label, wws_span seed, size_t offset, uint8_t *out, size_t len,
                     wws_error *err)
{
    if (len > WWS_PSHA1_MAX || offset > WWS_PSHA1_MAX - len) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a derived key ends at octet %zu or less", (size_t)WWS_PSHA1_MAX);
    }
    EVP_MAC_CTX *mac = start(WWS_SHA1, secret, err);
    if (mac == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    const bool is_good = expand(mac, label, seed, offset, out, len);
    EVP_MAC_CTX_free(mac);
    if (!is_good) {
        explicit_bzero(out, len);
        return wws_evp_fail(err, "derive a key");
    }
    return WWS_OK;
}
