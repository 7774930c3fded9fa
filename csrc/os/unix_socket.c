#include "os/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/socket_parts.h"

enum { BACKLOG = 1024 };

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

wws_io wws_unix_connect(const char *path, wws_socket **out, const char **why)
{
    struct sockaddr_un peer;
    if (!wws_unix_address(path, &peer)) {
        *why = "the path of the socket is too long";
        return WWS_IO_FAILED;
    }
    const int fd = open_socket();
    if (fd < 0) {
        return wws_socket_fail(why, errno);
    }
    while (connect(fd, (const struct sockaddr *)&peer, sizeof peer) != 0) {
        const int number = errno;
        if (number != EINTR) {
            (void)close(fd);
            return number == EAGAIN ? WWS_IO_AGAIN : wws_socket_fail(why, number);
        }
    }
    return wws_socket_hand_out(fd, WWS_IO_OK, out, why);
}

wws_io wws_unix_listen(const char *path, bool wide, int backlog, wws_socket **out, const char **why)
{
    wws_unix_place *place = NULL;
    if (wws_unix_place_take(path, &place, why) != WWS_IO_OK) {
        return WWS_IO_FAILED;
    }
    const int fd = open_socket();
    wws_io how = fd < 0 ? wws_socket_fail(why, errno) : wws_unix_place_bind(place, fd, wide, why);
    if (how == WWS_IO_OK && listen(fd, backlog > 0 ? backlog : BACKLOG) != 0) {
        how = wws_socket_fail(why, errno);
    }
    if (how == WWS_IO_OK) {
        how = wws_socket_hand_out(fd, WWS_IO_OK, out, why);
    } else if (fd >= 0) {
        (void)close(fd);
    }
    if (how != WWS_IO_OK) {
        wws_unix_place_free(place);
        return how;
    }
    atomic_store(&(*out)->place, place);
    return WWS_IO_OK;
}

wws_io wws_unix_peer_of(const wws_socket *socket, wws_unix_peer *out, const char **why)
{
    struct ucred found;
    socklen_t len = sizeof found;
    int family = 0;
    socklen_t family_len = sizeof family;
    const int fd = wws_socket_fd(socket);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &family_len) != 0 || family != AF_UNIX ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &found, &len) != 0) {
        *why = "the system does not say who is at the other end";
        return WWS_IO_FAILED;
    }
    *out = (wws_unix_peer){.user = found.uid, .group = found.gid, .process = found.pid};
    return WWS_IO_OK;
}

uint32_t wws_unix_user(void)
{
    return geteuid();
}

wws_io wws_unix_private(const char *path, bool make, const char **why)
{
    struct stat found;
    if (make && mkdir(path, 0700) != 0 && errno != EEXIST) {
        return wws_socket_fail(why, errno);
    }
    if (lstat(path, &found) != 0) {
        return wws_socket_fail(why, errno);
    }
    if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        *why = "it is not a directory of this user that is closed to all others";
        return WWS_IO_FAILED;
    }
    return WWS_IO_OK;
}
