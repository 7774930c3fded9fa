/** @file job.h  A piece of work that may block, such as a question to a KDC: a driver runs it on a thread of its own.
 */
#ifndef WWS_BASE_JOB_H
#define WWS_BASE_JOB_H

/** Whoever takes one must see to it that `drop` is called. */
typedef struct wws_job {
    void (*run)(void *arg);  /**< once, on any thread; touches only what @p arg owns */
    void (*drop)(void *arg); /**< once, after `run` or instead of it, on any thread: gives up this hold on `arg` */
    void *arg;
} wws_job;

#endif
