#include "channel/session_encoding.h"

#include "channel/content_type.h"
#include "framing/http_head.h"

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
    case WWS_ENCODING_MTOM_UTF8:
    case WWS_ENCODING_MTOM_UTF16LE:
    case WWS_ENCODING_MTOM_UTF16BE:
        return "multipart/related";
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

bool wws_session_encoding_is_mtom(const wws_settings *settings)
{
    const int choice = settings->of[WWS_ENCODING].choice;
    return choice >= WWS_ENCODING_MTOM_UTF8 && choice <= WWS_ENCODING_MTOM_UTF16LE;
}

bool wws_session_encoding_flows(const wws_settings *settings)
{
    const int choice = settings->of[WWS_ENCODING].choice;
    return choice == WWS_ENCODING_TEXT_UTF8 || choice == WWS_ENCODING_BINARY || choice == WWS_ENCODING_BINARY_SESSION;
}

/* WCF says UTF-16 in words, and as it does over HTTP: its own names of the known encodings are others. */
static bool is_utf16_of_wcf(const wws_settings *settings, wws_span content_type)
{
    char room[WWS_CONTENT_TYPE_TEXT];
    const wws_span none = {NULL, 0};
    const int choice = settings->of[WWS_ENCODING].choice;
    return (choice == WWS_ENCODING_TEXT_UTF16LE || choice == WWS_ENCODING_TEXT_UTF16BE) &&
           wws_span_is(content_type, wws_content_type_of(settings, wws_settings_envelope(settings), none, room));
}

/* Of MTOM some clients say what its root is, too. */
bool wws_session_encoding_speaks(const wws_settings *settings, wws_nmf_mode mode, wws_span content_type)
{
    const char *own = wws_session_content_type(settings, mode);
    wws_span root = {NULL, 0};
    if (!wws_session_encoding_is_mtom(settings)) {
        return wws_span_is(content_type, own) || is_utf16_of_wcf(settings, content_type);
    }
    return wws_http_name_is(wws_http_media_type(content_type), own) &&
           (!wws_http_parameter(content_type, "type", &root) || wws_http_name_is(root, "application/xop+xml"));
}

static wws_result read_mtom(const wws_settings *settings, wws_buf *in, wws_buf *out, wws_error *err)
{
    const char *media = wws_soap_names_of(wws_settings_envelope(settings))->media_type;
    wws_xml_limits limits = WWS_XML_LIMITS;
    limits.document = in->limit;
    wws_buf_init(out, in->alloc, in->limit);
    const wws_result result = wws_mtom_message_read(media, wws_buf_peek(in), &limits, out, err);
    wws_buf_clear(result == WWS_OK ? in : out);
    return result;
}

wws_result wws_session_encoding_read(const wws_settings *settings, wws_buf *in, wws_buf *out, wws_error *err)
{
    char room[WWS_CONTENT_TYPE_TEXT];
    const wws_span none = {NULL, 0};
    if (wws_session_encoding_is_mtom(settings)) {
        return read_mtom(settings, in, out, err);
    }
    const char *type = wws_content_type_of(settings, wws_settings_envelope(settings), none, room);
    return wws_content_decode(settings, wws_span_of(type), in, out, err);
}

wws_result wws_session_encoding_put(const wws_settings *settings, const char *type, wws_span message, wws_buf *out,
                                    wws_error *err)
{
    if (wws_session_encoding_is_mtom(settings)) {
        WWS_TRY(wws_mtom_head_write(type, out, err));
    }
    return wws_buf_append(out, message, err);
}

wws_result wws_session_encoding_write(const wws_settings *settings, const wws_env *env, wws_buf *bytes, wws_error *err)
{
    char room[WWS_CONTENT_TYPE_TEXT];
    const wws_envelope_version version = wws_settings_envelope(settings);
    wws_buf made;
    WWS_TRY(wws_content_encode(settings, version, env, bytes, err));
    if (!wws_session_encoding_is_mtom(settings)) {
        return WWS_OK;
    }
    wws_buf_init(&made, bytes->alloc, bytes->limit);
    const char *type = wws_content_type_of(settings, version, wws_buf_peek(bytes), room);
    const wws_result result = wws_session_encoding_put(settings, type, wws_buf_peek(bytes), &made, err);
    wws_buf_clear(result == WWS_OK ? bytes : &made);
    if (result == WWS_OK) {
        *bytes = made;
    }
    return result;
}
