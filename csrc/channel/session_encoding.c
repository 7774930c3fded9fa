#include "channel/session_encoding.h"

void wws_session_encoding_choose(wws_settings *settings, wws_channel_binding channel)
{
    wws_setting *encoding = &settings->of[WWS_ENCODING];
    if (!encoding->given) {
        const bool binary = channel != WWS_CHANNEL_HTTP && wws_settings_envelope(settings) == WWS_SOAP_1_2;
        encoding->choice = binary ? WWS_ENCODING_BINARY_SESSION : WWS_ENCODING_TEXT_UTF8;
    }
}

const char *wws_session_content_type(const wws_settings *settings)
{
    const bool soap_1_1 = wws_settings_envelope(settings) == WWS_SOAP_1_1;
    switch (settings->of[WWS_ENCODING].choice) {
    case WWS_ENCODING_BINARY_SESSION:
        return "application/soap+msbinsession1";
    case WWS_ENCODING_BINARY:
        return "application/soap+msbin1";
    case WWS_ENCODING_TEXT_UTF16LE:
        return soap_1_1 ? "text/xml; charset=utf16" : "application/soap+xml; charset=utf16";
    case WWS_ENCODING_TEXT_UTF16BE:
        return soap_1_1 ? "text/xml; charset=unicodeFFFE" : "application/soap+xml; charset=unicodeFFFE";
    default:
        return soap_1_1 ? "text/xml; charset=utf-8" : "application/soap+xml; charset=utf-8";
    }
}

void wws_session_encoding_begin(const wws_settings *settings, wws_framed *framed)
{
    if (settings->of[WWS_ENCODING].choice == WWS_ENCODING_BINARY_SESSION) {
        wws_framed_code(framed, wws_settings_size(settings, WWS_MAX_SESSION_DICTIONARY_SIZE));
    }
}
