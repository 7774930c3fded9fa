#include "security/conversation/client_context.h"

enum { TOKEN_MAX = 65536, NAME_MAX_BYTES = 4096 };
/* The id that our own Timestamp bears: a token with the same one would make the message ambiguous. */
#define TIMESTAMP_ID "_0"

wws_context_terms wws_context_terms_of(const wws_description *description, const wws_binding *binding)
{
    const wws_setting *settings = binding->settings;
    const wws_setting *size = &settings[WWS_SECURITY_CONTEXT_KEY_SIZE];
    return (wws_context_terms){
        .version = settings[WWS_SECURE_CONVERSATION_VERSION].choice,
        .entropy_mode = settings[WWS_SECURITY_CONTEXT_KEY_ENTROPY_MODE].choice,
        .key_size = size->present && size->number > 0 ? (uint32_t)size->number
                                                      : wws_suite_default_key_size(&description->suite),
        .support_renew = settings[WWS_SECURITY_CONTEXT_SUPPORT_RENEW].boolean,
        .renewal_interval = wws_setting_ms(&settings[WWS_SECURITY_CONTEXT_RENEWAL_INTERVAL]),
        .rollover_interval = wws_setting_ms(&settings[WWS_SECURITY_CONTEXT_ROLLOVER_INTERVAL]),
        .suite = description->suite,
        .limits = wws_message_properties_of(binding),
    };
}

static void key_init(wws_context_key *key, const wws_alloc *alloc)
{
    memset(key, 0, sizeof *key);
    wws_buf_init(&key->token_xml, alloc, TOKEN_MAX);
    wws_buf_init(&key->token_id, alloc, NAME_MAX_BYTES);
    wws_buf_init(&key->identifier, alloc, NAME_MAX_BYTES);
    wws_buf_init(&key->instance, alloc, NAME_MAX_BYTES);
}

static void key_clear(wws_context_key *key)
{
    wws_buf_clear(&key->token_xml);
    wws_buf_clear(&key->token_id);
    wws_buf_clear(&key->identifier);
    wws_buf_clear(&key->instance);
    wws_secret_wipe(&key->key);
}

void wws_client_context_init(wws_client_context *context, const wws_env *env, const wws_context_terms *terms)
{
    memset(context, 0, sizeof *context);
    context->env = env;
    context->terms = *terms;
    key_init(&context->current, env->alloc);
}

void wws_client_context_clear(wws_client_context *context)
{
    key_clear(&context->current);
    wws_secret_wipe(&context->entropy);
    context->state = WWS_CONTEXT_NONE;
    context->asked = 0;
}

bool wws_client_context_is_active(const wws_client_context *context)
{
    return context->state != WWS_CONTEXT_NONE;
}

/* WCF renews with an expired key while the service still rolls over; later the service has forgotten it. */
static bool is_beyond_rollover(const wws_client_context *context, wws_time now)
{
    return context->expires != WWS_TIME_NEVER && now - context->expires >= context->terms.rollover_interval;
}

wws_context_need wws_client_context_need(const wws_client_context *context)
{
    if (context->state == WWS_CONTEXT_NONE) {
        return WWS_NEED_ISSUE;
    }
    const wws_time now = wws_env_now(context->env);
    if (context->state == WWS_CONTEXT_ACTIVE && now < context->renew_at) {
        return WWS_NEED_NOTHING;
    }
    return context->terms.support_renew && !is_beyond_rollover(context, now) ? WWS_NEED_RENEW : WWS_NEED_ISSUE;
}

wws_result wws_client_context_ask(wws_client_context *context, wws_rst_kind kind, wws_rst *out, wws_error *err)
{
    const wws_context_terms *terms = &context->terms;
    if (kind != WWS_RST_ISSUE && context->state == WWS_CONTEXT_NONE) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "there is no security context to renew or cancel");
    }
    *out = (wws_rst){.kind = kind, .version = terms->version};
    if (kind != WWS_RST_ISSUE) {
        out->target_identifier = wws_buf_peek(&context->current.identifier);
        out->target_instance = wws_buf_peek(&context->current.instance);
        if (out->target_instance.len == 0) {
            out->target_instance = (wws_span){NULL, 0};
        }
    }
    if (kind == WWS_RST_CANCEL) {
        return WWS_OK;
    }
    wws_secret_wipe(&context->entropy);
    out->key_size = terms->key_size;
    if (terms->entropy_mode != WWS_ENTROPY_SERVER_ONLY) {
        const size_t len = terms->key_size / 8;
        if (len == 0 || len > WWS_SECRET_MAX) {
            return wws_fail(err, WWS_E_INVALIDARG, "a context key of %u bits cannot be made", terms->key_size);
        }
        WWS_TRY(wws_env_random(context->env, context->entropy.bytes, len, err));
        context->entropy.len = len;
        out->entropy = context->entropy;
    }
    context->asked = kind;
    return WWS_OK;
}

