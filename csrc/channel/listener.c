#include "channel/listener.h"

enum { MAX_CONNECTIONS = 1000, MAX_HANDSHAKES = 100 };

static void compile_context(wws_listener *listener, const wws_binding *binding)
{
    const wws_setting *settings = binding->settings;
    const wws_binding *username = wws_description_find(binding->bootstrap, WWS_BINDING_USERNAME);
    listener->bootstrap = wws_plan_of(binding->bootstrap);
    /* Even a bootstrap of SSL alone has a Security header with a Timestamp. */
    listener->bootstrap.active = true;
    listener->renew = listener->bootstrap;
    listener->renew.context = true;
    listener->renew.sc_version = listener->plan.sc_version;
    listener->renew.suite = listener->plan.suite;
    listener->limits = wws_message_properties_of(binding);
    listener->entropy_mode = settings[WWS_SECURITY_CONTEXT_KEY_ENTROPY_MODE].choice;
    listener->key_size =
        settings[WWS_SECURITY_CONTEXT_KEY_SIZE].present && settings[WWS_SECURITY_CONTEXT_KEY_SIZE].given
            ? (uint32_t)settings[WWS_SECURITY_CONTEXT_KEY_SIZE].number
            : 0;
    listener->support_renew = settings[WWS_SECURITY_CONTEXT_SUPPORT_RENEW].boolean;
    listener->renewal_interval = wws_setting_ms(&settings[WWS_SECURITY_CONTEXT_RENEWAL_INTERVAL]);
    listener->rollover = wws_setting_ms(&settings[WWS_SECURITY_CONTEXT_ROLLOVER_INTERVAL]);
    listener->bootstrap_validate_password = username == NULL ? 0 : username->validate_password_ref;
}

static void compile_protection(wws_listener *listener)
{
    const wws_binding *context = wws_description_find(listener->description, WWS_BINDING_SECURITY_CONTEXT);
    listener->protection = wws_protection_of(listener->description);
    if (context != NULL) {
        listener->boot_protection = wws_protection_of(context->bootstrap);
    }
}

static void compile(wws_listener *listener)
{
    const wws_description *description = listener->description;
    const wws_binding *ssl = wws_description_find(description, WWS_BINDING_SSL);
    const wws_binding *username = wws_description_find(description, WWS_BINDING_USERNAME);
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    listener->plan = wws_plan_of(description);
    listener->secure = ssl != NULL || wws_windows_binding(description) != NULL;
    listener->require_certificate = ssl != NULL && ssl->settings[WWS_REQUIRE_SSL_CLIENT_CERT].boolean;
    listener->validate_password = username == NULL ? 0 : username->validate_password_ref;
    if (context != NULL) {
        compile_context(listener, context);
    }
}

/* What no store can count can not be limited. */
static wws_result check_limits(const wws_listener *listener, const wws_binding *context, wws_error *err)
{
    static const int limits[] = {WWS_SECURITY_CONTEXT_MAX_PENDING_CONTEXTS, WWS_SECURITY_CONTEXT_MAX_ACTIVE_CONTEXTS};
    static const char *const names[] = {"max_pending_contexts", "max_active_contexts"};
    for (size_t i = 0; i < 2 && listener->vault.kind == WWS_VAULT_SEALED; i++) {
        if (context->settings[limits[i]].given) {
            (void)wws_fail(err, WWS_E_INVALIDARG, "contexts that their own tokens carry cannot be counted");
            wws_error_about(err, "security_context", names[i]);
            wws_error_hint(err, "leave the setting out, or use a store that keeps the contexts");
            return WWS_E_INVALIDARG;
        }
    }
    return WWS_OK;
}

static wws_result make_store(wws_listener *listener, wws_error *err)
{
    const wws_binding *context = wws_description_find(listener->description, WWS_BINDING_SECURITY_CONTEXT);
    if (context == NULL) {
        return WWS_OK;
    }
    WWS_TRY(check_limits(listener, context, err));
    const wws_store_limits limits = {
        .max_pending = (size_t)context->settings[WWS_SECURITY_CONTEXT_MAX_PENDING_CONTEXTS].number,
        .max_active = (size_t)context->settings[WWS_SECURITY_CONTEXT_MAX_ACTIVE_CONTEXTS].number,
        .max_owned = listener->max_contexts_per_identity};
    listener->vault.limits = limits;
    if (listener->vault.kind != WWS_VAULT_NONE && listener->max_contexts_per_identity > 0) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "contexts are counted by identity in the listener's own memory alone");
        wws_error_about(err, NULL, "max_contexts_per_identity");
        wws_error_hint(err, "leave the option out, or the store");
        return WWS_E_INVALIDARG;
    }
    return listener->vault.kind != WWS_VAULT_NONE
               ? WWS_OK
               : wws_context_store_new(listener->env, &limits, &listener->store, err);
}

