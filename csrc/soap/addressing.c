#include "soap/addressing.h"

#include "encoding/xml_writer.h"

/** What a header of that name fills; texts and endpoints are kept apart by which offset is set. */
typedef struct header_row {
    const char *local;
    size_t text;     /* offset of a wws_span, or NOWHERE */
    size_t endpoint; /* offset of a wws_endpoint, or NOWHERE */
} header_row;

enum { NOWHERE = 0x7fffffff };

static const header_row ROWS[] = {
    {"Action", offsetof(wws_addressing, action), NOWHERE},
    {"To", offsetof(wws_addressing, to), NOWHERE},
    {"MessageID", offsetof(wws_addressing, message_id), NOWHERE},
    {"RelatesTo", offsetof(wws_addressing, relates_to), NOWHERE},
    {"ReplyTo", NOWHERE, offsetof(wws_addressing, reply_to)},
    {"FaultTo", NOWHERE, offsetof(wws_addressing, fault_to)},
    {"From", NOWHERE, offsetof(wws_addressing, from)},
};

/** The reading of one message's headers. */
typedef struct reading {
    const wws_addressing_names *names;
    wws_addressing_version version;
    wws_arena *arena;
    wws_addressing *out;
    wws_fault *fault;
} reading;

static const header_row *row_of(wws_span local)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (wws_span_is(local, ROWS[i].local)) {
            return &ROWS[i];
        }
    }
    return NULL;
}

bool wws_addressing_understands(const wws_xml_node *header, wws_addressing_version version)
{
    const char *ns = wws_addressing_names_of(version)->ns;
    return ns != NULL && wws_span_is(header->ns, ns) && row_of(header->local) != NULL;
}

/* The fault that tells a sender of a bad header: 2004/08 has one name for all of them. */
static void blame(const reading *r, const char *subsubcode, const char *header)
{
    if (r->fault == NULL) {
        return;
    }
    const bool is_1_0 = r->version == WWS_ADDRESSING_1_0;
    *r->fault =
        wws_fault_make("Sender", r->names->ns, is_1_0 ? "InvalidAddressingHeader" : "InvalidMessageInformationHeader",
                       "A header representing a Message Addressing Property is not valid.");
    r->fault->action = r->names->fault_action;
    if (is_1_0) {
        r->fault->subsubcode = (wws_qname){wws_span_of(r->names->ns), wws_span_of(subsubcode)};
        r->fault->problem_header = header;
    }
}

static void blame_missing(const reading *r)
{
    if (r->fault == NULL) {
        return;
    }
    *r->fault = wws_fault_make("Sender", r->names->ns,
                               r->version == WWS_ADDRESSING_1_0 ? "MessageAddressingHeaderRequired"
                                                                : "MessageInformationHeaderRequired",
                               "A required header representing a Message Addressing Property is not present.");
    r->fault->action = r->names->fault_action;
    if (r->version == WWS_ADDRESSING_1_0) {
        r->fault->problem_header = "Action";
    }
}

static wws_result read_endpoint(const reading *r, const wws_xml_node *node, const char *name, wws_endpoint *out,
                                wws_error *err)
{
    const wws_span ns = wws_span_of(r->names->ns);
    const wws_xml_node *address = wws_xml_child(node, ns, "Address", NULL);
    wws_span url = {NULL, 0};
    if (address == NULL || wws_xml_child(node, ns, "Address", address) != NULL) {
        blame(r, address == NULL ? "MissingAddressInEPR" : "InvalidEPR", name);
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the addressing header %s does not have exactly one Address", name);
    }
    if (wws_xml_text(address, r->arena, &url, err) != WWS_OK) {
        blame(r, "InvalidAddress", name);
        return WWS_E_INVALID_FORMAT;
    }
    url = wws_span_trim(url);
    *out = (wws_endpoint){.present = true,
                          .anonymous = wws_span_is(url, r->names->anonymous),
                          .none = r->names->none != NULL && wws_span_is(url, r->names->none),
                          .url = url,
                          .node = node};
    return WWS_OK;
}

