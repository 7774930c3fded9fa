#include "os/reaper.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/reap.h"

enum { IN_FLIGHT = 32, QUEUE_MAX = 4096 };

/* Seconds that one record may take: a server that does not answer must not keep the others waiting. */
static const double PATIENCE = 2.0;

/*
 * The one mutable state of the room. `work` is held while machines are stepped, so that a fork or an exit finds none in
 * the middle of a step; `door` guards the queue and is held for moments only. Taken in this order.
 */
static struct {
    pthread_mutex_t work;
    pthread_mutex_t door;
    pthread_cond_t idle;
    bool is_prepared;
    bool is_running;
    int bell; /* an eventfd that wakes the thread */
    wws_reap *first, *last;
    wws_reap *flying[IN_FLIGHT]; /* changed under both */
    size_t flying_count;
    wws_reaper_stats stats;
} reaper = {.work = PTHREAD_MUTEX_INITIALIZER, .door = PTHREAD_MUTEX_INITIALIZER, .bell = -1};

void wws_reaper_leave(void)
{
    (void)pthread_mutex_unlock(&reaper.work);
}

void wws_reaper_enter(void)
{
    (void)pthread_mutex_lock(&reaper.work);
}

static void lock_door(void)
{
    (void)pthread_mutex_lock(&reaper.door);
}

static void unlock_door(void)
{
    (void)pthread_mutex_unlock(&reaper.door);
}

static void before_fork(void)
{
    wws_reaper_enter();
    lock_door();
}

static void after_fork_parent(void)
{
    unlock_door();
    wws_reaper_leave();
}

