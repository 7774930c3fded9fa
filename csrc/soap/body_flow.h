/**
 * @file body_flow.h
 * The body of a message as it comes: its content is handed on as soon as it was found good, each of its top elements
 * with the declarations it stood under, so that it can be read by itself.
 */
#ifndef WWS_SOAP_BODY_FLOW_H
#define WWS_SOAP_BODY_FLOW_H

#include "encoding/xml_flow.h"

/** Caller's memory, at a fixed place while it flows. */
typedef struct wws_body_flow {
    wws_xml_flow *flow;       /**< owned */
    const wws_xml_node *body; /**< borrowed; outlives the flow */
    wws_buf out;              /**< owned; content that was found good: the reader takes it away */
    size_t depth;
    size_t done;   /**< handed on up to this offset */
    size_t to;     /**< where the content ends; SIZE_MAX while it is not known */
    bool entered;  /**< the Body's start tag was read */
    uint64_t left; /**< bytes that may still be handed on */
} wws_body_flow;

/**
 * Begins with the message itself: wws_body_flow_feed is to be given all of it.
 * @param body  the Body of the message's front (envelope_start.h)
 * @param skipped  bytes of the message's prologue, which are not to be fed
 * @param most  bytes that may come out
 */
WWS_MUST_CHECK wws_result wws_body_flow_init(wws_body_flow *self, const wws_env *env, const wws_xml_node *body,
                                             size_t skipped, uint64_t most, wws_error *err);
/** Idempotent; fine on zeroed memory. */
void wws_body_flow_clear(wws_body_flow *self);

/** @return invalid_format, quota_exceeded, outofmemory: final */
WWS_MUST_CHECK wws_result wws_body_flow_feed(wws_body_flow *self, wws_span bytes, wws_error *err);
/** The message is over. @return invalid_format when it is not whole */
WWS_MUST_CHECK wws_result wws_body_flow_end(wws_body_flow *self, wws_error *err);

#endif
