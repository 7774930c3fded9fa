#include "crypto/seal.h"

#include "crypto/evp.h"

enum { FORMAT = 1, NONCE = 12, TAG = 16 };

typedef struct parts {
    wws_span id, nonce, body, tag;
} parts;

static bool is_text(wws_span bytes)
{
    return bytes.len <= INT32_MAX;
}

static bool encrypt(EVP_CIPHER_CTX *cipher, const wws_evp *evp, const wws_seal_key *key, const uint8_t *nonce,
                    wws_span about, wws_span plain, uint8_t *out)
{
    int len = 0;
    return EVP_EncryptInit_ex2(cipher, evp->gcm, key->secret, nonce, NULL) == 1 &&
           EVP_EncryptUpdate(cipher, NULL, &len, about.at, (int)about.len) == 1 &&
           EVP_EncryptUpdate(cipher, out, &len, plain.at, (int)plain.len) == 1 && (size_t)len == plain.len &&
           EVP_EncryptFinal_ex(cipher, out + len, &len) == 1 && len == 0 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, out + plain.len) == 1;
}

wws_result wws_seal(const wws_env *env, const wws_seal_key *key, wws_span about, wws_span plain, wws_buf *out,
                    wws_error *err)
{
    const wws_evp *evp = wws_evp_get(err);
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    if (!is_text(plain) || !is_text(about)) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "that is too long to be sealed");
    }
    WWS_TRY(wws_buf_reserve(out, WWS_SEAL_OVERHEAD + key->id_len + plain.len, err));
    uint8_t *at = out->bytes + out->len;
    uint8_t *nonce = at + 2 + key->id_len;
    at[0] = FORMAT;
    at[1] = (uint8_t)key->id_len;
    memcpy(at + 2, key->id, key->id_len);
    WWS_TRY(wws_env_random(env, nonce, NONCE, err));
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    const bool is_done = cipher != NULL && encrypt(cipher, evp, key, nonce, about, plain, nonce + NONCE);
    EVP_CIPHER_CTX_free(cipher);
    if (!is_done) {
        return wws_evp_fail(err, "seal with AES-256-GCM");
    }
    out->len += WWS_SEAL_OVERHEAD + key->id_len + plain.len;
    return WWS_OK;
}

static bool take_apart(wws_span sealed, parts *out)
{
    if (sealed.len < WWS_SEAL_OVERHEAD + 1 || sealed.at[0] != FORMAT) {
        return false;
    }
    const size_t id_len = sealed.at[1];
    if (id_len == 0 || id_len > WWS_SEAL_ID_MAX || sealed.len <= WWS_SEAL_OVERHEAD + id_len || !is_text(sealed)) {
        return false;
    }
    const uint8_t *nonce = sealed.at + 2 + id_len;
    out->id = (wws_span){sealed.at + 2, id_len};
    out->nonce = (wws_span){nonce, NONCE};
    out->body = (wws_span){nonce + NONCE, sealed.len - WWS_SEAL_OVERHEAD - id_len};
    out->tag = (wws_span){sealed.at + sealed.len - TAG, TAG};
    return true;
}

static const wws_seal_key *find_key(const wws_seal_key *keys, size_t count, wws_span id)
{
    for (size_t i = 0; i < count; i++) {
        if (wws_span_equal((wws_span){keys[i].id, keys[i].id_len}, id)) {
            return &keys[i];
        }
    }
    return NULL;
}

static bool decrypt(EVP_CIPHER_CTX *cipher, const wws_evp *evp, const wws_seal_key *key, const parts *sealed,
                    wws_span about, uint8_t *out)
{
    uint8_t tag[TAG];
    uint8_t rest[TAG];
    int len = 0;
    int more = 0;
    memcpy(tag, sealed->tag.at, TAG);
    return EVP_DecryptInit_ex2(cipher, evp->gcm, key->secret, sealed->nonce.at, NULL) == 1 &&
           EVP_DecryptUpdate(cipher, NULL, &len, about.at, (int)about.len) == 1 &&
           EVP_DecryptUpdate(cipher, out, &len, sealed->body.at, (int)sealed->body.len) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
           EVP_DecryptFinal_ex(cipher, rest, &more) == 1 && (size_t)len + (size_t)more == sealed->body.len;
}

wws_result wws_unseal(const wws_seal_key *keys, size_t count, wws_span about, wws_span sealed, wws_buf *out,
                      wws_error *err)
{
    parts taken;
    const wws_evp *evp = wws_evp_get(err);
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    if (!take_apart(sealed, &taken)) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "this is no sealed text of ours");
    }
    const wws_seal_key *key = find_key(keys, count, taken.id);
    if (key == NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "it was sealed with a key that is not among `keys`");
    }
    WWS_TRY(wws_buf_reserve(out, taken.body.len, err));
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (cipher == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory to open a sealed text");
    }
    const bool is_genuine = decrypt(cipher, evp, key, &taken, about, out->bytes + out->len);
    EVP_CIPHER_CTX_free(cipher);
    if (!is_genuine) {
        explicit_bzero(out->bytes + out->len, taken.body.len);
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                        "the sealed text was changed, or sealed for something else");
    }
    out->len += taken.body.len;
    return WWS_OK;
}
