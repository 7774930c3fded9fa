#include "security/trust/token_request.h"

#include "base/base64.h"
#include "encoding/xml_reader.h"
#include "encoding/xml_writer.h"
#include "security/trust/trust_parts.h"

enum { TYPE_MAX = 4096, TREE_MAX = 1 << 20, KEY_BITS_USUAL = 256 };

#define POLICY "http://schemas.xmlsoap.org/ws/2004/09/policy"
#define URN "urn:uuid:"

/** How an action looks on the wire. */
typedef struct action_row {
    bool context; /* of WS-SecureConversation, else of WS-Trust */
    wws_rst_kind kind;
} action_row;

static const action_row ACTIONS[WWS_TOKEN_ACTION_END] = {
    [WWS_TOKEN_ISSUE] = {false, WWS_RST_ISSUE},
    [WWS_TOKEN_NEW_CONTEXT] = {true, WWS_RST_ISSUE},
    [WWS_TOKEN_RENEW_CONTEXT] = {true, WWS_RST_RENEW},
};

const char *wws_token_request_action(const wws_token_request *request)
{
    const wws_sc_names *names = wws_sc_names_of(request->version);
    const action_row *row = &ACTIONS[request->action];
    if (row->context) {
        return row->kind == WWS_RST_RENEW ? names->renew_action : names->issue_action;
    }
    return request->version == WWS_SC_1_3 ? WWS_NS_TRUST_13 "/RST/Issue" : WWS_NS_TRUST_2005 "/RST/Issue";
}

/** One spelling of a KeyType. The first of its kind is what we write. */
typedef struct key_type_row {
    int type, version;
    wws_bearer_version bearer;
    const char *uri;
} key_type_row;

static const key_type_row KEY_TYPES[] = {
    {WWS_KEY_TYPE_SYMMETRIC, WWS_SC_FEBRUARY_2005, 0, WWS_NS_TRUST_2005 "/SymmetricKey"},
    {WWS_KEY_TYPE_SYMMETRIC, WWS_SC_1_3, 0, WWS_NS_TRUST_13 "/SymmetricKey"},
    {WWS_KEY_TYPE_NONE, WWS_SC_FEBRUARY_2005, 0, "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey"},
    {WWS_KEY_TYPE_NONE, WWS_SC_1_3, WWS_BEARER_ORIGINAL_SPECIFICATION,
     "http://docs.oasis-open.org/wssx/wstrust/200512/Bearer"},
    {WWS_KEY_TYPE_NONE, WWS_SC_1_3, WWS_BEARER_ORIGINAL_SCHEMA,
     "http://docs.oasis-open.org/ws-sx/wstrust/200512/Bearer"},
    {WWS_KEY_TYPE_NONE, WWS_SC_1_3, WWS_BEARER_ERRATA_01, WWS_NS_TRUST_13 "/Bearer"},
};

const char *wws_trust_key_type_uri(int version, int key_type, wws_bearer_version bearer)
{
    for (size_t i = 0; i < sizeof KEY_TYPES / sizeof KEY_TYPES[0]; i++) {
        const key_type_row *row = &KEY_TYPES[i];
        if (row->type == key_type && row->version == version && (row->bearer == 0 || row->bearer == bearer)) {
            return row->uri;
        }
    }
    return NULL;
}

int wws_trust_key_type_of(wws_span uri)
{
    for (size_t i = 0; i < sizeof KEY_TYPES / sizeof KEY_TYPES[0]; i++) {
        if (wws_span_is(uri, KEY_TYPES[i].uri)) {
            return KEY_TYPES[i].type;
        }
    }
    return 0;
}

static wws_result wrong(wws_error *err, const char *property, const char *expected, const char *text)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", text);
    wws_error_about(err, NULL, property);
    wws_error_expected(err, "%s", expected);
    return WWS_E_INVALIDARG;
}

/* Sizes and entropy are those of a symmetric key. */
static wws_result check_bearer(const wws_token_terms *terms, wws_error *err)
{
    if (ACTIONS[terms->action].context) {
        return wrong(err, "issued_token_key_type", "symmetric", "a security context is nothing without a key");
    }
    if (terms->key_size != 0) {
        return wrong(err, "issued_token_key_size", "no size, or a symmetric key",
                     "a token without a key has no key size");
    }
    return terms->entropy_mode == WWS_ENTROPY_SERVER_ONLY
               ? WWS_OK
               : wrong(err, "issued_token_key_entropy", "server_only, or a symmetric key",
                       "a token without a key needs no entropy of ours");
}

