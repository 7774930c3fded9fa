#include "os/clock.h"

#include <time.h>

static struct timespec read_clock(clockid_t id)
{
    struct timespec at = {0, 0};
    (void)clock_gettime(id, &at);
    return at;
}

static wws_time milliseconds(struct timespec at)
{
    return (wws_time)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

wws_time wws_os_now(void)
{
    return milliseconds(read_clock(CLOCK_REALTIME));
}

wws_time wws_os_tick(void)
{
    return milliseconds(read_clock(CLOCK_MONOTONIC));
}

double wws_os_seconds(void)
{
    struct timespec at = read_clock(CLOCK_MONOTONIC);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}
