#include "security/token/saml.h"

#include "base/time.h"
#include "encoding/c14n.h"
#include "soap/version.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;
static const wws_span NO_NS = {NULL, 0};
static const wws_span DS = {(const uint8_t *)WWS_NS_DS, sizeof WWS_NS_DS - 1};

enum { KEY_INFO_MAX = 65536 };

#define SAML_1_METHOD "urn:oasis:names:tc:SAML:1.0:cm:"
#define SAML_2_METHOD "urn:oasis:names:tc:SAML:2.0:cm:"

/** While it is read. */
typedef struct reading {
    const wws_xml_node *node;
    wws_span ns;
    wws_arena *arena;
    wws_saml *out;
    size_t statements;
    const wws_xml_node *advice, *subject, *issuer;
    wws_error *err;
} reading;

static wws_span value_of(const wws_xml_node *node, const char *name)
{
    const wws_xml_attr *attribute = wws_xml_attribute(node, NO_NS, name);
    return attribute == NULL ? NO_NS : attribute->value;
}

static wws_result take_time(const wws_xml_node *node, const char *name, wws_time absent, wws_time *out, wws_error *err)
{
    const wws_span text = value_of(node, name);
    if (text.at == NULL) {
        *out = absent;
        return WWS_OK;
    }
    if (wws_time_read(text, out, NULL) == WWS_OK) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "a time of the assertion is not one");
    wws_error_got(err, "%s=\"%.*s\"", name, WWS_CUT(text, 60));
    return REFUSED;
}

static wws_result check_method(wws_span method, const char *prefix, int *out, wws_error *err)
{
    const wws_span text = wws_span_trim(method);
    const wws_span start = wws_span_of(prefix);
    const wws_span rest = wws_span_starts(text, start) ? (wws_span){text.at + start.len, text.len - start.len} : NO_NS;
    *out = wws_span_is(rest, "holder-of-key") ? WWS_SAML_HOLDER_OF_KEY
           : wws_span_is(rest, "bearer")      ? WWS_SAML_BEARER
                                              : 0;
    if (*out != 0) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the assertion is confirmed by a method that is not accepted");
    wws_error_expected(err, "%sholder-of-key", prefix);
    wws_error_got(err, "%.*s", WWS_CUT(text, 100));
    return REFUSED;
}

/** What one Subject says. */
typedef struct subject {
    wws_span name;
    int confirmation;
    const wws_xml_node *key_info;
} subject;

/* At most one child of each name, and no others. */
static wws_result sort(const wws_xml_node *node, wws_span ns, const char *const *names, size_t count,
                       const wws_xml_node **out, const char *what, wws_error *err)
{
    for (const wws_xml_node *child = wws_xml_first_element(node); child != NULL; child = wws_xml_next_element(child)) {
        size_t at = 0;
        while (at < count && !wws_xml_is(child, strcmp(names[at], "KeyInfo") == 0 ? DS : ns, names[at])) {
            at++;
        }
        if (at == count || out[at] != NULL) {
            (void)wws_fail(err, REFUSED, "%s holds what is not expected there, or holds it twice", what);
            wws_error_got(err, "%.*s", WWS_CUT(child->local, 60));
            return REFUSED;
        }
        out[at] = child;
    }
    return WWS_OK;
}

static wws_result read_confirmation_1(const reading *r, const wws_xml_node *node, subject *out)
{
    static const char *const names[] = {"ConfirmationMethod", "SubjectConfirmationData", "KeyInfo"};
    const wws_xml_node *parts[3] = {NULL};
    wws_span method;
    WWS_TRY(sort(node, r->ns, names, 3, parts, "a SubjectConfirmation", r->err));
    if (parts[0] == NULL) {
        return wws_fail(r->err, REFUSED, "a SubjectConfirmation has no ConfirmationMethod");
    }
    WWS_TRY(wws_xml_text(parts[0], r->arena, &method, r->err));
    out->key_info = parts[2];
    return check_method(method, SAML_1_METHOD, &out->confirmation, r->err);
}

