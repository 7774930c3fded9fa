/* The messages of one call: establish, renew, the application's own, cancel. Each is written and its answer read. */
#include <stdio.h>

#include "base/uuid.h"
#include "channel/client_fault.h"
#include "channel/client_reply.h"
#include "channel/client_request.h"
#include "channel/content_type.h"
#include "channel/request_channel_parts.h"
#include "framing/http_body.h"

typedef struct leg_row {
    const char *step; /* in the trace */
    const char *task; /* in errors */
    wws_rst_kind kind;
} leg_row;

static const leg_row LEGS[WWS_LEG_END] = {
    [WWS_LEG_APPLICATION] = {"request", "call the service", 0},
    [WWS_LEG_ISSUE] = {"establish", "establish the security context", WWS_RST_ISSUE},
    [WWS_LEG_RENEW] = {"renew", "renew the security context", WWS_RST_RENEW},
    [WWS_LEG_CANCEL] = {"cancel", "cancel the security context", WWS_RST_CANCEL},
};

void wws_channel_event_add(wws_request_channel *channel, const char *step, const char *direction, wws_span action,
                           wws_span message)
{
    const wws_trace_event event = {.side = "client",
                                   .step = step,
                                   .direction = direction,
                                   .bytes = message.len,
                                   .action = action,
                                   .context = channel->has_context && wws_client_context_is_active(channel->context)
                                                  ? wws_buf_peek(&channel->context->current.identifier)
                                                  : (wws_span){NULL, 0},
                                   .message = message};
    wws_trace_add(&channel->trace, &event);
}

static const wws_message_plan *plan_of(const wws_request_channel *channel)
{
    return channel->call.leg == WWS_LEG_ISSUE ? &channel->boot_plan : &channel->plan;
}

static wws_span action_of(const wws_request_channel *channel, bool response)
{
    const int version = channel->has_context ? channel->context->terms.version : WWS_SC_FEBRUARY_2005;
    const wws_sc_names *names = wws_sc_names_of(version);
    switch (channel->call.leg) {
    case WWS_LEG_ISSUE:
        return wws_span_of(response ? NULL : names->issue_action);
    case WWS_LEG_RENEW:
        return wws_span_of(response ? names->renew_response_action : names->renew_action);
    case WWS_LEG_CANCEL:
        return wws_span_of(response ? names->cancel_response_action : names->cancel_action);
    case WWS_LEG_APPLICATION:
    case WWS_LEG_END:
    default:
        return response ? (wws_span){NULL, 0} : channel->call.action;
    }
}

static wws_span message_id_of(const wws_request_channel *channel)
{
    const wws_client_call *call = &channel->call;
    return call->leg == WWS_LEG_APPLICATION && call->message_id.at != NULL ? call->message_id
                                                                           : wws_span_of(call->own_id);
}

/* One renewal or establishment a call: a service whose keys live no time at all must not keep us busy. */
static wws_leg next_leg(const wws_request_channel *channel)
{
    const wws_leg last = channel->call.leg;
    if (channel->call.closing) {
        return WWS_LEG_CANCEL;
    }
    if (channel->root != NULL) { /* a renewal that is due is its root's business, too: the key at hand is still good */
        return WWS_LEG_APPLICATION;
    }
    if (!channel->has_context || last == WWS_LEG_ISSUE || last == WWS_LEG_RENEW) {
        return WWS_LEG_APPLICATION;
    }
    switch (wws_client_context_need(channel->context)) {
    case WWS_NEED_ISSUE:
        return WWS_LEG_ISSUE;
    case WWS_NEED_RENEW:
        return WWS_LEG_RENEW;
    case WWS_NEED_NOTHING:
    default:
        return WWS_LEG_APPLICATION;
    }
}

wws_leg wws_leg_choose(const wws_request_channel *channel)
{
    return channel->call.resend ? channel->call.leg : next_leg(channel);
}

static wws_result draw_id(wws_request_channel *channel, wws_error *err)
{
    static const char prefix[] = "urn:uuid:";
    memcpy(channel->call.own_id, prefix, sizeof prefix);
    return wws_uuid_write(channel->env, channel->call.own_id + sizeof prefix - 1, err);
}

