/**
 * @file unix_place.h
 * Where a Unix socket listens. The place is held by a lock file beside the socket, so a socket whose lock nobody holds
 * was left by a listener of ours that died; any other that is there already is somebody else's and stays.
 */
#ifndef WWS_OS_UNIX_PLACE_H
#define WWS_OS_UNIX_PLACE_H

#include <sys/socket.h>
#include <sys/un.h>

#include "os/socket.h"

/** Heap object. */
typedef struct wws_unix_place wws_unix_place;

/** @return false when @p path is empty or longer than the kernel takes */
bool wws_unix_address(const char *path, struct sockaddr_un *out);

/**
 * Takes the place, and removes what a dead listener of ours left there. The directory must be this user's or root's,
 * and no others may write to it unless it is sticky.
 */
WWS_MUST_CHECK wws_io wws_unix_place_take(const char *path, wws_unix_place **out, const char **why);
/** Binds @p fd there. @param wide  whether other users may connect */
WWS_MUST_CHECK wws_io wws_unix_place_bind(wws_unix_place *place, int fd, bool wide, const char **why);
/** Removes the socket, if it is still the one that was bound, by this process, and the lock. NULL is fine. */
void wws_unix_place_free(wws_unix_place *place);

#endif
