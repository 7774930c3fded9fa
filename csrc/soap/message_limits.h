/** @file message_limits.h  Limits of single messages, tighter than those that all are read under. */
#ifndef WWS_SOAP_MESSAGE_LIMITS_H
#define WWS_SOAP_MESSAGE_LIMITS_H

#include "soap/envelope.h"

/** What WWSAPI calls properties of a message, as far as they limit one. 0: no limit of its own. */
typedef struct wws_message_limits {
    size_t heap;       /**< bytes of the message and of what is made of it */
    size_t depth;      /**< elements within elements */
    size_t attributes; /**< on one element */
    size_t namespaces; /**< declared on one element */
    size_t headers;    /**< header blocks for the receiver */
} wws_message_limits;

/**
 * Holds a message that was read against the limits.
 * @param body  its body as nodes, in the envelope's arena
 * @return quota_exceeded, naming the property
 */
WWS_MUST_CHECK wws_result wws_message_limits_check(const wws_message_limits *limits, const wws_envelope *envelope,
                                                   const wws_xml_node *body, wws_error *err);

#endif
