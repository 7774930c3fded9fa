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

wws_result wws_security_header_write(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                                     const wws_header_out *parts, wws_envelope_version version, wws_error *err)
{
    const bool has_timestamp = parts->timestamp || parts->context != NULL;
    wws_timestamp_octets timestamp;
    (void)version; /* mustUnderstand is written alike in both */
    if (!has_timestamp && parts->username == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_put(out, "<o:Security s:mustUnderstand=\"1\" xmlns:o=\"" WWS_NS_WSSE "\">", err));
    if (has_timestamp) {
        wws_timestamp_make(&timestamp, wws_env_now(env), plan->validity);
        WWS_TRY(wws_timestamp_write(out, &timestamp, err));
    }
    if (parts->username != NULL) {
        WWS_TRY(write_username(out, env, parts->username, err));
    }
    if (parts->context != NULL) {
        WWS_TRY(write_context(out, env, plan, parts->context, &timestamp, err));
    }
    return wws_xml_put(out, "</o:Security>", err);
}
