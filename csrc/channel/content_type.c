#include "channel/content_type.h"

#include "encoding/nbf_reader.h"
#include "encoding/nbf_writer.h"
#include "framing/http_head.h"

static bool is_binary(const wws_settings *settings)
{
    return settings->of[WWS_ENCODING].choice == WWS_ENCODING_BINARY;
}

const char *wws_content_type_media(const wws_settings *settings, wws_envelope_version version)
{
    return is_binary(settings) ? "application/soap+msbin1" : wws_soap_names_of(version)->media_type;
}

const char *wws_content_type_of(const wws_settings *settings, wws_envelope_version version)
{
    static const char *const soap11[] = {[WWS_CHARSET_UTF8] = "text/xml; charset=utf-8",
                                         [WWS_CHARSET_UTF16LE] = "text/xml; charset=utf-16LE",
                                         [WWS_CHARSET_UTF16BE] = "text/xml; charset=utf-16BE"};
    static const char *const soap12[] = {[WWS_CHARSET_UTF8] = "application/soap+xml; charset=utf-8",
                                         [WWS_CHARSET_UTF16LE] = "application/soap+xml; charset=utf-16LE",
                                         [WWS_CHARSET_UTF16BE] = "application/soap+xml; charset=utf-16BE"};
    const wws_charset charset = wws_settings_charset(settings);
    if (is_binary(settings)) {
        return wws_content_type_media(settings, version);
    }
    return version == WWS_SOAP_1_1 ? soap11[charset] : soap12[charset];
}

wws_content_type_fit wws_content_type_read(const wws_settings *settings, wws_span value)
{
    wws_charset charset = WWS_CHARSET_AUTO;
    wws_span name = {NULL, 0};
    const char *media = wws_content_type_media(settings, wws_settings_envelope(settings));
    if (!wws_http_name_is(wws_http_media_type(value), media)) {
        return WWS_CONTENT_OTHER_MEDIA;
    }
    if (!is_binary(settings) && wws_http_parameter(value, "charset", &name) && !wws_charset_named(name, &charset)) {
        return WWS_CONTENT_OTHER_CHARSET;
    }
    return WWS_CONTENT_FITS;
}

static wws_charset charset_of(wws_span type)
{
    wws_charset charset = WWS_CHARSET_AUTO;
    wws_span name = {NULL, 0};
    if (wws_http_parameter(type, "charset", &name)) {
        (void)wws_charset_named(name, &charset);
    }
    return charset;
}

bool wws_content_type_flows(const wws_settings *settings, wws_span value)
{
    const wws_charset charset = charset_of(value);
    return !is_binary(settings) && (charset == WWS_CHARSET_AUTO || charset == WWS_CHARSET_UTF8);
}

wws_result wws_content_decode(const wws_settings *settings, wws_span type, wws_buf *in, wws_buf *out, wws_error *err)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    if (!is_binary(settings)) {
        return wws_charset_decode(in, charset_of(type), out, err);
    }
    limits.document = in->limit;
    wws_buf_init(out, in->alloc, in->limit);
    const wws_result result = wws_nbf_read(wws_buf_peek(in), NULL, &limits, out, err);
    wws_buf_clear(result == WWS_OK ? in : out);
    return result;
}

wws_result wws_content_encode(const wws_settings *settings, wws_buf *bytes, wws_error *err)
{
    wws_buf made;
    if (!is_binary(settings)) {
        return wws_charset_encode(bytes, wws_settings_charset(settings), err);
    }
    wws_buf_init(&made, bytes->alloc, bytes->limit);
    const wws_result result = wws_nbf_write(wws_buf_peek(bytes), NULL, &made, err);
    if (result != WWS_OK) {
        wws_buf_clear(&made);
        return result;
    }
    wws_buf_clear(bytes);
    *bytes = made;
    return WWS_OK;
}