static wws_result duplicate(const reading *r, const char *name, wws_error *err)
{
    blame(r, "InvalidCardinality", name);
    return wws_fail(err, WWS_E_INVALID_FORMAT, "the message has the addressing header %s twice", name);
}

static wws_result read_row(const reading *r, const wws_xml_node *node, const header_row *row, wws_error *err)
{
    if (row->endpoint != NOWHERE) {
        wws_endpoint *endpoint = (wws_endpoint *)((char *)r->out + row->endpoint);
        return endpoint->present ? duplicate(r, row->local, err) : read_endpoint(r, node, row->local, endpoint, err);
    }
    wws_span *text = (wws_span *)((char *)r->out + row->text);
    if (text->at != NULL) {
        return duplicate(r, row->local, err);
    }
    if (wws_xml_text(node, r->arena, text, err) != WWS_OK) {
        blame(r, "InvalidAddress", row->local);
        return WWS_E_INVALID_FORMAT;
    }
    *text = wws_span_trim(*text);
    if (text->at == NULL) {
        *text = WWS_SPAN("");
    }
    if (text == &r->out->to) {
        r->out->to_node = node;
    }
    return WWS_OK;
}

/* Only the reply relationship relates a reply to its request; others may stand beside it. */
static bool is_other_relationship(const wws_xml_node *node, const wws_addressing_names *names)
{
    const wws_xml_attr *type = wws_xml_attribute(node, (wws_span){NULL, 0}, "RelationshipType");
    wws_span ns = {NULL, 0};
    wws_span local = {NULL, 0};
    if (type == NULL || !wws_span_is(node->local, "RelatesTo")) {
        return false;
    }
    const wws_span value = wws_span_trim(type->value);
    if (names->none == NULL) {
        return wws_xml_qname(node, value, &ns, &local, NULL) != WWS_OK || !wws_span_is(ns, names->ns) ||
               !wws_span_is(local, "Reply");
    }
    const wws_span reply = WWS_SPAN("/reply");
    const wws_span space = wws_span_of(names->ns);
    return value.len != space.len + reply.len || !wws_span_starts(value, space) ||
           memcmp(value.at + space.len, reply.at, reply.len) != 0;
}

static wws_result missing_action(const reading *r, const wws_envelope *envelope, wws_error *err)
{
    const wws_addressing_version other = r->version == WWS_ADDRESSING_1_0 ? WWS_ADDRESSING_0_9 : WWS_ADDRESSING_1_0;
    const wws_span ns = wws_span_of(wws_addressing_names_of(other)->ns);
    blame_missing(r);
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the message has no addressing header Action");
    wws_error_expected(err, "Action in the namespace %s", r->names->ns);
    if (envelope->header != NULL && wws_xml_child(envelope->header, ns, "Action", NULL) != NULL) {
        wws_error_got(err, "Action in the namespace %.*s", WWS_PRINT(ns));
        wws_error_hint(err, "set the channel's addressing_version to that of the peer");
    }
    return WWS_E_INVALID_FORMAT;
}

static wws_result read_all(const reading *r, const wws_envelope *envelope, wws_error *err)
{
    const wws_xml_node *node = envelope->header == NULL ? NULL : wws_xml_first_element(envelope->header);
    for (; node != NULL; node = wws_xml_next_element(node)) {
        const bool is_candidate = wws_addressing_understands(node, r->version) &&
                                  wws_header_is_ours(node, envelope->version) && !is_other_relationship(node, r->names);
        if (is_candidate) {
            WWS_TRY(read_row(r, node, row_of(node->local), err));
        }
    }
    return r->out->action.at == NULL ? missing_action(r, envelope, err) : WWS_OK;
}

