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
/** Appends it with id `_0`; its bytes are canonical but for the declaration of u, which wws_timestamp_digest adds. */
WWS_MUST_CHECK wws_result wws_timestamp_write(wws_buf *out, wws_time created, int64_t validity, wws_error *err);

#endif
