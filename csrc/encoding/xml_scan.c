#include "encoding/xml_scan.h"

static const wws_span COMMENT = {(const uint8_t *)"<!--", 4};
static const wws_span CDATA = {(const uint8_t *)"<![CDATA[", 9};
static const wws_span DOCTYPE = {(const uint8_t *)"<!DOCTYPE", 9};

/* Ends `piece` behind the next `mark`, or breaks it. */
static void until(wws_span document, size_t at, wws_span mark, wws_xml_piece *piece)
{
    const uint8_t *found = at > document.len ? NULL : memmem(document.at + at, document.len - at, mark.at, mark.len);
    if (found == NULL) {
        piece->kind = WWS_XML_PIECE_BROKEN;
        piece->to = document.len;
        return;
    }
    piece->to = (size_t)(found - document.at) + mark.len;
}

/* What a tag is made of, as far as it matters here; all else is 0. */
static const bool MATTERS[256] = {['>'] = true, ['='] = true, ['"'] = true, ['\''] = true};

/* A `>` inside quotes ends nothing. */
static void tag(wws_span document, size_t longest, wws_xml_piece *piece)
{
    size_t end = document.len - piece->from > longest ? piece->from + longest : document.len;
    size_t at = piece->from + 1;
    while (at < end) {
        uint8_t c = document.at[at];
        if (!MATTERS[c]) {
            at++;
            continue;
        }
        if (c == '>') {
            piece->kind = document.at[at - 1] == '/' ? WWS_XML_PIECE_EMPTY : WWS_XML_PIECE_START;
            piece->to = at + 1;
            return;
        }
        piece->attributes += c == '=';
        if (c == '"' || c == '\'') {
            const uint8_t *close = memchr(document.at + at + 1, c, end - at - 1);
            if (close == NULL) {
                break;
            }
            at = (size_t)(close - document.at);
        }
        at++;
    }
    piece->to = end;
}

static void bang(wws_span document, wws_span rest, wws_xml_piece *piece)
{
    if (wws_span_starts(rest, COMMENT)) {
        piece->kind = WWS_XML_PIECE_COMMENT;
        until(document, piece->from + COMMENT.len, WWS_SPAN("-->"), piece);
    } else if (wws_span_starts(rest, CDATA)) {
        piece->kind = WWS_XML_PIECE_CDATA;
        until(document, piece->from + CDATA.len, WWS_SPAN("]]>"), piece);
    } else if (wws_span_starts(rest, DOCTYPE)) {
        piece->kind = WWS_XML_PIECE_DOCTYPE;
    }
}

wws_xml_piece wws_xml_scan(wws_span document, size_t at, size_t longest)
{
    wws_xml_piece piece = {WWS_XML_PIECE_NONE, document.len, document.len, 0};
    const uint8_t *open = at < document.len ? memchr(document.at + at, '<', document.len - at) : NULL;
    if (open == NULL) {
        return piece;
    }
    wws_span rest = {open, document.len - (size_t)(open - document.at)};
    piece.kind = WWS_XML_PIECE_BROKEN;
    piece.from = (size_t)(open - document.at);
    switch (rest.len > 1 ? rest.at[1] : 0) {
    case '/':
        piece.kind = WWS_XML_PIECE_END;
        until(document, piece.from + 2, WWS_SPAN(">"), &piece);
        break;
    case '?':
        piece.kind = WWS_XML_PIECE_INSTRUCTION;
        break;
    case '!':
        bang(document, rest, &piece);
        break;
    default:
        tag(document, longest, &piece);
        break;
    }
    return piece;
}

void wws_xml_position(wws_span document, size_t at, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at && i < document.len; i++) {
        *column = document.at[i] == '\n' ? 1 : *column + 1;
        *line += document.at[i] == '\n';
    }
}

static wws_result refuse(wws_span document, const wws_xml_piece *piece, wws_error *err)
{
    size_t line;
    size_t column;
    wws_xml_position(document, piece->from, &line, &column);
    if (piece->kind == WWS_XML_PIECE_DOCTYPE) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "line %zu, column %zu: a document type declaration is not allowed",
                        line, column);
    }
    return wws_fail(err, WWS_E_INVALID_FORMAT, "line %zu, column %zu: a processing instruction is not allowed", line,
                    column);
}

static wws_result check_tag(const wws_xml_piece *piece, const wws_xml_limits *limits, wws_error *err)
{
    if (piece->to - piece->from >= limits->start_tag && piece->kind == WWS_XML_PIECE_BROKEN) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a start tag is longer than %zu bytes", limits->start_tag);
    }
    if (piece->attributes > limits->attributes + limits->namespaces) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "an element has more than %zu attributes and %zu namespaces",
                        limits->attributes, limits->namespaces);
    }
    return WWS_OK;
}

wws_result wws_xml_scan_check(wws_span document, size_t from, const wws_xml_limits *limits, wws_error *err)
{
    if (document.len > limits->document) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the document is longer than %zu bytes", limits->document);
    }
    /* libxml2 takes NUL for the end: what stands behind it would never be looked at */
    if (document.len > 0 && memchr(document.at, 0, document.len) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the document has a NUL byte");
    }
    for (size_t at = from; at < document.len;) {
        wws_xml_piece piece = wws_xml_scan(document, at, limits->start_tag);
        if (piece.kind == WWS_XML_PIECE_DOCTYPE || piece.kind == WWS_XML_PIECE_INSTRUCTION) {
            return refuse(document, &piece, err);
        }
        WWS_TRY(check_tag(&piece, limits, err));
        if (piece.kind == WWS_XML_PIECE_BROKEN) {
            return WWS_OK;
        }
        at = piece.to;
    }
    return WWS_OK;
}
