#include "security/trust/rst.h"

#include "encoding/xml_writer.h"
#include "security/trust/trust_parts.h"

static const wws_span NO_NS = {NULL, 0};

int wws_rst_kind_of_action(wws_span action, int version)
{
    const wws_sc_names *names = wws_sc_names_of(version);
    const char *actions[] = {names->issue_action, names->renew_action, names->cancel_action};
    for (int i = 0; i < 3; i++) {
        if (wws_span_is(action, actions[i])) {
            return WWS_RST_ISSUE + i;
        }
    }
    return 0;
}

int wws_rst_version_of_action(wws_span action)
{
    for (int version = WWS_SC_FEBRUARY_2005; version <= WWS_SC_1_3; version++) {
        if (wws_rst_kind_of_action(action, version) != 0) {
            return version;
        }
    }
    return 0;
}

static const char *request_type(const wws_sc_names *names, wws_rst_kind kind)
{
    const char *types[] = {names->issue, names->renew, names->cancel};
    return types[kind - WWS_RST_ISSUE];
}

static wws_result find_request(const wws_xml_node *body, int version, const wws_xml_node **out, wws_error *err)
{
    const wws_xml_node *found = wws_xml_first_element(body);
    if (found == NULL || !wws_xml_is(found, wws_span_of(wws_sc_names_of(version)->trust_ns), "RequestSecurityToken")) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the body is not a RequestSecurityToken of this version");
        if (found != NULL) {
            wws_error_got(err, "{%.*s}%.*s", WWS_CUT(found->ns, 80), WWS_CUT(found->local, 60));
        }
        return WWS_E_INVALID_FORMAT;
    }
    if (wws_xml_next_element(found) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the body holds more than one RequestSecurityToken");
    }
    *out = found;
    return WWS_OK;
}

/* Only a renewal must say what it is (measured on WCF); whoever says it must say the same as the action. */
static wws_result check_request_type(const wws_xml_node *node, wws_rst_kind kind, int version, wws_arena *arena,
                                     wws_error *err)
{
    const char *wanted = request_type(wws_sc_names_of(version), kind);
    wws_span type = NO_NS;
    WWS_TRY(wws_trust_text(node, version, "RequestType", arena, &type, err));
    if (type.at == NULL ? kind != WWS_RST_RENEW : wws_span_is(type, wanted)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "RequestType is not that of the message's action");
    wws_error_expected(err, "%s", wanted);
    wws_error_got(err, "%.*s", WWS_CUT(type, 140));
    return WWS_E_INVALID_FORMAT;
}

static wws_result read_target(const wws_xml_node *node, const char *local, wws_arena *arena, wws_rst *out,
                              wws_error *err)
{
    const char *type = wws_sc_names_of(out->version)->token_type;
    const wws_xml_node *target = NULL;
    wws_key_reference reference;
    WWS_TRY(wws_trust_child(node, out->version, local, &target, err));
    const wws_xml_node *named = target == NULL ? NULL : wws_xml_first_element(target);
    if (named == NULL || wws_xml_next_element(named) != NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the request does not name one security context in %s", local);
    }
    if (wws_key_reference_read(named, arena, &reference, err) != WWS_OK || reference.uri.len == 0 ||
        (reference.value_type.len > 0 && !wws_span_is(reference.value_type, type))) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "%s does not refer to a security context", local);
    }
    if (reference.uri.at[0] == '#') {
        out->target_id = (wws_span){reference.uri.at + 1, reference.uri.len - 1};
    } else {
        out->target_identifier = reference.uri;
        out->target_instance = reference.instance;
    }
    return WWS_OK;
}

/* What an Issue and a Renew say about the new key. */
static wws_result read_key_wishes(const wws_xml_node *node, wws_arena *arena, wws_rst *out, wws_error *err)
{
    const wws_xml_node *entropy = NULL;
    WWS_TRY(wws_trust_check_token_type(node, out->version, arena, err));
    WWS_TRY(wws_trust_child(node, out->version, "Entropy", &entropy, err));
    if (entropy != NULL) {
        WWS_TRY(wws_trust_secret(entropy, out->version, true, arena, &out->entropy, err));
    }
    WWS_TRY(wws_trust_key_size(node, out->version, arena, &out->key_size, err));
    return wws_trust_applies_to(node, arena, &out->applies_to, err);
}