static wws_result wrong_option(const char *name, const char *expected, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "the option %s is not what it must be", name);
    wws_error_about(err, NULL, name);
    wws_error_expected(err, "%s", expected);
    return WWS_E_INVALIDARG;
}

static wws_result take_list(const wws_value *options, const char *name, wws_arena *arena, const wws_span **out,
                            size_t *count, wws_error *err)
{
    const wws_value *list = wws_value_get(options, name);
    void *memory = NULL;
    if (list == NULL || list->kind == WWS_VALUE_NIL) {
        return WWS_OK;
    }
    if (list->kind != WWS_VALUE_TABLE || list->field_count > 0) {
        return wrong_option(name, "a list of strings", err);
    }
    WWS_TRY(wws_arena_take(arena, (list->item_count + 1) * sizeof(wws_span), &memory, err));
    wws_span *spans = memory;
    for (size_t i = 0; i < list->item_count; i++) {
        if (list->items[i].kind != WWS_VALUE_STRING) {
            return wrong_option(name, "a list of strings", err);
        }
        spans[i] = list->items[i].text;
    }
    *out = spans;
    *count = list->item_count;
    return WWS_OK;
}

static wws_result take_count(const wws_value *options, const char *name, size_t *out, wws_error *err)
{
    const wws_value *value = wws_value_get(options, name);
    if (value == NULL || value->kind == WWS_VALUE_NIL) {
        return WWS_OK;
    }
    if (value->kind != WWS_VALUE_NUMBER || !(value->number >= 1 && value->number <= 1e6)) {
        return wrong_option(name, "a number from 1 to 1000000", err);
    }
    *out = (size_t)value->number;
    return WWS_OK;
}

static wws_result take_flag(const wws_value *options, const char *name, bool *out, wws_error *err)
{
    const wws_value *value = wws_value_get(options, name);
    if (value == NULL || value->kind == WWS_VALUE_NIL) {
        return WWS_OK;
    }
    if (value->kind != WWS_VALUE_BOOLEAN) {
        return wrong_option(name, "a boolean", err);
    }
    *out = value->boolean;
    return WWS_OK;
}

/* Where the contexts are kept. */
static wws_result take_store(wws_listener *listener, const wws_value *options, wws_error *err)
{
    const wws_value *store = wws_value_get(options, "store");
    if (store == NULL || store->kind == WWS_VALUE_NIL ||
        (store->kind == WWS_VALUE_STRING && wws_span_is(store->text, "memory"))) {
        return WWS_OK;
    }
    return wws_vault_read(store, &listener->vault, err);
}

/* Before the URL is known: some bindings and properties belong to one transport only. */
static void guess_channel(wws_listener *listener)
{
    const wws_settings *settings = &listener->settings;
    const wws_binding *windows = wws_windows_binding(listener->description);
    if (listener->channel_given) {
        return;
    }
    if (windows != NULL && windows->type == WWS_BINDING_NAMEDPIPE_SSPI) {
        listener->channel = WWS_CHANNEL_NAMEDPIPE;
        return;
    }
    const bool http_fits = windows == NULL && wws_settings_check(settings, WWS_CHANNEL_HTTP, NULL) == WWS_OK;
    const bool tcp_fits = wws_settings_check(settings, WWS_CHANNEL_TCP, NULL) == WWS_OK;
    listener->channel = !http_fits && tcp_fits ? WWS_CHANNEL_TCP : WWS_CHANNEL_HTTP;
}

static wws_result take_options(wws_listener *listener, wws_arena *arena, const wws_listener_options *options,
                               wws_error *err)
{
    const wws_value *given = options->options;
    wws_settings_init(&listener->settings, WWS_SERVER);
    WWS_TRY(wws_settings_read(&listener->settings, given, options->others, err));
    guess_channel(listener);
    WWS_TRY(wws_settings_check(&listener->settings, listener->channel, err));
    WWS_TRY(take_store(listener, given, err));
    WWS_TRY(take_list(given, "understands", arena, &listener->understands, &listener->understand_count, err));
    WWS_TRY(take_list(given, "host_names", arena, &listener->names, &listener->name_count, err));
    WWS_TRY(take_flag(given, "allow_reply_elsewhere", &listener->allows_elsewhere, err));
    WWS_TRY(take_count(given, "max_connections", &listener->max_connections, err));
    WWS_TRY(take_count(given, "max_handshakes", &listener->max_handshakes, err));
    WWS_TRY(take_count(given, "max_contexts_per_identity", &listener->max_contexts_per_identity, err));
    WWS_TRY(wws_description_check_channel(listener->description, listener->channel, err));
    WWS_TRY(wws_description_check_performable(listener->description, listener->channel, err));
    compile(listener);
    wws_used_tokens_init(&listener->used_tickets, listener->env);
    compile_protection(listener);
    WWS_TRY(wws_server_auth_init(&listener->auth, listener->env, listener->description, err));
    WWS_TRY(wws_listener_compile_saml(listener, arena, err));
    return make_store(listener, err);
}

