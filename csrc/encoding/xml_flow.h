/**
 * @file xml_flow.h
 * XML text that comes piece by piece and is never whole in memory: the same parser and limits as for a whole document.
 * What was read and found good can be handed on at once; the rest is held until it can be judged.
 */
#ifndef WWS_ENCODING_XML_FLOW_H
#define WWS_ENCODING_XML_FLOW_H

#include "encoding/xml_reader.h"

/** Heap object. */
typedef struct wws_xml_flow wws_xml_flow;

/** What flows. */
typedef enum wws_xml_flow_kind {
    WWS_XML_FLOW_DOCUMENT, /**< one document, behind its prologue */
    WWS_XML_FLOW_CONTENT   /**< what may stand inside an element */
} wws_xml_flow_kind;

/**
 * @param limits  copied; the sizes of the document and of the tree do not apply
 * @param skipped  bytes that came before: offsets are counted with them
 * @param events  static; `state` outlives the flow. Offsets in them are those of the whole
 * @return outofmemory
 */
WWS_MUST_CHECK wws_result wws_xml_flow_new(const wws_env *env, wws_xml_flow_kind kind, size_t skipped,
                                           const wws_xml_limits *limits, const wws_xml_events *events, void *state,
                                           wws_xml_flow **out, wws_error *err);
void wws_xml_flow_free(wws_xml_flow *flow); /**< NULL is fine */

/**
 * Reads on. A failure is final.
 * @return invalid_format naming the byte; quota_exceeded, also for markup that ends nowhere; outofmemory
 */
WWS_MUST_CHECK wws_result wws_xml_flow_feed(wws_xml_flow *flow, wws_span bytes, wws_error *err);
/** Nothing follows. @return invalid_format when something is missing */
WWS_MUST_CHECK wws_result wws_xml_flow_end(wws_xml_flow *flow, wws_error *err);

/** The bytes at hand from offset @p from on; borrowed until the next feed. @pre they were not dropped */
wws_span wws_xml_flow_bytes(const wws_xml_flow *flow, size_t from);
/** Up to which offset all was found good. */
size_t wws_xml_flow_good(const wws_xml_flow *flow);
/** Forgets what lies before offset @p to. @pre it was found good */
void wws_xml_flow_drop(wws_xml_flow *flow, size_t to);

#endif