static void address(const wws_request_channel *channel, wws_addressing_out *out)
{
    const wws_client_call *call = &channel->call;
    *out = (wws_addressing_out){.action = action_of(channel, false),
                                .message_id = message_id_of(channel),
                                .to = wws_buf_peek(&channel->url_text),
                                .reply_to_anonymous = true};
    if (call->leg == WWS_LEG_APPLICATION) {
        out->relates_to = call->relates_to;
        out->to = call->to.at != NULL ? call->to : out->to;
        out->reply_to = call->reply_to;
        out->reply_to_anonymous = call->reply_to.at == NULL && !call->one_way;
    }
}

static wws_result write_with(wws_request_channel *channel, const wws_ticket_use *ticket, wws_error *err)
{
    const wws_client_call *call = &channel->call;
    const wws_message_plan *plan = plan_of(channel);
    const bool boot = call->leg == WWS_LEG_ISSUE || call->leg == WWS_LEG_RENEW;
    const wws_username_token *username = boot ? &channel->boot_username : &channel->username;
    wws_security_token *tokens[WWS_TOKENS_MAX + 1];
    const bool with_context = channel->has_context && call->leg != WWS_LEG_ISSUE;
    wws_context_use use = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    wws_client_message message = {.rst = NULL};
    wws_rst rst = {.kind = 0};
    if (with_context) {
        use = wws_client_context_use(channel->context);
    }
    const wws_header_out security = {.timestamp = plan->timestamp_usage != WWS_TIMESTAMP_NEVER,
                                     .username = username->username.at == NULL ? NULL : username,
                                     .context = with_context ? &use : NULL,
                                     .ticket = ticket,
                                     .tokens = tokens,
                                     .token_count = wws_tokens_of_leg(channel, tokens)};
    address(channel, &message.addressing);
    message.reference = wws_buf_peek(&channel->reference);
    if (call->leg == WWS_LEG_APPLICATION) {
        message.headers = (const wws_span *)(const void *)channel->call.lists.bytes;
        message.header_count = call->header_count;
        message.body = call->body;
        message.flows = call->streamed;
    } else {
        WWS_TRY(wws_client_context_ask(channel->context, LEGS[call->leg].kind, &rst, err));
        message.rst = &rst;
    }
    wws_buf_reset(&channel->envelope, wws_settings_size(&channel->settings, WWS_TRIM_BUFFERED_MESSAGE_SIZE));
    const wws_result code =
        wws_client_envelope_write(&channel->envelope, channel->env, &channel->settings, plan, &security, &message, err);
    wws_secret_wipe(&rst.entropy);
    return code;
}

static wws_result write_envelope(wws_request_channel *channel, wws_error *err)
{
    wws_taken_ticket ticket;
    WWS_TRY(wws_ticket_take(channel, &ticket, err));
    const wws_result code = write_with(channel, ticket.is_there ? &ticket.use : NULL, err);
    if (ticket.is_there) {
        wws_ticket_drop(channel, &ticket);
    }
    return code;
}

static wws_result encode(wws_request_channel *channel, wws_error *err)
{
    const wws_result code = wws_content_encode(&channel->settings, wws_settings_envelope(&channel->settings),
                                               channel->env, &channel->envelope, err);
    return code == WWS_E_QUOTA_EXCEEDED ? wws_client_too_large(channel->envelope.limit, err) : code;
}

/* Only the application's own messages are streamed. */
static wws_result begin_streams(wws_request_channel *channel, bool streamed, wws_span front, wws_error *err)
{
    const bool input = channel->call.leg == WWS_LEG_APPLICATION &&
                       wws_settings_streams(&channel->settings, WWS_STREAMED_INPUT) && !wws_auth_probes(channel);
    wws_http_exchange_stream(&channel->http, streamed ? &channel->output : NULL, input ? &channel->input : NULL);
    return streamed
               ? wws_stream_out_begin(&channel->output, channel->env, &channel->settings, front, WWS_STREAM_CHUNKS, err)
               : WWS_OK;
}

