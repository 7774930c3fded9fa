/** @file filter_nns.h  NegotiateStream as a layer on a connection: Kerberos or NTLM, from a handshake to the last byte.
 */
#ifndef WWS_FRAMING_FILTER_NNS_H
#define WWS_FRAMING_FILTER_NNS_H

#include "base/env.h"
#include "framing/filter.h"
#include "gss/context.h"

/**
 * @param context  taken, also on failure; which end this is, it knows
 * @param out  the layer; its first step on a client is a job
 */
WWS_MUST_CHECK wws_result wws_filter_nns(const wws_env *env, wws_gss_context *context, bool server, wws_filter *out,
                                         wws_error *err);
/** @return the context of such a layer, borrowed; NULL for any other */
wws_gss_context *wws_filter_nns_context(const wws_filter *filter);

#endif
