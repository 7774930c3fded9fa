/** @file dsig.h  What every XML signature has: its fixed children, and canonical octets as a method asks for them. */
#ifndef WWS_SECURITY_TOKEN_DSIG_H
#define WWS_SECURITY_TOKEN_DSIG_H

#include "encoding/c14n.h"

/** Are the child elements of @p node exactly @p names of xmldsig, in that order? @param out gets them */
bool wws_dsig_children(const wws_xml_node *node, const char *const *names, size_t count, const wws_xml_node **out);

/**
 * Appends the exclusive canonical octets of @p node, with the PrefixList of an InclusiveNamespaces inside @p method.
 * @param skipped  left out with all that is in it; NULL: nothing is
 * @return quota_exceeded, invalid_format
 */
WWS_MUST_CHECK wws_result wws_dsig_canonicalize(const wws_xml_node *node, const wws_xml_node *method,
                                                const wws_xml_node *skipped, wws_buf *out, wws_error *err);

#endif
