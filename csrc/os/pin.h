/** @file pin.h  Keeps our shared object in memory: a thread may still run in it when Lua lets go. */
#ifndef WWS_OS_PIN_H
#define WWS_OS_PIN_H

#include <stdbool.h>

/** Idempotent. @return false when the loader refused; nothing that starts a thread may be used then */
bool wws_os_pin(void);

#endif
