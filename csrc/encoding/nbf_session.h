/**
 * @file nbf_session.h
 * Binary XML inside a framing session (MC-NBFSE): each message brings the strings that it adds to its direction's
 * dictionary. One object for each session of a connection, that is for each preamble; what it writes must be sent, in
 * that order.
 */
#ifndef WWS_ENCODING_NBF_SESSION_H
#define WWS_ENCODING_NBF_SESSION_H

#include "encoding/nbf_reader.h"
#include "encoding/nbf_writer.h"

/** Caller's memory. */
typedef struct wws_nbf_session {
    wws_nbf_strings sent;
    wws_nbf_strings received;
    bool is_broken; /**< a message could not be read: whatever follows could mean anything */
} wws_nbf_session;

/**
 * Takes no memory yet.
 * @param limit  max_session_dictionary_size: octets of strings that the peer may add, lengths included. We add no more
 * than any peer takes, WWS_NBF_SESSION_BYTES, and no more than @p limit
 */
void wws_nbf_session_init(wws_nbf_session *session, const wws_alloc *alloc, size_t limit);
void wws_nbf_session_clear(wws_nbf_session *session);

/**
 * Appends the payload of one envelope record: new strings, then the document.
 * @param text  well-formed, see wws_nbf_write
 * @return invalid_format, quota_exceeded, outofmemory; then the session and @p out are as before
 */
WWS_MUST_CHECK wws_result wws_nbf_session_write(wws_nbf_session *session, wws_span text, wws_buf *out, wws_error *err);

/**
 * Reads such a payload and appends its text to @p out. What wws_nbf_read says of that text holds here too.
 * @return invalid_format; quota_exceeded also when the dictionary is full; object_faulted after any failure before
 */
WWS_MUST_CHECK wws_result wws_nbf_session_read(wws_nbf_session *session, wws_span payload, const wws_xml_limits *limits,
                                               wws_buf *out, wws_error *err);

#endif
