#include "channel/content_type.h"

#include <stdio.h>

#include "base/uuid.h"
#include "encoding/nbf_reader.h"
#include "encoding/nbf_writer.h"
#include "framing/http_head.h"

enum { BOUNDARY_TEXT = 60 };

typedef enum form { TEXT, BINARY, MTOM } form;

static form form_of(const wws_settings *settings)
{
    switch (settings->of[WWS_ENCODING].choice) {
    case WWS_ENCODING_BINARY:
        return BINARY;
    case WWS_ENCODING_MTOM_UTF8:
    case WWS_ENCODING_MTOM_UTF16BE:
    case WWS_ENCODING_MTOM_UTF16LE:
        return MTOM;
    default:
        return TEXT;
    }
}

static const char *soap_media(wws_envelope_version version)
{
    return wws_soap_names_of(version)->media_type;
}

const char *wws_content_type_media(const wws_settings *settings, wws_envelope_version version)
{
    const form kind = form_of(settings);
    return kind == BINARY ? "application/soap+msbin1" : kind == MTOM ? "multipart/related" : soap_media(version);
}

const char *wws_content_type_of(const wws_settings *settings, wws_envelope_version version, wws_span message,
                                char room[WWS_CONTENT_TYPE_TEXT])
{
    static const char *const soap11[] = {[WWS_CHARSET_UTF8] = "text/xml; charset=utf-8",
                                         [WWS_CHARSET_UTF16LE] = "text/xml; charset=utf-16LE",
                                         [WWS_CHARSET_UTF16BE] = "text/xml; charset=utf-16BE"};
    static const char *const soap12[] = {[WWS_CHARSET_UTF8] = "application/soap+xml; charset=utf-8",
                                         [WWS_CHARSET_UTF16LE] = "application/soap+xml; charset=utf-16LE",
                                         [WWS_CHARSET_UTF16BE] = "application/soap+xml; charset=utf-16BE"};
    const wws_charset charset = wws_settings_charset(settings);
    if (form_of(settings) == BINARY) {
        return wws_content_type_media(settings, version);
    }
    if (form_of(settings) == MTOM && wws_mtom_type_write(message, soap_media(version), room)) {
        return room;
    }
    return version == WWS_SOAP_1_1 ? soap11[charset] : soap12[charset];
}

static wws_content_type_fit fit_text(wws_span value, const char *media)
{
    wws_charset charset = WWS_CHARSET_AUTO;
    wws_span name = {NULL, 0};
    if (!wws_http_name_is(wws_http_media_type(value), media)) {
        return WWS_CONTENT_OTHER_MEDIA;
    }
    if (wws_http_parameter(value, "charset", &name) && !wws_charset_named(name, &charset)) {
        return WWS_CONTENT_OTHER_CHARSET;
    }
    return WWS_CONTENT_FITS;
}

wws_content_type_fit wws_content_type_read(const wws_settings *settings, wws_span value)
{
    const char *media = soap_media(wws_settings_envelope(settings));
    if (form_of(settings) == BINARY) {
        const char *binary = wws_content_type_media(settings, wws_settings_envelope(settings));
        return wws_http_name_is(wws_http_media_type(value), binary) ? WWS_CONTENT_FITS : WWS_CONTENT_OTHER_MEDIA;
    }
    if (form_of(settings) == MTOM && wws_mtom_is_type(value, media)) {
        return WWS_CONTENT_FITS;
    }
    return fit_text(value, media);
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
    if (form_of(settings) == BINARY) {
        return wws_content_type_read(settings, value) == WWS_CONTENT_FITS;
    }
    return form_of(settings) == TEXT && (charset == WWS_CHARSET_AUTO || charset == WWS_CHARSET_UTF8);
}

wws_result wws_content_decode(const wws_settings *settings, wws_span type, wws_buf *in, wws_buf *out, wws_error *err)
{
    const char *media = soap_media(wws_settings_envelope(settings));
    const bool is_mtom = form_of(settings) == MTOM && wws_mtom_is_type(type, media);
    wws_xml_limits limits = WWS_XML_LIMITS;
    if (form_of(settings) != BINARY && !is_mtom) {
        return wws_charset_decode(in, charset_of(type), out, err);
    }
    limits.document = in->limit;
    wws_buf_init(out, in->alloc, in->limit);
    const wws_result result = is_mtom ? wws_mtom_read(type, media, wws_buf_peek(in), &limits, out, err)
                                      : wws_nbf_read(wws_buf_peek(in), NULL, &limits, out, err);
    wws_buf_clear(result == WWS_OK ? in : out);
    return result;
}

static wws_result write_parts(const wws_settings *settings, wws_envelope_version version, const wws_env *env,
                              wws_span text, wws_buf *out, wws_error *err)
{
    char uuid[WWS_UUID_TEXT];
    char boundary[BOUNDARY_TEXT];
    WWS_TRY(wws_uuid_write(env, uuid, err));
    (void)snprintf(boundary, sizeof boundary, "uuid:%s+id=1", uuid);
    return wws_mtom_write(text, soap_media(version), wws_settings_charset(settings), boundary, out, err);
}

wws_result wws_content_encode(const wws_settings *settings, wws_envelope_version version, const wws_env *env,
                              wws_buf *bytes, wws_error *err)
{
    wws_buf made;
    if (form_of(settings) == TEXT) {
        return wws_charset_encode_document(bytes, wws_settings_charset(settings), err);
    }
    wws_buf_init(&made, bytes->alloc, bytes->limit);
    const wws_result result = form_of(settings) == MTOM
                                  ? write_parts(settings, version, env, wws_buf_peek(bytes), &made, err)
                                  : wws_nbf_write(wws_buf_peek(bytes), NULL, &made, err);
    if (result != WWS_OK) {
        wws_buf_clear(&made);
        return result;
    }
    wws_buf_clear(bytes);
    *bytes = made;
    return WWS_OK;
}
