/* The issuer's response becomes a security token: nothing but what was asked for, and no weaker. */
#include "encoding/xml_reader.h"
#include "encoding/xml_writer.h"
#include "security/token/saml.h"
#include "security/trust/token_request.h"
#include "security/trust/trust_parts.h"

enum { ARENA_MAX = 1 << 22, PIECE_MAX = 1 << 20, KEY_BITS_USUAL = 256, KEY_BITS_LEAST = 128 };

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;
static const wws_span NO_NS = {NULL, 0};

/** What a response holds. Its nodes are the arena's. */
typedef struct response {
    const wws_token_request *request;
    wws_arena *arena;
    wws_span document;
    const wws_envelope *envelope;
    const wws_xml_node *node, *token;
    wws_rstr grant;
    wws_secret key;
    wws_buf xml, attached, unattached;
} response;

/* The reply to a request for a token may come as one of a collection that is complete, or as older servers have it. */
static bool is_action(const wws_token_request *request, wws_span action)
{
    static const char *const issued[][3] = {
        [WWS_SC_FEBRUARY_2005] = {WWS_NS_TRUST_2005 "/RSTR/Issue", NULL, NULL},
        [WWS_SC_1_3] = {WWS_NS_TRUST_13 "/RSTRC/IssueFinal", WWS_NS_TRUST_13 "/RSTR/IssueFinal",
                        WWS_NS_TRUST_13 "/RSTR/Issue"},
    };
    const wws_sc_names *names = wws_sc_names_of(request->version);
    if (request->action == WWS_TOKEN_NEW_CONTEXT) {
        return wws_span_is(action, names->issue_response_action);
    }
    if (request->action == WWS_TOKEN_RENEW_CONTEXT) {
        return wws_span_is(action, names->renew_response_action);
    }
    for (size_t i = 0; i < 3; i++) {
        if (issued[request->version][i] != NULL && wws_span_is(action, issued[request->version][i])) {
            return true;
        }
    }
    return false;
}

