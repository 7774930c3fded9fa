/** @file random.h  The kernel's randomness. */
#ifndef WWS_OS_RANDOM_H
#define WWS_OS_RANDOM_H

#include "base/result.h"

#include <stddef.h>

/** Fills @p out, waiting for the kernel's pool at boot. @return security_system_failure when the kernel refuses */
WWS_MUST_CHECK wws_result wws_os_random(uint8_t *out, size_t len, wws_error *err);

#endif
