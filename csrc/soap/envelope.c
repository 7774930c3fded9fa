#include "soap/envelope.h"

#include "encoding/xml_writer.h"

enum { SCOPE_ROOM = 65536 }; /* what the declarations in scope may add to a body's copy */

static wws_span soap_ns(wws_envelope_version version)
{
    return wws_span_of(wws_soap_names_of(version)->ns);
}

static const char *version_label(wws_envelope_version version)
{
    return version == WWS_SOAP_1_1 ? "SOAP 1.1" : "SOAP 1.2";
}

/* SOAP 1.2 appendix A: an envelope of an unknown or older version is answered in SOAP 1.1, the one all can read. */
static wws_result mismatch(const wws_xml_node *root, wws_envelope_version expected, wws_fault *fault, wws_error *err)
{
    const wws_envelope_version other = expected == WWS_SOAP_1_1 ? WWS_SOAP_1_2 : WWS_SOAP_1_1;
    if (fault != NULL) {
        *fault = wws_fault_make("VersionMismatch", NULL, NULL, "The envelope version is not supported.");
        fault->envelope = WWS_SOAP_1_1;
        fault->supported = expected;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the message is not an envelope of the channel's SOAP version");
    wws_error_expected(err, "%s", version_label(expected));
    if (wws_xml_is(root, soap_ns(other), "Envelope")) {
        wws_error_got(err, "%s", version_label(other));
        wws_error_hint(err, "set the channel's envelope_version to that of the peer");
    } else {
        wws_error_got(err, "an element {%.*s}%.*s", WWS_CUT(root->ns, 80), WWS_CUT(root->local, 60));
    }
    return WWS_E_INVALID_FORMAT;
}

static bool is_blank_text(const wws_xml_node *node)
{
    return node->kind != WWS_XML_TEXT || wws_span_trim(node->text).len == 0;
}

static wws_result unexpected_child(const wws_xml_node *child, wws_error *err)
{
    if (child->kind == WWS_XML_TEXT) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "there is text between the parts of the Envelope");
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the Envelope holds more than one Header and then one Body");
    wws_error_got(err, "an element %.*s", WWS_CUT(child->local, 60));
    return WWS_E_INVALID_FORMAT;
}

static wws_result take_parts(wws_envelope *envelope, wws_error *err)
{
    const wws_span ns = soap_ns(envelope->version);
    for (wws_xml_node *child = envelope->root->first; child != NULL; child = child->next) {
        if (child->kind != WWS_XML_ELEMENT && is_blank_text(child)) {
            continue;
        }
        if (envelope->header == NULL && envelope->body == NULL && wws_xml_is(child, ns, "Header")) {
            envelope->header = child;
        } else if (envelope->body == NULL && wws_xml_is(child, ns, "Body")) {
            envelope->body = child;
        } else {
            return unexpected_child(child, err);
        }
    }
    if (envelope->body == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the Envelope has no Body");
    }
    return WWS_OK;
}

static wws_result build(wws_envelope *envelope, wws_span document, const wws_xml_limits *limits, wws_fault *fault,
                        wws_error *err)
{
    static const wws_xml_raw body = {2, "Body"};
    WWS_TRY(wws_xml_tree_read(document, limits, &body, &envelope->arena, &envelope->root, err));
    if (!wws_xml_is(envelope->root, soap_ns(envelope->version), "Envelope")) {
        return mismatch(envelope->root, envelope->version, fault, err);
    }
    return take_parts(envelope, err);
}

wws_result wws_envelope_read(const wws_env *env, wws_buf *bytes, const wws_xml_limits *limits,
                             wws_envelope_version expected, wws_envelope *out, wws_fault *fault, wws_error *err)
{
    wws_envelope made = {.version = expected};
    if (fault != NULL) {
        *fault = (wws_fault){0};
    }
    wws_arena_init(&made.arena, env->alloc, limits->tree);
    const wws_result result = build(&made, wws_buf_peek(bytes), limits, fault, err);
    if (result != WWS_OK) {
        wws_error_at(err, "read the envelope");
        wws_arena_clear(&made.arena);
        return result;
    }
    made.bytes = *bytes;
    *bytes = (wws_buf){.alloc = bytes->alloc, .limit = bytes->limit};
    *out = made;
    return WWS_OK;
}

void wws_envelope_clear(wws_envelope *envelope)
{
    wws_arena_clear(&envelope->arena);
    wws_buf_clear(&envelope->bytes);
    *envelope = (wws_envelope){0};
}

wws_result wws_envelope_body_tree(wws_envelope *envelope, const wws_xml_limits *limits, wws_xml_node **body,
                                  wws_span *document, wws_error *err)
{
    static const wws_xml_raw nothing = {0, NULL};
    const wws_span whole = wws_buf_peek(&envelope->bytes);
    wws_span copied = {NULL, 0};
    wws_buf copy;
    wws_buf_init(&copy, envelope->arena.alloc, whole.len + SCOPE_ROOM);
    wws_result result = wws_xml_put_self_contained(&copy, envelope->body, whole, err);
    if (result == WWS_OK) {
        result = wws_arena_copy(&envelope->arena, wws_buf_peek(&copy), &copied, err);
    }
    wws_buf_clear(&copy);
    WWS_TRY(result);
    WWS_TRY(wws_xml_tree_read(copied, limits, &nothing, &envelope->arena, body, err));
    *document = copied;
    return WWS_OK;
}

/* Skips what may stand before the first element of a well-formed body: white space, text, comments. */
static wws_span first_start_tag(wws_span content)
{
    while (content.len > 0) {
        const uint8_t *open = memchr(content.at, '<', content.len);
        if (open == NULL) {
            return (wws_span){NULL, 0};
        }
        const wws_span rest = {open + 1, content.len - (size_t)(open - content.at) - 1};
        if (!wws_span_starts(rest, WWS_SPAN("!"))) {
            return rest;
        }
        const bool is_cdata = wws_span_starts(rest, WWS_SPAN("![CDATA["));
        const uint8_t *close = memmem(rest.at, rest.len, is_cdata ? "]]>" : "-->", 3);
        if (close == NULL) {
            return (wws_span){NULL, 0};
        }
        content = (wws_span){close + 3, rest.len - (size_t)(close - rest.at) - 3};
    }
    return content;
}

static bool is_name_end(uint8_t c)
{
    return memchr(" \t\r\n/>", c, 6) != NULL;
}

static bool is_local_name(wws_span tag, const char *local)
{
    size_t start = 0;
    size_t at = 0;
    while (at < tag.len && !is_name_end(tag.at[at])) {
        if (tag.at[at] == ':') {
            start = at + 1;
        }
        at++;
    }
    return wws_span_is((wws_span){tag.at + start, at - start}, local);
}

wws_result wws_envelope_is_fault(wws_envelope *envelope, bool *out, wws_error *err)
{
    const wws_xml_node *raw = envelope->body;
    const wws_span content = {envelope->bytes.bytes + raw->content_from, raw->content_to - raw->content_from};
    const wws_span tag = first_start_tag(content);
    wws_xml_node *body = NULL;
    wws_span document = {NULL, 0};
    if (tag.len == 0 || !is_local_name(tag, "Fault")) {
        *out = false;
        return WWS_OK;
    }
    /* Rare from here on: the namespace decides, and that takes the tree. */
    WWS_TRY(wws_envelope_body_tree(envelope, &WWS_XML_LIMITS, &body, &document, err));
    const wws_xml_node *first = wws_xml_first_element(body);
    *out = first != NULL && wws_fault_is(first, envelope->version);
    return WWS_OK;
}