static wws_result check_action(const wws_token_request *request, wws_span action, wws_error *err)
{
    if (action.at == NULL || is_action(request, action)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the reply is not one to a request for a security token");
    wws_error_expected(err, "the action that answers %s", wws_token_request_action(request));
    wws_error_got(err, "%.*s", WWS_CUT(action, 140));
    return WWS_E_INVALID_FORMAT;
}

static wws_result check_context(const response *of, wws_error *err)
{
    const wws_xml_attr *context = wws_xml_attribute(of->node, NO_NS, "Context");
    return context == NULL || wws_span_is(context->value, of->request->context)
               ? WWS_OK
               : wws_fail(err, REFUSED, "the response bears the Context of another request");
}

/* @return 1 or 2; 0: the URI names no SAML */
static int saml_version(wws_span uri)
{
    return wws_span_is(uri, WWS_SAML_TOKEN_1_1) || wws_span_is(uri, WWS_NS_SAML_1)   ? 1
           : wws_span_is(uri, WWS_SAML_TOKEN_2_0) || wws_span_is(uri, WWS_NS_SAML_2) ? 2
                                                                                     : 0;
}

static bool is_same_type(wws_span a, wws_span b)
{
    return wws_span_equal(a, b) || (saml_version(a) != 0 && saml_version(a) == saml_version(b));
}

static wws_result check_type(const response *of, wws_error *err)
{
    const wws_span asked = wws_buf_peek(&of->request->token_type);
    wws_span said = NO_NS;
    WWS_TRY(wws_trust_text(of->node, of->request->version, "TokenType", of->arena, &said, err));
    if (said.at == NULL || asked.len == 0 || is_same_type(asked, said)) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the issuer gave a token of another type than was asked for");
    wws_error_about(err, NULL, "issued_token_type");
    wws_error_expected(err, "%.*s", WWS_CUT(asked, 140));
    wws_error_got(err, "%.*s", WWS_CUT(said, 140));
    return REFUSED;
}

static wws_result only_child(const wws_xml_node *holder, const char *name, const wws_xml_node **out, wws_error *err)
{
    *out = holder == NULL ? NULL : wws_xml_first_element(holder);
    return *out != NULL && wws_xml_next_element(*out) == NULL
               ? WWS_OK
               : wws_fail(err, WWS_E_INVALID_FORMAT, "the response's %s does not hold exactly one element", name);
}

static wws_result find_token(response *of, wws_error *err)
{
    const wws_xml_node *holder = NULL;
    wws_context_token context;
    WWS_TRY(wws_trust_child(of->node, of->request->version, "RequestedSecurityToken", &holder, err));
    if (holder == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the response holds no RequestedSecurityToken");
    }
    WWS_TRY(only_child(holder, "RequestedSecurityToken", &of->token, err));
    return of->request->action == WWS_TOKEN_ISSUE
               ? WWS_OK
               : wws_context_token_read(of->token, of->request->version, of->arena, &context, err);
}

static wws_result refuse_key(const char *text, const char *property, wws_error *err)
{
    (void)wws_fail(err, REFUSED, "%s", text);
    wws_error_about(err, NULL, property);
    return REFUSED;
}

/* A response that says which type its key is of must say what was asked for. */
static wws_result check_key_type(const response *of, wws_error *err)
{
    wws_span said = NO_NS;
    WWS_TRY(wws_trust_text(of->node, of->request->version, "KeyType", of->arena, &said, err));
    if (said.at == NULL) {
        return WWS_OK;
    }
    const int type = wws_trust_key_type_of(said);
    if (type != 0 && (of->request->key_type == 0 || of->request->key_type == type)) {
        return WWS_OK;
    }
    (void)refuse_key("the token's key is of another type than was asked for", "issued_token_key_type", err);
    wws_error_got(err, "%.*s", WWS_CUT(said, 140));
    return REFUSED;
}

static bool has_no_key(const response *of)
{
    return !of->grant.computed_key && of->grant.entropy.len == 0 && of->grant.proof.len == 0;
}

/* When nobody said a type and nothing of ours went into a key, the issuer may have given a token without one. */
static bool is_bearer(const response *of)
{
    const wws_token_request *request = of->request;
    return request->key_type == WWS_KEY_TYPE_NONE ||
           (request->key_type == 0 && request->action == WWS_TOKEN_ISSUE &&
            request->entropy_mode == WWS_ENTROPY_SERVER_ONLY && has_no_key(of));
}

static wws_result make_key(response *of, wws_error *err)
{
    const wws_token_request *request = of->request;
    const uint32_t asked = request->key_size;
    wws_suite any = *wws_suite_named(WWS_SPAN("basic256"));
    any.min_symmetric_key_length = asked != 0 ? asked : KEY_BITS_LEAST;
    any.max_symmetric_key_length = WWS_KEY_BITS_MAX;
    const uint32_t usual = asked == 0 && request->entropy_mode == WWS_ENTROPY_COMBINED ? KEY_BITS_USUAL : asked;
    const wws_result code =
        wws_rstr_key(&request->entropy, usual, &of->grant, request->entropy_mode, &any, &of->key, err);
    if (code == WWS_E_INVALID_FORMAT) {
        (void)wws_error_wrap(err, REFUSED, "the response does not make the token's key as it was asked for");
        wws_error_about(err, NULL, "issued_token_key_entropy");
        return REFUSED;
    }
    return code;
}

static wws_result take_key(response *of, wws_error *err)
{
    WWS_TRY(check_key_type(of, err));
    WWS_TRY(wws_trust_grant(of->node, of->arena, &of->grant, err));
    if (!is_bearer(of)) {
        return make_key(of, err);
    }
    return has_no_key(of)
               ? WWS_OK
               : refuse_key("the token was to have no key, but the response makes one", "issued_token_key_type", err);
}

static wws_result take_reference(response *of, const char *local, wws_buf *out, wws_error *err)
{
    const wws_xml_node *holder = NULL;
    const wws_xml_node *reference = NULL;
    WWS_TRY(wws_trust_child(of->node, of->request->version, local, &holder, err));
    if (holder == NULL) {
        return WWS_OK;
    }
    WWS_TRY(only_child(holder, local, &reference, err));
    return wws_xml_put_self_contained(out, reference, of->document, err);
}

static wws_result take_references(response *of, wws_error *err)
{
    WWS_TRY(take_reference(of, "RequestedAttachedReference", &of->attached, err));
    WWS_TRY(take_reference(of, "RequestedUnattachedReference", &of->unattached, err));
    if (of->key.len == 0) {
        return WWS_OK;
    }
    if (of->attached.len == 0) {
        WWS_TRY(wws_token_reference_attached(&of->attached, of->token, err));
    }
    if (of->unattached.len == 0) {
        WWS_TRY(wws_token_reference_unattached(&of->unattached, of->token, of->arena, err));
    }
    return of->attached.len > 0 ? WWS_OK
                                : wws_fail(err, WWS_E_INVALID_FORMAT,
                                           "the token has a key, but neither an id nor an attached reference");
}

static wws_result read_response(response *of, wws_error *err)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_xml_node *top = NULL;
    limits.document = of->document.len; /* the channel had its say about it */
    WWS_TRY(wws_xml_tree_read_content(of->document, &limits, of->arena, &top, err));
    if (of->envelope != NULL) {
        WWS_TRY(wws_message_limits_check(&of->request->limits, of->envelope, top, err));
    }
    WWS_TRY(wws_trust_response(top, of->request->version, &of->node, err));
    WWS_TRY(check_context(of, err));
    WWS_TRY(check_type(of, err));
    WWS_TRY(find_token(of, err));
    WWS_TRY(take_key(of, err));
    WWS_TRY(wws_xml_put_self_contained(&of->xml, of->token, of->document, err));
    return take_references(of, err);
}