static void make_idle_condition(void)
{
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&reaper.idle, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

/* The child has no thread, shares connections with its parent, and owns none of the records. */
static void after_fork_child(void)
{
    for (size_t i = 0; i < reaper.flying_count; i++) {
        wws_reap_wipe(reaper.flying[i]);
    }
    for (wws_reap *record = reaper.first; record != NULL;) {
        wws_reap *next = record->next;
        wws_reap_wipe(record);
        record = next;
    }
    if (reaper.bell >= 0) {
        (void)close(reaper.bell);
    }
    reaper.bell = -1;
    reaper.first = reaper.last = NULL;
    reaper.flying_count = 0;
    reaper.is_running = false;
    memset(&reaper.stats, 0, sizeof reaper.stats);
    make_idle_condition();
    unlock_door();
    wws_reaper_leave();
}

/* While the process takes itself apart no machine may be stepped: the lock is never given back. */
static void at_exit(void)
{
    wws_reaper_enter();
}

static void prepare(void)
{
    if (!reaper.is_prepared) {
        make_idle_condition();
        (void)pthread_atfork(before_fork, after_fork_parent, after_fork_child);
        (void)atexit(at_exit);
        reaper.is_prepared = true;
    }
}

static void take_off(void)
{
    lock_door();
    while (reaper.first != NULL && reaper.flying_count < IN_FLIGHT) {
        wws_reap *record = reaper.first;
        reaper.first = record->next;
        if (reaper.first == NULL) {
            reaper.last = NULL;
        }
        record->deadline = wws_os_seconds() + PATIENCE;
        reaper.flying[reaper.flying_count++] = record;
    }
    unlock_door();
}

static void land(size_t index)
{
    wws_reap *record = reaper.flying[index];
    lock_door();
    reaper.flying[index] = reaper.flying[--reaper.flying_count];
    reaper.stats.queued--;
    if (record->succeeded) {
        reaper.stats.completed++;
    } else {
        reaper.stats.failed++;
    }
    unlock_door();
    wws_reap_wipe(record);
}

/* Lets one go on if it can, and says what it waits for. @return seconds until its time is up; 0: it is over */
static double advance(wws_reap *record, struct pollfd *socket, bool is_due)
{
    if (is_due) {
        const wws_reap_wait wait = wws_reap_go(record);
        if (wait == WWS_REAP_OVER) {
            return 0;
        }
        socket->fd = record->socket == NULL ? -1 : wws_socket_fd(record->socket);
        socket->events = wait == WWS_REAP_READ ? POLLIN : POLLOUT;
    }
    const double left = record->deadline - wws_os_seconds();
    return left > 0 ? left : 0;
}

/* @return seconds until the first one's time is up */
static double fly(struct pollfd *sockets, const bool *is_due)
{
    double soonest = INFINITY;
    for (size_t i = reaper.flying_count; i-- > 0;) {
        const double left = advance(reaper.flying[i], &sockets[i], is_due[i]);
        if (left <= 0) {
            land(i);
            sockets[i] = sockets[reaper.flying_count]; /* who took its place was served already */
        } else if (left < soonest) {
            soonest = left;
        }
    }
    return soonest;
}

static void tell_idle(void)
{
    lock_door();
    if (reaper.stats.queued == 0) {
        (void)pthread_cond_broadcast(&reaper.idle);
    }
    unlock_door();
}

static bool has_waiting(void)
{
    lock_door();
    bool is_waiting = reaper.first != NULL && reaper.flying_count < IN_FLIGHT;
    unlock_door();
    return is_waiting;
}

/* sockets[0..n) belong to flying[0..n), sockets[IN_FLIGHT] is the bell */
static void *run(void *unused)
{
    struct pollfd sockets[IN_FLIGHT + 1];
    bool is_due[IN_FLIGHT];
    memset(sockets, 0, sizeof sockets);
    (void)unused;
    wws_reaper_enter();
    for (;;) {
        const size_t known = reaper.flying_count;
        take_off();
        for (size_t i = 0; i < reaper.flying_count; i++) {
            is_due[i] = i >= known || sockets[i].revents != 0;
        }
        double seconds = fly(sockets, is_due);
        tell_idle();
        if (has_waiting()) {
            seconds = 0;
        }
        struct pollfd waiting[IN_FLIGHT + 1];
        const size_t count = reaper.flying_count;
        memcpy(waiting, sockets, count * sizeof *sockets);
        waiting[count] = (struct pollfd){.fd = reaper.bell, .events = POLLIN};
        wws_reaper_leave();
        (void)poll(waiting, (nfds_t)count + 1, isinf(seconds) ? -1 : (int)(seconds * 1000.0 + 0.999));
        wws_reaper_enter();
        memcpy(sockets, waiting, count * sizeof *sockets);
        uint64_t rings;
        if (waiting[count].revents != 0 && read(reaper.bell, &rings, sizeof rings) < 0) {
            continue; /* somebody else heard it */
        }
    }
    return NULL;
}

/* Under the door. Without a thread the records stay queued until the next attempt. */
static void start(void)
{
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    if (reaper.bell < 0) {
        reaper.bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    }
    if (reaper.bell < 0) {
        return;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, run, NULL) == 0) {
        (void)pthread_detach(thread);
        reaper.is_running = true;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void ring(void)
{
    const uint64_t one = 1;
    if (write(reaper.bell, &one, sizeof one) < 0) {
        return; /* it is ringing already */
    }
}

wws_reap *wws_reap_new(void)
{
    wws_reap *record = calloc(1, sizeof *record);
    if (record != NULL) {
        wws_reap_claim(record);
    }
    return record;
}

void wws_reap_claim(wws_reap *record)
{
    record->owner = getpid();
}

void wws_reap_free(wws_reap *record)
{
    free(record);
}

void wws_reaper_give(wws_reap *record, const wws_reaper_ops *ops, void *machine, wws_socket *socket)
{
    record->ops = ops;
    record->machine = machine;
    lock_door();
    prepare();
    bool is_ours = record->owner == getpid() && reaper.stats.queued < QUEUE_MAX;
    if (is_ours) {
        record->socket = socket == NULL ? NULL : wws_socket_take(socket);
        *(reaper.last == NULL ? &reaper.first : &reaper.last->next) = record;
        reaper.last = record;
        reaper.stats.queued++;
        if (!reaper.is_running) {
            start();
        }
        ring();
    } else {
        reaper.stats.wiped++;
    }
    unlock_door();
    if (!is_ours) {
        wws_reap_wipe(record);
    }
}

bool wws_reaper_flush(double seconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    const double at = (double)until.tv_sec + (double)until.tv_nsec / 1e9 + seconds;
    until.tv_sec = (time_t)floor(at);
    until.tv_nsec = (long)((at - floor(at)) * 1e9);
    lock_door();
    int how = 0;
    while (reaper.is_running && reaper.stats.queued > 0 && how != ETIMEDOUT) {
        how = pthread_cond_timedwait(&reaper.idle, &reaper.door, &until);
    }
    bool is_empty = reaper.stats.queued == 0;
    unlock_door();
    return is_empty;
}

void wws_reaper_count(wws_reaper_stats *out)
{
    lock_door();
    *out = reaper.stats;
    unlock_door();
}
