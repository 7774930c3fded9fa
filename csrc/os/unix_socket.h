/** @file unix_socket.h  Unix-domain sockets: made here, used as any other (os/socket.h). */
#ifndef WWS_OS_UNIX_SOCKET_H
#define WWS_OS_UNIX_SOCKET_H

#include "os/socket.h"

/** Who is at the other end, as the kernel saw it when the connection, or the listener, was made. */
typedef struct wws_unix_peer {
    uint32_t user, group;
    int32_t process;
} wws_unix_peer;

/** @return OK: connected, @p out is set; AGAIN: the listener's queue is full, call again later; FAILED */
WWS_MUST_CHECK wws_io wws_unix_connect(const char *path, wws_socket **out, const char **why);
/**
 * The socket's file, and its lock beside it, go when the socket is closed.
 * @param path  absolute. What is there already is refused, unless a listener of ours left it when it died
 * @param wide  whether other users may connect, where the directory lets them
 */
WWS_MUST_CHECK wws_io wws_unix_listen(const char *path, bool wide, int backlog, wws_socket **out, const char **why);
/** @return OK or FAILED: not a Unix socket, or closed */
WWS_MUST_CHECK wws_io wws_unix_peer_of(const wws_socket *socket, wws_unix_peer *out, const char **why);

/** Whose process this is. */
uint32_t wws_unix_user(void);
/**
 * A directory that is this user's alone: no link, and closed to all others.
 * @param make  whether to make it when it is not there
 */
WWS_MUST_CHECK wws_io wws_unix_private(const char *path, bool make, const char **why);

#endif
