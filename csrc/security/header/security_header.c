#include "security/header/security_header.h"

static const wws_span WSU = {(const uint8_t *)WWS_NS_WSU, sizeof WWS_NS_WSU - 1};

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

enum { IDS_MAX = 32 };

/** What may stand in the header. The order is that of slots in a reading. */
typedef enum part { TIMESTAMP, USERNAME, CONTEXT, SIGNATURE, PART_COUNT } part;

typedef struct part_row {
    const char *ns;
    const char *local;
    part what;
} part_row;

static const part_row PARTS[] = {
    {WWS_NS_WSU, "Timestamp", TIMESTAMP},
    {WWS_NS_WSSE, "UsernameToken", USERNAME},
    {WWS_NS_SC_2005, "SecurityContextToken", CONTEXT},
    {WWS_NS_SC_13, "SecurityContextToken", CONTEXT},
    {WWS_NS_DS, "Signature", SIGNATURE},
};

/** Each part's node and its place among the header's elements, from 1; 0: not there. */
typedef struct reading {
    const wws_xml_node *nodes[PART_COUNT];
    size_t places[PART_COUNT];
    size_t count;
} reading;

wws_result wws_security_header_find(const wws_envelope *envelope, const wws_xml_node **out, wws_error *err)
{
    const wws_xml_node *found = NULL;
    const wws_xml_node *node = envelope->header == NULL ? NULL : wws_xml_first_element(envelope->header);
    for (; node != NULL; node = wws_xml_next_element(node)) {
        if (!wws_xml_is(node, WWS_SPAN(WWS_NS_WSSE), "Security") || !wws_header_is_ours(node, envelope->version)) {
            continue;
        }
        if (found != NULL) {
            (void)wws_fail(err, REFUSED, "the message has two Security headers for this receiver");
            wws_error_at(err, "read the Security header");
            return REFUSED;
        }
        found = node;
    }
    *out = found;
    return WWS_OK;
}

static const part_row *row_of(const wws_xml_node *node)
{
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        if (wws_xml_is(node, wws_span_of(PARTS[i].ns), PARTS[i].local)) {
            return &PARTS[i];
        }
    }
    return NULL;
}

static wws_result sort_children(const wws_xml_node *header, reading *r, wws_error *err)
{
    for (const wws_xml_node *child = wws_xml_first_element(header); child != NULL;
         child = wws_xml_next_element(child)) {
        const part_row *row = row_of(child);
        if (row == NULL) {
            (void)wws_fail(err, REFUSED, "the Security header holds an element that nobody asked for");
            wws_error_expected(err, "Timestamp, UsernameToken, SecurityContextToken, Signature");
            wws_error_got(err, "%.*s", WWS_CUT(child->local, 60));
            return REFUSED;
        }
        if (r->nodes[row->what] != NULL) {
            return wws_fail(err, REFUSED, "the Security header holds a second %s", row->local);
        }
        r->nodes[row->what] = child;
        r->places[row->what] = ++r->count;
    }
    return r->count > 0 ? WWS_OK : wws_fail(err, REFUSED, "the Security header is empty");
}

/* The next node in document order that is still inside @p apex. */
static const wws_xml_node *following(const wws_xml_node *apex, const wws_xml_node *node)
{
    if (node->first != NULL) {
        return node->first;
    }
    while (node != apex && node->next == NULL) {
        node = node->parent;
    }
    return node == apex ? NULL : node->next;
}

/** The wsu:Ids met so far; few, so that looking through them stays cheap whatever a peer sends. */
typedef struct id_list {
    wws_span ids[IDS_MAX];
    size_t count;
} id_list;

static wws_result note_id(id_list *list, const wws_xml_node *node, wws_error *err)
{
    const wws_xml_attr *id = node->kind == WWS_XML_ELEMENT ? wws_xml_attribute(node, WSU, "Id") : NULL;
    if (id == NULL) {
        return WWS_OK;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (wws_span_equal(list->ids[i], id->value)) {
            return wws_fail(err, REFUSED, "two elements of the Security header have the same wsu:Id");
        }
    }
    if (list->count == IDS_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the Security header has more than %d wsu:Ids", IDS_MAX);
    }
    list->ids[list->count++] = id->value;
    return WWS_OK;
}

static bool has_text_beside_elements(const wws_xml_node *node)
{
    const wws_xml_node *parent = node->parent;
    return node->kind == WWS_XML_TEXT && wws_span_trim(node->text).len > 0 && wws_xml_first_element(parent) != NULL;
}

/* What no parser may read in two ways: comments, text between elements, an id given twice. */
static wws_result check_clean(const wws_xml_node *header, wws_error *err)
{
    id_list ids;
    ids.count = 0;
    for (const wws_xml_node *node = header; node != NULL; node = following(header, node)) {
        if (node->kind == WWS_XML_COMMENT) {
            return wws_fail(err, REFUSED, "there is a comment inside the Security header");
        }
        if (has_text_beside_elements(node)) {
            return wws_fail(err, REFUSED, "there is text between elements of the Security header");
        }
        WWS_TRY(note_id(&ids, node, err));
    }
    return WWS_OK;
}

static wws_result check_strict(const reading *r, wws_error *err)
{
    const size_t signature = r->places[SIGNATURE];
    for (int i = TIMESTAMP; i < SIGNATURE; i++) {
        if (signature != 0 && r->places[i] > signature && i != USERNAME) {
            (void)wws_fail(err, REFUSED, "the Signature stands before the %s that it needs",
                           i == TIMESTAMP ? "Timestamp" : "SecurityContextToken");
            wws_error_about(err, NULL, "security_header_layout");
            wws_error_expected(err, "the order of the layout strict");
            return REFUSED;
        }
    }
    return WWS_OK;
}