/* A proxy is asked for the whole URL. */
static wws_result write_target(wws_request_channel *channel, wws_span *target, wws_error *err)
{
    const wws_url *url = &channel->url;
    char text[WWS_HOST_TEXT + 32];
    *target = url->path;
    if (!wws_http_exchange_is_proxied(&channel->http)) {
        return WWS_OK;
    }
    (void)snprintf(text, sizeof text, "http://%s%s%s:%u", url->is_ipv6 ? "[" : "", url->host_text,
                   url->is_ipv6 ? "]" : "", (unsigned)url->port);
    wws_buf_reset(&channel->whole_url, SIZE_MAX);
    WWS_TRY(wws_buf_text(&channel->whole_url, text, err));
    WWS_TRY(wws_buf_append(&channel->whole_url, url->path, err));
    *target = wws_buf_peek(&channel->whole_url);
    return WWS_OK;
}

static wws_result write_head(wws_request_channel *channel, bool streamed, wws_error *err)
{
    wws_span target = {NULL, 0};
    WWS_TRY(write_target(channel, &target, err));
    WWS_TRY(wws_auth_prepare(channel, target, err));
    const bool probing = wws_auth_probes(channel);
    const wws_span envelope = probing ? (wws_span){NULL, 0} : wws_buf_peek(&channel->envelope);
    const bool chunked = !streamed && !probing && wws_ticket_source(channel, channel->call.leg) != NULL;
    wws_buf_reset(&channel->request, wws_settings_size(&channel->settings, WWS_TRIM_BUFFERED_MESSAGE_SIZE));
    const wws_client_head head = {.settings = &channel->settings,
                                  .url = &channel->url,
                                  .target = target,
                                  .cookies = channel->cookies,
                                  .action = action_of(channel, false),
                                  .message = envelope,
                                  .chunked = (streamed && !probing) || chunked,
                                  .authorization = wws_buf_peek(&channel->auth.value),
                                  .proxy_authorization = wws_auth_proxy_value(channel),
                                  .now = wws_env_now(channel->env)};
    WWS_TRY(wws_client_head_write(&channel->request, &head, err));
    if (chunked) { /* as WWSAPI sends such messages */
        WWS_TRY(wws_http_chunk_write(&channel->request, envelope, err));
        return wws_http_chunk_end(&channel->request, err);
    }
    return streamed && !probing ? WWS_OK : wws_buf_append(&channel->request, envelope, err);
}

wws_result wws_leg_address(wws_request_channel *channel, wws_error *err)
{
    return write_head(channel, false, err);
}

wws_result wws_leg_write(wws_request_channel *channel, wws_error *err)
{
    wws_client_call *call = &channel->call;
    call->leg = wws_leg_choose(channel);
    WWS_TRY(wws_branch_check(channel, err));
    WWS_TRY(draw_id(channel, err));
    WWS_TRY(write_envelope(channel, err));
    wws_channel_event_add(channel, LEGS[call->leg].step, "out", action_of(channel, false),
                          wws_buf_peek(&channel->envelope));
    return WWS_OK;
}

wws_result wws_leg_begin(wws_request_channel *channel, wws_error *err)
{
    WWS_TRY(wws_leg_write(channel, err));
    if (!channel->call.resend) {
        wws_auth_begin(channel);
    }
    const bool streamed = channel->call.leg == WWS_LEG_APPLICATION && channel->call.streamed;
    if (!streamed) { /* what flows is encoded on its way */
        WWS_TRY(encode(channel, err));
    }
    WWS_TRY(write_head(channel, streamed, err));
    WWS_TRY(begin_streams(channel, streamed, wws_buf_peek(&channel->envelope), err));
    return wws_http_exchange_send(&channel->http, wws_buf_peek(&channel->request), err);
}

