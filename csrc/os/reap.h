/** @file reap.h  One record of the reaper in flight; only the reaper looks. */
#ifndef WWS_OS_REAP_H
#define WWS_OS_REAP_H

#include <sys/types.h>

#include "os/reaper.h"

struct wws_reap {
    wws_reap *next;
    pid_t owner;
    const wws_reaper_ops *ops;
    void *machine;      /**< owned once given */
    wws_socket *socket; /**< owned; NULL: not connected */
    double deadline;
    wws_action action; /**< what is being performed; kind 0: nothing yet */
    size_t written;
    wws_addresses addresses; /**< being tried */
    size_t address;
    bool succeeded;
};

typedef enum wws_reap_wait { WWS_REAP_OVER, WWS_REAP_READ, WWS_REAP_WRITE } wws_reap_wait;

/** Goes on as far as it can without waiting. @return what to wait for */
wws_reap_wait wws_reap_go(wws_reap *record);
/** Frees machine, socket and record. */
void wws_reap_wipe(wws_reap *record);

/** Of the reaper: looking a name up takes time, in which nobody else may have to wait. Pairs, on its thread only. */
void wws_reaper_leave(void);
void wws_reaper_enter(void);

#endif
