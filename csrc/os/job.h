/**
 * @file job.h
 * Jobs on threads of their own, each with a descriptor that says when it is done. A job that nobody waits for any
 * longer goes on behind: what it uses lives until its thread lets go.
 */
#ifndef WWS_OS_JOB_H
#define WWS_OS_JOB_H

#include "base/job.h"
#include "os/socket.h"

/** One job that was begun. */
typedef struct wws_running wws_running;

/**
 * Begins @p job on a thread that takes no signals.
 * @param job  taken, also on failure
 * @return NULL when the system gives no thread or descriptor: @p why, static, says which
 */
WWS_MUST_CHECK wws_running *wws_job_start(const wws_job *job, const char **why);
bool wws_job_is_done(const wws_running *running);
/** @return a socket, the caller's, that becomes readable when the job is done; for polling only. NULL: none to be had
 */
WWS_MUST_CHECK wws_socket *wws_job_socket(const wws_running *running);
/** Lets go of it, done or not. NULL is fine. */
void wws_job_free(wws_running *running);

#endif
