#include "channel/content_type.h"

#include "framing/http_head.h"

const char *wws_content_type_of(wws_envelope_version version, wws_charset charset)
{
    static const char *const soap11[] = {[WWS_CHARSET_UTF8] = "text/xml; charset=utf-8",
                                         [WWS_CHARSET_UTF16LE] = "text/xml; charset=utf-16LE",
                                         [WWS_CHARSET_UTF16BE] = "text/xml; charset=utf-16BE"};
    static const char *const soap12[] = {[WWS_CHARSET_UTF8] = "application/soap+xml; charset=utf-8",
                                         [WWS_CHARSET_UTF16LE] = "application/soap+xml; charset=utf-16LE",
                                         [WWS_CHARSET_UTF16BE] = "application/soap+xml; charset=utf-16BE"};
    return version == WWS_SOAP_1_1 ? soap11[charset] : soap12[charset];
}

wws_content_type_fit wws_content_type_read(wws_span value, wws_envelope_version version, wws_charset *charset)
{
    wws_span name = {NULL, 0};
    *charset = WWS_CHARSET_AUTO;
    if (!wws_http_name_is(wws_http_media_type(value), wws_soap_names_of(version)->media_type)) {
        return WWS_CONTENT_OTHER_MEDIA;
    }
    if (wws_http_parameter(value, "charset", &name) && !wws_charset_named(name, charset)) {
        return WWS_CONTENT_OTHER_CHARSET;
    }
    return WWS_CONTENT_FITS;
}

wws_charset wws_content_type_charset(wws_span value)
{
    wws_charset charset = WWS_CHARSET_AUTO;
    wws_span name = {NULL, 0};
    if (wws_http_parameter(value, "charset", &name)) {
        (void)wws_charset_named(name, &charset);
    }
    return charset;
}

bool wws_content_type_flows(wws_span value)
{
    const wws_charset charset = wws_content_type_charset(value);
    return charset == WWS_CHARSET_AUTO || charset == WWS_CHARSET_UTF8;
}