static wws_result read_subject_1(const reading *r, const wws_xml_node *node, subject *out)
{
    static const char *const names[] = {"NameIdentifier", "SubjectConfirmation"};
    const wws_xml_node *parts[2] = {NULL};
    WWS_TRY(sort(node, r->ns, names, 2, parts, "a Subject", r->err));
    if (parts[0] != NULL) {
        WWS_TRY(wws_xml_text(parts[0], r->arena, &out->name, r->err));
    }
    return parts[1] == NULL ? wws_fail(r->err, REFUSED, "a Subject of the assertion has no SubjectConfirmation")
                            : read_confirmation_1(r, parts[1], out);
}

static wws_result same_octets(const reading *r, const wws_xml_node *a, const wws_xml_node *b, bool *out)
{
    wws_buf left;
    wws_buf right;
    wws_buf_init(&left, r->arena->alloc, KEY_INFO_MAX);
    wws_buf_init(&right, r->arena->alloc, KEY_INFO_MAX);
    wws_result code = wws_c14n_exclusive(a, NULL, 0, &left, r->err);
    if (code == WWS_OK) {
        code = wws_c14n_exclusive(b, NULL, 0, &right, r->err);
    }
    *out = code == WWS_OK && wws_span_equal(wws_buf_peek(&left), wws_buf_peek(&right));
    wws_buf_clear(&left);
    wws_buf_clear(&right);
    return code;
}

/* Every statement repeats the subject: they must all say the same, for only one can be believed. */
static wws_result agree(const reading *r, const subject *said)
{
    wws_saml *out = r->out;
    bool is_same = (said->key_info == NULL) == (out->key_info == NULL);
    if (is_same && said->key_info != NULL) {
        WWS_TRY(same_octets(r, said->key_info, out->key_info, &is_same));
    }
    return is_same && said->confirmation == out->confirmation && wws_span_equal(said->name, out->subject)
               ? WWS_OK
               : wws_fail(r->err, REFUSED, "the statements of the assertion name different subjects");
}

static wws_result take_subject(reading *r, const subject *said)
{
    if (r->statements > 0) {
        return agree(r, said);
    }
    r->out->subject = said->name;
    r->out->confirmation = said->confirmation;
    r->out->key_info = said->key_info;
    return WWS_OK;
}

static wws_result read_statement_1(reading *r, const wws_xml_node *node)
{
    const wws_xml_node *found = wws_xml_child(node, r->ns, "Subject", NULL);
    subject said = {NO_NS, 0, NULL};
    if (found == NULL || wws_xml_child(node, r->ns, "Subject", found) != NULL) {
        return wws_fail(r->err, REFUSED, "a statement of the assertion has not exactly one Subject");
    }
    WWS_TRY(read_subject_1(r, found, &said));
    WWS_TRY(take_subject(r, &said));
    r->statements++;
    return WWS_OK;
}

static wws_result read_subject_2(reading *r, const wws_xml_node *node)
{
    static const char *const names[] = {"NameID", "SubjectConfirmation"};
    static const char *const inner[] = {"NameID", "SubjectConfirmationData"};
    const wws_xml_node *parts[2] = {NULL};
    const wws_xml_node *data[2] = {NULL};
    subject said = {NO_NS, 0, NULL};
    WWS_TRY(sort(node, r->ns, names, 2, parts, "the Subject", r->err));
    if (parts[0] != NULL) {
        WWS_TRY(wws_xml_text(parts[0], r->arena, &said.name, r->err));
    }
    if (parts[1] == NULL) {
        return wws_fail(r->err, REFUSED, "the Subject of the assertion has no SubjectConfirmation");
    }
    WWS_TRY(check_method(value_of(parts[1], "Method"), SAML_2_METHOD, &said.confirmation, r->err));
    WWS_TRY(sort(parts[1], r->ns, inner, 2, data, "the SubjectConfirmation", r->err));
    r->out->confirmed = data[1];
    said.key_info = data[1] == NULL ? NULL : wws_xml_child(data[1], DS, "KeyInfo", NULL);
    if (said.key_info != NULL && wws_xml_child(data[1], DS, "KeyInfo", said.key_info) != NULL) {
        return wws_fail(r->err, REFUSED, "the assertion is confirmed by more than one key");
    }
    return take_subject(r, &said);
}

