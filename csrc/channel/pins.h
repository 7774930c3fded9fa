/** @file pins.h  A server that is known by its certificate or key: identities of an address beside its DNS name. */
#ifndef WWS_CHANNEL_PINS_H
#define WWS_CHANNEL_PINS_H

#include "crypto/tls_engine.h"

/** Spans are borrowed; empty ones pin nothing. */
typedef struct wws_pins {
    wws_span certificate;       /**< DER of the certificate that it must show */
    wws_span modulus, exponent; /**< of the RSA key that it must have */
} wws_pins;

/** @param tls  after its handshake; NULL: plain, nothing to compare @return security_verification_failure */
WWS_MUST_CHECK wws_result wws_pins_check(const wws_pins *pins, const wws_env *env, const wws_tls *tls, wws_error *err);

#endif
