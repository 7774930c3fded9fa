#include "security/token/kerberos_token.h"

#include "base/base64.h"
#include "crypto/digest.h"
#include "encoding/xml_writer.h"
#include "soap/version.h"

#define BASE64 "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

enum { TEXT_MAX = 131072 };

static wws_result wrong(const char *sentence, const char *expected, wws_span got, wws_error *err)
{
    (void)wws_fail(err, REFUSED, "%s", sentence);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%.*s", WWS_CUT(got, 120));
    return REFUSED;
}

static wws_span attribute(const wws_xml_node *node, wws_span ns, const char *name)
{
    const wws_xml_attr *found = wws_xml_attribute(node, ns, name);
    return found == NULL ? (wws_span){NULL, 0} : found->value;
}

typedef wws_result (*recoding)(wws_buf *out, wws_span from, wws_error *err);

/* What becomes of @p from has @p most bytes at the most; the arena keeps it. */
static wws_result recode(recoding how, wws_span from, size_t most, wws_arena *arena, wws_span *out, wws_error *err)
{
    wws_buf made;
    wws_buf_init(&made, arena->alloc, most);
    wws_result result = how(&made, from, err);
    if (result == WWS_OK) {
        result = wws_arena_copy(arena, wws_buf_peek(&made), out, err);
    }
    wws_buf_clear(&made);
    return result;
}

static wws_result decode(wws_span text, wws_arena *arena, wws_kerberos_token *out, wws_error *err)
{
    wws_digest digest;
    const wws_result result = recode(wws_base64_read, text, text.len, arena, &out->octets, err);
    if (result == WWS_E_INVALID_FORMAT) {
        return wws_error_wrap(err, REFUSED, "the BinarySecurityToken is not base64");
    }
    WWS_TRY(result);
    WWS_TRY(wws_digest_of(WWS_SHA1, out->octets, &digest, err));
    return recode(wws_base64_write, wws_digest_peek(&digest), WWS_BASE64_LEN((size_t)WWS_DIGEST_MAX), arena,
                  &out->thumb, err);
}

static wws_result read_token(const wws_xml_node *node, wws_arena *arena, wws_kerberos_token *out, wws_error *err)
{
    const wws_span none = {NULL, 0};
    const wws_span encoding = attribute(node, none, "EncodingType");
    wws_span text;
    out->id = attribute(node, WWS_SPAN(WWS_NS_WSU), "Id");
    out->value_type = attribute(node, none, "ValueType");
    if (!wws_span_is(out->value_type, WWS_KERBEROS_TOKEN) && !wws_span_is(out->value_type, WWS_KERBEROS_TOKEN "1510")) {
        return wrong("the BinarySecurityToken is of another kind than the one that was asked for", WWS_KERBEROS_TOKEN,
                     out->value_type, err);
    }
    if (encoding.at != NULL && !wws_span_is(encoding, BASE64)) {
        return wrong("the BinarySecurityToken is encoded in an unknown way", BASE64, encoding, err);
    }
    if (wws_xml_text(node, arena, &text, err) != WWS_OK) {
        return wws_error_wrap(err, REFUSED, "the BinarySecurityToken holds more than text");
    }
    if (text.len > TEXT_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the BinarySecurityToken is larger than any Kerberos ticket");
    }
    return decode(text, arena, out, err);
}

wws_result wws_kerberos_token_read(const wws_xml_node *node, wws_arena *arena, wws_kerberos_token *out, wws_error *err)
{
    wws_kerberos_token made = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    const wws_result result = read_token(node, arena, &made, err);
    if (result != WWS_OK) {
        wws_error_at(err, "read the BinarySecurityToken");
        return result;
    }
    *out = made;
    return WWS_OK;
}

wws_result wws_kerberos_token_write(wws_buf *out, wws_span octets, wws_span id, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<o:BinarySecurityToken u:Id=\"", err));
    WWS_TRY(wws_xml_put_value(out, id, err));
    WWS_TRY(wws_xml_put(out, "\" ValueType=\"" WWS_KERBEROS_TOKEN "\" EncodingType=\"" BASE64 "\">", err));
    WWS_TRY(wws_base64_write(out, octets, err));
    return wws_xml_put(out, "</o:BinarySecurityToken>", err);
}
