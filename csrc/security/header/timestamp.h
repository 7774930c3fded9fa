/** @file timestamp.h  wsu:Timestamp (ws-security.md section 3). */
#ifndef WWS_SECURITY_HEADER_TIMESTAMP_H
#define WWS_SECURITY_HEADER_TIMESTAMP_H

#include "security/description/plan.h"
#include "soap/envelope.h"

typedef struct wws_timestamp {
    const wws_xml_node *node;
    wws_span id; /**< wsu:Id; may be absent */
    wws_time created;
    wws_time expires; /**< WWS_TIME_NEVER when missing */
} wws_timestamp;

WWS_MUST_CHECK wws_result wws_timestamp_read(const wws_xml_node *node, wws_arena *arena, wws_timestamp *out,
                                             wws_error *err);
/** The four checks; `expected` and `got` say the window and the value, `hint` the measured difference of clocks. */
WWS_MUST_CHECK wws_result wws_timestamp_check(const wws_timestamp *timestamp, const wws_message_plan *plan,
                                              wws_time now, wws_error *err);
enum { WWS_TIMESTAMP_OCTETS = 288 };

/** The canonical octets of a Timestamp with id `_0`: what a signature digests. By value. */
typedef struct wws_timestamp_octets {
    char bytes[WWS_TIMESTAMP_OCTETS];
    size_t len;
} wws_timestamp_octets;

/** @param validity milliseconds */
void wws_timestamp_make(wws_timestamp_octets *out, wws_time created, int64_t validity);
/** Appends it, without the declaration of u. @pre prefix u is in scope */
WWS_MUST_CHECK wws_result wws_timestamp_write(wws_buf *out, const wws_timestamp_octets *octets, wws_error *err);

#endif
