#include "encoding/charset.h"

#include <strings.h>

#include "encoding/utf16.h"
#include "encoding/xml_prologue.h"

static const struct {
    const char *name;
    wws_charset charset;
} NAMES[] = {
    {"utf-8", WWS_CHARSET_UTF8},
    {"utf-16LE", WWS_CHARSET_UTF16LE}, /* as WCF spells them */
    {"utf-16BE", WWS_CHARSET_UTF16BE},
    {"utf-16", WWS_CHARSET_UTF16},
};

bool wws_charset_named(wws_span name, wws_charset *out)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (name.len == strlen(NAMES[i].name) && strncasecmp((const char *)name.at, NAMES[i].name, name.len) == 0) {
            *out = NAMES[i].charset;
            return true;
        }
    }
    return false;
}

const char *wws_charset_name(wws_charset charset)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (NAMES[i].charset == charset) {
            return NAMES[i].name;
        }
    }
    return NAMES[0].name;
}

/** What the first bytes of a document tell. */
typedef struct opening {
    const char *bytes;
    size_t mark; /* how many of them are a byte order mark */
    wws_charset charset;
} opening;

/* Neither mark nor markup of one order can be text of the other: `<` the wrong way round is U+3C00, no markup. */
static const opening OPENINGS[] = {
    {"\xff\xfe", 2, WWS_CHARSET_UTF16LE},
    {"\xfe\xff", 2, WWS_CHARSET_UTF16BE},
    {"<\0", 0, WWS_CHARSET_UTF16LE},
    {"\0<", 0, WWS_CHARSET_UTF16BE},
};

static wws_charset seen_in(wws_span document, size_t *mark)
{
    *mark = 0;
    for (size_t i = 0; i < sizeof OPENINGS / sizeof OPENINGS[0]; i++) {
        if (wws_span_starts(document, (wws_span){(const uint8_t *)OPENINGS[i].bytes, 2})) {
            *mark = OPENINGS[i].mark;
            return OPENINGS[i].charset;
        }
    }
    return WWS_CHARSET_UTF8;
}

static bool agree(wws_charset said, wws_charset seen)
{
    return said == WWS_CHARSET_AUTO || said == seen || (said == WWS_CHARSET_UTF16 && seen != WWS_CHARSET_UTF8);
}

static wws_result make_utf8(wws_span document, wws_charset charset, wws_buf *out, wws_error *err)
{
    wws_utf16 state;
    size_t prologue = 0;
    wws_utf16_init(&state, charset == WWS_CHARSET_UTF16BE);
    WWS_TRY(wws_utf16_feed(&state, document, out, err));
    WWS_TRY(wws_utf16_end(&state, err));
    WWS_TRY(wws_xml_prologue_in(wws_buf_peek(out), charset, &prologue, err));
    wws_buf_consume(out, prologue);
    return WWS_OK;
}

wws_result wws_charset_decode(wws_buf *in, wws_charset said, wws_buf *out, wws_error *err)
{
    size_t mark = 0;
    wws_span document = wws_buf_peek(in);
    const wws_charset seen = seen_in(document, &mark);
    wws_buf_init(out, in->alloc, 0);
    if (!agree(said, seen)) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT,
                       "the message is not in the character set that its content type names");
        wws_error_expected(err, "%s", wws_charset_name(said));
        wws_error_got(err, "what begins as %s", wws_charset_name(seen));
        return WWS_E_INVALID_FORMAT;
    }
    if (seen == WWS_CHARSET_UTF8) {
        *out = *in;
        *in = (wws_buf){.alloc = out->alloc, .limit = out->limit};
        return WWS_OK;
    }
    document = (wws_span){document.at + mark, document.len - mark};
    wws_buf_init(out, in->alloc, document.len + document.len / 2 + 1); /* two bytes make three at most */
    const wws_result result = make_utf8(document, seen, out, err);
    if (result != WWS_OK) {
        wws_buf_clear(out);
    }
    wws_buf_clear(in);
    return result;
}

static wws_result encode(wws_buf *bytes, wws_span declaration, wws_charset charset, wws_error *err)
{
    wws_buf made;
    const bool is_big = charset == WWS_CHARSET_UTF16BE;
    if (charset == WWS_CHARSET_UTF8) {
        return WWS_OK;
    }
    wws_buf_init(&made, bytes->alloc, bytes->limit);
    wws_result result = wws_utf16_write(&made, declaration, is_big, err);
    if (result == WWS_OK) {
        result = wws_utf16_write(&made, wws_buf_peek(bytes), is_big, err);
    }
    if (result != WWS_OK) {
        wws_buf_clear(&made);
        return result;
    }
    wws_buf_clear(bytes);
    *bytes = made;
    return WWS_OK;
}

wws_result wws_charset_encode(wws_buf *bytes, wws_charset charset, wws_error *err)
{
    return encode(bytes, (wws_span){NULL, 0}, charset, err);
}

wws_result wws_charset_encode_document(wws_buf *bytes, wws_charset charset, wws_error *err)
{
    const wws_span little = WWS_SPAN("<?xml version=\"1.0\" encoding=\"utf-16LE\"?>");
    const wws_span big = WWS_SPAN("<?xml version=\"1.0\" encoding=\"utf-16BE\"?>");
    return encode(bytes, charset == WWS_CHARSET_UTF16BE ? big : little, charset, err);
}
