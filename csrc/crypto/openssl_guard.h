/** @file openssl_guard.h  Refuses a process that would mix two OpenSSLs. */
#ifndef WWS_CRYPTO_OPENSSL_GUARD_H
#define WWS_CRYPTO_OPENSSL_GUARD_H

#include "base/result.h"

/** Fetches the EVP objects once and checks that all OpenSSL symbols come from one libssl and one libcrypto of the
 * major version we were built for. @return security_system_failure naming the files */
WWS_MUST_CHECK wws_result wws_openssl_guard(wws_error *err);

#endif