static wws_result check_key(const wws_token_terms *terms, wws_error *err)
{
    const uint32_t bits = terms->key_size;
    if (terms->key_type != 0 && wws_trust_key_type_uri(terms->version, terms->key_type, terms->bearer) == NULL) {
        return wrong(err, "issued_token_key_type", "none or symmetric",
                     "a token cannot be requested for an asymmetric key");
    }
    if (terms->key_type == WWS_KEY_TYPE_NONE) {
        return check_bearer(terms, err);
    }
    return bits == 0 || (bits % 8 == 0 && bits >= WWS_KEY_BITS_MIN && bits <= WWS_KEY_BITS_MAX)
               ? WWS_OK
               : wrong(err, "issued_token_key_size", "a multiple of 8 from 64 to 2048", "no key has that many bits");
}

static wws_result check_type(const wws_token_terms *terms, wws_error *err)
{
    const char *context = wws_sc_names_of(terms->version)->token_type;
    if (ACTIONS[terms->action].context && terms->token_type.at != NULL && !wws_span_is(terms->token_type, context)) {
        return wrong(err, "issued_token_type", context, "that is not the type of a security context token");
    }
    return WWS_OK;
}

/* What is renewed must be a context token with its key, of the version that is spoken. */
static wws_result check_existing(const wws_token_terms *terms, wws_arena *arena, const wws_xml_node **node,
                                 wws_error *err)
{
    static const wws_xml_raw nothing = {0, NULL};
    const char *expected = "the token of a security context, with its key, only with renew_context";
    wws_context_token token;
    wws_xml_node *root = NULL;
    if ((terms->existing != NULL) != (terms->action == WWS_TOKEN_RENEW_CONTEXT)) {
        return wrong(err, "existing_token", expected,
                     terms->existing == NULL ? "there is no token to renew"
                                             : "only renew_context has an existing token");
    }
    if (terms->existing == NULL) {
        return WWS_OK;
    }
    if (wws_security_token_key_type(terms->existing) != WWS_KEY_TYPE_SYMMETRIC) {
        return wrong(err, "existing_token", expected, "the token to renew has no symmetric key");
    }
    WWS_TRY(
        wws_xml_tree_read(wws_security_token_look(terms->existing)->xml, &WWS_XML_LIMITS, &nothing, arena, &root, err));
    if (wws_context_token_read(root, terms->version, arena, &token, err) != WWS_OK) {
        (void)wws_error_wrap(err, WWS_E_INVALIDARG, "the token to renew is not that of a security context");
        wws_error_about(err, NULL, "existing_token");
        return WWS_E_INVALIDARG;
    }
    *node = root;
    return WWS_OK;
}

static wws_result draw(wws_token_request *request, wws_error *err)
{
    const uint32_t bits = request->key_size != 0 ? request->key_size : KEY_BITS_USUAL;
    memcpy(request->context, URN, sizeof URN);
    WWS_TRY(wws_uuid_write(request->env, request->context + sizeof URN - 1, err));
    if (request->entropy_mode == WWS_ENTROPY_SERVER_ONLY) {
        return WWS_OK;
    }
    WWS_TRY(wws_env_random(request->env, request->entropy.bytes, bits / 8, err));
    request->entropy.len = bits / 8;
    return WWS_OK;
}

static wws_result put_entropy(wws_buf *out, const wws_token_request *request, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(request->version);
    if (request->entropy.len == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_trust_put_tag(out, request->version, false, "Entropy", err));
    WWS_TRY(wws_xml_put(out, "<", err));
    WWS_TRY(wws_xml_put(out, names->trust_prefix, err));
    WWS_TRY(wws_xml_put(out, ":BinarySecret Type=\"", err));
    WWS_TRY(wws_xml_put(out, names->nonce, err));
    WWS_TRY(wws_xml_put(out, "\">", err));
    WWS_TRY(wws_base64_write(out, wws_secret_peek(&request->entropy), err));
    WWS_TRY(wws_trust_put_tag(out, request->version, true, "BinarySecret", err));
    return wws_trust_put_tag(out, request->version, true, "Entropy", err);
}

static wws_result put_key(wws_buf *out, const wws_token_request *request, const wws_token_terms *terms, wws_error *err)
{
    WWS_TRY(put_entropy(out, request, err));
    if (terms->key_type != 0) {
        const char *uri = wws_trust_key_type_uri(terms->version, terms->key_type, terms->bearer);
        WWS_TRY(wws_trust_put(out, terms->version, "KeyType", wws_span_of(uri), err));
    }
    return wws_trust_put_key_size(out, terms->version, terms->key_size, err);
}

