/**
 * @file envelope_start.h
 * The front of a message whose body may be long: where it ends, and the same closed up as a message of its own, so that
 * all that stands in the header can be checked before the body has come.
 */
#ifndef WWS_SOAP_ENVELOPE_START_H
#define WWS_SOAP_ENVELOPE_START_H

#include "base/buf.h"
#include "encoding/limits.h"

typedef enum wws_start_verdict {
    WWS_START_MORE,   /**< it is not there yet */
    WWS_START_FLOWS,  /**< the body's content begins at `content` */
    WWS_START_WHOLE,  /**< a fault, or an empty body: short, and needed whole */
    WWS_START_BROKEN, /**< no well-formed message begins so; who reads it will say why */
} wws_start_verdict;

/** Caller's memory; all zeroes at first. */
typedef struct wws_envelope_start {
    size_t at; /**< looked at up to here */
    size_t depth;
    size_t name_from, name_to; /**< of the Body, as it was written */
    size_t root_from, root_to; /**< of the Envelope */
    size_t content;            /**< offset behind the Body's start tag; 0: not there yet */
} wws_envelope_start;

/** Looks on. @param bytes  all that came so far. The first element in the body is waited for, to tell faults. */
wws_start_verdict wws_envelope_start_find(wws_envelope_start *start, wws_span bytes, const wws_xml_limits *limits);
/** Appends the front with its end tags: a message with an empty body. @pre FLOWS */
WWS_MUST_CHECK wws_result wws_envelope_start_close(const wws_envelope_start *start, wws_span bytes, wws_buf *out,
                                                   wws_error *err);

#endif
