#include "base/secret.h"

bool wws_secret_equal(wws_span a, wws_span b)
{
    volatile uint8_t difference = 0;
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        difference = (uint8_t)(difference | (a.at[i] ^ b.at[i]));
    }
    return difference == 0;
}
