#include <stdio.h>

#include "base/base64.h"
#include "encoding/mtom.h"
#include "encoding/xml_scan.h"

#define ROOT_ID "http://tempuri.org/0"
#define INCLUDE_START "<xop:Include href=\"cid:http%%3A%%2F%%2Ftempuri.org%%2F%zu\" "
#define INCLUDE_END "xmlns:xop=\"http://www.w3.org/2004/08/xop/include\"></xop:Include>"
enum { LEAST_OCTETS = 768, LEAST_TEXT = WWS_BASE64_LEN(LEAST_OCTETS), LINE_MAX = 512, PARTS_MAX = 999 };

typedef struct writer {
    wws_span text;
    const char *boundary;
    wws_buf root;  /* owned */
    wws_buf parts; /* owned: all behind the root, each with its boundary before it */
    size_t count;
    size_t done;   /* how much of the text is in the root */
    bool anywhere; /* what is no message has no Body */
    wws_error *err;
} writer;

static wws_result put_delimiter(wws_buf *out, const char *boundary, const char *end, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, "\r\n--", err));
    WWS_TRY(wws_buf_text(out, boundary, err));
    return wws_buf_text(out, end, err);
}

static bool is_base64(wws_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
              c == '=')) {
            return false;
        }
    }
    return text.len % 4 == 0;
}

/* @return false when @p text is not how the octets would be written; then nothing is appended */
static bool put_octets(writer *self, wws_span text)
{
    char head[LINE_MAX];
    const size_t before = self->parts.len;
    const int len = snprintf(head, sizeof head,
                             "\r\nContent-ID: <http://tempuri.org/%zu>\r\nContent-Transfer-Encoding: binary\r\n"
                             "Content-Type: application/octet-stream\r\n\r\n",
                             self->count + 1);
    if (len > 0 && put_delimiter(&self->parts, self->boundary, head, NULL) == WWS_OK) {
        const size_t from = self->parts.len;
        if (wws_base64_read(&self->parts, text, NULL) == WWS_OK && WWS_BASE64_LEN(self->parts.len - from) == text.len) {
            return true;
        }
    }
    self->parts.len = before;
    return false;
}

static wws_result refer(writer *self, size_t from, size_t to)
{
    char include[LINE_MAX];
    self->count++;
    const int len = snprintf(include, sizeof include, INCLUDE_START, self->count);
    WWS_TRY(wws_buf_append(&self->root, (wws_span){self->text.at + self->done, from - self->done}, self->err));
    WWS_TRY(wws_buf_append(&self->root, (wws_span){(const uint8_t *)include, (size_t)len}, self->err));
    self->done = to;
    return wws_buf_text(&self->root, INCLUDE_END, self->err);
}

static bool is_body(wws_span tag)
{
    size_t len = 1;
    size_t start = 1;
    while (len < tag.len && memchr(" \t\r\n/>", tag.at[len], 6) == NULL) {
        start = tag.at[len] == ':' ? len + 1 : start;
        len++;
    }
    return wws_span_is((wws_span){tag.at + start, len - start}, "Body");
}

/* Where the walk through the text is. */
typedef struct place {
    size_t depth;
    bool in_body;
    bool is_leaf; /* a start tag was last */
} place;

static void step(const writer *self, place *here, const wws_xml_piece *piece)
{
    here->is_leaf = piece->kind == WWS_XML_PIECE_START;
    if (here->is_leaf && ++here->depth == 2) {
        here->in_body = is_body((wws_span){self->text.at + piece->from, piece->to - piece->from});
    }
    here->depth -= piece->kind == WWS_XML_PIECE_END && here->depth > 0;
}

/* Elements in Body that hold nothing but base64. What is in the Header stays where it is. */
static wws_result walk(writer *self)
{
    place here = {0, false, false};
    for (size_t at = 0; at < self->text.len;) {
        const wws_xml_piece piece = wws_xml_scan(self->text, at, self->text.len);
        const wws_span between = {self->text.at + at, piece.from - at};
        const bool is_only =
            piece.kind == WWS_XML_PIECE_END && here.is_leaf && (self->anywhere || (here.in_body && here.depth > 2));
        if (piece.kind == WWS_XML_PIECE_BROKEN) {
            return wws_fail(self->err, WWS_E_INVALID_FORMAT, "the text to be written as MTOM is not well-formed");
        }
        if (is_only && between.len >= LEAST_TEXT && self->count < PARTS_MAX && is_base64(between) &&
            put_octets(self, between)) {
            WWS_TRY(refer(self, at, piece.from));
        }
        step(self, &here, &piece);
        at = piece.to;
    }
    return wws_buf_append(&self->root, (wws_span){self->text.at + self->done, self->text.len - self->done}, self->err);
}