wws_result wws_addressing_read(wws_envelope *envelope, wws_addressing_version version, wws_addressing *out,
                               wws_fault *fault, wws_error *err)
{
    wws_addressing made = {0};
    const reading r = {wws_addressing_names_of(version), version, &envelope->arena, &made, fault};
    if (fault != NULL) {
        *fault = (wws_fault){0};
    }
    if (r.names->ns != NULL) {
        const wws_result result = read_all(&r, envelope, err);
        if (result != WWS_OK) {
            wws_error_at(err, "read the addressing headers");
            return result;
        }
    }
    *out = made;
    return WWS_OK;
}

static wws_result put_header(wws_buf *out, const char *start, const char *end, wws_span text, wws_error *err)
{
    if (text.at == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_put(out, start, err));
    WWS_TRY(wws_xml_put_text(out, text, err));
    return wws_xml_put(out, end, err);
}

/* The id stands first, as canonical order has it. */
static wws_result put_to(wws_buf *out, const wws_addressing_out *headers, const char *start, wws_error *err)
{
    if (headers->to.at == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_put(out, start, err));
    if (headers->to_id != NULL) {
        WWS_TRY(wws_xml_put(out, " u:Id=\"", err));
        WWS_TRY(wws_xml_put(out, headers->to_id, err));
        WWS_TRY(wws_xml_put(out, "\"", err));
    }
    return put_header(out, " s:mustUnderstand=\"1\">", "</a:To>", headers->to, err);
}

wws_result wws_addressing_write(wws_buf *out, const wws_addressing_out *headers, wws_envelope_version envelope,
                                wws_addressing_version version, wws_error *err)
{
    const wws_addressing_names *names = wws_addressing_names_of(version);
    (void)envelope; /* mustUnderstand is written alike in both */
    if (names->ns == NULL) {
        return WWS_OK;
    }
    const wws_span reply_to = headers->reply_to_anonymous ? wws_span_of(names->anonymous) : headers->reply_to;
    WWS_TRY(put_header(out, "<a:Action s:mustUnderstand=\"1\">", "</a:Action>", headers->action, err));
    WWS_TRY(put_header(out, "<a:RelatesTo>", "</a:RelatesTo>", headers->relates_to, err));
    WWS_TRY(put_header(out, "<a:MessageID>", "</a:MessageID>", headers->message_id, err));
    WWS_TRY(put_header(out, "<a:ReplyTo><a:Address>", "</a:Address></a:ReplyTo>", reply_to, err));
    return put_to(out, headers, "<a:To", err);
}

wws_result wws_addressing_to_octets(wws_buf *out, const wws_addressing_out *headers, wws_envelope_version envelope,
                                    wws_addressing_version version, wws_error *err)
{
    const wws_addressing_names *names = wws_addressing_names_of(version);
    if (names->ns == NULL || headers->to.at == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_put(out, "<a:To xmlns:a=\"", err));
    WWS_TRY(wws_xml_put(out, names->ns, err));
    WWS_TRY(wws_xml_put(out, "\" xmlns:s=\"", err));
    WWS_TRY(wws_xml_put(out, wws_soap_names_of(envelope)->ns, err));
    return put_to(out, headers, "\" xmlns:u=\"" WWS_NS_WSU "\"", err);
}

wws_result wws_endpoint_parameters(const wws_endpoint *endpoint,
                                   wws_result (*take)(void *state, const wws_xml_node *parameter, wws_error *err),
                                   void *state, wws_error *err)
{
    static const char *const names[] = {"ReferenceProperties", "ReferenceParameters"};
    const wws_xml_node *address = endpoint->present ? wws_xml_first_element(endpoint->node) : NULL;
    for (size_t i = 0; address != NULL && i < sizeof names / sizeof names[0]; i++) {
        const wws_xml_node *list = wws_xml_child(endpoint->node, endpoint->node->ns, names[i], NULL);
        const wws_xml_node *one = list == NULL ? NULL : wws_xml_first_element(list);
        for (; one != NULL; one = wws_xml_next_element(one)) {
            WWS_TRY(take(state, one, err));
        }
    }
    return WWS_OK;
}
