/* Tokens with an NTLM message in them: the service's name lies inside, and no second message may stand beside. */
#include <stdlib.h>
#include <string.h>

#include "gss/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char signature[8] = "NTLMSSP";
    const wws_span target = wws_gss_ntlm_target((wws_span){data, size});
    if (target.at == NULL) {
        return 0;
    }
    must(target.at >= data && target.at + target.len <= data + size);
    uint8_t *twice = malloc(size + sizeof signature);
    if (twice != NULL) {
        memcpy(twice, data, size);
        memcpy(twice + size, signature, sizeof signature);
        must(wws_gss_ntlm_target((wws_span){twice, size + sizeof signature}).at == NULL);
        free(twice);
    }
    return 0;
}
