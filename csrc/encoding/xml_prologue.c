#include "encoding/xml_prologue.h"

enum { DECLARATION_MAX = 256 };

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool skip_space(wws_span *in)
{
    size_t before = in->len;
    while (in->len > 0 && is_space(in->at[0])) {
        (void)wws_span_pop(in);
    }
    return in->len < before;
}

/* Takes ` name = "value"`. @return false when something else stands there; then nothing is taken */
static bool take_setting(wws_span *in, const char *name, wws_span *value)
{
    wws_span rest = *in;
    wws_span key = wws_span_of(name);
    if (!skip_space(&rest) || !wws_span_starts(rest, key)) {
        return false;
    }
    rest = (wws_span){rest.at + key.len, rest.len - key.len};
    (void)skip_space(&rest);
    if (rest.len == 0 || wws_span_pop(&rest) != '=') {
        return false;
    }
    (void)skip_space(&rest);
    if (rest.len == 0 || (rest.at[0] != '"' && rest.at[0] != '\'')) {
        return false;
    }
    uint8_t quote = wws_span_pop(&rest);
    const uint8_t *close = rest.len > 0 ? memchr(rest.at, quote, rest.len) : NULL;
    if (close == NULL) {
        return false;
    }
    *value = (wws_span){rest.at, (size_t)(close - rest.at)};
    *in = (wws_span){close + 1, rest.len - value->len - 1};
    return true;
}

static wws_result malformed(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_FORMAT, "the XML declaration is malformed");
}

/* A declaration may leave the byte order to whoever saw it. */
static wws_result check_encoding(wws_span encoding, wws_charset charset, wws_error *err)
{
    wws_charset named = WWS_CHARSET_AUTO;
    if (wws_charset_named(encoding, &named) &&
        (named == charset || (named == WWS_CHARSET_UTF16 && charset != WWS_CHARSET_UTF8))) {
        return WWS_OK;
    }
    wws_fail(err, WWS_E_INVALID_FORMAT, "the XML declaration names an encoding that the document may not have");
    wws_error_expected(err, "%s", wws_charset_name(charset));
    wws_error_got(err, "%.*s", (int)encoding.len, (const char *)encoding.at);
    return WWS_E_INVALID_FORMAT;
}

/* @param in  what stands between `<?xml` and `?>` */
static wws_result check_declaration(wws_span in, wws_charset charset, wws_error *err)
{
    wws_span version;
    wws_span encoding;
    wws_span standalone;
    if (!take_setting(&in, "version", &version)) {
        return malformed(err);
    }
    if (!wws_span_is(version, "1.0")) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the document is of another version than XML 1.0");
    }
    if (take_setting(&in, "encoding", &encoding)) {
        WWS_TRY(check_encoding(encoding, charset, err));
    }
    if (take_setting(&in, "standalone", &standalone) && !wws_span_is(standalone, "yes") &&
        !wws_span_is(standalone, "no")) {
        return malformed(err);
    }
    (void)skip_space(&in);
    return in.len == 0 ? WWS_OK : malformed(err);
}

static bool is_utf16(wws_span document)
{
    static const wws_span marks[] = {{(const uint8_t *)"\xfe\xff", 2},
                                     {(const uint8_t *)"\xff\xfe", 2},
                                     {(const uint8_t *)"\0<", 2},
                                     {(const uint8_t *)"<\0", 2}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (wws_span_starts(document, marks[i])) {
            return true;
        }
    }
    return false;
}

wws_result wws_xml_prologue(wws_span document, size_t *skip, wws_error *err)
{
    if (is_utf16(document)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the document is in UTF-16: only UTF-8 is read");
    }
    return wws_xml_prologue_in(document, WWS_CHARSET_UTF8, skip, err);
}

wws_result wws_xml_prologue_in(wws_span document, wws_charset charset, size_t *skip, wws_error *err)
{
    wws_span in = document;
    if (wws_span_starts(in, WWS_SPAN("\xef\xbb\xbf"))) {
        in = (wws_span){in.at + 3, in.len - 3};
    }
    if (in.len > 5 && wws_span_starts(in, WWS_SPAN("<?xml")) && is_space(in.at[5])) {
        size_t seen = in.len < DECLARATION_MAX ? in.len : DECLARATION_MAX;
        const uint8_t *end = memmem(in.at, seen, "?>", 2);
        if (end == NULL) {
            return malformed(err);
        }
        WWS_TRY(check_declaration((wws_span){in.at + 5, (size_t)(end - in.at) - 5}, charset, err));
        in = (wws_span){end + 2, in.len - (size_t)(end - in.at) - 2};
    }
    /* anything else would let the parser guess another encoding */
    if (in.len == 0 || (in.at[0] != '<' && !is_space(in.at[0]))) {
        return wws_fail(err, WWS_E_INVALID_FORMAT,
                        in.len == 0 ? "the document is empty" : "the document does not start with markup");
    }
    *skip = document.len - in.len;
    return WWS_OK;
}
