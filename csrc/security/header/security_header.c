#include "security/header/endorsement.h"

static const wws_span WSU = {(const uint8_t *)WWS_NS_WSU, sizeof WWS_NS_WSU - 1};

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

enum { IDS_MAX = 32 };

/** What may stand in the header. The order is that of slots in a reading. */
typedef enum part { TIMESTAMP, USERNAME, CONTEXT, TICKET, ASSERTION, SIGNATURE, PART_COUNT } part;

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
    {WWS_NS_WSSE, "BinarySecurityToken", TICKET},
    {WWS_NS_SAML_1, "Assertion", ASSERTION},
    {WWS_NS_SAML_2, "Assertion", ASSERTION},
    {WWS_NS_DS, "Signature", SIGNATURE},
};

/** Each part's node and its place among the header's elements, from 1; 0: not there. SIGNATURE is the first of all. */
typedef struct reading {
    const wws_xml_node *nodes[PART_COUNT];
    size_t places[PART_COUNT];
    const wws_xml_node *signatures[WWS_ENDORSER_END];
    size_t signature_places[WWS_ENDORSER_END];
    size_t signature_count;
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

static const char *expected_children(const wws_header_wants *wants)
{
    if (wants->assertion) {
        return "Timestamp, UsernameToken, SecurityContextToken, Assertion, Signature";
    }
    return wants->ticket ? "Timestamp, UsernameToken, SecurityContextToken, BinarySecurityToken, Signature"
                         : "Timestamp, UsernameToken, SecurityContextToken, Signature";
}

/* As many signatures as there may be tokens that sign. */
static bool take_signature(const wws_xml_node *node, const wws_header_wants *wants, reading *r)
{
    const size_t tokens = (size_t)wants->context + (size_t)wants->assertion + (size_t)wants->ticket;
    if (r->signature_count == (tokens > 0 ? tokens : 1)) {
        return false;
    }
    r->signatures[r->signature_count] = node;
    r->signature_places[r->signature_count++] = r->count + 1;
    return true;
}

static wws_result sort_children(const wws_xml_node *header, const wws_header_wants *wants, reading *r, wws_error *err)
{
    for (const wws_xml_node *child = wws_xml_first_element(header); child != NULL;
         child = wws_xml_next_element(child)) {
        const part_row *row = row_of(child);
        if (row == NULL) {
            (void)wws_fail(err, REFUSED, "the Security header holds an element that nobody asked for");
            wws_error_expected(err, "%s", expected_children(wants));
            wws_error_got(err, "%.*s", WWS_CUT(child->local, 60));
            return REFUSED;
        }
        if (row->what == SIGNATURE ? !take_signature(child, wants, r) : r->nodes[row->what] != NULL) {
            return wws_fail(err, REFUSED, "the Security header holds a second %s", row->local);
        }
        r->count++;
        if (r->nodes[row->what] == NULL) {
            r->nodes[row->what] = child;
            r->places[row->what] = r->count;
        }
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

static bool is_id(const wws_xml_attr *attribute)
{
    static const char *const names[] = {"Id", "ID", "AssertionID"}; /* of xmldsig and xmlenc, SAML 2.0, SAML 1.1 */
    if (attribute->ns.len > 0) {
        return wws_span_equal(attribute->ns, WSU) && wws_span_is(attribute->local, "Id");
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (wws_span_is(attribute->local, names[i])) {
            return true;
        }
    }
    return false;
}

static wws_result note_id(id_list *list, wws_span id, wws_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (wws_span_equal(list->ids[i], id)) {
            return wws_fail(err, REFUSED, "two elements of the Security header have the same wsu:Id");
        }
    }
    if (list->count == IDS_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the Security header has more than %d wsu:Ids", IDS_MAX);
    }
    list->ids[list->count++] = id;
    return WWS_OK;
}

static wws_result note_ids(id_list *list, const wws_xml_node *node, wws_error *err)
{
    if (node->kind != WWS_XML_ELEMENT) {
        return WWS_OK;
    }
    for (const wws_xml_attr *attribute = node->attrs; attribute != NULL; attribute = attribute->next) {
        if (is_id(attribute)) {
            WWS_TRY(note_id(list, attribute->value, err));
        }
    }
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
        WWS_TRY(note_ids(&ids, node, err));
    }
    return WWS_OK;
}

/* Tokens before whatever is signed with them. Of two signatures, whose the first is was not looked at yet. */
static wws_result check_strict(const reading *r, wws_error *err)
{
    static const char *const names[PART_COUNT] = {"Timestamp",           "UsernameToken", "SecurityContextToken",
                                                  "BinarySecurityToken", "Assertion",     "Signature"};
    const size_t signature = r->places[SIGNATURE];
    for (int i = TIMESTAMP; i < SIGNATURE; i++) {
        const bool is_needed = i == TIMESTAMP || (i != USERNAME && r->signature_count == 1);
        if (signature != 0 && r->places[i] > signature && is_needed) {
            return wws_fail(err, REFUSED, "the Signature stands before the %s that it needs", names[i]);
        }
    }
    return WWS_OK;
}

static wws_result check_order(const reading *r, size_t signature, wws_endorser by, int layout, wws_error *err)
{
    static const part tokens[WWS_ENDORSER_END] = {
        [WWS_ENDORSER_CONTEXT] = CONTEXT, [WWS_ENDORSER_ASSERTION] = ASSERTION, [WWS_ENDORSER_TICKET] = TICKET};
    if (layout != WWS_LAYOUT_STRICT || r->places[tokens[by]] < r->signature_places[signature]) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "a Signature stands before the token that it needs");
    wws_error_about(err, NULL, "security_header_layout");
    wws_error_expected(err, "the order of the layout strict");
    return REFUSED;
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
        break;
    }
    const wws_result result = check_strict(r, err);
    if (result != WWS_OK) {
        wws_error_about(err, NULL, "security_header_layout");
        wws_error_expected(err, "the order of the layout strict");
    }
    return result;
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
    WWS_TRY(check_wanted(wants->ticket, r->nodes[TICKET] != NULL, "BinarySecurityToken", err));
    WWS_TRY(check_wanted(wants->assertion, r->nodes[ASSERTION] != NULL, "Assertion", err));
    const bool signs = wants->context || wants->ticket;
    return wants->assertion && !signs ? WWS_OK /* whether it signs, it says itself */
                                      : check_wanted(signs, r->nodes[SIGNATURE] != NULL, "Signature", err);
}

