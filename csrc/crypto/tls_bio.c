/* OpenSSL reads and writes a connection's own buffers: one copy in, one copy out. */
#include <openssl/bio.h>

#include "crypto/tls_internal.h"

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static BIO_METHOD *method;

static int read_some(BIO *bio, char *to, size_t size, size_t *count)
{
    wws_tls *tls = BIO_get_data(bio);
    const size_t left = tls->in.len - tls->in_at;
    BIO_clear_retry_flags(bio);
    if (left == 0) {
        if (!tls->has_ended) {
            BIO_set_retry_read(bio);
        }
        return 0;
    }
    *count = left < size ? left : size;
    memcpy(to, tls->in.bytes + tls->in_at, *count);
    tls->in_at += *count;
    if (tls->in_at == tls->in.len) {
        wws_buf_clear(&tls->in);
        tls->in_at = 0;
    }
    return 1;
}

static int write_all(BIO *bio, const char *from, size_t size, size_t *count)
{
    wws_tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (wws_buf_append(&tls->out, (wws_span){(const uint8_t *)from, size}, NULL) != WWS_OK) {
        tls->out_of_memory = true;
        return 0;
    }
    *count = size;
    return 1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    const wws_tls *tls = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF) {
        return tls->has_ended && tls->in_at == tls->in.len;
    }
    return command == BIO_CTRL_FLUSH;
}

static int create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static void make(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wws buffers");
    if (method != NULL) {
        (void)BIO_meth_set_read_ex(method, read_some);
        (void)BIO_meth_set_write_ex(method, write_all);
        (void)BIO_meth_set_ctrl(method, control);
        (void)BIO_meth_set_create(method, create);
    }
}

BIO_METHOD *wws_tls_bio_method(void)
{
    return CRYPTO_THREAD_run_once(&once, make) == 1 ? method : NULL;
}
