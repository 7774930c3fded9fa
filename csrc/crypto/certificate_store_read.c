/* Files of any format that OpenSSL knows: PEM, DER, PKCS#12. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <sys/stat.h>

#include "crypto/certificate_store.h"

static wws_result refuse(wws_error *err, const char *path, const char *message)
{
    ERR_clear_error();
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", message);
    wws_error_at(err, "load a certificate");
    wws_error_about(err, NULL, "store");
    wws_error_got(err, "%s", path);
    return WWS_E_INVALIDARG;
}

static bool take_certificate(wws_certificate_store *store, const OSSL_STORE_INFO *found)
{
    X509 *certificate = OSSL_STORE_INFO_get1_CERT(found);
    if (certificate == NULL || sk_X509_num(store->certificates) >= WWS_STORE_CERTIFICATES ||
        sk_X509_push(store->certificates, certificate) <= 0) {
        X509_free(certificate);
        return false;
    }
    return true;
}

static bool take_key(wws_certificate_store *store, const OSSL_STORE_INFO *found)
{
    EVP_PKEY *key = store->key_count < WWS_STORE_KEYS ? OSSL_STORE_INFO_get1_PKEY(found) : NULL;
    if (key == NULL) {
        return false;
    }
    store->keys[store->key_count++] = key;
    return true;
}

/* @return false when there is no more room */
static bool take(wws_certificate_store *store, const OSSL_STORE_INFO *found)
{
    switch (OSSL_STORE_INFO_get_type(found)) {
    case OSSL_STORE_INFO_CERT:
        return take_certificate(store, found);
    case OSSL_STORE_INFO_PKEY:
        return take_key(store, found);
    default:
        return true;
    }
}

static bool read_all(wws_certificate_store *store, OSSL_STORE_CTX *file)
{
    bool has_room = true;
    while (has_room && OSSL_STORE_eof(file) != 1) {
        store->box.was_asked = false;
        OSSL_STORE_INFO *found = OSSL_STORE_load(file);
        if (found != NULL) {
            has_room = take(store, found);
        } else {
            store->is_locked = store->is_locked || store->box.was_asked;
        }
        OSSL_STORE_INFO_free(found);
    }
    ERR_clear_error();
    return has_room;
}

/* What is no absolute path might look like a URI of another kind. */
static OSSL_STORE_CTX *open_path(const char *path, UI_METHOD *asking, wws_certificate_store *store)
{
    char whole[PATH_MAX];
    return realpath(path, whole) == NULL ? NULL : OSSL_STORE_open(whole, asking, &store->box, NULL, NULL);
}

static wws_result read_file(const char *path, UI_METHOD *asking, wws_certificate_store *store, wws_error *err)
{
    OSSL_STORE_CTX *file = open_path(path, asking, store);
    const bool has_room = file == NULL || read_all(store, file);
    OSSL_STORE_close(file);
    ERR_clear_error();
    return has_room ? WWS_OK : refuse(err, path, "the certificate store holds more than can be looked through");
}

static bool is_kind(const char *path, mode_t kind)
{
    struct stat about;
    return stat(path, &about) == 0 && (about.st_mode & S_IFMT) == kind;
}

static wws_result read_entry(const OSSL_STORE_INFO *entry, UI_METHOD *asking, wws_certificate_store *store,
                             wws_error *err)
{
    const char *path = entry == NULL ? NULL : OSSL_STORE_INFO_get0_NAME(entry);
    return path != NULL && is_kind(path, S_IFREG) ? read_file(path, asking, store, err) : WWS_OK;
}

static wws_result read_directory(const char *path, UI_METHOD *asking, wws_certificate_store *store, wws_error *err)
{
    OSSL_STORE_CTX *directory = is_kind(path, S_IFDIR) ? open_path(path, asking, store) : NULL;
    wws_result code = WWS_OK;
    if (directory == NULL) {
        return refuse(err, path, "the certificate store does not exist or may not be read");
    }
    while (code == WWS_OK && OSSL_STORE_eof(directory) != 1) {
        OSSL_STORE_INFO *entry = OSSL_STORE_load(directory);
        code = read_entry(entry, asking, store, err);
        OSSL_STORE_INFO_free(entry);
    }
    OSSL_STORE_close(directory);
    ERR_clear_error();
    return code;
}

static wws_result no_password_method(wws_error *err)
{
    ERR_clear_error();
    return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a certificate store");
}

wws_result wws_certificate_store_read(const char *path, wws_certificate_store *out, wws_error *err)
{
    ERR_clear_error();
    out->certificates = sk_X509_new_null();
    UI_METHOD *asking = UI_UTIL_wrap_read_pem_callback(wws_password_give, 0);
    wws_result code = WWS_OK;
    if (out->certificates == NULL || asking == NULL) {
        code = no_password_method(err);
    } else if (is_kind(path, S_IFREG)) {
        code = read_file(path, asking, out, err);
    } else {
        code = read_directory(path, asking, out, err);
    }
    UI_destroy_method(asking);
    return code;
}

void wws_certificate_store_clear(wws_certificate_store *store)
{
    sk_X509_pop_free(store->certificates, X509_free);
    while (store->key_count > 0) {
        EVP_PKEY_free(store->keys[--store->key_count]);
    }
}