static wws_result read_request(const wws_xml_node *body, wws_arena *arena, wws_rst *out, wws_error *err)
{
    const wws_xml_node *node = NULL;
    WWS_TRY(find_request(body, out->version, &node, err));
    const wws_xml_attr *context = wws_xml_attribute(node, NO_NS, "Context");
    WWS_TRY(check_request_type(node, out->kind, out->version, arena, err));
    if (context != NULL) {
        out->context = context->value;
    }
    if (out->kind == WWS_RST_CANCEL) {
        return read_target(node, "CancelTarget", arena, out, err);
    }
    WWS_TRY(read_key_wishes(node, arena, out, err));
    return out->kind == WWS_RST_RENEW ? read_target(node, "RenewTarget", arena, out, err) : WWS_OK;
}

wws_result wws_rst_read(const wws_xml_node *body, wws_rst_kind kind, int version, wws_arena *arena, wws_rst *out,
                        wws_error *err)
{
    wws_rst made = {.kind = kind, .version = version};
    const wws_result result = read_request(body, arena, &made, err);
    if (result == WWS_OK) {
        *out = made;
    } else {
        wws_error_at(err, "read the request for a security context");
    }
    wws_secret_wipe(&made.entropy);
    return result;
}

static wws_result put_target(wws_buf *out, const wws_rst *rst, const char *local, wws_error *err)
{
    WWS_TRY(wws_trust_put_tag(out, rst->version, false, local, err));
    if (rst->target_id.at != NULL) {
        WWS_TRY(wws_context_reference_attached(out, rst->version, rst->target_id, true, err));
    } else {
        WWS_TRY(
            wws_context_reference_write(out, rst->version, rst->target_identifier, rst->target_instance, true, err));
    }
    return wws_trust_put_tag(out, rst->version, true, local, err);
}

static wws_result put_key_wishes(wws_buf *out, const wws_env *env, const wws_rst *rst, wws_error *err)
{
    if (rst->applies_to.at != NULL) {
        WWS_TRY(wws_buf_append(out, rst->applies_to, err));
    }
    if (rst->entropy.len > 0) {
        WWS_TRY(wws_trust_put_tag(out, rst->version, false, "Entropy", err));
        WWS_TRY(wws_trust_put_secret(out, env, rst->version, &rst->entropy, wws_sc_names_of(rst->version)->nonce, err));
        WWS_TRY(wws_trust_put_tag(out, rst->version, true, "Entropy", err));
    }
    return wws_trust_put_key_size(out, rst->version, rst->key_size, err);
}

wws_result wws_rst_write(wws_buf *out, const wws_env *env, const wws_rst *rst, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(rst->version);
    const wws_span type = wws_span_of(request_type(names, rst->kind));
    WWS_TRY(wws_trust_put_root(out, rst->version, "RequestSecurityToken", rst->context, err));
    if (rst->kind != WWS_RST_CANCEL) {
        WWS_TRY(wws_trust_put(out, rst->version, "TokenType", wws_span_of(names->token_type), err));
    }
    WWS_TRY(wws_trust_put(out, rst->version, "RequestType", type, err));
    if (rst->kind != WWS_RST_CANCEL) {
        WWS_TRY(put_key_wishes(out, env, rst, err));
    }
    if (rst->kind == WWS_RST_RENEW) {
        WWS_TRY(put_target(out, rst, "RenewTarget", err));
    } else if (rst->kind == WWS_RST_CANCEL) {
        WWS_TRY(put_target(out, rst, "CancelTarget", err));
    }
    return wws_trust_put_tag(out, rst->version, true, "RequestSecurityToken", err);
}
