/** @file c14n.h  Exclusive XML Canonicalization 1.0 without comments, over our nodes. */
#ifndef WWS_ENCODING_C14N_H
#define WWS_ENCODING_C14N_H

#include "base/buf.h"
#include "encoding/xml_node.h"

/**
 * Appends the canonical octets of the subtree at @p apex in its document context.
 * @param prefixes  the InclusiveNamespaces PrefixList, split; `#default` stands for the default namespace
 * @return invalid_format when a raw node is inside: what was not built cannot be signed
 */
WWS_MUST_CHECK wws_result wws_c14n_exclusive(const wws_xml_node *apex, const wws_span *prefixes, size_t count,
                                             wws_buf *out, wws_error *err);
/** The same without the subtree at @p skipped: what an enveloped signature is over. */
WWS_MUST_CHECK wws_result wws_c14n_enveloping(const wws_xml_node *apex, const wws_xml_node *skipped,
                                              const wws_span *prefixes, size_t count, wws_buf *out, wws_error *err);

#endif
