#include "encoding/xml_name.h"

#include "base/utf8.h"

typedef struct range {
    uint32_t from, to;
} range;

/* XML 1.0, fifth edition: NameStartChar and what NameChar adds to it; the colon left out. */
static const range STARTS[] = {{'A', 'Z'},       {'_', '_'},       {'a', 'z'},        {0xC0, 0xD6},
                               {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},    {0x37F, 0x1FFF},
                               {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},  {0x3001, 0xD7FF},
                               {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
static const range OTHERS[] = {{'-', '.'}, {'0', '9'}, {0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

static bool is_in(uint32_t c, const range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].from && c <= ranges[i].to) {
            return true;
        }
    }
    return false;
}

/* Takes one character of UTF-8 that was checked before. */
static uint32_t take(wws_span *text)
{
    uint32_t c = wws_span_pop(text);
    size_t more = c < 0xC0 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    c = more == 0 ? c : c & (0x3FU >> more);
    for (; more > 0 && text->len > 0; more--) {
        c = c << 6 | (wws_span_pop(text) & 0x3FU);
    }
    return c;
}

bool wws_xml_is_ncname(wws_span name)
{
    if (name.len == 0 || !wws_utf8_is_xml(name)) {
        return false;
    }
    bool is_first = true;
    while (name.len > 0) {
        const uint32_t c = take(&name);
        if (!is_in(c, STARTS, sizeof STARTS / sizeof STARTS[0]) &&
            (is_first || !is_in(c, OTHERS, sizeof OTHERS / sizeof OTHERS[0]))) {
            return false;
        }
        is_first = false;
    }
    return true;
}
