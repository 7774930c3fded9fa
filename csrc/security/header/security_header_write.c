#include <stdio.h>

#include "base/uuid.h"
#include "encoding/xml_writer.h"
#include "security/header/security_header.h"

#define WSU_ID "uuid-"

typedef struct token_id {
    char text[sizeof WSU_ID + WWS_UUID_TEXT + 2];
} token_id;

/* `uuid-<guid>-1`, as WCF names its tokens */
static wws_result draw_id(const wws_env *env, token_id *out, wws_error *err)
{
    char uuid[WWS_UUID_TEXT];
    WWS_TRY(wws_uuid_write(env, uuid, err));
    memcpy(out->text, WSU_ID, sizeof WSU_ID - 1);
    memcpy(out->text + sizeof WSU_ID - 1, uuid, WWS_UUID_TEXT - 1);
    memcpy(out->text + sizeof WSU_ID - 1 + WWS_UUID_TEXT - 1, "-1", sizeof "-1");
    return WWS_OK;
}

static wws_result write_username(wws_buf *out, const wws_env *env, const wws_username_token *token, wws_error *err)
{
    token_id id;
    WWS_TRY(draw_id(env, &id, err));
    return wws_username_token_write(out, token, wws_span_of(id.text), err);
}

static wws_result write_context(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                                const wws_context_use *use, const wws_timestamp_octets *timestamp, wws_error *err)
{
    const wws_span octets = {(const uint8_t *)timestamp->bytes, timestamp->len};
    WWS_TRY(wws_buf_append(out, use->token_xml, err));
    return wws_signature_write(out, env, &plan->suite, use->key, octets, use->token_id,
                               wws_sc_names_of(plan->sc_version)->token_type, err);
}

#define REFERENCE "<o:SecurityTokenReference"
#define TOKEN_TYPE " k:TokenType=\"" WWS_KERBEROS_TOKEN "\" xmlns:k=\"" WWS_NS_WSSE11 "\""
#define DIRECT                                                                                                         \
    "><o:Reference ValueType=\"" WWS_KERBEROS_TOKEN "\" URI=\"#%s\"></o:Reference></o:SecurityTokenReference>"

/* The reference says what it names once more where WS-Security 1.1 is spoken. */
static wws_result write_ticket(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                               const wws_ticket_use *use, const wws_signing *with, wws_error *err)
{
    enum { WSS_1_0 = 1 };
    char reference[sizeof REFERENCE TOKEN_TYPE DIRECT + sizeof(token_id)];
    token_id id;
    wws_signing own = *with;
    WWS_TRY(draw_id(env, &id, err));
    WWS_TRY(wws_kerberos_token_write(out, use->octets, wws_span_of(id.text), err));
    (void)snprintf(reference, sizeof reference,
                   plan->header_version == WSS_1_0 ? REFERENCE DIRECT : REFERENCE TOKEN_TYPE DIRECT, id.text);
    own.key = use->key;
    own.to = (wws_span){NULL, 0};
    own.reference_xml = wws_span_of(reference);
    return wws_signature_write_with(out, env, &plan->suite, &own, err);
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

static bool signs(const wws_header_out *parts)
{
    if (parts->context != NULL || parts->ticket != NULL) {
        return true;
    }
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
    if (parts->ticket != NULL) {
        WWS_TRY(write_ticket(out, env, plan, parts->ticket, &with, err));
    }
    for (size_t i = 0; i < parts->token_count; i++) {
        WWS_TRY(write_token(out, env, plan, parts->tokens[i], &with, err));
    }
    return WWS_OK;
}

wws_result wws_security_header_write(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                                     const wws_header_out *parts, wws_envelope_version version, wws_error *err)
{
    const bool has_timestamp = parts->timestamp || signs(parts);
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
