#include "channel/request_channel.h"

#include "channel/client_request.h"
#include "channel/request_channel_parts.h"

/* What stands around an envelope in a request: our own head, small but for the URL and the action. */
enum { HEAD_ROOM = 16384, TOKEN_ROOM = 131072, LIST_MAX = 4096, SECRETS_MAX = 1 << 20, PIN_MAX = 65536 };

static wws_span field_of(const wws_credential *credential, const char *name)
{
    const wws_value *value = wws_value_get(credential->value, name);
    return value == NULL || value->kind != WWS_VALUE_STRING ? (wws_span){NULL, 0} : value->text;
}

/* Own copies: the description may be gone when the last message is written. */
static wws_result copy_text(wws_buf *out, wws_span text, wws_span *copy, wws_error *err)
{
    const size_t at = out->len;
    WWS_TRY(wws_buf_append(out, text, err));
    *copy = text.at == NULL ? text : (wws_span){out->bytes + at, text.len};
    return WWS_OK;
}

static wws_result copy_username(wws_buf *out, const wws_description *description, wws_username_token *token,
                                wws_error *err)
{
    const wws_binding *binding = wws_description_find(description, WWS_BINDING_USERNAME);
    if (binding == NULL || !binding->credential.present) {
        return WWS_OK;
    }
    const wws_span username = field_of(&binding->credential, "username");
    const wws_span password = field_of(&binding->credential, "password");
    WWS_TRY(wws_buf_reserve(out, username.len + password.len + 1, err));
    WWS_TRY(copy_text(out, username, &token->username, err));
    return copy_text(out, password, &token->password, err);
}

static wws_result compile(wws_request_channel *channel, const wws_request_channel_options *options, wws_error *err)
{
    const wws_description *description = channel->description;
    const wws_binding *binding = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    channel->plan = wws_plan_of(description);
    channel->has_context = binding != NULL;
    if (binding != NULL) {
        const wws_context_terms terms = wws_context_terms_of(description, binding);
        channel->boot_plan = wws_plan_of(binding->bootstrap);
        wws_client_context_init(channel->context, channel->env, &terms);
        WWS_TRY(copy_username(&channel->boot_secrets, binding->bootstrap, &channel->boot_username, err));
        WWS_TRY(wws_tokens_keep(&channel->boot_tokens, binding->bootstrap, options, err));
    }
    WWS_TRY(wws_tokens_keep(&channel->tokens, description, options, err));
    return copy_username(&channel->secrets, description, &channel->username, err);
}

