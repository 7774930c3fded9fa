/** @file socket_parts.h  What the sockets of this room are made of; only this room looks. */
#ifndef WWS_OS_SOCKET_PARTS_H
#define WWS_OS_SOCKET_PARTS_H

#include <stdatomic.h>

#include "os/socket.h"
#include "os/unix_place.h"

struct wws_socket {
    atomic_int refs;
    atomic_int fd;
    wws_unix_place *_Atomic place; /**< of a listening Unix socket; NULL: none */
};

/** @param fd  of the new socket; stays the caller's on failure. @return NULL when there is no memory */
wws_socket *wws_socket_wrap(int fd);
/** Wraps, or closes. @return @p how, or FAILED */
wws_io wws_socket_hand_out(int fd, wws_io how, wws_socket **out, const char **why);
/** @param number  of errno. @return FAILED, with its text */
wws_io wws_socket_fail(const char **why, int number);

#endif