wws_result wws_listener_new(const wws_env *env, wws_arena *arena, const wws_listener_options *options,
                            wws_listener **out, wws_error *err)
{
    wws_listener *listener = wws_env_alloc(env, sizeof *listener);
    if (listener == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a listener");
    }
    memset(listener, 0, sizeof *listener);
    listener->env = env;
    listener->refs = 1;
    listener->description = options->description;
    listener->channel_given = options->channel != WWS_CHANNEL_UNKNOWN;
    listener->channel = options->channel;
    listener->max_connections = MAX_CONNECTIONS;
    listener->max_handshakes = MAX_HANDSHAKES;
    listener->trace = options->trace;
    if (options->trace) {
        memcpy(listener->trace_key, options->trace_key, sizeof listener->trace_key);
    }
    const wws_result result = take_options(listener, arena, options, err);
    if (result != WWS_OK) {
        wws_listener_free(listener);
        return result;
    }
    listener->arena = *arena;
    memset(arena, 0, sizeof *arena);
    *out = listener;
    return WWS_OK;
}

wws_listener *wws_listener_keep(wws_listener *listener)
{
    listener->refs++;
    return listener;
}

void wws_listener_close(wws_listener *listener)
{
    listener->closed = true;
    if (listener->store != NULL) {
        listener->counts.revoked = wws_context_store_revoked(listener->store);
    }
    wws_context_store_free(listener->store);
    listener->store = NULL;
}

void wws_listener_free(wws_listener *listener)
{
    if (listener == NULL || --listener->refs > 0) {
        return;
    }
    wws_listener_close(listener);
    if (listener->tls != NULL) {
        wws_tls_config_free(listener->tls);
    }
    wws_xml_kept_clear(&listener->kept);
    wws_listener_clear_saml(listener);
    wws_server_auth_clear(&listener->auth);
    wws_windows_clear(&listener->windows);
    wws_windows_clear(&listener->header);
    wws_windows_clear(&listener->tickets);
    wws_windows_clear(&listener->boot_tickets);
    wws_used_tokens_clear(&listener->used_tickets);
    wws_arena_clear(&listener->arena);
    wws_vault_wipe(&listener->vault);
    explicit_bzero(listener->trace_key, sizeof listener->trace_key);
    wws_env_free(listener->env, listener);
}

wws_result wws_listener_secure(wws_listener *listener, wws_certificate *certificate, wws_error *err)
{
    const wws_binding *ssl = wws_description_find(listener->description, WWS_BINDING_SSL);
    wws_tls_config *config = NULL;
    if (ssl == NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "a certificate was given, but the description has no ssl binding");
    }
    const bool is_text = ssl->trust.len > 0 && memmem(ssl->trust.at, ssl->trust.len, "-----BEGIN", 10) != NULL;
    const wws_tls_options options = {.server = true,
                                     .certificate = certificate,
                                     .trust = is_text ? NULL : (const char *)ssl->trust.at, /* ends in NUL */
                                     .trust_pem = is_text ? ssl->trust : (wws_span){NULL, 0},
                                     .require_client_certificate = listener->require_certificate,
                                     .check_revocation = listener->require_certificate};
    WWS_TRY(wws_tls_config_new(&options, &config, err));
    if (listener->tls != NULL) {
        wws_tls_config_free(listener->tls);
    }
    listener->tls = config;
    return WWS_OK;
}

/* Each binding that asks for it, once. */
static wws_result accept_each(const wws_description *description, wws_gss_credential *acceptor, wws_windows made[4],
                              wws_error *err)
{
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    if (wws_windows_binding(description) != NULL) {
        WWS_TRY(wws_windows_server(&made[0], description, acceptor, err));
    }
    WWS_TRY(wws_windows_ticket_server(&made[1], description, acceptor, err));
    if (context != NULL) {
        WWS_TRY(wws_windows_ticket_server(&made[2], context->bootstrap, acceptor, err));
    }
    wws_windows_header_server(&made[3], description, acceptor);
    for (size_t i = 0; i < 4; i++) {
        if (made[i].credential != NULL) {
            return WWS_OK;
        }
    }
    return wws_fail(err, WWS_E_INVALIDARG, "an acceptor was given, but no binding of the description is for it");
}

wws_result wws_listener_accept_windows(wws_listener *listener, wws_gss_credential *acceptor, wws_error *err)
{
    wws_windows *const places[] = {&listener->windows, &listener->tickets, &listener->boot_tickets, &listener->header};
    wws_windows made[4] = {{.credential = NULL}};
    const wws_result result = accept_each(listener->description, acceptor, made, err);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        if (result == WWS_OK) {
            wws_windows_clear(places[i]);
            *places[i] = made[i];
        } else {
            wws_windows_clear(&made[i]);
        }
    }
    return result;
}

void wws_listener_note(wws_listener *listener, const wws_error *err)
{
    listener->last_error = *err;
    listener->has_last_error = true;
}