void wws_request_channel_init_own(wws_request_channel *channel, wws_span trace_key)
{
    const wws_alloc *alloc = channel->env->alloc;
    const size_t most = wws_settings_size(&channel->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    wws_buf_init(&channel->call.texts, alloc, most + LIST_MAX * (sizeof(wws_span) + HEAD_ROOM));
    wws_buf_init(&channel->call.lists, alloc, LIST_MAX * sizeof(wws_span));
    wws_buf_init(&channel->envelope, alloc, most);
    wws_buf_init(&channel->request, alloc, most + (size_t)2 * HEAD_ROOM + TOKEN_ROOM);
    wws_buf_init(&channel->whole_url, alloc, HEAD_ROOM);
    wws_buf_init(&channel->redirect.from, alloc, HEAD_ROOM);
    wws_buf_init(&channel->redirect.next, alloc, HEAD_ROOM);
    wws_buf_init(&channel->redirect.here, alloc, HEAD_ROOM);
    if (trace_key.at != NULL) {
        wws_trace_init(&channel->trace, channel->env, trace_key);
    }
}

void wws_request_channel_clear_own(wws_request_channel *channel)
{
    wws_buf_clear(&channel->call.texts);
    wws_buf_clear(&channel->call.lists);
    wws_security_token_free(channel->call.token);
    channel->call.token = NULL;
    wws_buf_clear(&channel->envelope);
    wws_buf_clear(&channel->request);
    wws_buf_clear(&channel->whole_url);
    wws_buf_clear(&channel->redirect.from);
    wws_buf_clear(&channel->redirect.next);
    wws_buf_clear(&channel->redirect.here);
    wws_ticket_forget(channel);
    wws_message_free(channel->reply);
    wws_message_free(channel->fault);
    wws_trace_clear(&channel->trace);
    wws_stream_out_clear(&channel->output);
    wws_stream_in_clear(&channel->input);
}

static void clear_shared(wws_request_channel *channel)
{
    wws_request_channel_unbind(channel);
    wws_xml_kept_clear(&channel->own_kept);
    wws_tls_config_free(channel->failed_tls);
    wws_client_context_clear(channel->context);
    wws_tokens_drop(&channel->tokens);
    wws_tokens_drop(&channel->boot_tokens);
    wws_buf_clear(&channel->secrets);
    wws_buf_clear(&channel->auth_secrets);
    wws_buf_clear(&channel->proxy_secrets);
    wws_buf_clear(&channel->boot_secrets);
    wws_buf_clear(&channel->url_text);
    wws_buf_clear(&channel->dns);
    wws_buf_clear(&channel->place);
    wws_buf_clear(&channel->pinned);
    wws_buf_clear(&channel->modulus);
    wws_buf_clear(&channel->exponent);
    wws_buf_clear(&channel->reference);
}

wws_result wws_request_channel_new(const wws_request_channel_options *options, wws_request_channel **out,
                                   wws_error *err)
{
    const wws_alloc *alloc = options->env->alloc;
    wws_request_channel *channel = wws_env_alloc(options->env, sizeof *channel);
    if (channel == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a channel");
    }
    memset(channel, 0, sizeof *channel);
    channel->env = options->env;
    channel->description = options->description;
    channel->settings = *options->settings;
    channel->cookies = &channel->own_cookies;
    channel->kept = &channel->own_kept;
    channel->context = &channel->own_context;
    const size_t most = wws_settings_size(&channel->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    wws_buf_init(&channel->secrets, alloc, SECRETS_MAX);
    wws_buf_init(&channel->boot_secrets, alloc, SECRETS_MAX);
    wws_buf_init(&channel->auth_secrets, alloc, SECRETS_MAX);
    wws_buf_init(&channel->proxy_secrets, alloc, SECRETS_MAX);
    wws_buf_init(&channel->url_text, alloc, HEAD_ROOM);
    wws_buf_init(&channel->dns, alloc, WWS_HOST_TEXT);
    wws_buf_init(&channel->place, alloc, WWS_HOST_TEXT);
    wws_buf_init(&channel->pinned, alloc, PIN_MAX);
    wws_buf_init(&channel->modulus, alloc, PIN_MAX);
    wws_buf_init(&channel->exponent, alloc, PIN_MAX);
    wws_buf_init(&channel->reference, alloc, most);
    wws_cookies_init(channel->cookies, alloc);
    wws_request_channel_init_own(channel, options->trace_key);
    const wws_result code = compile(channel, options, err);
    if (code != WWS_OK) {
        wws_request_channel_free(channel);
        return code;
    }
    *out = channel;
    return WWS_OK;
}

void wws_request_channel_free(wws_request_channel *channel)
{
    if (channel == NULL) {
        return;
    }
    const wws_env *env = channel->env;
    if (channel->root == NULL) {
        clear_shared(channel);
    } else {
        wws_http_exchange_clear(&channel->http);
        wws_client_auth_clear(&channel->auth);
    }
    wws_request_channel_clear_own(channel);
    explicit_bzero(channel, sizeof *channel);
    wws_env_free(env, channel);
}

/* Copies into memory that was reserved before, so that spans into it stay true. */
static wws_span keep(wws_buf *texts, wws_span text)
{
    if (text.at == NULL) {
        return text;
    }
    const size_t at = texts->len;
    memcpy(texts->bytes + at, text.at, text.len);
    texts->len += text.len;
    return (wws_span){texts->bytes + at, text.len};
}

static size_t size_of(const wws_request *request)
{
    size_t size = request->action.len + request->body.len + request->message_id.len + request->relates_to.len +
                  request->to.len + request->reply_to.len;
    for (size_t i = 0; i < request->header_count; i++) {
        size += request->headers[i].len;
    }
    for (size_t i = 0; i < request->understand_count; i++) {
        size += request->understands[i].len;
    }
    return size;
}

static wws_result keep_list(wws_client_call *call, const wws_span *list, size_t count, wws_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const wws_span kept = keep(&call->texts, list[i]);
        WWS_TRY(wws_buf_append(&call->lists, (wws_span){(const uint8_t *)&kept, sizeof kept}, err));
    }
    return WWS_OK;
}

static wws_result keep_request(wws_client_call *call, const wws_request *request, wws_error *err)
{
    wws_buf_reset(&call->texts, HEAD_ROOM);
    wws_buf_reset(&call->lists, HEAD_ROOM);
    WWS_TRY(wws_buf_reserve(&call->texts, size_of(request) + 1, err));
    call->action = keep(&call->texts, request->action);
    call->body = keep(&call->texts, request->body);
    call->message_id = keep(&call->texts, request->message_id);
    call->relates_to = keep(&call->texts, request->relates_to);
    call->to = keep(&call->texts, request->to);
    call->reply_to = keep(&call->texts, request->reply_to);
    wws_security_token_free(call->token);
    call->token = request->token == NULL ? NULL : wws_security_token_keep(request->token);
    call->header_count = request->header_count;
    call->understand_count = request->understand_count;
    WWS_TRY(keep_list(call, request->headers, request->header_count, err));
    return keep_list(call, request->understands, request->understand_count, err);
}

/* What has no place to stand in must not get lost in silence. */
static wws_result check_addressing(const wws_request_channel *channel, const wws_request *request, wws_error *err)
{
    const struct {
        const char *name;
        wws_span value;
    } given[] = {{"message_id", request->message_id},
                 {"relates_to", request->relates_to},
                 {"to", request->to},
                 {"reply_to", request->reply_to}};
    if (wws_settings_addressing(&channel->settings) != WWS_ADDRESSING_TRANSPORT) {
        return WWS_OK;
    }
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i].value.at != NULL) {
            const wws_result code = wws_fail(
                err, WWS_E_INVALIDARG, "with the addressing version transport a message has no addressing headers");
            wws_error_about(err, NULL, given[i].name);
            return code;
        }
    }
    return WWS_OK;
}

