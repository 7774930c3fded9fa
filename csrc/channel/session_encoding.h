/** @file session_encoding.h  Which encoding a framing session speaks, and how its preamble names it. */
#ifndef WWS_CHANNEL_SESSION_ENCODING_H
#define WWS_CHANNEL_SESSION_ENCODING_H

#include "channel/framed.h"
#include "channel/settings.h"

/** What was not said is WWSAPI's default over @p channel: binary_session over TCP where SOAP 1.2 is spoken. */
void wws_session_encoding_choose(wws_settings *settings, wws_channel_binding channel);
/** The content type that the preamble names. */
const char *wws_session_content_type(const wws_settings *settings);
/** Begins to code the messages of @p framed, where the encoding keeps a dictionary. */
void wws_session_encoding_begin(const wws_settings *settings, wws_framed *framed);

#endif
