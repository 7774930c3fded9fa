#include "channel/session_encoding.h"

#include "channel/content_type.h"

void wws_session_encoding_choose(wws_settings *settings, wws_channel_binding channel)
{
    wws_setting *encoding = &settings->of[WWS_ENCODING];
    if (!encoding->given) {
        const bool binary = channel != WWS_CHANNEL_HTTP && wws_settings_envelope(settings) == WWS_SOAP_1_2;
        const bool alone = settings->side == WWS_CLIENT && wws_settings_streams(settings, WWS_STREAMED);
        encoding->choice = !binary ? WWS_ENCODING_TEXT_UTF8 : alone ? WWS_ENCODING_BINARY : WWS_ENCODING_BINARY_SESSION;
    }
}

wws_nmf_mode wws_session_mode(const wws_settings *settings)
{
    return wws_settings_streams(settings, WWS_STREAMED) ? WWS_NMF_SINGLETON_UNSIZED : WWS_NMF_DUPLEX;
}

/* A dictionary would outlive no singleton: WCF's have none. */
static bool keeps_dictionary(wws_nmf_mode mode)
{
    return mode == WWS_NMF_DUPLEX || mode == WWS_NMF_SIMPLEX;
}

const char *wws_session_content_type(const wws_settings *settings, wws_nmf_mode mode)
{
    const bool soap_1_1 = wws_settings_envelope(settings) == WWS_SOAP_1_1;
    switch (settings->of[WWS_ENCODING].choice) {
    case WWS_ENCODING_BINARY_SESSION:
        return keeps_dictionary(mode) ? "application/soap+msbinsession1" : "application/soap+msbin1";
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
    if (settings->of[WWS_ENCODING].choice != WWS_ENCODING_BINARY_SESSION) {
        return;
    }
    if (keeps_dictionary(framed->reader.mode)) {
        wws_framed_code(framed, wws_settings_size(settings, WWS_MAX_SESSION_DICTIONARY_SIZE));
    } else {
        wws_framed_code_each(framed);
    }
}

wws_result wws_session_encoding_read(const wws_settings *settings, wws_buf *in, wws_buf *out, wws_error *err)
{
    char room[WWS_CONTENT_TYPE_TEXT];
    const wws_span none = {NULL, 0};
    const char *type = wws_content_type_of(settings, wws_settings_envelope(settings), none, room);
    return wws_content_decode(settings, wws_span_of(type), in, out, err);
}

wws_result wws_session_encoding_write(const wws_settings *settings, const wws_env *env, wws_buf *bytes, wws_error *err)
{
    return wws_content_encode(settings, wws_settings_envelope(settings), env, bytes, err);
}