static wws_result check_request(const wws_request_channel *channel, const wws_request *request, wws_error *err)
{
    if (request->action.len == 0) {
        return wws_fail(err, WWS_E_INVALIDARG, "a message needs an action");
    }
    if (request->streamed && !wws_settings_streams(&channel->settings, WWS_STREAMED_OUTPUT)) {
        (void)wws_fail(err, WWS_E_INVALID_OPERATION, "the channel does not stream what it sends");
        wws_error_about(err, NULL, wws_settings_name(WWS_TRANSFER_MODE));
        wws_error_expected(err, "streamed or streamed_output");
        return WWS_E_INVALID_OPERATION;
    }
    if (request->body.len > channel->envelope.limit) {
        return wws_client_too_large(channel->envelope.limit, err);
    }
    if (request->token != NULL && !channel->plan.active) {
        return wws_fail(err, WWS_E_INVALID_OPERATION,
                        "the messages of the channel have no security header for a token");
    }
    WWS_TRY(check_addressing(channel, request, err));
    for (size_t i = 0; i < request->header_count; i++) {
        WWS_TRY(wws_client_xml_check(request->headers[i], WWS_CLIENT_HEADER, channel->kept, err));
    }
    return request->body.len == 0 ? WWS_OK : wws_client_xml_check(request->body, WWS_CLIENT_BODY, channel->kept, err);
}

