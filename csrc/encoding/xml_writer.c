#include "encoding/xml_writer.h"

#include "base/utf8.h"
#include "encoding/xml_escape.h"

wws_result wws_xml_put(wws_buf *out, const char *markup, wws_error *err)
{
    return wws_buf_text(out, markup, err);
}

static wws_result check(wws_span text, wws_error *err)
{
    return wws_utf8_is_xml(text)
               ? WWS_OK
               : wws_fail(err, WWS_E_INVALIDARG, "a text to be written is not UTF-8 of characters that XML allows");
}

wws_result wws_xml_put_text(wws_buf *out, wws_span text, wws_error *err)
{
    WWS_TRY(check(text, err));
    return wws_xml_escape_text(out, text, err);
}

wws_result wws_xml_put_value(wws_buf *out, wws_span text, wws_error *err)
{
    WWS_TRY(check(text, err));
    return wws_xml_escape_value(out, text, err);
}

static wws_result put_element(wws_buf *out, const char *start, wws_span text, wws_error *err)
{
    wws_span name = {(const uint8_t *)start, strcspn(start, " ")};
    WWS_TRY(wws_buf_text(out, "<", err));
    WWS_TRY(wws_buf_text(out, start, err));
    WWS_TRY(wws_buf_text(out, ">", err));
    WWS_TRY(wws_xml_put_text(out, text, err));
    WWS_TRY(wws_buf_text(out, "</", err));
    WWS_TRY(wws_buf_append(out, name, err));
    return wws_buf_text(out, ">", err);
}

wws_result wws_xml_put_element(wws_buf *out, const char *start, wws_span text, wws_error *err)
{
    size_t before = out->len;
    wws_result result = put_element(out, start, text, err);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}
