/** @file client_request.h  A client's request as bytes: the envelope with its headers, and the HTTP head before it. */
#ifndef WWS_CHANNEL_CLIENT_REQUEST_H
#define WWS_CHANNEL_CLIENT_REQUEST_H

#include "channel/cookies.h"
#include "channel/settings.h"
#include "encoding/xml_kept.h"
#include "framing/http_head.h"
#include "framing/url.h"
#include "security/header/security_header.h"
#include "security/trust/rst.h"
#include "soap/addressing.h"

/** What one message says. Spans are borrowed for the call; absent ones are left out. */
typedef struct wws_client_message {
    wws_addressing_out addressing;
    wws_span reference;      /**< the endpoint's reference parameters, as wws_client_reference_write made them */
    const wws_span *headers; /**< further header blocks, checked with wws_client_xml_check */
    size_t header_count;
    wws_span body;      /**< content of Body, checked with wws_client_xml_check */
    bool flows;         /**< `body` and what closes the envelope follow by pieces */
    const wws_rst *rst; /**< stands in Body instead; NULL: `body` does */
} wws_client_message;

/** What a user hands over as XML: the content of Body may be anything well-formed, a header block is one element. */
typedef enum wws_client_xml { WWS_CLIENT_BODY, WWS_CLIENT_HEADER } wws_client_xml;

/**
 * Is @p xml well-formed by itself, within the quotas that we ask of a peer?
 * @param kept  where the parser rests; NULL: nowhere
 * @return invalidarg with the reader's sentence as its cause; quota_exceeded, outofmemory
 */
WWS_MUST_CHECK wws_result wws_client_xml_check(wws_span xml, wws_client_xml kind, wws_xml_kept *kept, wws_error *err);

/**
 * Appends @p xml, one element, as a header that is a reference parameter of the endpoint: in WS-Addressing 1.0 it is
 * marked as one.
 * @return as wws_client_xml_check
 */
WWS_MUST_CHECK wws_result wws_client_reference_write(wws_buf *out, wws_addressing_version version, wws_span xml,
                                                     wws_error *err);

/**
 * Appends the envelope.
 * @return quota_exceeded past the limit of @p out, named as max_buffered_message_size
 */
WWS_MUST_CHECK wws_result wws_client_envelope_write(wws_buf *out, const wws_env *env, const wws_settings *settings,
                                                    const wws_message_plan *plan, const wws_header_out *security,
                                                    const wws_client_message *message, wws_error *err);
/** The error of a message that is larger than @p limit bytes. @return quota_exceeded */
wws_result wws_client_too_large(size_t limit, wws_error *err);

/** What the HTTP head of a request is made of. */
typedef struct wws_client_head {
    const wws_settings *settings;
    const wws_url *url;
    wws_span target; /**< of the request line: the URL's path, or the whole URL for a proxy */
    const wws_cookies *cookies;
    wws_span action;
    wws_span message;       /**< as it is sent; of one that is streamed, nothing yet */
    bool chunked;           /**< its length is not known */
    wws_span authorization; /**< empty: none */
    wws_span proxy_authorization;
    wws_time now;
} wws_client_head;

/** Appends the HTTP head. */
WWS_MUST_CHECK wws_result wws_client_head_write(wws_buf *out, const wws_client_head *head, wws_error *err);

#endif