static wws_result put_target(wws_buf *out, const wws_token_terms *terms, const wws_xml_node *token, wws_arena *arena,
                             wws_error *err)
{
    if (token == NULL) {
        return WWS_OK;
    }
    const wws_span said = wws_security_token_look(terms->existing)->unattached;
    WWS_TRY(wws_trust_put_tag(out, terms->version, false, "RenewTarget", err));
    WWS_TRY(said.at != NULL ? wws_buf_append(out, said, err) : wws_token_reference_unattached(out, token, arena, err));
    return wws_trust_put_tag(out, terms->version, true, "RenewTarget", err);
}

static wws_result put_parameters(wws_buf *out, const wws_token_terms *terms, wws_error *err)
{
    const bool apart = terms->version == WWS_SC_1_3;
    WWS_TRY(wws_buf_append(out, terms->local_parameters, err));
    if (terms->service_parameters.len == 0) {
        return WWS_OK;
    }
    if (apart) {
        WWS_TRY(wws_trust_put_tag(out, terms->version, false, "SecondaryParameters", err));
    }
    WWS_TRY(wws_buf_append(out, terms->service_parameters, err));
    return apart ? wws_trust_put_tag(out, terms->version, true, "SecondaryParameters", err) : WWS_OK;
}

static wws_result put_request(wws_buf *out, const wws_token_request *request, const wws_token_terms *terms,
                              const wws_xml_node *existing, wws_arena *arena, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(terms->version);
    const char *type = ACTIONS[terms->action].kind == WWS_RST_RENEW ? names->renew : names->issue;
    const wws_span token_type = wws_buf_peek(&request->token_type);
    WWS_TRY(wws_trust_put_root(out, terms->version, "RequestSecurityToken", wws_span_of(request->context), err));
    if (token_type.len > 0) {
        WWS_TRY(wws_trust_put(out, terms->version, "TokenType", token_type, err));
    }
    WWS_TRY(wws_trust_put(out, terms->version, "RequestType", wws_span_of(type), err));
    if (terms->applies_to.at != NULL) {
        WWS_TRY(wws_xml_put(out, "<wsp:AppliesTo xmlns:wsp=\"" POLICY "\">", err));
        WWS_TRY(wws_buf_append(out, terms->applies_to, err));
        WWS_TRY(wws_xml_put(out, "</wsp:AppliesTo>", err));
    }
    WWS_TRY(put_key(out, request, terms, err));
    WWS_TRY(put_target(out, terms, existing, arena, err));
    WWS_TRY(put_parameters(out, terms, err));
    return wws_trust_put_tag(out, terms->version, true, "RequestSecurityToken", err);
}

static wws_result begin(wws_token_request *request, const wws_token_terms *terms, wws_arena *arena, wws_buf *out,
                        wws_error *err)
{
    const wws_xml_node *existing = NULL;
    WWS_TRY(check_key(terms, err));
    WWS_TRY(check_type(terms, err));
    WWS_TRY(check_existing(terms, arena, &existing, err));
    const wws_span type =
        ACTIONS[terms->action].context ? wws_span_of(wws_sc_names_of(terms->version)->token_type) : terms->token_type;
    WWS_TRY(wws_buf_append(&request->token_type, type, err));
    WWS_TRY(draw(request, err));
    return put_request(out, request, terms, existing, arena, err);
}

wws_result wws_token_request_begin(wws_token_request *request, const wws_env *env, const wws_token_terms *terms,
                                   wws_buf *out, wws_error *err)
{
    wws_arena arena;
    memset(request, 0, sizeof *request);
    request->env = env;
    request->action = terms->action;
    request->version = terms->version;
    request->key_type = terms->key_type;
    request->key_size = terms->key_size;
    request->entropy_mode = terms->entropy_mode;
    request->limits = terms->limits;
    wws_buf_init(&request->token_type, env->alloc, TYPE_MAX);
    wws_arena_init(&arena, env->alloc, TREE_MAX);
    const wws_result code = begin(request, terms, &arena, out, err);
    wws_arena_clear(&arena);
    if (code != WWS_OK) {
        wws_error_at(err, "request a security token");
    }
    return code;
}

void wws_token_request_clear(wws_token_request *request)
{
    wws_buf_clear(&request->token_type);
    wws_secret_wipe(&request->entropy);
}
