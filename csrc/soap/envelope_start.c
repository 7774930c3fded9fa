#include "soap/envelope_start.h"

#include "encoding/xml_scan.h"

/* What can be told of a start tag: `<!` and what makes it a comment or CDATA. */
enum { BANG_LEN = 9 };

static size_t name_end(wws_span bytes, size_t at)
{
    while (at < bytes.len && memchr(" \t\r\n/>", bytes.at[at], 6) == NULL) {
        at++;
    }
    return at;
}

static bool is_local(wws_span bytes, const wws_xml_piece *piece, const char *local)
{
    wws_span name = {bytes.at + piece->from + 1, name_end(bytes, piece->from + 1) - piece->from - 1};
    const uint8_t *colon = name.len == 0 ? NULL : memchr(name.at, ':', name.len);
    if (colon != NULL) {
        name.len -= (size_t)(colon - name.at) + 1;
        name.at = colon + 1;
    }
    return wws_span_is(name, local);
}

/* The XML declaration is no processing instruction, if it is at the very front. */
static wws_start_verdict skip_declaration(wws_envelope_start *start, wws_span bytes, const wws_xml_piece *piece)
{
    const uint8_t *end = memmem(bytes.at + piece->from, bytes.len - piece->from, "?>", 2);
    if (start->at != 0) {
        return WWS_START_BROKEN;
    }
    if (end == NULL) {
        return WWS_START_MORE;
    }
    start->at = (size_t)(end - bytes.at) + 2;
    return WWS_START_FLOWS;
}

static wws_start_verdict judge_broken(wws_span bytes, const wws_xml_piece *piece, size_t longest)
{
    const wws_span rest = {bytes.at + piece->from, bytes.len - piece->from};
    const bool is_bang = rest.len >= BANG_LEN && rest.at[1] == '!';
    const bool is_long = rest.len > longest && (rest.at[1] != '!');
    const bool is_comment = wws_span_starts(rest, WWS_SPAN("<!--")) || wws_span_starts(rest, WWS_SPAN("<![CDATA["));
    return is_long || (is_bang && !is_comment) ? WWS_START_BROKEN : WWS_START_MORE;
}

static bool is_blank(wws_span bytes, size_t from, size_t to)
{
    return wws_span_trim((wws_span){bytes.at + from, to - from}).len == 0;
}

/* In front of the first markup of the body. */
static wws_start_verdict judge_content(const wws_envelope_start *start, wws_span bytes, const wws_xml_piece *piece)
{
    if (!is_blank(bytes, start->at, piece->from)) {
        return WWS_START_FLOWS;
    }
    switch (piece->kind) {
    case WWS_XML_PIECE_COMMENT:
    case WWS_XML_PIECE_NONE:
        return WWS_START_MORE;
    case WWS_XML_PIECE_START:
    case WWS_XML_PIECE_EMPTY:
        return is_local(bytes, piece, "Fault") ? WWS_START_WHOLE : WWS_START_FLOWS;
    case WWS_XML_PIECE_END:
    case WWS_XML_PIECE_CDATA:
    case WWS_XML_PIECE_BROKEN:
    case WWS_XML_PIECE_INSTRUCTION:
    case WWS_XML_PIECE_DOCTYPE:
    default:
        return WWS_START_FLOWS;
    }
}

static wws_start_verdict enter(wws_envelope_start *start, wws_span bytes, const wws_xml_piece *piece)
{
    if (start->depth == 0) {
        start->root_from = piece->from + 1;
        start->root_to = name_end(bytes, start->root_from);
    }
    if (start->depth == 1 && is_local(bytes, piece, "Body")) {
        start->name_from = piece->from + 1;
        start->name_to = name_end(bytes, start->name_from);
        start->content = piece->to;
    }
    start->depth++;
    return WWS_START_MORE;
}

static wws_start_verdict judge_markup(wws_envelope_start *start, wws_span bytes, const wws_xml_piece *piece)
{
    switch (piece->kind) {
    case WWS_XML_PIECE_START:
        return enter(start, bytes, piece);
    case WWS_XML_PIECE_EMPTY:
        return start->depth == 0 || (start->depth == 1 && is_local(bytes, piece, "Body")) ? WWS_START_WHOLE
                                                                                          : WWS_START_MORE;
    case WWS_XML_PIECE_END:
        if (start->depth <= 1) {
            return WWS_START_BROKEN;
        }
        start->depth--;
        return WWS_START_MORE;
    case WWS_XML_PIECE_DOCTYPE:
        return WWS_START_BROKEN;
    case WWS_XML_PIECE_COMMENT:
    case WWS_XML_PIECE_CDATA:
    case WWS_XML_PIECE_NONE:
    case WWS_XML_PIECE_BROKEN:
    case WWS_XML_PIECE_INSTRUCTION:
    default:
        return WWS_START_MORE;
    }
}

/* One piece of markup. @param over  set when the verdict stands */
static wws_start_verdict next(wws_envelope_start *start, wws_span bytes, const wws_xml_limits *limits, bool *over)
{
    wws_start_verdict verdict;
    const wws_xml_piece piece = wws_xml_scan(bytes, start->at, limits->start_tag);
    *over = true;
    if (piece.kind == WWS_XML_PIECE_INSTRUCTION) {
        verdict = skip_declaration(start, bytes, &piece);
        *over = verdict != WWS_START_FLOWS;
        return verdict;
    }
    if (piece.kind == WWS_XML_PIECE_BROKEN) {
        return judge_broken(bytes, &piece, limits->start_tag);
    }
    if (start->content > 0) {
        verdict = judge_content(start, bytes, &piece);
    } else {
        verdict = judge_markup(start, bytes, &piece);
    }
    *over = verdict != WWS_START_MORE || piece.kind == WWS_XML_PIECE_NONE;
    if (!*over) {
        start->at = piece.to;
    }
    return verdict;
}

wws_start_verdict wws_envelope_start_find(wws_envelope_start *start, wws_span bytes, const wws_xml_limits *limits)
{
    bool over = false;
    wws_start_verdict verdict = WWS_START_MORE;
    while (!over) {
        verdict = next(start, bytes, limits, &over);
    }
    return verdict;
}

static wws_result put_end(wws_buf *out, wws_span bytes, size_t from, size_t to, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, "</", err));
    WWS_TRY(wws_buf_append(out, (wws_span){bytes.at + from, to - from}, err));
    return wws_buf_text(out, ">", err);
}

wws_result wws_envelope_start_close(const wws_envelope_start *start, wws_span bytes, wws_buf *out, wws_error *err)
{
    WWS_TRY(wws_buf_append(out, (wws_span){bytes.at, start->content}, err));
    WWS_TRY(put_end(out, bytes, start->name_from, start->name_to, err));
    return put_end(out, bytes, start->root_from, start->root_to, err);
}
