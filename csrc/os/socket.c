#include "os/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/address.h"
#include "os/socket_parts.h"

enum { BACKLOG = 1024 };

static const struct {
    int number;
    const char *text;
} ERRORS[] = {
    {ECONNREFUSED, "refused"},
    {ECONNRESET, "reset"},
    {EPIPE, "closed"},
    {ETIMEDOUT, "timed out"},
    {EHOSTUNREACH, "unreachable"},
    {ENETUNREACH, "unreachable"},
    {ENETDOWN, "unreachable"},
    {EADDRINUSE, "address in use"},
    {EADDRNOTAVAIL, "address not available"},
    {EAFNOSUPPORT, "address not available"},
    {EACCES, "access denied"},
    {EPERM, "access denied"},
    {EMFILE, "too many open files"},
    {ENFILE, "too many open files"},
    {ENOENT, "not found"},
    {ENOTDIR, "not found"},
    {ENOBUFS, "no memory"},
    {ENOMEM, "no memory"},
};

wws_io wws_socket_fail(const char **why, int number)
{
    *why = "input/output error";
    for (size_t i = 0; i < sizeof ERRORS / sizeof ERRORS[0]; i++) {
        if (ERRORS[i].number == number) {
            *why = ERRORS[i].text;
        }
    }
    return WWS_IO_FAILED;
}

static bool is_passing(int number)
{
    return number == EAGAIN || number == EWOULDBLOCK;
}

wws_socket *wws_socket_wrap(int fd)
{
    wws_socket *socket = malloc(sizeof *socket);
    if (socket != NULL) {
        atomic_init(&socket->refs, 1);
        atomic_init(&socket->fd, fd);
        atomic_init(&socket->place, NULL);
    }
    return socket;
}