static wws_result take_once(const wws_xml_node *child, const wws_xml_node **slot, wws_error *err)
{
    if (*slot != NULL) {
        return wws_fail(err, REFUSED, "the assertion holds a second %.*s", WWS_CUT(child->local, 40));
    }
    *slot = child;
    return WWS_OK;
}

static bool is_statement(const reading *r, const wws_xml_node *child)
{
    return wws_xml_is(child, r->ns, "AttributeStatement") ||
           wws_xml_is(child, r->ns, r->out->version == WWS_SAML_1_1 ? "AuthenticationStatement" : "AuthnStatement") ||
           wws_xml_is(child, r->ns,
                      r->out->version == WWS_SAML_1_1 ? "AuthorizationDecisionStatement" : "AuthzDecisionStatement");
}

static const wws_xml_node **slot_of(reading *r, const wws_xml_node *child)
{
    const struct {
        wws_span ns;
        const char *local;
        bool is_known;
        const wws_xml_node **slot;
    } slots[] = {{DS, "Signature", true, &r->out->signature},
                 {r->ns, "Conditions", true, &r->out->conditions},
                 {r->ns, "Advice", true, &r->advice},
                 {r->ns, "Subject", r->out->version == WWS_SAML_2_0, &r->subject},
                 {r->ns, "Issuer", r->out->version == WWS_SAML_2_0, &r->issuer}};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        if (slots[i].is_known && wws_xml_is(child, slots[i].ns, slots[i].local)) {
            return slots[i].slot;
        }
    }
    return NULL;
}

static wws_result read_child(reading *r, const wws_xml_node *child)
{
    const wws_xml_node **slot = slot_of(r, child);
    if (slot != NULL) {
        return take_once(child, slot, r->err);
    }
    if (!is_statement(r, child)) {
        (void)wws_fail(r->err, REFUSED, "the assertion holds an element that is not understood");
        wws_error_got(r->err, "%.*s", WWS_CUT(child->local, 60));
        return REFUSED;
    }
    if (r->out->version == WWS_SAML_1_1) {
        return read_statement_1(r, child);
    }
    return WWS_OK;
}

static wws_result check_version(reading *r)
{
    const bool is_1 = wws_span_equal(r->ns, WWS_SPAN(WWS_NS_SAML_1));
    const bool is_right = is_1 ? wws_span_is(value_of(r->node, "MajorVersion"), "1") &&
                                     wws_span_is(value_of(r->node, "MinorVersion"), "1")
                               : wws_span_is(value_of(r->node, "Version"), "2.0");
    r->out->version = is_1 ? WWS_SAML_1_1 : WWS_SAML_2_0;
    r->out->id = value_of(r->node, is_1 ? "AssertionID" : "ID");
    if (!is_right || r->out->id.len == 0) {
        (void)wws_fail(r->err, REFUSED, "the assertion is of another SAML version, or has no identifier");
        wws_error_expected(r->err, "%s", is_1 ? "MajorVersion and MinorVersion 1" : "Version 2.0");
        return REFUSED;
    }
    return WWS_OK;
}

static wws_result read_issuer(reading *r)
{
    if (r->out->version == WWS_SAML_1_1) {
        r->out->issuer = value_of(r->node, "Issuer");
    } else if (r->issuer != NULL) {
        WWS_TRY(wws_xml_text(r->issuer, r->arena, &r->out->issuer, r->err));
    }
    return r->out->issuer.len > 0 ? WWS_OK : wws_fail(r->err, REFUSED, "the assertion names no issuer");
}