wws_result wws_leg_again(wws_request_channel *channel, wws_error *err)
{
    const bool streamed = channel->call.leg == WWS_LEG_APPLICATION && channel->call.streamed;
    if (wws_auth_speaks(channel) && !streamed) {
        WWS_TRY(write_head(channel, false, err));
        WWS_TRY(begin_streams(channel, false, (wws_span){NULL, 0}, err));
    }
    return wws_http_exchange_send(&channel->http, wws_buf_peek(&channel->request), err);
}

static wws_result no_message(const wws_request_channel *channel, wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_INVALID_FORMAT, "the service answered without a message");
    wws_error_at(err, "receive the response");
    wws_error_got(err, "HTTP status %d with an empty body", channel->http.head.status);
    return code;
}

wws_result wws_leg_take_fault(wws_request_channel *channel, wws_leg leg, wws_message *message, wws_error *err)
{
    const wws_fault_effect effect = wws_client_fault_effect(&message->fault);
    const wws_message_plan *plan = leg == WWS_LEG_ISSUE ? &channel->boot_plan : &channel->plan;
    const wws_http_exchange *http = channel->session == NULL ? &channel->http : NULL;
    const wws_result code = wws_client_fault_fail(message, &channel->settings, plan, http, err);
    wws_message_free(channel->fault);
    channel->fault = message;
    if (!channel->has_context) {
        return code;
    }
    if (!wws_branch_speaks_for_context(channel)) {
        return code;
    }
    if (effect == WWS_FAULT_DROP_CONTEXT || leg == WWS_LEG_RENEW) {
        wws_client_context_drop(channel->context);
    } else if (effect == WWS_FAULT_RENEW) {
        wws_client_context_renew_needed(channel->context);
    }
    return code;
}

static wws_result take_token(wws_request_channel *channel, wws_message *message, wws_error *err)
{
    wws_client_context *context = channel->context;
    const wws_rst_kind kind = LEGS[channel->call.leg].kind;
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_xml_node *body = NULL;
    wws_span document = {NULL, 0};
    wws_rstr rstr;
    memset(&rstr, 0, sizeof rstr);
    limits.document = channel->envelope.limit;
    WWS_TRY(wws_envelope_body_tree(&message->envelope, &limits, &body, &document, err));
    if (kind != WWS_RST_CANCEL) {
        WWS_TRY(wws_message_limits_check(&context->terms.limits, &message->envelope, body, err));
    }
    wws_result code = wws_rstr_read(body, kind, context->terms.version, document, &message->envelope.arena, &rstr, err);
    if (code == WWS_OK && kind == WWS_RST_CANCEL) {
        code =
            rstr.cancelled ? WWS_OK : wws_fail(err, WWS_E_INVALID_FORMAT, "the service did not say that it cancelled");
    } else if (code == WWS_OK) {
        code = wws_client_context_answer(context, &rstr, err);
    }
    wws_secret_wipe(&rstr.entropy);
    wws_secret_wipe(&rstr.proof);
    return code;
}

/* Outside the usual table a fault is a message: who sends and receives by halves and wants no errors sees it whole. */
static bool is_delivered(const wws_request_channel *channel, const wws_message *message)
{
    const wws_settings *settings = &channel->settings;
    return channel->call.leg == WWS_LEG_APPLICATION && channel->call.one_way &&
           !settings->of[WWS_FAULTS_AS_ERRORS].boolean &&
           (message->secured || settings->of[WWS_ALLOW_UNSECURED_FAULTS].boolean);
}

static wws_result keep_reply(wws_request_channel *channel, wws_message *message, wws_error *err)
{
    const wws_result code = message->streamed ? wws_stream_in_flow(&channel->input, message, err) : WWS_OK;
    if (code != WWS_OK) {
        wws_message_free(message);
        return code;
    }
    channel->reply = message;
    return WWS_OK;
}

