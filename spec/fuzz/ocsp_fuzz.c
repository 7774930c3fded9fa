/* A stapled OCSP response about a throwaway certificate that signed itself. */
#include "crypto/ocsp.h"

#include <openssl/pem.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* CN=fuzz, P-256; the corpus holds what its key signed. */
static const char PEM[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBdDCCARugAwIBAgIUOnfSMARqssQt1EV24HfGFszNyfowCgYIKoZIzj0EAwIw\n"
                          "DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjExMTIxMzNaGA8yMTI2MTAyODExMjEz\n"
                          "M1owDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOGO\n"
                          "ZZ/+GqMkVj2mhPx/ZD1bPJmJ1WBlV+g0r9pQBzePX8fEs4iGS1tnRcJzM9bLKSmI\n"
                          "IrR8ganJuag1lbRtazCjUzBRMB0GA1UdDgQWBBTVUFhygEjCaDdOoejYnUq5YmLm\n"
                          "iTAfBgNVHSMEGDAWgBTVUFhygEjCaDdOoejYnUq5YmLmiTAPBgNVHRMBAf8EBTAD\n"
                          "AQH/MAoGCCqGSM49BAMCA0cAMEQCIF+wYA9ErQypHj0CQV29U8WENl4EGiWnWK8X\n"
                          "oF/uSQnoAiBZGyepA5GAU0QYyMUO6yWbbzmSUCs55hrhzg9wdcA/tA==\n"
                          "-----END CERTIFICATE-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static X509 *own;
    wws_ocsp_answer answer;
    if (own == NULL) {
        BIO *text = BIO_new_mem_buf(PEM, -1);
        own = PEM_read_bio_X509(text, NULL, NULL, NULL);
        BIO_free(text);
    }
    wws_ocsp_read((wws_span){data, size}, own, own, 1795262400000, &answer);
    if (own == NULL || (answer.status != WWS_OCSP_GOOD && answer.why == NULL)) {
        abort();
    }
    return 0;
}
