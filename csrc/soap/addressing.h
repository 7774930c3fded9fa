/** @file addressing.h  WS-Addressing headers and endpoint references, read and written (addressing.md). */
#ifndef WWS_SOAP_ADDRESSING_H
#define WWS_SOAP_ADDRESSING_H

#include "soap/envelope.h"

/** An endpoint reference in a header. */
typedef struct wws_endpoint {
    bool present;
    bool anonymous;
    bool none;
    wws_span url;
    const wws_xml_node *node;
} wws_endpoint;

/** The addressing headers of one message; spans borrow from its envelope. */
typedef struct wws_addressing {
    wws_span action;
    wws_span to;
    const wws_xml_node *to_node; /**< what `to` was read from; NULL: the message has none */
    wws_span message_id;
    wws_span relates_to; /**< the one with the reply relationship */
    wws_endpoint reply_to;
    wws_endpoint fault_to;
    wws_endpoint from;
} wws_addressing;

/**
 * Reads and checks cardinalities. Only headers for us count; duplicates are refused; Action must be there (but for the
 * transport version, which reads nothing). @p envelope lends its arena.
 * @param fault set on failure: the addressing fault; NULL allowed
 */
WWS_MUST_CHECK wws_result wws_addressing_read(wws_envelope *envelope, wws_addressing_version version,
                                              wws_addressing *out, wws_fault *fault, wws_error *err);
/** True for the headers of that version's namespace that wws_addressing_read consumes. */
bool wws_addressing_understands(const wws_xml_node *header, wws_addressing_version version);

/**
 * Calls @p take for each reference parameter (and 2004/08's property) of an endpoint: an element that goes back as a
 * header with every message to it. Stops at the first that fails.
 */
WWS_MUST_CHECK wws_result wws_endpoint_parameters(const wws_endpoint *endpoint,
                                                  wws_result (*take)(void *state, const wws_xml_node *parameter,
                                                                     wws_error *err),
                                                  void *state, wws_error *err);

/** What to write. Absent spans are left out. */
typedef struct wws_addressing_out {
    wws_span action;
    wws_span message_id;
    wws_span relates_to;
    wws_span to;
    const char *to_id;       /**< wsu:Id of To, for a signature; NULL: none. @pre u is in scope */
    bool reply_to_anonymous; /**< write ReplyTo anonymous */
    wws_span reply_to;       /**< another address instead */
} wws_addressing_out;

/** Appends Action (mustUnderstand), RelatesTo, MessageID, ReplyTo, To (mustUnderstand): WCF's order. */
WWS_MUST_CHECK wws_result wws_addressing_write(wws_buf *out, const wws_addressing_out *headers,
                                               wws_envelope_version envelope, wws_addressing_version version,
                                               wws_error *err);
/** Appends the canonical octets of that To header; nothing when there is none. @pre to_id is set */
WWS_MUST_CHECK wws_result wws_addressing_to_octets(wws_buf *out, const wws_addressing_out *headers,
                                                   wws_envelope_version envelope, wws_addressing_version version,
                                                   wws_error *err);

#endif
