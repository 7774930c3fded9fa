/**
 * @file poll.h
 * Waits for many sockets at once. Each is told once to whom it belongs (a token) and from then on reports every change
 * of its readiness: callers try first and wait only after WWS_IO_AGAIN, so no change is missed.
 */
#ifndef WWS_OS_POLL_H
#define WWS_OS_POLL_H

#include "os/socket.h"

/** Caller's memory. A forked child makes itself a new, empty set: see wws_poll_generation. */
typedef struct wws_poll {
    int fd;
    int owner; /**< the process that made it */
    unsigned generation;
} wws_poll;

typedef struct wws_poll_event {
    uint64_t token;
    bool readable; /**< reading, accepting would get on; so would finding out about an error */
    bool writable;
} wws_poll_event;

enum { WWS_POLL_EVENTS = 128 };

WWS_MUST_CHECK bool wws_poll_init(wws_poll *poll, const char **why);
void wws_poll_clear(wws_poll *poll);
/** Changes when this process had to make a new set: what was added before must be added again. */
unsigned wws_poll_generation(wws_poll *poll);
WWS_MUST_CHECK bool wws_poll_add(wws_poll *poll, const wws_socket *socket, uint64_t token);
/** Before the socket is closed. */
void wws_poll_remove(wws_poll *poll, const wws_socket *socket);
/** @param seconds  how long to wait at most; negative: no end. @return events; 0 after a signal, too */
size_t wws_poll_wait(wws_poll *poll, double seconds, wws_poll_event out[WWS_POLL_EVENTS]);

#endif