static wws_result read_assertion(const wws_xml_node *node, wws_security_header *out, wws_error *err)
{
    const bool is_saml_1 = wws_span_is(node->ns, WWS_NS_SAML_1);
    const wws_xml_attr *id = wws_xml_attribute(node, (wws_span){NULL, 0}, is_saml_1 ? "AssertionID" : "ID");
    if (id == NULL || id->value.len == 0) {
        return wws_fail(err, REFUSED, "the assertion has no identifier");
    }
    out->assertion = node;
    out->assertion_id = id->value;
    return WWS_OK;
}

static wws_result read_tokens(const reading *r, const wws_message_plan *plan, wws_arena *arena,
                              wws_security_header *out, wws_error *err)
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
    if (r->nodes[TICKET] != NULL) {
        WWS_TRY(wws_kerberos_token_read(r->nodes[TICKET], arena, &out->ticket, err));
        out->has_ticket = true;
    }
    return r->nodes[ASSERTION] == NULL ? WWS_OK : read_assertion(r->nodes[ASSERTION], out, err);
}

static wws_result read_signatures(const reading *r, const wws_message_plan *plan, wws_arena *arena,
                                  wws_security_header *out, wws_error *err)
{
    for (size_t i = 0; i < r->signature_count; i++) {
        wws_endorser by = WWS_ENDORSER_CONTEXT;
        WWS_TRY(wws_endorsement_read(r->signatures[i], plan, arena, out, &by, err));
        WWS_TRY(check_order(r, i, by, plan->layout, err));
    }
    return WWS_OK;
}

/* Of two tokens that must sign, one may have signed twice. */
static wws_result check_endorsed(const wws_security_header *header, const wws_header_wants *wants, wws_error *err)
{
    if (wants->context && header->signatures[WWS_ENDORSER_CONTEXT].node == NULL) {
        return wws_fail(err, REFUSED, "the message has no Signature by its SecurityContextToken");
    }
    return wants->ticket && header->signatures[WWS_ENDORSER_TICKET].node == NULL
               ? wws_fail(err, REFUSED, "the message has no Signature by its BinarySecurityToken")
               : WWS_OK;
}

static wws_result read_header(wws_envelope *envelope, const wws_message_plan *plan, const wws_header_wants *wants,
                              wws_security_header *out, wws_error *err)
{
    reading r;
    memset(&r, 0, sizeof r);
    WWS_TRY(wws_security_header_find(envelope, &out->node, err));
    if (out->node == NULL) {
        const bool is_wanted =
            wants->timestamp || wants->username || wants->context || wants->assertion || wants->ticket;
        return is_wanted ? wws_fail(err, REFUSED, "the message has no Security header") : WWS_OK;
    }
    WWS_TRY(check_clean(out->node, err));
    WWS_TRY(sort_children(out->node, wants, &r, err));
    WWS_TRY(check_layout(&r, plan->layout, err));
    WWS_TRY(check_wants(&r, wants, err));
    WWS_TRY(read_tokens(&r, plan, &envelope->arena, out, err));
    WWS_TRY(read_signatures(&r, plan, &envelope->arena, out, err));
    return check_endorsed(out, wants, err);
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
