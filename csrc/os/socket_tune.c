/* What a connection does by itself: sends small pieces at once, asks whether the peer is still there. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "os/socket.h"

/* What the kernel takes, in seconds. */
enum { LONGEST = 32767 };

static void set(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

static int get(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) == 0 ? value : 0;
}

/* Whole seconds, and never none. */
static int whole(double seconds)
{
    const int whole_seconds = seconds >= LONGEST ? LONGEST : (int)seconds;
    return whole_seconds < LONGEST && (whole_seconds < seconds || whole_seconds < 1) ? whole_seconds + 1
                                                                                     : whole_seconds;
}

void wws_socket_tune(wws_socket *socket, const wws_socket_tuning *tuning)
{
    const int fd = wws_socket_fd(socket);
    set(fd, IPPROTO_TCP, TCP_NODELAY, tuning->no_delay ? 1 : 0);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, tuning->keep_alive ? 1 : 0);
    if (tuning->keep_alive) {
        set(fd, IPPROTO_TCP, TCP_KEEPIDLE, whole(tuning->idle));
        set(fd, IPPROTO_TCP, TCP_KEEPINTVL, whole(tuning->interval));
    }
}

void wws_socket_tuned(const wws_socket *socket, wws_socket_tuning *out)
{
    const int fd = wws_socket_fd(socket);
    *out = (wws_socket_tuning){.no_delay = get(fd, IPPROTO_TCP, TCP_NODELAY) != 0,
                               .keep_alive = get(fd, SOL_SOCKET, SO_KEEPALIVE) != 0,
                               .idle = get(fd, IPPROTO_TCP, TCP_KEEPIDLE),
                               .interval = get(fd, IPPROTO_TCP, TCP_KEEPINTVL)};
}
