/**
 * @file envelope.h
 * A message as bytes and as nodes: Envelope and Header are a tree, the body stays a range of the bytes.
 */
#ifndef WWS_SOAP_ENVELOPE_H
#define WWS_SOAP_ENVELOPE_H

#include "base/env.h"
#include "encoding/xml_reader.h"
#include "soap/fault.h"
#include "soap/version.h"

/** Caller's memory. Nodes point into `arena`; `bytes` are the message as received. */
typedef struct wws_envelope {
    wws_arena arena; /**< owned */
    wws_buf bytes;   /**< owned */
    wws_envelope_version version;
    wws_xml_node *root;
    wws_xml_node *header; /**< NULL when there is none */
    wws_xml_node *body;   /**< raw */
} wws_envelope;

/**
 * Reads @p bytes, whose content moves into @p out on success.
 * @param expected  the version of the channel; another one is a VersionMismatch
 * @param fault  set on failure: what a server answers, or without a code when there is nothing that SOAP could say;
 * NULL allowed
 * @return invalid_format, quota_exceeded
 */
WWS_MUST_CHECK wws_result wws_envelope_read(const wws_env *env, wws_buf *bytes, const wws_xml_limits *limits,
                                            wws_envelope_version expected, wws_envelope *out, wws_fault *fault,
                                            wws_error *err);
void wws_envelope_clear(wws_envelope *envelope);

/**
 * The body parsed into nodes of the envelope's arena (from a copy of Body with what is in scope): for RST, RSTR,
 * faults.
 * @param document  the bytes that the new nodes' offsets refer to; lives in the arena
 */
WWS_MUST_CHECK wws_result wws_envelope_body_tree(wws_envelope *envelope, const wws_xml_limits *limits,
                                                 wws_xml_node **body, wws_span *document, wws_error *err);
/** Is the body's first element a Fault? Cheap: looks at the raw bytes' first start tag with its namespaces. */
WWS_MUST_CHECK wws_result wws_envelope_is_fault(wws_envelope *envelope, bool *out, wws_error *err);

/** True when @p header block is for us: no role, the ultimate receiver, or next (soap.md section 1). */
bool wws_header_is_ours(const wws_xml_node *header, wws_envelope_version version);
/** mustUnderstand as a boolean. @return invalid_format on anything else */
WWS_MUST_CHECK wws_result wws_header_must_understand(const wws_xml_node *header, wws_envelope_version version,
                                                     bool *out, wws_error *err);

/** Is the block's name among @p names, each written `{namespace}local`? */
bool wws_header_is_listed(const wws_xml_node *header, const wws_span *names, size_t count);

/** Says of one header block whether somebody understands it. */
typedef bool (*wws_understands)(void *state, const wws_xml_node *header);
/** Every mustUnderstand block for us must be understood. @param fault set on failure, with NotUnderstood's name */
WWS_MUST_CHECK wws_result wws_envelope_check_understood(const wws_envelope *envelope, wws_understands understands,
                                                        void *state, wws_fault *fault, wws_error *err);

/**
 * Begin declares s, a (when addressed) and u (when secured) on Envelope and opens Header. The caller appends header
 * blocks, calls middle, appends the body's content, calls end.
 */
WWS_MUST_CHECK wws_result wws_envelope_begin(wws_buf *out, wws_envelope_version version,
                                             wws_addressing_version addressing, bool with_security, wws_error *err);
/** Closes Header and opens Body. A Header without blocks is taken back, as WCF writes none then. */
WWS_MUST_CHECK wws_result wws_envelope_middle(wws_buf *out, wws_error *err);
WWS_MUST_CHECK wws_result wws_envelope_end(wws_buf *out, wws_error *err);

#endif
