/* The suites differ in three columns; all else is common to the twelve. */
#include "security/description/suite.h"

#define SUITE(title, hash, wrap, shortest, longest)                                                                    \
    {                                                                                                                  \
        .name = (title), .canonicalization = WWS_CANONICALIZATION_EXCLUSIVE, .digest = (hash),                         \
        .symmetric_signature = WWS_SYMMETRIC_SIGNATURE_HMAC_SHA1,                                                      \
        .asymmetric_signature = WWS_ASYMMETRIC_SIGNATURE_RSA_SHA1, .key_derivation = WWS_KEY_DERIVATION_P_SHA1,        \
        .asymmetric_key_wrap = (wrap), .min_symmetric_key_length = (shortest), .max_symmetric_key_length = (longest),  \
        .min_asymmetric_key_length = 1024, .max_asymmetric_key_length = 4096                                           \
    }

/* In the order of WS_SECURITY_ALGORITHM_SUITE_NAME, which starts at 1. */
static const wws_suite SUITES[] = {
    SUITE("basic256", WWS_DIGEST_SHA1, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, 256, 256),
    SUITE("basic192", WWS_DIGEST_SHA1, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, 192, 256),
    SUITE("basic128", WWS_DIGEST_SHA1, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, 128, 256),
    SUITE("basic256_rsa15", WWS_DIGEST_SHA1, WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, 256, 256),
    SUITE("basic192_rsa15", WWS_DIGEST_SHA1, WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, 192, 256),
    SUITE("basic128_rsa15", WWS_DIGEST_SHA1, WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, 128, 256),
    SUITE("basic256_sha256", WWS_DIGEST_SHA_256, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, 256, 256),
    SUITE("basic192_sha256", WWS_DIGEST_SHA_256, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, 192, 256),
    SUITE("basic128_sha256", WWS_DIGEST_SHA_256, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, 128, 256),
    SUITE("basic256_sha256_rsa15", WWS_DIGEST_SHA_256, WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, 256, 256),
    SUITE("basic192_sha256_rsa15", WWS_DIGEST_SHA_256, WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, 192, 256),
    SUITE("basic128_sha256_rsa15", WWS_DIGEST_SHA_256, WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, 128, 256),
};

#define ENC "http://www.w3.org/2001/04/xmlenc#"
#define SIG "http://www.w3.org/2000/09/xmldsig#"
#define SIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define C14N "http://www.w3.org/2001/10/xml-exc-c14n#"

typedef struct algorithm_row {
    const char *uri;
    const char *other; /* a second spelling in use, or NULL */
    wws_digest_id digest;
} algorithm_row;

/* WWSAPI prints SHA-384 under xmlenc#, where the W3C never put it; RFC 6931's name is the one that others know. */
static const algorithm_row ALGORITHMS[] = {
    [WWS_CANONICALIZATION_EXCLUSIVE] = {.uri = C14N},
    [WWS_CANONICALIZATION_EXCLUSIVE_WITH_COMMENTS] = {.uri = C14N "WithComments"},
    [WWS_DIGEST_SHA1] = {.uri = SIG "sha1", .digest = WWS_SHA1},
    [WWS_DIGEST_SHA_256] = {.uri = ENC "sha256", .digest = WWS_SHA256},
    [WWS_DIGEST_SHA_384] = {.uri = SIG_MORE "sha384", .other = ENC "sha384", .digest = WWS_SHA384},
    [WWS_DIGEST_SHA_512] = {.uri = ENC "sha512", .digest = WWS_SHA512},
    [WWS_SYMMETRIC_SIGNATURE_HMAC_SHA1] = {.uri = SIG "hmac-sha1", .digest = WWS_SHA1},
    [WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_256] = {.uri = SIG_MORE "hmac-sha256", .digest = WWS_SHA256},
    [WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_384] = {.uri = SIG_MORE "hmac-sha384", .digest = WWS_SHA384},
    [WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_512] = {.uri = SIG_MORE "hmac-sha512", .digest = WWS_SHA512},
    [WWS_ASYMMETRIC_SIGNATURE_RSA_SHA1] = {.uri = SIG "rsa-sha1", .digest = WWS_SHA1},
    [WWS_ASYMMETRIC_SIGNATURE_DSA_SHA1] = {.uri = SIG "dsa-sha1", .digest = WWS_SHA1},
    [WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_256] = {.uri = SIG_MORE "rsa-sha256", .digest = WWS_SHA256},
    [WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_384] = {.uri = SIG_MORE "rsa-sha384", .digest = WWS_SHA384},
    [WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_512] = {.uri = SIG_MORE "rsa-sha512", .digest = WWS_SHA512},
    [WWS_ASYMMETRIC_KEYWRAP_RSA_1_5] = {.uri = ENC "rsa-1_5"},
    [WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP] = {.uri = ENC "rsa-oaep-mgf1p"},
    [WWS_KEY_DERIVATION_P_SHA1] = {.uri = "http://schemas.xmlsoap.org/ws/2005/02/sc/dk/p_sha1",
                                   .other = "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/dk/p_sha1"},
};

const wws_suite *wws_suite_named(wws_span name)
{
    for (size_t i = 0; i < sizeof SUITES / sizeof *SUITES; i++) {
        if (wws_span_is(name, SUITES[i].name)) {
            return &SUITES[i];
        }
    }
    return NULL;
}

const char *wws_algorithm_uri(wws_algorithm algorithm)
{
    return ALGORITHMS[algorithm].uri;
}

bool wws_algorithm_is(wws_algorithm algorithm, wws_span uri)
{
    const algorithm_row *row = &ALGORITHMS[algorithm];
    return row->uri != NULL && (wws_span_is(uri, row->uri) || (row->other != NULL && wws_span_is(uri, row->other)));
}

wws_digest_id wws_algorithm_digest(wws_algorithm algorithm)
{
    return ALGORITHMS[algorithm].digest;
}

uint32_t wws_suite_default_key_size(const wws_suite *suite)
{
    return suite->min_symmetric_key_length;
}

bool wws_suite_allows_key_size(const wws_suite *suite, uint32_t bits)
{
    return bits % 8 == 0 && bits >= suite->min_symmetric_key_length && bits <= suite->max_symmetric_key_length;
}
