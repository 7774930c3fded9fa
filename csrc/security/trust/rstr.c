#include "base/time.h"
#include "encoding/xml_writer.h"
#include "security/trust/trust_parts.h"

enum { TOKEN_MAX = 8192 };

static const wws_span NO_NS = {NULL, 0};
static const wws_span WSU = {(const uint8_t *)WWS_NS_WSU, sizeof WWS_NS_WSU - 1};

#define RESPONSE "RequestSecurityTokenResponse"
#define COLLECTION "RequestSecurityTokenResponseCollection"

wws_result wws_trust_response(const wws_xml_node *body, int version, const wws_xml_node **out, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(version);
    const wws_span ns = wws_span_of(names->trust_ns);
    const char *outer = names->collection ? COLLECTION : RESPONSE;
    const wws_xml_node *found = wws_xml_first_element(body);
    if (found == NULL || !wws_xml_is(found, ns, outer)) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the reply does not hold a %s", outer);
        wws_error_expected(err, "{%s}%s", names->trust_ns, outer);
        if (found != NULL) {
            wws_error_got(err, "{%.*s}%.*s", WWS_CUT(found->ns, 80), WWS_CUT(found->local, 60));
        }
        return WWS_E_INVALID_FORMAT;
    }
    const wws_xml_node *inner = names->collection ? wws_xml_first_element(found) : found;
    if (inner == NULL || !wws_xml_is(inner, ns, RESPONSE) || wws_xml_next_element(inner) != NULL ||
        wws_xml_next_element(found) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the reply does not hold exactly one " RESPONSE);
    }
    *out = inner;
    return WWS_OK;
}

static wws_result copy_token(const wws_xml_node *token, wws_span document, wws_arena *arena, wws_span *out,
                             wws_error *err)
{
    wws_buf xml;
    wws_buf_init(&xml, arena->alloc, TOKEN_MAX);
    wws_result result = wws_xml_put_self_contained(&xml, token, document, err);
    if (result == WWS_OK) {
        result = wws_arena_copy(arena, wws_buf_peek(&xml), out, err);
    }
    wws_buf_clear(&xml);
    return result;
}

static wws_result read_token(const wws_xml_node *node, wws_span document, wws_arena *arena, wws_rstr *out,
                             wws_error *err)
{
    const wws_xml_node *holder = NULL;
    WWS_TRY(wws_trust_child(node, out->version, "RequestedSecurityToken", &holder, err));
    const wws_xml_node *token = holder == NULL ? NULL : wws_xml_first_element(holder);
    if (token == NULL || wws_xml_next_element(token) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the response does not hold one RequestedSecurityToken");
    }
    WWS_TRY(wws_context_token_read(token, out->version, arena, &out->token, err));
    if (out->token.id.len == 0) {
        return wws_fail(err, WWS_E_INVALID_FORMAT,
                        "the response's SecurityContextToken has no wsu:Id, so no signature could name it");
    }
    return copy_token(token, document, arena, &out->token_xml, err);
}

static wws_result read_proof(const wws_xml_node *node, wws_arena *arena, wws_rstr *out, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(out->version);
    const wws_xml_node *proof = NULL;
    wws_span computed = NO_NS;
    WWS_TRY(wws_trust_child(node, out->version, "RequestedProofToken", &proof, err));
    if (proof == NULL) {
        return WWS_OK;
    }
    const wws_xml_node *only = wws_xml_first_element(proof);
    if (only == NULL || wws_xml_next_element(only) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "RequestedProofToken does not hold exactly one proof");
    }
    if (wws_xml_is(only, WWS_SPAN(WWS_NS_XENC), "EncryptedKey")) {
        return wws_fail(err, WWS_E_INVALID_FORMAT,
                        "the proof key comes encrypted, which belongs to messages that protect themselves");
    }
    WWS_TRY(wws_trust_text(proof, out->version, "ComputedKey", arena, &computed, err));
    if (computed.at == NULL) {
        return wws_trust_secret(proof, out->version, false, arena, &out->proof, err);
    }
    if (!wws_span_is(computed, names->computed_key)) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the response wants the key computed in an unknown way");
        wws_error_expected(err, "%s", names->computed_key);
        wws_error_got(err, "%.*s", WWS_CUT(computed, 140));
        return WWS_E_INVALID_FORMAT;
    }
    out->computed_key = true;
    return WWS_OK;
}

