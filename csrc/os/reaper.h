/**
 * @file reaper.h
 * Machines that outlive their owners to say goodbye: a finalizer may neither wait nor fail, so it hands the machine to
 * a queue, and a thread (started with the first one) performs what the machine asks for. A record belongs to the
 * process that made it: a forked child wipes what it inherited and sends none of it.
 */
#ifndef WWS_OS_REAPER_H
#define WWS_OS_REAPER_H

#include "channel/action.h"
#include "os/socket.h"

/** What the reaper does with a machine. Callbacks are refused, trace events go nowhere. */
typedef struct wws_reaper_ops {
    /** One step, on the reaper's thread. */
    void (*step)(void *machine, const wws_input *input, wws_action *out);
    /** Wipes and frees it, wherever; sends nothing. */
    void (*free)(void *machine);
} wws_reaper_ops;

/** Room in the queue, taken while memory can still be refused without harm. */
typedef struct wws_reap wws_reap;

typedef struct wws_reaper_stats {
    size_t queued;    /**< waiting or in flight */
    size_t completed; /**< ended with WWS_ACTION_DONE */
    size_t failed;    /**< ended otherwise, or ran out of time */
    size_t wiped;     /**< of another process, or past the queue's bound: never begun */
} wws_reaper_stats;

/** @return NULL when there is no memory */
wws_reap *wws_reap_new(void);
/** From now on the record belongs to this process. */
void wws_reap_claim(wws_reap *record);
/** A record that was not given to the reaper. NULL is fine. */
void wws_reap_free(wws_reap *record);

/**
 * Never waits, never fails. Takes over @p record, @p machine, and the descriptor of @p socket (which stays the caller's
 * to free, closed); begins with WWS_INPUT_NONE.
 * @param ops     static
 * @param socket  the machine's connection; NULL: it will have to connect, if it wants to
 */
void wws_reaper_give(wws_reap *record, const wws_reaper_ops *ops, void *machine, wws_socket *socket);

/** Waits until nothing is queued or in flight, at most @p seconds. @return whether that came true */
bool wws_reaper_flush(double seconds);
void wws_reaper_count(wws_reaper_stats *out);

#endif
