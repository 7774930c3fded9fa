#include "encoding/codec.h"

#include "encoding/charset.h"
#include "encoding/mtom.h"
#include "encoding/nbf_session.h"

static const struct row {
    const char *name;
    wws_charset charset; /* AUTO: it is no text */
    bool is_mtom;
} ROWS[] = {
    [WWS_CODEC_TEXT_UTF8] = {"text_utf8", WWS_CHARSET_UTF8, false},
    [WWS_CODEC_TEXT_UTF16LE] = {"text_utf16le", WWS_CHARSET_UTF16LE, false},
    [WWS_CODEC_TEXT_UTF16BE] = {"text_utf16be", WWS_CHARSET_UTF16BE, false},
    [WWS_CODEC_BINARY] = {"binary", WWS_CHARSET_AUTO, false},
    [WWS_CODEC_BINARY_SESSION] = {"binary_session", WWS_CHARSET_AUTO, false},
    [WWS_CODEC_MTOM_UTF8] = {"mtom_utf8", WWS_CHARSET_UTF8, true},
    [WWS_CODEC_MTOM_UTF16LE] = {"mtom_utf16le", WWS_CHARSET_UTF16LE, true},
    [WWS_CODEC_MTOM_UTF16BE] = {"mtom_utf16be", WWS_CHARSET_UTF16BE, true},
};

bool wws_codec_named(wws_span name, wws_codec *out)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (wws_span_is(name, ROWS[i].name)) {
            *out = (wws_codec)i;
            return true;
        }
    }
    return false;
}

static wws_result read_coded(wws_codec codec, wws_span in, const wws_xml_limits *limits, wws_buf *out, wws_error *err)
{
    wws_nbf_session session;
    if (ROWS[codec].is_mtom) {
        return wws_mtom_message_read(NULL, in, limits, out, err);
    }
    if (codec == WWS_CODEC_BINARY) {
        return wws_nbf_read(in, NULL, limits, out, err);
    }
    wws_nbf_session_init(&session, out->alloc, WWS_NBF_SESSION_BYTES);
    const wws_result result = wws_nbf_session_read(&session, in, limits, out, err);
    wws_nbf_session_clear(&session);
    return result;
}

wws_result wws_codec_decode(wws_codec codec, wws_buf *in, const wws_xml_limits *limits, wws_buf *out, wws_error *err)
{
    if (ROWS[codec].charset != WWS_CHARSET_AUTO && !ROWS[codec].is_mtom) {
        return wws_charset_decode(in, ROWS[codec].charset, out, err);
    }
    wws_buf_init(out, in->alloc, limits->document);
    const wws_result result = read_coded(codec, wws_buf_peek(in), limits, out, err);
    wws_buf_clear(result == WWS_OK ? in : out);
    return result;
}

static wws_result write_coded(wws_codec codec, const char *boundary, wws_span text, wws_buf *out, wws_error *err)
{
    wws_nbf_session session;
    if (ROWS[codec].is_mtom) {
        return wws_mtom_document_write(text, ROWS[codec].charset, boundary, out, err);
    }
    if (codec == WWS_CODEC_BINARY) {
        return wws_nbf_write(text, NULL, out, err);
    }
    wws_nbf_session_init(&session, out->alloc, WWS_NBF_SESSION_BYTES);
    const wws_result result = wws_nbf_session_write(&session, text, out, err);
    wws_nbf_session_clear(&session);
    return result;
}

wws_result wws_codec_encode(wws_codec codec, const char *boundary, wws_buf *bytes, wws_error *err)
{
    wws_buf made;
    if (ROWS[codec].charset != WWS_CHARSET_AUTO && !ROWS[codec].is_mtom) {
        return wws_charset_encode(bytes, ROWS[codec].charset, err);
    }
    wws_buf_init(&made, bytes->alloc, bytes->limit);
    const wws_result result = write_coded(codec, boundary, wws_buf_peek(bytes), &made, err);
    if (result != WWS_OK) {
        wws_buf_clear(&made);
        return result;
    }
    wws_buf_clear(bytes);
    *bytes = made;
    return WWS_OK;
}
