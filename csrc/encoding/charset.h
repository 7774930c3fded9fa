/**
 * @file charset.h
 * The character sets of text messages (WS_CHARSET). Inside there is UTF-8 only: UTF-16 is made into it at the door, and
 * made from it on the way out.
 */
#ifndef WWS_ENCODING_CHARSET_H
#define WWS_ENCODING_CHARSET_H

#include "base/buf.h"

typedef enum wws_charset {
    WWS_CHARSET_AUTO, /**< nobody said: a byte order mark or the first markup does */
    WWS_CHARSET_UTF8,
    WWS_CHARSET_UTF16LE,
    WWS_CHARSET_UTF16BE,
    WWS_CHARSET_UTF16 /**< read: of either order, as the mark or the first markup says */
} wws_charset;

/** The charset that a Content-Type names, case ignored. @return false for one that is not read */
bool wws_charset_named(wws_span name, wws_charset *out);
/** How a Content-Type names it. @pre one of those that are written: UTF8, UTF16LE, UTF16BE */
const char *wws_charset_name(wws_charset charset);

/**
 * Makes UTF-8 of a whole document. What HTTP said wins over the document: its mark and declaration must agree.
 * @param in  its content is taken, or wiped once it is read; keeps its limit
 * @param said  what the Content-Type named
 * @param out  an uninitialised buffer: holds the text on success, without mark and declaration when it was UTF-16; is
 * empty otherwise
 * @return invalid_format, outofmemory
 */
WWS_MUST_CHECK wws_result wws_charset_decode(wws_buf *in, wws_charset said, wws_buf *out, wws_error *err);

/**
 * Makes the bytes to send of UTF-8 text, without a byte order mark, for the Content-Type says the order.
 * @param bytes  replaced in place; its limit holds for the bytes that are sent @pre UTF-8
 * @param charset  UTF8 changes nothing
 * @return quota_exceeded, outofmemory: then @p bytes is unchanged
 */
WWS_MUST_CHECK wws_result wws_charset_encode(wws_buf *bytes, wws_charset charset, wws_error *err);
/** The same behind an XML declaration, which a WCF peer demands of all that is not UTF-8, whatever HTTP says. */
WWS_MUST_CHECK wws_result wws_charset_encode_document(wws_buf *bytes, wws_charset charset, wws_error *err);

#endif
