#include "os/job.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK = 512 * 1024 };

/* Held by its owner and by its thread. */
struct wws_running {
    atomic_int refs;
    atomic_bool is_done;
    int bell;
    wws_job job;
};

void wws_job_free(wws_running *running)
{
    if (running != NULL && atomic_fetch_sub(&running->refs, 1) == 1) {
        (void)close(running->bell);
        free(running);
    }
}

static void *work(void *argument)
{
    wws_running *running = argument;
    const uint64_t one = 1;
    running->job.run(running->job.arg);
    running->job.drop(running->job.arg);
    atomic_store(&running->is_done, true);
    if (write(running->bell, &one, sizeof one) < 0) {
        /* it rings already: nobody else writes here */
    }
    wws_job_free(running);
    return NULL;
}

static bool start_thread(wws_running *running)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, STACK);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int how = pthread_create(&thread, &attributes, work, running);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return how == 0;
}

static wws_running *new_running(const wws_job *job)
{
    wws_running *running = calloc(1, sizeof *running);
    if (running == NULL) {
        return NULL;
    }
    running->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (running->bell < 0) {
        free(running);
        return NULL;
    }
    atomic_init(&running->refs, 2);
    atomic_init(&running->is_done, false);
    running->job = *job;
    return running;
}

wws_running *wws_job_start(const wws_job *job, const char **why)
{
    wws_running *running = new_running(job);
    *why = "the system gave no descriptor for a job";
    if (running != NULL && !start_thread(running)) {
        *why = "the system gave no thread for a job";
        atomic_store(&running->refs, 1);
        wws_job_free(running);
        running = NULL;
    }
    if (running == NULL) {
        job->drop(job->arg);
    }
    return running;
}

bool wws_job_is_done(const wws_running *running)
{
    return atomic_load(&running->is_done);
}

/* A descriptor of its own: closing it must not give the thread's number to somebody else. */
wws_socket *wws_job_socket(const wws_running *running)
{
    const int copy = fcntl(running->bell, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? NULL : wws_socket_adopt(copy);
}
