/** @file here.h  What this machine is called. */
#ifndef WWS_OS_HERE_H
#define WWS_OS_HERE_H

#include <stddef.h>

#include "os/socket.h"

enum { WWS_HERE_NAME = 256, WWS_HERE_MAX = 32 };

typedef struct wws_here {
    char name[WWS_HERE_NAME]; /**< the host's name, with its domain when the system knows it by that; may be empty */
    size_t count;
    char address[WWS_HERE_MAX][WWS_ADDRESS_TEXT]; /**< of its interfaces, as text; the first 32 */
} wws_here;

/** Asks the system; looks nothing up in the network. What cannot be found out stays empty. */
void wws_here_find(wws_here *out);

#endif
