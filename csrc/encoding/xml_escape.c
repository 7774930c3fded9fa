#include "encoding/xml_escape.h"

enum { IN_TEXT = 1, IN_VALUE = 2 };

typedef struct escape {
    uint8_t where;
    wws_span as;
} escape;

static const escape ESCAPES[256] = {
    ['\t'] = {IN_VALUE, {(const uint8_t *)"&#x9;", 5}},
    ['\n'] = {IN_VALUE, {(const uint8_t *)"&#xA;", 5}},
    ['\r'] = {IN_TEXT | IN_VALUE, {(const uint8_t *)"&#xD;", 5}},
    ['"'] = {IN_VALUE, {(const uint8_t *)"&quot;", 6}},
    ['&'] = {IN_TEXT | IN_VALUE, {(const uint8_t *)"&amp;", 5}},
    ['<'] = {IN_TEXT | IN_VALUE, {(const uint8_t *)"&lt;", 4}},
    ['>'] = {IN_TEXT, {(const uint8_t *)"&gt;", 4}},
};

static wws_result put(wws_buf *out, wws_span text, unsigned where, wws_error *err)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        const escape *found = &ESCAPES[text.at[i]];
        if ((found->where & where) != 0) {
            WWS_TRY(wws_buf_append(out, (wws_span){text.at + run, i - run}, err));
            WWS_TRY(wws_buf_append(out, found->as, err));
            run = i + 1;
        }
    }
    return run < text.len ? wws_buf_append(out, (wws_span){text.at + run, text.len - run}, err) : WWS_OK;
}

static wws_result put_all(wws_buf *out, wws_span text, unsigned where, wws_error *err)
{
    size_t before = out->len;
    wws_result result = put(out, text, where, err);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}

wws_result wws_xml_escape_text(wws_buf *out, wws_span text, wws_error *err)
{
    return put_all(out, text, IN_TEXT, err);
}

wws_result wws_xml_escape_value(wws_buf *out, wws_span text, wws_error *err)
{
    return put_all(out, text, IN_VALUE, err);
}