static wws_result read_time(const wws_xml_node *lifetime, const char *local, wws_arena *arena, wws_time *out,
                            wws_error *err)
{
    const wws_xml_node *node = wws_xml_child(lifetime, WSU, local, NULL);
    wws_span text = NO_NS;
    if (node == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    return wws_time_read(wws_span_trim(text), out, err);
}

static wws_result read_lifetime(const wws_xml_node *node, wws_arena *arena, wws_rstr *out, wws_error *err)
{
    const wws_xml_node *lifetime = NULL;
    WWS_TRY(wws_trust_child(node, out->version, "Lifetime", &lifetime, err));
    if (lifetime == NULL) {
        return WWS_OK;
    }
    WWS_TRY(read_time(lifetime, "Created", arena, &out->created, err));
    WWS_TRY(read_time(lifetime, "Expires", arena, &out->expires, err));
    if (out->created != WWS_TIME_NEVER && out->created >= out->expires) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the response's Lifetime ends before it begins");
    }
    return WWS_OK;
}

static wws_result read_entropy(const wws_xml_node *node, wws_arena *arena, wws_rstr *out, wws_error *err)
{
    const wws_xml_node *entropy = NULL;
    WWS_TRY(wws_trust_child(node, out->version, "Entropy", &entropy, err));
    return entropy == NULL ? WWS_OK : wws_trust_secret(entropy, out->version, true, arena, &out->entropy, err);
}

wws_result wws_trust_grant(const wws_xml_node *node, wws_arena *arena, wws_rstr *out, wws_error *err)
{
    WWS_TRY(read_proof(node, arena, out, err));
    WWS_TRY(read_entropy(node, arena, out, err));
    WWS_TRY(read_lifetime(node, arena, out, err));
    return wws_trust_key_size(node, out->version, arena, &out->key_size, err);
}

static wws_result read_response(const wws_xml_node *body, wws_span document, wws_arena *arena, wws_rstr *out,
                                wws_error *err)
{
    const wws_xml_node *node = NULL;
    const wws_xml_node *cancelled = NULL;
    WWS_TRY(wws_trust_response(body, out->version, &node, err));
    const wws_xml_attr *context = wws_xml_attribute(node, NO_NS, "Context");
    if (context != NULL) {
        out->context = context->value;
    }
    if (out->kind == WWS_RST_CANCEL) {
        WWS_TRY(wws_trust_child(node, out->version, "RequestedTokenCancelled", &cancelled, err));
        out->cancelled = cancelled != NULL;
        return out->cancelled ? WWS_OK
                              : wws_fail(err, WWS_E_INVALID_FORMAT, "the response holds no RequestedTokenCancelled");
    }
    WWS_TRY(wws_trust_check_token_type(node, out->version, arena, err));
    WWS_TRY(read_token(node, document, arena, out, err));
    return wws_trust_grant(node, arena, out, err);
}

wws_result wws_rstr_read(const wws_xml_node *body, wws_rst_kind kind, int version, wws_span document, wws_arena *arena,
                         wws_rstr *out, wws_error *err)
{
    wws_rstr made = {.kind = kind, .version = version, .created = WWS_TIME_NEVER, .expires = WWS_TIME_NEVER};
    const wws_result result = read_response(body, document, arena, &made, err);
    if (result == WWS_OK) {
        *out = made;
    } else {
        wws_error_at(err, "read the response about a security context");
    }
    wws_secret_wipe(&made.entropy);
    wws_secret_wipe(&made.proof);
    return result;
}

static wws_result put_references(wws_buf *out, const wws_rstr *rstr, wws_error *err)
{
    WWS_TRY(wws_trust_put_tag(out, rstr->version, false, "RequestedAttachedReference", err));
    WWS_TRY(wws_context_reference_attached(out, rstr->version, rstr->token.id, true, err));
    WWS_TRY(wws_trust_put_tag(out, rstr->version, true, "RequestedAttachedReference", err));
    WWS_TRY(wws_trust_put_tag(out, rstr->version, false, "RequestedUnattachedReference", err));
    WWS_TRY(wws_context_reference_write(out, rstr->version, rstr->token.identifier, rstr->token.instance, true, err));
    return wws_trust_put_tag(out, rstr->version, true, "RequestedUnattachedReference", err);
}

