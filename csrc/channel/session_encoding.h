/** @file session_encoding.h  Which encoding a framing session speaks, and how its preamble names it. */
#ifndef WWS_CHANNEL_SESSION_ENCODING_H
#define WWS_CHANNEL_SESSION_ENCODING_H

#include "channel/framed.h"
#include "channel/settings.h"

/** What was not said is WWSAPI's default over @p channel: binary_session over TCP where SOAP 1.2 is spoken,
 * binary for streamed messages. */
void wws_session_encoding_choose(wws_settings *settings, wws_channel_binding channel);
/** What a client's messages travel in: a duplex session, or where they are streamed singletons. */
wws_nmf_mode wws_session_mode(const wws_settings *settings);
/** The content type that the preamble names. */
const char *wws_session_content_type(const wws_settings *settings, wws_nmf_mode mode);
/** Begins to code the messages of @p framed, where the encoding may keep a dictionary. */
void wws_session_encoding_begin(const wws_settings *settings, wws_framed *framed);

/** Does a listener of @p settings speak what the preamble named? */
bool wws_session_encoding_speaks(const wws_settings *settings, wws_nmf_mode mode, wws_span content_type);
/** Can a singleton's message be read while it comes? */
bool wws_session_encoding_flows(const wws_settings *settings);
bool wws_session_encoding_is_mtom(const wws_settings *settings);

/**
 * Makes text of the content of an envelope record.
 * @param in   its content is taken, or wiped once it is read
 * @param out  an uninitialised buffer: holds the text on success, of the same limit as @p in
 * @return invalid_format, quota_exceeded, outofmemory: then @p out holds nothing
 */
WWS_MUST_CHECK wws_result wws_session_encoding_read(const wws_settings *settings, wws_buf *in, wws_buf *out,
                                                    wws_error *err);
/** Appends what an envelope record holds of a message that was encoded. @param type  its Content-Type */
WWS_MUST_CHECK wws_result wws_session_encoding_put(const wws_settings *settings, const char *type, wws_span message,
                                                   wws_buf *out, wws_error *err);
/** Makes the content of an envelope record of a text, in place. @return invalid_format, quota_exceeded, outofmemory */
WWS_MUST_CHECK wws_result wws_session_encoding_write(const wws_settings *settings, const wws_env *env, wws_buf *bytes,
                                                     wws_error *err);

#endif
