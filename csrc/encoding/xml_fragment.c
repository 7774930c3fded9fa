#include "encoding/xml_fragment.h"

static wws_result on_start(void *state, const wws_xml_start *start, wws_error *err)
{
    wws_xml_fragment *seen = state;
    (void)err;
    seen->depth = start->depth;
    if (start->depth == 1) {
        seen->elements++;
        seen->at = start->at;
    }
    return WWS_OK;
}

static wws_result on_end(void *state, size_t content_to, size_t to, wws_error *err)
{
    (void)content_to;
    (void)to;
    (void)err;
    ((wws_xml_fragment *)state)->depth--;
    return WWS_OK;
}

static wws_result on_text(void *state, wws_span text, wws_error *err)
{
    wws_xml_fragment *seen = state;
    (void)err;
    seen->text = seen->text || (seen->depth == 0 && wws_span_trim(text).len > 0);
    return WWS_OK;
}

static wws_result on_comment(void *state, wws_error *err)
{
    (void)state;
    (void)err;
    return WWS_OK;
}

wws_result wws_xml_fragment_read(wws_span xml, const wws_xml_limits *limits, wws_xml_fragment *out, wws_error *err)
{
    static const wws_xml_events events = {on_start, on_end, on_text, on_comment};
    *out = (wws_xml_fragment){0};
    return wws_xml_read_content(xml, limits, &events, out, err);
}