wws_result wws_leg_take(wws_request_channel *channel, wws_message *message, bool *over, wws_error *err)
{
    const wws_leg leg = channel->call.leg;
    const bool delivered = message->is_fault && is_delivered(channel, message);
    wws_channel_event_add(channel,
                          message->is_fault            ? "fault"
                          : leg == WWS_LEG_APPLICATION ? "reply"
                                                       : LEGS[leg].step,
                          "in", message->addressing.action, wws_buf_peek(&message->envelope.bytes));
    if (message->is_fault && !delivered) {
        return wws_leg_take_fault(channel, leg, message, err);
    }
    if (leg == WWS_LEG_APPLICATION) {
        *over = true;
        return keep_reply(channel, message, err);
    }
    const wws_result code = take_token(channel, message, err);
    wws_message_free(message);
    *over = leg == WWS_LEG_CANCEL || channel->call.context_only;
    return code;
}

wws_reply_terms wws_leg_terms(const wws_request_channel *channel)
{
    const wws_client_call *call = &channel->call;
    const wws_span *lists = (const wws_span *)(const void *)call->lists.bytes;
    const bool application = call->leg == WWS_LEG_APPLICATION;
    return (wws_reply_terms){.env = channel->env,
                             .kept = channel->kept,
                             .settings = &channel->settings,
                             .plan = plan_of(channel),
                             .message_id = message_id_of(channel),
                             .action = action_of(channel, true),
                             .understands = application && lists != NULL ? lists + call->header_count : NULL,
                             .understand_count = application ? call->understand_count : 0};
}

wws_result wws_leg_finish(wws_request_channel *channel, bool *over, wws_error *err)
{
    const wws_client_call *call = &channel->call;
    const bool application = call->leg == WWS_LEG_APPLICATION;
    const wws_reply_terms terms = wws_leg_terms(channel);
    wws_message *message = NULL;
    *over = false;
    wws_cookies_take(channel->cookies, &channel->http.head, &channel->url, channel->http.received);
    WWS_TRY(wws_client_reply_read(&terms, &channel->http, &message, err));
    if (message != NULL) {
        return wws_leg_take(channel, message, over, err);
    }
    if (application && call->one_way) {
        *over = true;
        return WWS_OK;
    }
    return no_message(channel, err);
}

/* A service that speaks another version than ours answers a request for a context as if it knew of none. */
static bool is_other_version(const wws_request_channel *channel)
{
    const wws_fault *fault = channel->fault == NULL ? NULL : &channel->fault->fault;
    return fault != NULL && !wws_client_fault_may_be_refusal(fault) &&
           wws_client_fault_effect(fault) == WWS_FAULT_DROP_CONTEXT;
}

static wws_result fail_establishing(const wws_request_channel *channel, wws_result code, wws_error *err)
{
    const bool other_version = is_other_version(channel);
    if (other_version) {
        wws_error_hint(err, "%s", ""); /* what it says of contexts in general is not the matter here */
        code = WWS_E_ENDPOINT_FAULT_RECEIVED;
    }
    code = wws_error_wrap(err, code, "the security context could not be established");
    wws_error_at(err, LEGS[WWS_LEG_ISSUE].task);
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT),
                    other_version ? "secure_conversation_version" : "bootstrap");
    if (other_version) {
        wws_error_hint(err, "a service answers so when it speaks another secure_conversation_version");
    } else if (code == WWS_E_ENDPOINT_ACTION_NOT_SUPPORTED) {
        wws_error_hint(err, "has the service a security_context binding?");
    }
    return code;
}

static wws_result fail_renewing(const wws_request_channel *channel, wws_result code, wws_error *err)
{
    code = wws_error_wrap(err, code, "the security context could not be renewed");
    wws_error_at(err, LEGS[WWS_LEG_RENEW].task);
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), NULL);
    if (channel->fault != NULL) {
        wws_error_hint(err, "the next send establishes a new context");
    }
    return code;
}

wws_result wws_leg_fail(const wws_request_channel *channel, wws_result code, wws_error *err)
{
    const wws_leg leg = channel->call.leg;
    if (leg == WWS_LEG_ISSUE) {
        return fail_establishing(channel, code, err);
    }
    if (leg == WWS_LEG_RENEW) {
        return fail_renewing(channel, code, err);
    }
    if (leg != WWS_LEG_END) {
        wws_error_at(err, LEGS[leg].task);
    }
    return code;
}
