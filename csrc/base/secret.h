/** @file secret.h  Fixed room for key bytes, and comparison that takes the same time whatever it finds. */
#ifndef WWS_BASE_SECRET_H
#define WWS_BASE_SECRET_H

#include "base/span.h"

enum { WWS_SECRET_MAX = 256 };

/** Key material by value; wipe it with wws_secret_wipe before letting go. 2048 bits is the most any setting allows. */
typedef struct wws_secret {
    uint8_t bytes[WWS_SECRET_MAX];
    size_t len;
} wws_secret;

static inline void wws_secret_wipe(wws_secret *secret)
{
    explicit_bzero(secret, sizeof *secret);
}

static inline wws_span wws_secret_peek(const wws_secret *secret)
{
    return (wws_span){secret->bytes, secret->len};
}

/** Constant time in the content; the lengths are not hidden. */
bool wws_secret_equal(wws_span a, wws_span b);

#endif
