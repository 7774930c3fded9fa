#include "encoding/xml_writer.h"
#include "soap/envelope.h"

static const wws_span HEADER = {(const uint8_t *)"<s:Header>", sizeof "<s:Header>" - 1};

static wws_result declare(wws_buf *out, const char *attribute, const char *uri, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, attribute, err));
    WWS_TRY(wws_xml_put(out, uri, err));
    return wws_xml_put(out, "\"", err);
}

wws_result wws_envelope_begin(wws_buf *out, wws_envelope_version version, wws_addressing_version addressing,
                              bool with_security, wws_error *err)
{
    const char *addressing_ns = wws_addressing_names_of(addressing)->ns;
    WWS_TRY(declare(out, "<s:Envelope xmlns:s=\"", wws_soap_names_of(version)->ns, err));
    if (addressing_ns != NULL) {
        WWS_TRY(declare(out, " xmlns:a=\"", addressing_ns, err));
    }
    if (with_security) {
        WWS_TRY(declare(out, " xmlns:u=\"", WWS_NS_WSU, err));
    }
    WWS_TRY(wws_xml_put(out, ">", err));
    return wws_buf_append(out, HEADER, err);
}

wws_result wws_envelope_middle(wws_buf *out, wws_error *err)
{
    const bool is_empty =
        out->len >= HEADER.len && memcmp(out->bytes + out->len - HEADER.len, HEADER.at, HEADER.len) == 0;
    if (is_empty) {
        out->len -= HEADER.len;
        return wws_xml_put(out, "<s:Body>", err);
    }
    return wws_xml_put(out, "</s:Header><s:Body>", err);
}

wws_result wws_envelope_end(wws_buf *out, wws_error *err)
{
    return wws_xml_put(out, "</s:Body></s:Envelope>", err);
}