static wws_result put_root(const writer *self, const char *media, wws_charset charset, wws_buf *out, wws_error *err)
{
    char head[LINE_MAX];
    const bool is_utf8 = charset == WWS_CHARSET_UTF8;
    const int len = snprintf(head, sizeof head,
                             "\r\nContent-ID: <" ROOT_ID ">\r\nContent-Transfer-Encoding: %s\r\n"
                             "Content-Type: application/xop+xml;charset=%s;type=\"%s\"\r\n\r\n",
                             is_utf8 ? "8bit" : "binary", wws_charset_name(charset), media);
    WWS_TRY(put_delimiter(out, self->boundary, "", err));
    WWS_TRY(wws_buf_append(out, (wws_span){(const uint8_t *)head, (size_t)len}, err));
    return wws_buf_append(out, wws_buf_peek(&self->root), err);
}

static wws_result write(writer *self, const char *media, wws_charset charset, wws_buf *out, wws_error *err)
{
    WWS_TRY(walk(self));
    if (memmem(self->text.at, self->text.len, self->boundary, strlen(self->boundary)) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the boundary of the message's parts is found in the message");
    }
    WWS_TRY(wws_charset_encode_document(&self->root, charset, err));
    WWS_TRY(put_root(self, media, charset, out, err));
    WWS_TRY(wws_buf_append(out, wws_buf_peek(&self->parts), err));
    return put_delimiter(out, self->boundary, "--\r\n", err);
}

static wws_result run(writer *self, const char *media, wws_charset charset, wws_buf *out)
{
    const size_t before = out->len;
    wws_buf_init(&self->root, out->alloc, out->limit);
    wws_buf_init(&self->parts, out->alloc, out->limit);
    const wws_result result = write(self, media, charset, out, self->err);
    wws_buf_clear(&self->root);
    wws_buf_clear(&self->parts);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}

wws_result wws_mtom_write(wws_span text, const char *media, wws_charset charset, const char *boundary, wws_buf *out,
                          wws_error *err)
{
    writer self = {.text = text, .boundary = boundary, .err = err};
    return run(&self, media, charset, out);
}

bool wws_mtom_type_write(wws_span body, const char *media, char out[WWS_MTOM_TYPE_TEXT])
{
    static const wws_span start = {(const uint8_t *)"\r\n--", 4};
    const uint8_t *end = wws_span_starts(body, start) && body.len > start.len
                             ? memmem(body.at + start.len, body.len - start.len, "\r\n", 2)
                             : NULL;
    if (end == NULL) {
        return false;
    }
    const wws_span boundary = {body.at + start.len, (size_t)(end - body.at) - start.len};
    (void)snprintf(out, WWS_MTOM_TYPE_TEXT,
                   "multipart/related; type=\"application/xop+xml\";start=\"<" ROOT_ID
                   ">\";boundary=\"%.*s\";start-info=\"%s\"",
                   WWS_CUT(boundary, 70), media);
    return true;
}

/* The empty line behind it is the line end before the first boundary. */
wws_result wws_mtom_head_write(const char *type, wws_buf *out, wws_error *err)
{
    WWS_TRY(wws_buf_append(out, WWS_SPAN("MIME-Version: 1.0\r\nContent-Type: "), err));
    WWS_TRY(wws_buf_append(out, wws_span_of(type), err));
    return wws_buf_append(out, WWS_SPAN("\r\n"), err);
}

wws_result wws_mtom_document_write(wws_span text, wws_charset charset, const char *boundary, wws_buf *out,
                                   wws_error *err)
{
    static const char media[] = "text/xml";
    char type[WWS_MTOM_TYPE_TEXT];
    writer self = {.text = text, .boundary = boundary, .anywhere = true, .err = err};
    wws_buf body;
    const size_t before = out->len;
    wws_buf_init(&body, out->alloc, out->limit);
    wws_result result = run(&self, media, charset, &body);
    if (result == WWS_OK && wws_mtom_type_write(wws_buf_peek(&body), media, type)) {
        result = wws_mtom_head_write(type, out, err);
        result = result == WWS_OK ? wws_buf_append(out, wws_buf_peek(&body), err) : result;
    }
    wws_buf_clear(&body);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}