static wws_span peek(const wws_buf *buf)
{
    return buf->len == 0 ? NO_NS : wws_buf_peek(buf);
}

static wws_result make_token(const response *of, wws_security_token **out, wws_error *err)
{
    const wws_time created = of->grant.created;
    const wws_security_token_parts parts = {.xml = wws_buf_peek(&of->xml),
                                            .attached = peek(&of->attached),
                                            .unattached = peek(&of->unattached),
                                            .secret = of->key.len == 0 ? NO_NS : wws_secret_peek(&of->key),
                                            .valid_from = created == WWS_TIME_NEVER ? 0 : created,
                                            .valid_till = of->grant.expires,
                                            .issued = true};
    const wws_result code = wws_security_token_new(of->request->env->alloc, &parts, out, err);
    return code != WWS_E_INVALIDARG
               ? code
               : wws_error_wrap(err, WWS_E_INVALID_FORMAT, "the token that the issuer gave cannot be used");
}

wws_result wws_token_request_answer(const wws_token_request *request, wws_span action, wws_span body,
                                    const wws_envelope *envelope, wws_security_token **out, wws_error *err)
{
    const wws_alloc *alloc = request->env->alloc;
    wws_arena arena;
    response of = {.request = request, .arena = &arena, .document = body, .envelope = envelope};
    of.grant = (wws_rstr){.version = request->version, .created = WWS_TIME_NEVER, .expires = WWS_TIME_NEVER};
    wws_arena_init(&arena, alloc, ARENA_MAX);
    wws_buf_init(&of.xml, alloc, PIECE_MAX);
    wws_buf_init(&of.attached, alloc, PIECE_MAX);
    wws_buf_init(&of.unattached, alloc, PIECE_MAX);
    wws_result code = check_action(request, action, err);
    if (code == WWS_OK) {
        code = read_response(&of, err);
    }
    if (code == WWS_OK) {
        code = make_token(&of, out, err);
    }
    if (code != WWS_OK) {
        wws_error_at(err, "read the issuer's response");
    }
    wws_secret_wipe(&of.key);
    wws_secret_wipe(&of.grant.entropy);
    wws_secret_wipe(&of.grant.proof);
    wws_buf_clear(&of.xml);
    wws_buf_clear(&of.attached);
    wws_buf_clear(&of.unattached);
    wws_arena_clear(&arena);
    return code;
}
