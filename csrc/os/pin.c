#include "os/pin.h"

#include <dlfcn.h>
#include <stddef.h>

bool wws_os_pin(void)
{
    static const char here = 0; /* an address of ours, whichever object we were linked into */
    Dl_info object;
    if (dladdr(&here, &object) == 0 || object.dli_fname == NULL) {
        return false;
    }
    return dlopen(object.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != NULL;
}
