/** @file clock.h  The kernel's clocks. */
#ifndef WWS_OS_CLOCK_H
#define WWS_OS_CLOCK_H

#include "base/env.h"

/** @return wall-clock milliseconds since the epoch */
wws_time wws_os_now(void);
/** @return milliseconds of the monotonic clock */
wws_time wws_os_tick(void);
/** @return the monotonic clock in seconds, with all the fraction it has */
double wws_os_seconds(void);

#endif