void wws_call_begin(wws_request_channel *channel, wws_phase phase)
{
    wws_client_call *call = &channel->call;
    wws_message_free(channel->fault);
    channel->fault = NULL;
    memset(&channel->error, 0, sizeof channel->error);
    wws_ticket_forget(channel);
    channel->has_deferred = false;
    call->phase = phase;
    call->after = WWS_PHASE_DONE;
    if (wws_redirect_home(channel)) {
        call->phase = WWS_PHASE_SHUT;
        call->after = phase;
    }
    call->resend = false;
    call->retried = false;
    call->aborted = false;
    call->closing = false;
    call->context_only = false;
    channel->lacks_context = false;
    call->opening = false;
    call->leg = WWS_LEG_END;
}

wws_result wws_call_is_free(const wws_request_channel *channel, wws_error *err)
{
    return channel->call.phase == WWS_PHASE_IDLE
               ? WWS_OK
               : wws_fail(err, WWS_E_INVALID_OPERATION, "the channel is in the middle of another call");
}

wws_result wws_request_channel_begin(wws_request_channel *channel, const wws_request *request, wws_error *err)
{
    wws_channel_state state = channel->root == NULL ? channel->state : channel->root->state;
    WWS_TRY(wws_channel_state_move(&state, WWS_EVENT_CALL, err));
    WWS_TRY(wws_call_is_free(channel, err));
    if (channel->reply != NULL) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the reply to the last send was not received yet");
    }
    WWS_TRY(check_request(channel, request, err));
    WWS_TRY(keep_request(&channel->call, request, err));
    if (wws_request_channel_is_single(channel)) {
        wws_single_forsake(channel);
    } else if (wws_http_exchange_flows(&channel->http)) {
        wws_http_exchange_close(&channel->http); /* nobody reads the rest of the last reply */
    }
    wws_stream_in_clear(&channel->input);
    wws_call_begin(channel, WWS_PHASE_CONNECT);
    channel->call.streamed = request->streamed;
    channel->call.one_way = request->one_way;
    return WWS_OK;
}

wws_result wws_request_channel_begin_context(wws_request_channel *channel, wws_error *err)
{
    wws_channel_state state = channel->state;
    WWS_TRY(wws_channel_state_move(&state, WWS_EVENT_CALL, err));
    WWS_TRY(wws_call_is_free(channel, err));
    wws_call_begin(channel, wws_request_channel_needs_context(channel) ? WWS_PHASE_CONNECT : WWS_PHASE_DONE);
    channel->call.context_only = true;
    channel->call.one_way = false;
    return WWS_OK;
}

bool wws_request_channel_needs_context(const wws_request_channel *channel)
{
    return channel->has_context && wws_client_context_need(channel->context) != WWS_NEED_NOTHING;
}

wws_result wws_request_channel_begin_close(wws_request_channel *channel, wws_error *err)
{
    const wws_channel_state was = channel->state;
    WWS_TRY(wws_channel_state_move(&channel->state, WWS_EVENT_CLOSE, err));
    wws_stream_in_clear(&channel->input);
    if (channel->call.phase != WWS_PHASE_IDLE) {
        wws_request_channel_drop(channel);
    }
    wws_message_free(channel->reply);
    channel->reply = NULL;
    const bool reachable = channel->session == NULL || wws_client_session_is_up(channel->session);
    const bool cancel =
        was == WWS_STATE_OPEN && channel->has_context && reachable && wws_client_context_is_active(channel->context);
    wws_call_begin(channel, cancel ? WWS_PHASE_CONNECT : WWS_PHASE_SHUT);
    channel->call.closing = true;
    channel->call.leg = WWS_LEG_CANCEL;
    if (wws_request_channel_is_single(channel)) {
        wws_single_close(channel);
    } else if (!cancel && channel->session != NULL) {
        wws_client_session_close(channel->session);
    } else if (!cancel) {
        wws_http_exchange_close(&channel->http);
    }
    return WWS_OK;
}

