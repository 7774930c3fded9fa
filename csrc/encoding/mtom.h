/**
 * @file mtom.h
 * MTOM: a message whose base64 content travels as parts of octets (SOAP MTOM, XOP, RFC 2387). What is read becomes the
 * text that the message means, every reference in place of which its part's base64 stands; no part means anything else.
 */
#ifndef WWS_ENCODING_MTOM_H
#define WWS_ENCODING_MTOM_H

#include "base/buf.h"
#include "encoding/charset.h"
#include "encoding/limits.h"

enum { WWS_MTOM_TYPE_TEXT = 320 };

/** Is @p value the Content-Type of such a message, around SOAP of that media type? NULL: around anything */
bool wws_mtom_is_type(wws_span value, const char *media);

/**
 * Appends the text of a message to @p out, at most `limits->document` bytes of it.
 * @param type   its Content-Type
 * @param media  the SOAP version's media type
 * @return invalid_format, quota_exceeded, outofmemory. @p out keeps its content on failure
 */
WWS_MUST_CHECK wws_result wws_mtom_read(wws_span type, const char *media, wws_span body, const wws_xml_limits *limits,
                                        wws_buf *out, wws_error *err);

/**
 * The same of a message that travels by itself, with its MIME headers before it, as it does in message framing.
 * @param media  NULL: any document
 * @return as wws_mtom_read
 */
WWS_MUST_CHECK wws_result wws_mtom_message_read(const char *media, wws_span message, const wws_xml_limits *limits,
                                                wws_buf *out, wws_error *err);
/** Appends the headers that make what wws_mtom_write wrote such a message. @param type  its Content-Type */
WWS_MUST_CHECK wws_result wws_mtom_head_write(const char *type, wws_buf *out, wws_error *err);

/**
 * Appends the parts of a message to @p out: base64 of 768 octets and more that is all of an element inside Body becomes
 * a part.
 * @param text      a well-formed envelope
 * @param charset   of the root part
 * @param boundary  drawn by chance, or nearly so: what must not be found in the message
 * @return invalid_format for a text that cannot be well-formed or has the boundary in it, quota_exceeded, outofmemory.
 * @p out keeps its content on failure
 */
WWS_MUST_CHECK wws_result wws_mtom_write(wws_span text, const char *media, wws_charset charset, const char *boundary,
                                         wws_buf *out, wws_error *err);
/** Writes a document that is no message, with its MIME headers: base64 of 768 octets and more anywhere becomes a part.
 */
WWS_MUST_CHECK wws_result wws_mtom_document_write(wws_span text, wws_charset charset, const char *boundary,
                                                  wws_buf *out, wws_error *err);
/** Writes the Content-Type of what wws_mtom_write made. @return false when it made no such @p body */
bool wws_mtom_type_write(wws_span body, const char *media, char out[WWS_MTOM_TYPE_TEXT]);

#endif
