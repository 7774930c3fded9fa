#include "base/uuid.h"
#include "encoding/xml_writer.h"
#include "security/header/security_header.h"

#define WSU_ID "uuid-"

/* `uuid-<guid>-1`, as WCF names its tokens */
static wws_result write_username(wws_buf *out, const wws_env *env, const wws_username_token *token, wws_error *err)
{
    char uuid[WWS_UUID_TEXT];
    char id[sizeof WSU_ID + WWS_UUID_TEXT + 2];
    WWS_TRY(wws_uuid_write(env, uuid, err));
    memcpy(id, WSU_ID, sizeof WSU_ID - 1);
    memcpy(id + sizeof WSU_ID - 1, uuid, WWS_UUID_TEXT - 1);
    memcpy(id + sizeof WSU_ID - 1 + WWS_UUID_TEXT - 1, "-1", sizeof "-1");
    return wws_username_token_write(out, token, wws_span_of(id), err);
}

static wws_result write_context(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                                const wws_context_use *use, const wws_timestamp_octets *timestamp, wws_error *err)
{
    const wws_span octets = {(const uint8_t *)timestamp->bytes, timestamp->len};
    WWS_TRY(wws_buf_append(out, use->token_xml, err));
    return wws_signature_write(out, env, &plan->suite, use->key, octets, use->token_id,
                               wws_sc_names_of(plan->sc_version)->token_type, err);
}

static wws_result write_token(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                              const wws_security_token *token, const wws_signing *with, wws_error *err)
{
    const wws_security_token_parts *parts = wws_security_token_look(token);
    const wws_key_type type = wws_security_token_key_type(token);
    WWS_TRY(wws_security_token_check(token, wws_env_now(env), plan->skew, err));
    WWS_TRY(wws_buf_append(out, parts->xml, err));
    if (type == WWS_KEY_TYPE_NONE) {
        return WWS_OK;
    }
    wws_signing own = *with;
    own.key = parts->secret;
    own.signer = parts->signer;
    own.reference_xml = parts->attached;
    if (type != WWS_KEY_TYPE_ASYMMETRIC) {
        own.to = (wws_span){NULL, 0};
    }
    return wws_signature_write_with(out, env, &plan->suite, &own, err);
}

static bool has_keyed_token(const wws_header_out *parts)
{
    for (size_t i = 0; i < parts->token_count; i++) {
        if (wws_security_token_key_type(parts->tokens[i]) != WWS_KEY_TYPE_NONE) {
            return true;
        }
    }
    return false;
}

bool wws_header_signs_to(const wws_header_out *parts)
{
    for (size_t i = 0; i < parts->token_count; i++) {
        if (wws_security_token_key_type(parts->tokens[i]) == WWS_KEY_TYPE_ASYMMETRIC) {
            return true;
        }
    }
    return false;
}

static wws_result write_tokens(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                               const wws_header_out *parts, const wws_timestamp_octets *timestamp, wws_error *err)
{
    if (parts->username != NULL) {
        WWS_TRY(write_username(out, env, parts->username, err));
    }
    if (parts->context != NULL) {
        WWS_TRY(write_context(out, env, plan, parts->context, timestamp, err));
    }
    const wws_signing with = {.timestamp = {(const uint8_t *)timestamp->bytes, timestamp->len}, .to = parts->to};
    for (size_t i = 0; i < parts->token_count; i++) {
        WWS_TRY(write_token(out, env, plan, parts->tokens[i], &with, err));
    }
    return WWS_OK;
}

wws_result wws_security_header_write(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                                     const wws_header_out *parts, wws_envelope_version version, wws_error *err)
{
    const bool has_timestamp = parts->timestamp || parts->context != NULL || has_keyed_token(parts);
    const bool is_last = plan->layout == WWS_LAYOUT_LAX_TIMESTAMP_LAST;
    wws_timestamp_octets timestamp = {.len = 0};
    (void)version; /* mustUnderstand is written alike in both */
    if (!has_timestamp && parts->username == NULL && parts->token_count == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_put(out, "<o:Security s:mustUnderstand=\"1\" xmlns:o=\"" WWS_NS_WSSE "\">", err));
    if (has_timestamp) {
        wws_timestamp_make(&timestamp, wws_env_now(env), plan->validity);
    }
    if (has_timestamp && !is_last) {
        WWS_TRY(wws_timestamp_write(out, &timestamp, err));
    }
    WWS_TRY(write_tokens(out, env, plan, parts, &timestamp, err));
    if (has_timestamp && is_last) {
        WWS_TRY(wws_timestamp_write(out, &timestamp, err));
    }
    return wws_xml_put(out, "</o:Security>", err);
}
