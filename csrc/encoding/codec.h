/**
 * @file codec.h
 * XML in any encoding to UTF-8 text, the one thing that is read here, and that text to any encoding. Each document is
 * whole by itself; a session's messages are nbf_session's.
 */
#ifndef WWS_ENCODING_CODEC_H
#define WWS_ENCODING_CODEC_H

#include "base/buf.h"
#include "encoding/limits.h"

typedef enum wws_codec {
    WWS_CODEC_TEXT_UTF8,
    WWS_CODEC_TEXT_UTF16LE,
    WWS_CODEC_TEXT_UTF16BE,
    WWS_CODEC_BINARY,
    WWS_CODEC_BINARY_SESSION, /**< the first message of a session, its strings before it */
    WWS_CODEC_MTOM_UTF8,      /**< with its MIME headers */
    WWS_CODEC_MTOM_UTF16LE,
    WWS_CODEC_MTOM_UTF16BE
} wws_codec;

/** By WS_ENCODING's names, such as `binary_session`. @return false for one that is not here */
bool wws_codec_named(wws_span name, wws_codec *out);

/**
 * Makes text of a whole document or fragment. Only a text reader can say whether it is well-formed.
 * @param in   its content is taken, or wiped once it is read
 * @param out  an uninitialised buffer: holds the text on success, is empty otherwise
 * @return invalid_format, quota_exceeded, outofmemory
 */
WWS_MUST_CHECK wws_result wws_codec_decode(wws_codec codec, wws_buf *in, const wws_xml_limits *limits, wws_buf *out,
                                           wws_error *err);

/**
 * Makes the bytes to send of well-formed text.
 * @param boundary  of MTOM, drawn by chance
 * @param bytes  replaced in place; its limit holds for what is sent
 * @return invalid_format, quota_exceeded, outofmemory: then @p bytes is unchanged
 */
WWS_MUST_CHECK wws_result wws_codec_encode(wws_codec codec, const char *boundary, wws_buf *bytes, wws_error *err);

#endif
