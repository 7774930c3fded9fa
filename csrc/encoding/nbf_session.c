#include "encoding/nbf_session.h"

#include "encoding/nbf_writer_text.h"

void wws_nbf_session_init(wws_nbf_session *session, const wws_alloc *alloc, size_t limit)
{
    wws_nbf_strings_init(&session->sent, alloc, limit < WWS_NBF_SESSION_BYTES ? limit : WWS_NBF_SESSION_BYTES);
    wws_nbf_strings_init(&session->received, alloc, limit);
    session->is_broken = false;
}

void wws_nbf_session_clear(wws_nbf_session *session)
{
    wws_nbf_strings_clear(&session->sent);
    wws_nbf_strings_clear(&session->received);
}

/* Appends the strings from number @p from on, behind the octets that they take. */
static wws_result put_table(const wws_nbf_strings *strings, size_t from, wws_buf *out, wws_error *err)
{
    const size_t count = wws_nbf_strings_count(strings);
    wws_nbf_word word = {{NULL, 0}, false};
    size_t size = 0;
    for (size_t i = from; i < count && wws_nbf_strings_get(strings, (uint32_t)(2 * i + 1), &word); i++) {
        size += wws_nbf_int31_size((uint32_t)word.text.len) + word.text.len;
    }
    WWS_TRY(wws_nbf_put_int31(out, (uint32_t)size, err));
    for (size_t i = from; i < count && wws_nbf_strings_get(strings, (uint32_t)(2 * i + 1), &word); i++) {
        WWS_TRY(wws_nbf_put_string(out, word.text, err));
    }
    return WWS_OK;
}

/* The document says which strings it needs, so it is made first and moved behind them. */
static wws_result write(wws_nbf_session *session, size_t known, wws_span text, wws_buf *out, wws_buf *document,
                        wws_error *err)
{
    WWS_TRY(wws_nbf_write(text, &session->sent, document, err));
    WWS_TRY(put_table(&session->sent, known, out, err));
    return wws_buf_append(out, wws_buf_peek(document), err);
}

wws_result wws_nbf_session_write(wws_nbf_session *session, wws_span text, wws_buf *out, wws_error *err)
{
    const size_t known = wws_nbf_strings_count(&session->sent);
    const size_t before = out->len;
    wws_buf document;
    wws_buf_init(&document, out->alloc, out->limit);
    const wws_result result = write(session, known, text, out, &document, err);
    wws_buf_clear(&document);
    if (result != WWS_OK) {
        out->len = before;
        wws_nbf_strings_cut(&session->sent, known);
    }
    return result;
}

static wws_result malformed(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_FORMAT, "the strings that a message adds to its session do not fit into it");
}

static bool take(wws_span *in, wws_span *out)
{
    uint32_t len = 0;
    if (!wws_nbf_int31_read(in, &len) || len > in->len) {
        return false;
    }
    *out = (wws_span){in->at, len};
    *in = (wws_span){in->at + len, in->len - len};
    return true;
}

static wws_result read(wws_nbf_session *session, wws_span payload, const wws_xml_limits *limits, wws_buf *out,
                       wws_error *err)
{
    wws_span table = {NULL, 0};
    if (!take(&payload, &table)) {
        return malformed(err);
    }
    while (table.len > 0) {
        wws_span text = {NULL, 0};
        if (!take(&table, &text)) {
            return malformed(err);
        }
        WWS_TRY(wws_nbf_strings_add(&session->received, text, err));
    }
    return wws_nbf_read(payload, &session->received, limits, out, err);
}

wws_result wws_nbf_session_read(wws_nbf_session *session, wws_span payload, const wws_xml_limits *limits, wws_buf *out,
                                wws_error *err)
{
    if (session->is_broken) {
        return wws_fail(err, WWS_E_OBJECT_FAULTED, "the session's dictionary was lost with an earlier message");
    }
    const wws_result result = read(session, payload, limits, out, err);
    session->is_broken = result != WWS_OK;
    return result;
}