static wws_result read_times(reading *r)
{
    wws_time issued = 0;
    if (value_of(r->node, "IssueInstant").at == NULL) {
        return wws_fail(r->err, REFUSED, "the assertion does not say when it was issued");
    }
    WWS_TRY(take_time(r->node, "IssueInstant", 0, &issued, r->err));
    r->out->not_on_or_after = WWS_TIME_NEVER;
    if (r->out->conditions != NULL) {
        WWS_TRY(take_time(r->out->conditions, "NotBefore", 0, &r->out->not_before, r->err));
        WWS_TRY(take_time(r->out->conditions, "NotOnOrAfter", WWS_TIME_NEVER, &r->out->not_on_or_after, r->err));
        r->out->once = wws_xml_child(r->out->conditions, r->ns, "DoNotCacheCondition", NULL) != NULL ||
                       wws_xml_child(r->out->conditions, r->ns, "OneTimeUse", NULL) != NULL;
    }
    if (r->out->confirmed != NULL) {
        wws_time from = 0;
        wws_time till = WWS_TIME_NEVER;
        WWS_TRY(take_time(r->out->confirmed, "NotBefore", 0, &from, r->err));
        WWS_TRY(take_time(r->out->confirmed, "NotOnOrAfter", WWS_TIME_NEVER, &till, r->err));
        r->out->not_before = from > r->out->not_before ? from : r->out->not_before;
        r->out->not_on_or_after = till < r->out->not_on_or_after ? till : r->out->not_on_or_after;
    }
    return WWS_OK;
}

static wws_result read_all(reading *r)
{
    WWS_TRY(check_version(r));
    for (const wws_xml_node *child = wws_xml_first_element(r->node); child != NULL;
         child = wws_xml_next_element(child)) {
        WWS_TRY(read_child(r, child));
    }
    if (r->out->signature == NULL) {
        return wws_fail(r->err, REFUSED, "the assertion is not signed");
    }
    if (r->out->version == WWS_SAML_1_1 && r->statements == 0) {
        return wws_fail(r->err, REFUSED, "the assertion states nothing");
    }
    if (r->out->version == WWS_SAML_2_0) {
        WWS_TRY(r->subject == NULL ? wws_fail(r->err, REFUSED, "the assertion has no Subject")
                                   : read_subject_2(r, r->subject));
    }
    WWS_TRY(read_issuer(r));
    return read_times(r);
}

wws_result wws_saml_read(const wws_xml_node *node, wws_arena *arena, wws_saml *out, wws_error *err)
{
    wws_saml made = {.node = node};
    reading r = {.node = node, .ns = node->ns, .arena = arena, .out = &made, .err = err};
    const wws_result result = read_all(&r);
    if (result != WWS_OK) {
        wws_error_at(err, "read the assertion");
        return result == WWS_E_INVALID_FORMAT ? REFUSED : result;
    }
    *out = made;
    return WWS_OK;
}

/* Without a name in it an assertion stands for nobody but itself. */
wws_result wws_saml_identity(const wws_env *env, const wws_saml *saml, wws_digest *out, wws_error *err)
{
    const wws_span who = saml->subject.len > 0 ? saml->subject : saml->id;
    const uint8_t kind[2] = {saml->subject.len > 0 ? 's' : 'i', (uint8_t)('0' + saml->version)};
    wws_buf text;
    wws_buf_init(&text, env->alloc, saml->issuer.len + who.len + sizeof kind + 1);
    wws_result code = wws_buf_append(&text, (wws_span){kind, sizeof kind}, err);
    if (code == WWS_OK) {
        code = wws_buf_append(&text, saml->issuer, err);
    }
    if (code == WWS_OK) {
        code = wws_buf_append(&text, (wws_span){(const uint8_t *)"", 1}, err);
    }
    if (code == WWS_OK) {
        code = wws_buf_append(&text, who, err);
    }
    if (code == WWS_OK) {
        code = wws_digest_of(WWS_SHA256, wws_buf_peek(&text), out, err);
    }
    wws_buf_clear(&text);
    return code;
}
