#include "crypto/digest.h"

#include "crypto/evp.h"

wws_result wws_digest_of(wws_digest_id id, wws_span bytes, wws_digest *out, wws_error *err)
{
    const wws_evp *evp = wws_evp_get(err);
    unsigned int len = 0;
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    if (evp->digest[id] == NULL) {
        return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "OpenSSL as it is set up here has no MD5");
    }
    if (EVP_Digest(bytes.at, bytes.len, out->bytes, &len, evp->digest[id], NULL) != 1) {
        return wws_evp_fail(err, "compute a digest");
    }
    out->len = len;
    return WWS_OK;
}
