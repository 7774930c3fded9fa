/**
 * @file content_type.h
 * A message's form on HTTP: the media type, character set and encoding that a Content-Type names, and the way between
 * those bytes and the UTF-8 text that everything inside works on.
 */
#ifndef WWS_CHANNEL_CONTENT_TYPE_H
#define WWS_CHANNEL_CONTENT_TYPE_H

#include "base/env.h"
#include "channel/settings.h"
#include "encoding/mtom.h"

enum { WWS_CONTENT_TYPE_TEXT = WWS_MTOM_TYPE_TEXT };

/** What may be wrong with a Content-Type. */
typedef enum wws_content_type_fit {
    WWS_CONTENT_FITS,
    WWS_CONTENT_OTHER_MEDIA,
    WWS_CONTENT_OTHER_CHARSET
} wws_content_type_fit;

/**
 * The value to send in the encoding of @p settings.
 * @param message  what wws_content_encode made
 * @param room     used for a type that is this message's alone
 * @return static, or @p room
 */
const char *wws_content_type_of(const wws_settings *settings, wws_envelope_version version, wws_span message,
                                char room[WWS_CONTENT_TYPE_TEXT]);
/** @return the media type alone; static */
const char *wws_content_type_media(const wws_settings *settings, wws_envelope_version version);
/** Is @p value the type of a message that @p settings can read? Text of any character set is
 * where text is sent, and where MTOM is. */
wws_content_type_fit wws_content_type_read(const wws_settings *settings, wws_span value);

/**
 * Makes text of a message.
 * @param type  its Content-Type, which was found to fit
 * @param in    its content is taken, or wiped once it is read
 * @param out   an uninitialised buffer: holds the text on success, of the same limit as @p in; is empty otherwise
 * @return invalid_format, quota_exceeded, outofmemory
 */
WWS_MUST_CHECK wws_result wws_content_decode(const wws_settings *settings, wws_span type, wws_buf *in, wws_buf *out,
                                             wws_error *err);
/**
 * Makes the bytes to send of a message's text.
 * @param bytes  replaced in place; its limit holds for what is sent
 * @return quota_exceeded, invalid_format, outofmemory: then @p bytes is unchanged
 */
WWS_MUST_CHECK wws_result wws_content_encode(const wws_settings *settings, wws_envelope_version version,
                                             const wws_env *env, wws_buf *bytes, wws_error *err);

/** Can such a message be judged while it comes? One in UTF-16 or MTOM is held whole. */
bool wws_content_type_flows(const wws_settings *settings, wws_span value);

#endif