void wws_request_channel_lose(wws_request_channel *channel)
{
    if (channel->session != NULL) {
        wws_client_session_drop(channel->session);
        if (wws_request_channel_is_single(channel)) {
            wws_client_single_leave(&channel->single);
        }
    } else {
        wws_http_exchange_drop(&channel->http);
    }
}

void wws_request_channel_drop(wws_request_channel *channel)
{
    wws_stream_in_clear(&channel->input);
    wws_request_channel_lose(channel);
    if (channel->has_context && channel->root == NULL) {
        wws_client_context_forget(channel->context);
    }
    channel->call.phase = WWS_PHASE_IDLE;
    channel->has_deferred = false;
}

void wws_request_channel_abort(wws_request_channel *channel)
{
    (void)(wws_channel_state_move(&channel->state, WWS_EVENT_ABORT, NULL) == WWS_OK);
    channel->call.aborted = channel->call.phase != WWS_PHASE_IDLE;
    if (channel->state == WWS_STATE_FAULTED && channel->has_context && channel->root == NULL) {
        wws_client_context_drop(channel->context);
    }
}

wws_result wws_request_channel_reset(wws_request_channel *channel, wws_error *err)
{
    WWS_TRY(wws_channel_state_move(&channel->state, WWS_EVENT_RESET, err));
    wws_request_channel_drop(channel);
    wws_request_channel_unbind(channel);
    wws_message_free(channel->reply);
    channel->reply = NULL;
    if (channel->has_context) {
        wws_client_context_drop(channel->context);
    }
    return WWS_OK;
}

const wws_error *wws_request_channel_error(const wws_request_channel *channel)
{
    return &channel->error;
}

wws_message *wws_request_channel_take(wws_request_channel *channel)
{
    wws_message *reply = channel->reply;
    channel->reply = NULL;
    return reply;
}

const wws_message *wws_request_channel_fault(const wws_request_channel *channel)
{
    return channel->fault;
}

wws_channel_state wws_request_channel_state(const wws_request_channel *channel)
{
    return channel->state;
}

wws_settings *wws_request_channel_settings(wws_request_channel *channel)
{
    return &channel->settings;
}

bool wws_request_channel_context(const wws_request_channel *channel, wws_context_info *out)
{
    const wws_client_context *context = channel->context;
    if (!channel->has_context || !wws_client_context_is_active(context)) {
        return false;
    }
    *out = (wws_context_info){.identifier = wws_buf_peek(&context->current.identifier),
                              .instance = wws_buf_peek(&context->current.instance),
                              .state = wws_client_context_need(context) == WWS_NEED_NOTHING ? "active" : "renew_due",
                              .created = context->established,
                              .renewed = context->keyed,
                              .renew_at = context->renew_at,
                              .expires = context->expires,
                              .renewals = context->renewals};
    return true;
}

bool wws_request_channel_owes_cancel(const wws_request_channel *channel)
{
    return channel->root == NULL && channel->state == WWS_STATE_OPEN && channel->has_context &&
           wws_client_context_is_active(channel->context) &&
           (channel->session != NULL
                ? wws_client_session_is_up(channel->session)
                : channel->http.target.certificate_check == 0 || wws_http_exchange_is_up(&channel->http));
}

void wws_request_channel_detach(wws_request_channel *channel)
{
    channel->description = NULL;
    for (int i = 1; i < WWS_CHANNEL_PROPERTY_END; i++) {
        channel->settings.of[i].value = NULL;
    }
    /* Nobody is left to ask about certificates: that of the connection at hand was accepted, no other will be. */
    channel->keeps_connection = channel->http.target.certificate_check != 0;
    channel->http.target.certificate_check = 0;
    channel->trace.on = false;
    channel->trace.count = 0;
}
