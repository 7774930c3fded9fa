#include "base/uuid.h"

wws_result wws_uuid_write(const wws_env *env, char out[WWS_UUID_TEXT], wws_error *err)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[16];
    char *to = out;
    WWS_TRY(wws_env_random(env, bytes, sizeof bytes, err));
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *to++ = '-';
        }
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    *to = '\0';
    return WWS_OK;
}