static wws_result check_place(const reading *r, size_t wanted, const char *layout, wws_error *err)
{
    if (r->places[TIMESTAMP] == wanted) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the Timestamp is not where the header's layout wants it");
    wws_error_about(err, NULL, "security_header_layout");
    wws_error_expected(err, "%s", layout);
    return REFUSED;
}

static wws_result check_layout(const reading *r, int layout, wws_error *err)
{
    const bool has_timestamp = r->nodes[TIMESTAMP] != NULL;
    switch (layout) {
    case WWS_LAYOUT_LAX:
        return WWS_OK;
    case WWS_LAYOUT_LAX_TIMESTAMP_FIRST:
        return has_timestamp ? check_place(r, 1, "the Timestamp as the first element", err) : WWS_OK;
    case WWS_LAYOUT_LAX_TIMESTAMP_LAST:
        return has_timestamp ? check_place(r, r->count, "the Timestamp as the last element", err) : WWS_OK;
    default:
        return check_strict(r, err);
    }
}

static wws_result check_wanted(bool wanted, bool there, const char *name, wws_error *err)
{
    if (wanted == there) {
        return WWS_OK;
    }
    return wws_fail(err, REFUSED, wanted ? "the message has no %s" : "the message has a %s that nobody asked for",
                    name);
}

static wws_result check_wants(const reading *r, const wws_header_wants *wants, wws_error *err)
{
    if ((wants->timestamp || r->nodes[SIGNATURE] != NULL) && r->nodes[TIMESTAMP] == NULL) {
        return wws_fail(err, REFUSED, "the Security header has no Timestamp");
    }
    WWS_TRY(check_wanted(wants->username, r->nodes[USERNAME] != NULL, "UsernameToken", err));
    WWS_TRY(check_wanted(wants->context, r->nodes[CONTEXT] != NULL, "SecurityContextToken", err));
    return check_wanted(wants->context, r->nodes[SIGNATURE] != NULL, "Signature", err);
}

/* The key must be that of the token in this very header, by its id or by its whole name. */
static wws_result check_key(const wws_security_header *header, int version, wws_error *err)
{
    const wws_key_reference *key = &header->signature.key;
    const wws_context_token *token = &header->context;
    const bool is_internal = key->uri.len > 1 && key->uri.at[0] == '#';
    bool is_match = false;
    if (key->value_type.len > 0 && !wws_span_is(key->value_type, wws_sc_names_of(version)->token_type)) {
        return wws_fail(err, REFUSED, "the signature's KeyInfo names a token of another type");
    }
    if (is_internal) {
        is_match = token->id.len > 0 && key->instance.at == NULL &&
                   wws_span_equal((wws_span){key->uri.at + 1, key->uri.len - 1}, token->id);
    } else if (key->uri.len > 0) {
        is_match = wws_context_identifier_equal(key->uri, token->identifier) &&
                   wws_context_identifier_equal(key->instance, token->instance);
    }
    return is_match ? WWS_OK
                    : wws_fail(err, REFUSED,
                               "the signature's KeyInfo does not name the SecurityContextToken of this header");
}

static wws_result read_parts(const reading *r, const wws_message_plan *plan, wws_arena *arena, wws_security_header *out,
                             wws_error *err)
{
    if (r->nodes[TIMESTAMP] != NULL) {
        WWS_TRY(wws_timestamp_read(r->nodes[TIMESTAMP], arena, &out->timestamp, err));
        out->has_timestamp = true;
    }
    if (r->nodes[USERNAME] != NULL) {
        WWS_TRY(wws_username_token_read(r->nodes[USERNAME], arena, &out->username, err));
        out->has_username = true;
    }
    if (r->nodes[CONTEXT] != NULL) {
        WWS_TRY(wws_context_token_read(r->nodes[CONTEXT], plan->sc_version, arena, &out->context, err));
        out->has_context = true;
    }
    if (r->nodes[SIGNATURE] == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_signature_read(r->nodes[SIGNATURE], &plan->suite, arena, &out->signature, err));
    out->has_signature = true;
    if (!wws_signature_covers(&out->signature, &out->timestamp)) {
        return wws_fail(err, REFUSED, "the signature does not cover the Timestamp of this header");
    }
    return check_key(out, plan->sc_version, err);
}

static wws_result read_header(wws_envelope *envelope, const wws_message_plan *plan, const wws_header_wants *wants,
                              wws_security_header *out, wws_error *err)
{
    reading r = {{NULL}, {0}, 0};
    WWS_TRY(wws_security_header_find(envelope, &out->node, err));
    if (out->node == NULL) {
        const bool is_wanted = wants->timestamp || wants->username || wants->context;
        return is_wanted ? wws_fail(err, REFUSED, "the message has no Security header") : WWS_OK;
    }
    WWS_TRY(check_clean(out->node, err));
    WWS_TRY(sort_children(out->node, &r, err));
    WWS_TRY(check_layout(&r, plan->layout, err));
    WWS_TRY(check_wants(&r, wants, err));
    return read_parts(&r, plan, &envelope->arena, out, err);
}

wws_result wws_security_header_read(wws_envelope *envelope, const wws_message_plan *plan, const wws_header_wants *wants,
                                    wws_security_header *out, wws_error *err)
{
    wws_security_header made = {0};
    const wws_result result = read_header(envelope, plan, wants, &made, err);
    if (result != WWS_OK) {
        wws_error_at(err, "read the Security header");
        return result;
    }
    *out = made;
    return WWS_OK;
}
