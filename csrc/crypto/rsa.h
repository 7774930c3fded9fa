/** @file rsa.h  What the keys of a certificate do: sign, verify, unwrap. RSA alone, for XML knows no other here. */
#ifndef WWS_CRYPTO_RSA_H
#define WWS_CRYPTO_RSA_H

#include "base/secret.h"
#include "crypto/x509.h"

/** How a symmetric key was encrypted to a certificate. */
typedef enum wws_rsa_padding { WWS_RSA_OAEP = 1, WWS_RSA_1_5 } wws_rsa_padding;

/** The modulus in bits; 0 when the key is not RSA. The private key counts when there is no certificate. */
uint32_t wws_rsa_bits(const wws_certificate *certificate);

/** A public key alone. @return security_verification_failure: not the numbers of an RSA key */
WWS_MUST_CHECK wws_result wws_rsa_public(wws_span modulus, wws_span exponent, wws_certificate **out, wws_error *err);
/** Appends the PKCS#1 1.5 signature of @p bytes. @pre a private key @return security_system_failure, outofmemory */
WWS_MUST_CHECK wws_result wws_rsa_sign(const wws_certificate *signer, wws_digest_id id, wws_span bytes, wws_buf *out,
                                       wws_error *err);
/** @return security_verification_failure; OK is the only success */
WWS_MUST_CHECK wws_result wws_rsa_verify(const wws_certificate *signer, wws_digest_id id, wws_span bytes,
                                         wws_span signature, wws_error *err);

/** What is being unwrapped. Borrowed for the call. */
typedef struct wws_rsa_wrapped {
    wws_rsa_padding padding;
    wws_digest_id digest; /**< OAEP: of the label; the mask is always made with SHA-1 */
    wws_span bytes;
    size_t least, most; /**< octets that the key may have */
    wws_span instead;   /**< random octets, at most WWS_SECRET_MAX */
} wws_rsa_wrapped;

/**
 * Decrypts a wrapped key. When that fails, or the key has a wrong length, @p out is `instead`: whoever wrapped it
 * learns nothing, and whatever is verified with it fails as with any wrong key.
 * @pre a private key @return outofmemory, security_system_failure: never because of what was wrapped
 */
WWS_MUST_CHECK wws_result wws_rsa_unwrap(const wws_certificate *holder, const wws_rsa_wrapped *wrapped, wws_secret *out,
                                         wws_error *err);

#endif
