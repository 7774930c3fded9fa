#include "security/trust/trust_parts.h"

#include "base/base64.h"
#include "base/uuid.h"
#include "encoding/c14n.h"
#include "encoding/xml_writer.h"

enum { APPLIES_TO_MAX = 8192 };

static const wws_span NO_NS = {NULL, 0};

wws_result wws_trust_child(const wws_xml_node *node, int version, const char *local, const wws_xml_node **out,
                           wws_error *err)
{
    const wws_span ns = wws_span_of(wws_sc_names_of(version)->trust_ns);
    *out = wws_xml_child(node, ns, local, NULL);
    if (*out != NULL && wws_xml_child(node, ns, local, *out) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "%.*s holds %s twice", WWS_CUT(node->local, 60), local);
    }
    return WWS_OK;
}

wws_result wws_trust_text(const wws_xml_node *node, int version, const char *local, wws_arena *arena, wws_span *out,
                          wws_error *err)
{
    const wws_xml_node *child = NULL;
    *out = NO_NS;
    WWS_TRY(wws_trust_child(node, version, local, &child, err));
    if (child == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_text(child, arena, out, err));
    *out = wws_span_trim(*out);
    return WWS_OK;
}

wws_result wws_trust_check_token_type(const wws_xml_node *node, int version, wws_arena *arena, wws_error *err)
{
    const char *wanted = wws_sc_names_of(version)->token_type;
    wws_span type = NO_NS;
    WWS_TRY(wws_trust_text(node, version, "TokenType", arena, &type, err));
    if (type.at == NULL || wws_span_is(type, wanted)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "TokenType is not that of a security context");
    wws_error_expected(err, "%s", wanted);
    wws_error_got(err, "%.*s", WWS_CUT(type, 140));
    return WWS_E_INVALID_FORMAT;
}

static wws_result check_secret_type(const wws_xml_node *secret, int version, bool allow_nonce, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(version);
    const wws_xml_attr *type = wws_xml_attribute(secret, NO_NS, "Type");
    if (type == NULL || wws_span_is(type->value, names->symmetric_key) ||
        (allow_nonce && wws_span_is(type->value, names->nonce))) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "a BinarySecret is of the wrong Type");
    wws_error_expected(err, "%s", allow_nonce ? names->nonce : names->symmetric_key);
    wws_error_got(err, "%.*s", WWS_CUT(type->value, 140));
    return WWS_E_INVALID_FORMAT;
}

wws_result wws_trust_secret(const wws_xml_node *parent, int version, bool allow_nonce, wws_arena *arena,
                            wws_secret *out, wws_error *err)
{
    const wws_xml_node *node = NULL;
    wws_span text = NO_NS;
    wws_buf bytes;
    WWS_TRY(wws_trust_child(parent, version, "BinarySecret", &node, err));
    if (node == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "%.*s holds no BinarySecret", WWS_CUT(parent->local, 60));
    }
    WWS_TRY(check_secret_type(node, version, allow_nonce, err));
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    wws_buf_init(&bytes, arena->alloc, WWS_SECRET_MAX);
    const wws_result result = wws_base64_read(&bytes, text, NULL);
    if (result == WWS_OK && bytes.len > 0) {
        memcpy(out->bytes, bytes.bytes, bytes.len);
        out->len = bytes.len;
        wws_buf_clear(&bytes);
        return WWS_OK;
    }
    wws_buf_clear(&bytes);
    return result == WWS_E_OUTOFMEMORY
               ? wws_fail(err, result, "out of memory")
               : wws_fail(err, WWS_E_INVALID_FORMAT, "a BinarySecret is not 1 to %d bytes of base64", WWS_SECRET_MAX);
}

/* Up to five digits. @return false on anything else */
static bool read_number(wws_span text, uint32_t *out)
{
    *out = 0;
    if (text.len == 0 || text.len > 5) {
        return false;
    }
    for (; text.len > 0; text.at++, text.len--) {
        if (*text.at < '0' || *text.at > '9') {
            return false;
        }
        *out = *out * 10 + (uint32_t)(*text.at - '0');
    }
    return true;
}

wws_result wws_trust_key_size(const wws_xml_node *node, int version, wws_arena *arena, uint32_t *out, wws_error *err)
{
    wws_span text = NO_NS;
    uint32_t bits = 0;
    WWS_TRY(wws_trust_text(node, version, "KeySize", arena, &text, err));
    const bool is_number = text.at == NULL || read_number(text, &bits);
    const bool is_size = bits % 8 == 0 && bits >= WWS_KEY_BITS_MIN && bits <= WWS_KEY_BITS_MAX;
    if (!is_number || (bits != 0 && !is_size)) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "KeySize is not a key length in bits");
        wws_error_expected(err, "a multiple of 8 from %d to %d", WWS_KEY_BITS_MIN, WWS_KEY_BITS_MAX);
        wws_error_got(err, "%.*s", WWS_CUT(text, 20));
        return WWS_E_INVALID_FORMAT;
    }
    *out = bits;
    return WWS_OK;
}

