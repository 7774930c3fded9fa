/** @file client_reply.h  From an HTTP response to a verified message: every check of a client, in order. */
#ifndef WWS_CHANNEL_CLIENT_REPLY_H
#define WWS_CHANNEL_CLIENT_REPLY_H

#include "channel/http_exchange.h"
#include "channel/message.h"
#include "encoding/xml_kept.h"
#include "security/description/plan.h"

/** What is expected of a reply. Borrowed for the call. */
typedef struct wws_reply_terms {
    const wws_env *env;
    wws_xml_kept *kept; /**< where the parser rests; NULL: nowhere */
    const wws_settings *settings;
    const wws_message_plan *plan; /**< of the request */
    wws_span message_id;          /**< RelatesTo must name it; absent: a message that answers nothing */
    wws_span action;              /**< a reply that is no fault must bear it; absent: any */
    const wws_span *understands;  /**< "{namespace}local" of headers that the application understands */
    size_t understand_count;
} wws_reply_terms;

/**
 * Reads the response that @p exchange holds; the body's bytes move into the message.
 * A fault comes back as a message too: whether it is believed (`secured`) and what it means is judged by
 * client_fault.h.
 * @param out  NULL when the response carries no message (202, or nothing in it)
 * @return invalid_format, quota_exceeded, security_verification_failure, or what the status means
 */
WWS_MUST_CHECK wws_result wws_client_reply_read(const wws_reply_terms *terms, wws_http_exchange *exchange,
                                                wws_message **out, wws_error *err);

/**
 * Reads a message that came over any transport, so far that it is known whose it is.
 * @param body  its content is taken
 * @param level  how the transport protected it: WWS_PROTECTION_…
 * @return invalid_format, quota_exceeded, outofmemory
 */
WWS_MUST_CHECK wws_result wws_client_message_read(const wws_reply_terms *terms, wws_buf *body, int level,
                                                  wws_message **out, wws_error *err);
/**
 * Everything else that makes it a message that may be believed; a fault is read, not judged.
 * @param exchange  what HTTP said besides; NULL: another transport
 */
WWS_MUST_CHECK wws_result wws_client_message_check(const wws_reply_terms *terms, const wws_http_exchange *exchange,
                                                   wws_message *message, wws_error *err);

/** Adds to @p err how far the service's clock is from ours, by its Date field, when that is more than @p tolerance.
 * @param exchange  NULL: nothing is known */
void wws_client_clock_hint(const wws_http_exchange *exchange, int64_t tolerance, wws_error *err);

#endif