static wws_result put_proof(wws_buf *out, const wws_env *env, const wws_rstr *rstr, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(rstr->version);
    if (rstr->computed_key || rstr->proof.len > 0) {
        WWS_TRY(wws_trust_put_tag(out, rstr->version, false, "RequestedProofToken", err));
        if (rstr->computed_key) {
            WWS_TRY(wws_trust_put(out, rstr->version, "ComputedKey", wws_span_of(names->computed_key), err));
        } else {
            WWS_TRY(wws_trust_put_secret(out, env, rstr->version, &rstr->proof, NULL, err));
        }
        WWS_TRY(wws_trust_put_tag(out, rstr->version, true, "RequestedProofToken", err));
    }
    if (rstr->entropy.len > 0) {
        WWS_TRY(wws_trust_put_tag(out, rstr->version, false, "Entropy", err));
        WWS_TRY(wws_trust_put_secret(out, env, rstr->version, &rstr->entropy, names->nonce, err));
        WWS_TRY(wws_trust_put_tag(out, rstr->version, true, "Entropy", err));
    }
    return WWS_OK;
}

static wws_result put_lifetime(wws_buf *out, const wws_rstr *rstr, wws_error *err)
{
    char text[WWS_TIME_TEXT];
    if (rstr->expires == WWS_TIME_NEVER) {
        return WWS_OK;
    }
    WWS_TRY(wws_trust_put_tag(out, rstr->version, false, "Lifetime", err));
    if (rstr->created != WWS_TIME_NEVER) {
        wws_time_write(rstr->created, text);
        WWS_TRY(wws_xml_put_element(out, "u:Created", wws_span_of(text), err));
    }
    wws_time_write(rstr->expires, text);
    WWS_TRY(wws_xml_put_element(out, "u:Expires", wws_span_of(text), err));
    return wws_trust_put_tag(out, rstr->version, true, "Lifetime", err);
}

static wws_result put_issued(wws_buf *out, const wws_env *env, const wws_rstr *rstr, wws_error *err)
{
    const wws_span type = wws_span_of(wws_sc_names_of(rstr->version)->token_type);
    WWS_TRY(wws_trust_put(out, rstr->version, "TokenType", type, err));
    WWS_TRY(wws_trust_put_tag(out, rstr->version, false, "RequestedSecurityToken", err));
    WWS_TRY(wws_context_token_write(out, rstr->version, &rstr->token, err));
    WWS_TRY(wws_trust_put_tag(out, rstr->version, true, "RequestedSecurityToken", err));
    if (rstr->applies_to.at != NULL) {
        WWS_TRY(wws_buf_append(out, rstr->applies_to, err));
    }
    WWS_TRY(put_references(out, rstr, err));
    WWS_TRY(put_proof(out, env, rstr, err));
    WWS_TRY(put_lifetime(out, rstr, err));
    return wws_trust_put_key_size(out, rstr->version, rstr->key_size, err);
}

wws_result wws_rstr_write(wws_buf *out, const wws_env *env, const wws_rstr *rstr, wws_error *err)
{
    const int version = rstr->version;
    const bool collection = wws_sc_names_of(version)->collection;
    if (collection) {
        WWS_TRY(wws_trust_put_root(out, version, COLLECTION, NO_NS, err));
    }
    WWS_TRY(wws_trust_put_root(out, version, RESPONSE, rstr->context, err));
    if (rstr->kind == WWS_RST_CANCEL) {
        WWS_TRY(wws_trust_put(out, version, "RequestedTokenCancelled", NO_NS, err));
    } else {
        WWS_TRY(put_issued(out, env, rstr, err));
    }
    WWS_TRY(wws_trust_put_tag(out, version, true, RESPONSE, err));
    return collection ? wws_trust_put_tag(out, version, true, COLLECTION, err) : WWS_OK;
}