wws_result wws_trust_applies_to(const wws_xml_node *node, wws_arena *arena, wws_span *out, wws_error *err)
{
    static const char *const spaces[] = {"http://schemas.xmlsoap.org/ws/2004/09/policy",
                                         "http://schemas.xmlsoap.org/ws/2002/12/policy",
                                         "http://www.w3.org/ns/ws-policy"};
    const wws_xml_node *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof spaces / sizeof spaces[0]; i++) {
        found = wws_xml_child(node, wws_span_of(spaces[i]), "AppliesTo", NULL);
    }
    *out = NO_NS;
    if (found == NULL) {
        return WWS_OK;
    }
    wws_buf octets;
    wws_buf_init(&octets, arena->alloc, APPLIES_TO_MAX);
    wws_result result = wws_c14n_exclusive(found, NULL, 0, &octets, err);
    if (result == WWS_OK) {
        result = wws_arena_copy(arena, wws_buf_peek(&octets), out, err);
    }
    wws_buf_clear(&octets);
    return result;
}

wws_result wws_trust_put_tag(wws_buf *out, int version, bool is_end, const char *local, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, is_end ? "</" : "<", err));
    WWS_TRY(wws_xml_put(out, wws_sc_names_of(version)->trust_prefix, err));
    WWS_TRY(wws_xml_put(out, ":", err));
    WWS_TRY(wws_xml_put(out, local, err));
    return wws_xml_put(out, ">", err);
}

wws_result wws_trust_put(wws_buf *out, int version, const char *local, wws_span text, wws_error *err)
{
    WWS_TRY(wws_trust_put_tag(out, version, false, local, err));
    WWS_TRY(wws_xml_put_text(out, text, err));
    return wws_trust_put_tag(out, version, true, local, err);
}

wws_result wws_trust_put_root(wws_buf *out, int version, const char *local, wws_span context, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(version);
    WWS_TRY(wws_xml_put(out, "<", err));
    WWS_TRY(wws_xml_put(out, names->trust_prefix, err));
    WWS_TRY(wws_xml_put(out, ":", err));
    WWS_TRY(wws_xml_put(out, local, err));
    if (context.at != NULL) {
        WWS_TRY(wws_xml_put(out, " Context=\"", err));
        WWS_TRY(wws_xml_put_value(out, context, err));
        WWS_TRY(wws_xml_put(out, "\"", err));
    }
    WWS_TRY(wws_xml_put(out, " xmlns:", err));
    WWS_TRY(wws_xml_put(out, names->trust_prefix, err));
    WWS_TRY(wws_xml_put(out, "=\"", err));
    WWS_TRY(wws_xml_put(out, names->trust_ns, err));
    return wws_xml_put(out, "\">", err);
}

wws_result wws_trust_put_key_size(wws_buf *out, int version, uint32_t bits, wws_error *err)
{
    char digits[12];
    size_t at = sizeof digits;
    if (bits == 0) {
        return WWS_OK;
    }
    while (bits > 0) {
        digits[--at] = (char)('0' + bits % 10);
        bits /= 10;
    }
    return wws_trust_put(out, version, "KeySize", (wws_span){(const uint8_t *)digits + at, sizeof digits - at}, err);
}

wws_result wws_trust_put_secret(wws_buf *out, const wws_env *env, int version, const wws_secret *secret,
                                const char *type, wws_error *err)
{
    char uuid[WWS_UUID_TEXT];
    WWS_TRY(wws_uuid_write(env, uuid, err));
    WWS_TRY(wws_xml_put(out, "<", err));
    WWS_TRY(wws_xml_put(out, wws_sc_names_of(version)->trust_prefix, err));
    WWS_TRY(wws_xml_put(out, ":BinarySecret u:Id=\"uuid-", err));
    WWS_TRY(wws_xml_put(out, uuid, err));
    WWS_TRY(wws_xml_put(out, "-1\"", err));
    if (type != NULL) {
        WWS_TRY(wws_xml_put(out, " Type=\"", err));
        WWS_TRY(wws_xml_put(out, type, err));
        WWS_TRY(wws_xml_put(out, "\"", err));
    }
    WWS_TRY(wws_xml_put(out, ">", err));
    WWS_TRY(wws_base64_write(out, wws_secret_peek(secret), err));
    return wws_trust_put_tag(out, version, true, "BinarySecret", err);
}
