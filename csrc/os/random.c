#include "os/random.h"

#include <errno.h>
#include <sys/random.h>

wws_result wws_os_random(uint8_t *out, size_t len, wws_error *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = getrandom(out + done, len - done, 0);
        if (got > 0) {
            done += (size_t)got;
        } else if (got < 0 && errno != EINTR) {
            return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "the system gave no random bytes (errno %d)", errno);
        }
    }
    return WWS_OK;
}