static void switch_on(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

/* A socket for that address; address is filled. On failure fd is -1. */
static wws_io open_for(const char *text, uint16_t port, wws_os_address *address, int *fd, const char **why)
{
    *fd = -1;
    if (!wws_address_read(text, port, address)) {
        return wws_socket_fail(why, EADDRNOTAVAIL);
    }
    *fd = socket(address->any.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return *fd < 0 ? wws_socket_fail(why, errno) : WWS_IO_OK;
}

wws_io wws_socket_hand_out(int fd, wws_io how, wws_socket **out, const char **why)
{
    wws_socket *socket = wws_socket_wrap(fd);
    if (socket == NULL) {
        (void)close(fd);
        return wws_socket_fail(why, ENOMEM);
    }
    *out = socket;
    return how;
}

wws_io wws_socket_connect(const char *address, uint16_t port, wws_socket **out, const char **why)
{
    wws_os_address peer;
    int fd;
    if (open_for(address, port, &peer, &fd, why) != WWS_IO_OK) {
        return WWS_IO_FAILED;
    }
    switch_on(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (connect(fd, (const struct sockaddr *)&peer.any, peer.len) == 0) {
        return wws_socket_hand_out(fd, WWS_IO_OK, out, why);
    }
    if (errno == EINPROGRESS || errno == EINTR) {
        return wws_socket_hand_out(fd, WWS_IO_AGAIN, out, why);
    }
    int number = errno;
    (void)close(fd);
    return wws_socket_fail(why, number);
}

wws_io wws_socket_connected(wws_socket *socket, const char **why)
{
    int number = 0;
    socklen_t len = sizeof number;
    struct sockaddr_storage peer;
    socklen_t peer_len = sizeof peer;
    if (getsockopt(wws_socket_fd(socket), SOL_SOCKET, SO_ERROR, &number, &len) != 0) {
        return wws_socket_fail(why, errno);
    }
    if (number != 0) {
        return wws_socket_fail(why, number);
    }
    if (getpeername(wws_socket_fd(socket), (struct sockaddr *)&peer, &peer_len) != 0) {
        return errno == ENOTCONN ? WWS_IO_AGAIN : wws_socket_fail(why, errno);
    }
    return WWS_IO_OK;
}

wws_io wws_socket_listen(const char *address, uint16_t port, const wws_listening *terms, wws_socket **out,
                         const char **why)
{
    wws_os_address own;
    int fd;
    if (open_for(address, port, &own, &fd, why) != WWS_IO_OK) {
        return WWS_IO_FAILED;
    }
    switch_on(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (own.any.ss_family == AF_INET6) {
        switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY, terms->only_v6 ? 1 : 0);
    }
    if (bind(fd, (const struct sockaddr *)&own.any, own.len) != 0 ||
        listen(fd, terms->backlog > 0 ? terms->backlog : BACKLOG) != 0) {
        int number = errno;
        (void)close(fd);
        return wws_socket_fail(why, number);
    }
    return wws_socket_hand_out(fd, WWS_IO_OK, out, why);
}

wws_io wws_socket_accept(wws_socket *socket, wws_socket **out, const char **why)
{
    if (wws_socket_fd(socket) < 0) {
        return WWS_IO_END;
    }
    for (;;) {
        int fd = accept4(wws_socket_fd(socket), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            switch_on(fd, IPPROTO_TCP, TCP_NODELAY, 1);
            return wws_socket_hand_out(fd, WWS_IO_OK, out, why);
        }
        if (is_passing(errno)) {
            return WWS_IO_AGAIN;
        }
        /* a client that went away while it queued is no failure of ours */
        if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
            return wws_socket_fail(why, errno);
        }
    }
}

wws_io wws_socket_read(wws_socket *socket, uint8_t *out, size_t max, size_t *got, const char **why)
{
    if (wws_socket_fd(socket) < 0) {
        *why = "aborted"; /* not END: the peer did not say so */
        return WWS_IO_FAILED;
    }
    for (;;) {
        ssize_t count = recv(wws_socket_fd(socket), out, max, 0);
        if (count >= 0) {
            *got = (size_t)count;
            return count == 0 && max > 0 ? WWS_IO_END : WWS_IO_OK;
        }
        if (errno != EINTR) {
            return is_passing(errno) ? WWS_IO_AGAIN : wws_socket_fail(why, errno);
        }
    }
}

wws_io wws_socket_write(wws_socket *socket, wws_span bytes, size_t *put, const char **why)
{
    if (wws_socket_fd(socket) < 0) {
        return WWS_IO_END;
    }
    for (;;) {
        ssize_t count = send(wws_socket_fd(socket), bytes.at, bytes.len, MSG_NOSIGNAL);
        if (count >= 0) {
            *put = (size_t)count;
            return WWS_IO_OK;
        }
        if (errno != EINTR) {
            return is_passing(errno) ? WWS_IO_AGAIN : wws_socket_fail(why, errno);
        }
    }
}

uint16_t wws_socket_port(const wws_socket *socket)
{
    wws_os_address own = {.len = sizeof own.any};
    if (getsockname(wws_socket_fd(socket), (struct sockaddr *)&own.any, &own.len) != 0) {
        return 0;
    }
    return wws_address_port(&own);
}

int wws_socket_fd(const wws_socket *socket)
{
    return atomic_load(&socket->fd);
}

wws_socket *wws_socket_keep(wws_socket *socket)
{
    atomic_fetch_add(&socket->refs, 1);
    return socket;
}

void wws_socket_close(wws_socket *socket)
{
    int fd = atomic_exchange(&socket->fd, -1);
    if (fd >= 0) {
        wws_unix_place_free(atomic_exchange(&socket->place, NULL)); /* before the listener is no more: no gap */
        (void)close(fd);
    }
}

void wws_socket_free(wws_socket *socket)
{
    if (socket != NULL && atomic_fetch_sub(&socket->refs, 1) == 1) {
        wws_socket_close(socket);
        wws_unix_place_free(atomic_exchange(&socket->place, NULL));
        free(socket);
    }
}

wws_socket *wws_socket_adopt(int fd)
{
    wws_socket *own = wws_socket_wrap(fd);
    if (own == NULL) {
        (void)close(fd);
    }
    return own;
}

wws_socket *wws_socket_take(wws_socket *socket)
{
    wws_socket *own = wws_socket_wrap(-1);
    if (own == NULL) {
        return NULL;
    }
    atomic_store(&own->fd, atomic_exchange(&socket->fd, -1));
    if (wws_socket_fd(own) < 0) {
        wws_socket_free(own);
        return NULL;
    }
    return own;
}
