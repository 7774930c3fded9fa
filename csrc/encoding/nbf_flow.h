/**
 * @file nbf_flow.h
 * Binary XML outside of a session that is never whole in memory: text to records as it comes, and records to text. What
 * nbf_writer.h and nbf_reader.h say of whole documents holds here; nothing is changed by where the pieces are cut, but
 * that a text may become several records.
 */
#ifndef WWS_ENCODING_NBF_FLOW_H
#define WWS_ENCODING_NBF_FLOW_H

#include "base/buf.h"
#include "base/env.h"
#include "encoding/limits.h"

/** Heap objects. */
typedef struct wws_nbf_flow_out wws_nbf_flow_out;
typedef struct wws_nbf_flow_in wws_nbf_flow_in;

WWS_MUST_CHECK wws_result wws_nbf_flow_out_new(const wws_env *env, wws_nbf_flow_out **out, wws_error *err);
void wws_nbf_flow_out_free(wws_nbf_flow_out *flow); /**< NULL is fine */
/**
 * Appends what can be written of @p text and what came before it to @p out.
 * @param text  well-formed once it is whole; who gives it sees to that
 * @return invalid_format, quota_exceeded (a comment or CDATA section of more than a megabyte), outofmemory. Final
 */
WWS_MUST_CHECK wws_result wws_nbf_flow_out_feed(wws_nbf_flow_out *flow, wws_span text, wws_buf *out, wws_error *err);
/** Appends the rest. @return invalid_format when something is open; outofmemory */
WWS_MUST_CHECK wws_result wws_nbf_flow_out_end(wws_nbf_flow_out *flow, wws_buf *out, wws_error *err);

/**
 * @param limits  copied; the size of the document does not apply
 * @param record  most octets that one record may have
 */
WWS_MUST_CHECK wws_result wws_nbf_flow_in_new(const wws_env *env, const wws_xml_limits *limits, size_t record,
                                              wws_nbf_flow_in **out, wws_error *err);
void wws_nbf_flow_in_free(wws_nbf_flow_in *flow); /**< NULL is fine */
/**
 * Appends the text of the records that are whole to @p out.
 * @return invalid_format with the offset of the record, quota_exceeded, outofmemory. Final
 */
WWS_MUST_CHECK wws_result wws_nbf_flow_in_feed(wws_nbf_flow_in *flow, wws_span bytes, wws_buf *out, wws_error *err);
/** Nothing follows. @return invalid_format when something is missing */
WWS_MUST_CHECK wws_result wws_nbf_flow_in_end(wws_nbf_flow_in *flow, wws_error *err);

#endif