void wws_client_context_forget(wws_client_context *context)
{
    wws_secret_wipe(&context->entropy);
    context->asked = 0;
}

static wws_result refuse(wws_error *err, const char *sentence)
{
    const wws_result code = wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "%s", sentence);
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), NULL);
    return code;
}

static wws_result check_answer(const wws_client_context *context, const wws_rstr *rstr, wws_error *err)
{
    if (rstr->kind != context->asked || rstr->version != context->terms.version) {
        return refuse(err, "the answer is not to the request that was sent");
    }
    if (rstr->context.at != NULL) {
        return refuse(err, "the answer names a Context that was not asked for");
    }
    if (rstr->token_xml.len == 0 || rstr->token.identifier.len == 0) {
        return refuse(err, "the answer holds no security context token");
    }
    if (rstr->token.id.len == 0) {
        return refuse(err, "the token bears no wsu:Id, so a signature could not name it");
    }
    if (wws_span_is(rstr->token.id, TIMESTAMP_ID)) {
        return refuse(err, "the token bears the wsu:Id of the Timestamp");
    }
    if (rstr->expires != WWS_TIME_NEVER && rstr->created != WWS_TIME_NEVER && rstr->expires <= rstr->created) {
        return refuse(err, "the token's life ends before it begins");
    }
    return WWS_OK;
}

static wws_result copy_key(wws_context_key *key, const wws_client_context *context, const wws_rstr *rstr,
                           wws_error *err)
{
    WWS_TRY(wws_buf_append(&key->token_xml, rstr->token_xml, err));
    WWS_TRY(wws_buf_append(&key->token_id, rstr->token.id, err));
    WWS_TRY(wws_buf_append(&key->identifier, rstr->token.identifier, err));
    WWS_TRY(wws_buf_append(&key->instance, rstr->token.instance, err));
    const wws_context_terms *terms = &context->terms;
    return wws_rstr_key(&context->entropy, terms->key_size, rstr, terms->entropy_mode, &terms->suite, &key->key, err);
}

static wws_time later(wws_time from, int64_t by)
{
    return by >= WWS_TIME_NEVER - from ? WWS_TIME_NEVER : from + by;
}

/* Only the length of the key's life is taken from the service: its clock may differ from ours. */
static void take_life(wws_client_context *context, const wws_rstr *rstr)
{
    const wws_time now = wws_env_now(context->env);
    int64_t wait = context->terms.renewal_interval;
    context->keyed = now;
    context->expires = WWS_TIME_NEVER;
    if (rstr->expires != WWS_TIME_NEVER) {
        const int64_t life = rstr->expires - (rstr->created == WWS_TIME_NEVER ? now : rstr->created);
        const int64_t most = life / 10 * 6; /* WCF's threshold for issued tokens */
        context->expires = later(now, life);
        wait = most < wait ? most : wait;
    }
    context->renew_at = later(now, wait);
}

wws_result wws_client_context_answer(wws_client_context *context, const wws_rstr *rstr, wws_error *err)
{
    wws_context_key key;
    key_init(&key, context->env->alloc);
    wws_result code = check_answer(context, rstr, err);
    if (code == WWS_OK) {
        code = copy_key(&key, context, rstr, err);
    }
    if (code != WWS_OK) {
        wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), NULL);
        key_clear(&key);
        return code;
    }
    key_clear(&context->current);
    context->current = key;
    explicit_bzero(&key, sizeof key);
    take_life(context, rstr);
    if (context->asked == WWS_RST_RENEW) {
        context->renewals++;
    } else {
        context->renewals = 0;
        context->established = context->keyed;
    }
    context->keys++;
    context->state = WWS_CONTEXT_ACTIVE;
    wws_client_context_forget(context);
    return WWS_OK;
}

void wws_client_context_renew_needed(wws_client_context *context)
{
    if (context->state == WWS_CONTEXT_ACTIVE) {
        context->state = WWS_CONTEXT_RENEW_DUE;
    }
}

void wws_client_context_drop(wws_client_context *context)
{
    const wws_alloc *alloc = context->env->alloc;
    wws_client_context_clear(context);
    key_init(&context->current, alloc);
}

wws_context_use wws_client_context_use(const wws_client_context *context)
{
    return (wws_context_use){.token_xml = wws_buf_peek(&context->current.token_xml),
                             .token_id = wws_buf_peek(&context->current.token_id),
                             .key = wws_secret_peek(&context->current.key)};
}
