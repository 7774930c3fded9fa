/* The tokens of xml_token bindings: kept while the channel lives. */
#include "channel/request_channel_parts.h"

/* Whether the binding signs, only its token tells. */
static wws_result check_timestamp(const wws_description *description, const wws_security_token *token, wws_error *err)
{
    if (description->settings[WWS_TIMESTAMP_USAGE].choice != WWS_TIMESTAMP_NEVER ||
        wws_security_token_key_type(token) == WWS_KEY_TYPE_NONE) {
        return WWS_OK;
    }
    const wws_result code =
        wws_fail(err, WWS_E_INVALIDARG, "the key of an xml_token signs the Timestamp, so there must be one");
    wws_error_about(err, wws_binding_name(WWS_BINDING_XML_TOKEN), "timestamp_usage");
    wws_error_expected(err, "always or requests_only, or a token without a key");
    wws_error_got(err, "never");
    return code;
}

wws_result wws_tokens_keep(wws_token_list *list, const wws_description *description,
                           const wws_request_channel_options *options, wws_error *err)
{
    for (size_t i = 0; i < description->count; i++) {
        const wws_binding *binding = &description->bindings[i];
        if (binding->type != WWS_BINDING_XML_TOKEN) {
            continue;
        }
        const wws_value *value = wws_value_get(binding->value, "token");
        wws_security_token *token =
            options->token == NULL || value == NULL ? NULL : options->token(options->token_state, value->ref);
        if (token == NULL || list->count == WWS_TOKENS_MAX) {
            const wws_result code = wws_fail(err, WWS_E_INVALIDARG,
                                             token == NULL ? "'token' is no security token, or one that was closed"
                                                           : "the description has too many tokens for one message");
            wws_error_about(err, wws_binding_name(WWS_BINDING_XML_TOKEN), "token");
            return code;
        }
        WWS_TRY(check_timestamp(description, token, err));
        list->tokens[list->count++] = wws_security_token_keep(token);
    }
    return WWS_OK;
}

void wws_tokens_drop(wws_token_list *list)
{
    while (list->count > 0) {
        wws_security_token_free(list->tokens[--list->count]);
    }
}

size_t wws_tokens_of_leg(const wws_request_channel *channel, wws_security_token *out[WWS_TOKENS_MAX + 1])
{
    const wws_leg leg = channel->call.leg;
    const bool boot = leg == WWS_LEG_ISSUE || leg == WWS_LEG_RENEW;
    const wws_token_list *tokens = boot ? &channel->boot_tokens : &channel->tokens;
    size_t count = tokens->count;
    memcpy(out, tokens->tokens, count * sizeof *out);
    if (leg == WWS_LEG_APPLICATION && channel->call.token != NULL) {
        out[count++] = channel->call.token;
    }
    return count;
}
