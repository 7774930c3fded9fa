#include "os/poll.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

static void open_set(wws_poll *poll)
{
    poll->fd = epoll_create1(EPOLL_CLOEXEC);
    poll->owner = getpid();
}

bool wws_poll_init(wws_poll *poll, const char **why)
{
    open_set(poll);
    *why = "the system gave no descriptor to poll with";
    return poll->fd >= 0;
}

void wws_poll_clear(wws_poll *poll)
{
    if (poll->owner != 0 && poll->fd >= 0) {
        (void)close(poll->fd);
    }
    poll->fd = -1;
    poll->owner = 0;
}

unsigned wws_poll_generation(wws_poll *poll)
{
    /* the set is shared with the parent: what the child adds would wake the parent, so it is left alone */
    if (poll->owner != 0 && poll->owner != getpid()) {
        (void)close(poll->fd);
        open_set(poll);
        poll->generation++;
    }
    return poll->generation;
}

bool wws_poll_add(wws_poll *poll, const wws_socket *socket, uint64_t token)
{
    (void)wws_poll_generation(poll);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = token}};
    return epoll_ctl(poll->fd, EPOLL_CTL_ADD, wws_socket_fd(socket), &event) == 0 || errno == EEXIST;
}

void wws_poll_remove(wws_poll *poll, const wws_socket *socket)
{
    if (poll->owner == getpid()) {
        (void)epoll_ctl(poll->fd, EPOLL_CTL_DEL, wws_socket_fd(socket), NULL);
    }
}

/* Rounded up: waking early would make the caller come back at once, again and again. */
static int milliseconds(double seconds)
{
    if (seconds < 0) {
        return -1;
    }
    double rounded = seconds * 1000.0 + 0.999;
    return rounded >= (double)INT_MAX ? INT_MAX : (int)rounded;
}

size_t wws_poll_wait(wws_poll *poll, double seconds, wws_poll_event out[WWS_POLL_EVENTS])
{
    struct epoll_event events[WWS_POLL_EVENTS];
    int count = epoll_wait(poll->fd, events, WWS_POLL_EVENTS, milliseconds(seconds));
    for (int i = 0; i < count; i++) {
        uint32_t flags = events[i].events;
        bool broken = (flags & (EPOLLERR | EPOLLHUP)) != 0;
        out[i] = (wws_poll_event){events[i].data.u64, broken || (flags & (EPOLLIN | EPOLLRDHUP)) != 0,
                                  broken || (flags & EPOLLOUT) != 0};
    }
    return count > 0 ? (size_t)count : 0;
}
