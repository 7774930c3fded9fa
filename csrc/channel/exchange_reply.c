/* The response's envelope, as WCF writes it: Action, RelatesTo, a Timestamp, the body. */
#include "channel/client_request.h"
#include "channel/content_type.h"
#include "channel/exchange.h"
#include "encoding/xml_writer.h"

/* An unknown envelope may have to be answered in another version than the listener's. */
static wws_envelope_version envelope_of(const wws_exchange *exchange, const wws_response *response)
{
    return response->fault != NULL && response->fault->envelope != 0
               ? response->fault->envelope
               : wws_settings_envelope(&exchange->listener->settings);
}

static wws_span action_of(const wws_exchange *exchange, const wws_response *response)
{
    if (response->action.len > 0 || response->fault == NULL) {
        return response->action;
    }
    const wws_addressing_names *names = wws_addressing_names_of(wws_settings_addressing(&exchange->listener->settings));
    return wws_span_of(response->fault->action != NULL ? response->fault->action : names->default_fault);
}

typedef struct reflection {
    const wws_exchange *exchange;
    wws_buf *out;
} reflection;

/* What the sender put into its ReplyTo it gets back; but nothing that could pass for a header of ours. */
static wws_result reflect(void *state, const wws_xml_node *parameter, wws_error *err)
{
    const reflection *self = state;
    const wws_envelope *envelope = &self->exchange->message->envelope;
    const wws_addressing_version version = self->exchange->message->addressing_version;
    wws_buf xml;
    if (wws_span_is(parameter->ns, WWS_NS_WSSE) || wws_span_is(parameter->ns, wws_addressing_names_of(version)->ns)) {
        return WWS_OK;
    }
    wws_buf_init(&xml, self->exchange->env->alloc, self->out->limit);
    wws_result result = wws_xml_put_self_contained(&xml, parameter, wws_buf_peek(&envelope->bytes), err);
    if (result == WWS_OK) {
        result = wws_client_reference_write(self->out, version, wws_buf_peek(&xml), err);
    }
    wws_buf_clear(&xml);
    return result;
}

/* FaultTo, when a fault has one, else ReplyTo; NULL where the answer is addressed by nothing. */
static const wws_endpoint *destination(const wws_exchange *exchange, const wws_response *response)
{
    if (exchange->message == NULL) {
        return NULL;
    }
    const wws_addressing *addressing = &exchange->message->addressing;
    return response->fault != NULL && addressing->fault_to.present ? &addressing->fault_to : &addressing->reply_to;
}

static wws_result write_headers(const wws_exchange *exchange, const wws_response *response, bool secured, wws_buf *out,
                                wws_error *err)
{
    const wws_listener *listener = exchange->listener;
    const wws_addressing_version version = wws_settings_addressing(&listener->settings);
    const wws_endpoint *to = destination(exchange, response);
    const bool is_2004 = version == WWS_ADDRESSING_0_9;
    const wws_addressing_out headers = {
        .to = is_2004 ? wws_span_of(wws_addressing_names_of(version)->anonymous) : (wws_span){NULL, 0},
        .action = action_of(exchange, response),
        .relates_to = exchange->message == NULL ? (wws_span){NULL, 0} : exchange->message->addressing.message_id};
    WWS_TRY(wws_envelope_begin(out, envelope_of(exchange, response), version, listener->plan.active, err));
    WWS_TRY(wws_addressing_write(out, &headers, envelope_of(exchange, response), version, err));
    if (to != NULL && to->present) {
        reflection state = {exchange, out};
        WWS_TRY(wws_endpoint_parameters(to, reflect, &state, err));
    }
    if (response->fault != NULL) {
        WWS_TRY(wws_fault_write_headers(out, response->fault, envelope_of(exchange, response), err));
    }
    if (secured) {
        const wws_header_out parts = {.timestamp = true};
        WWS_TRY(wws_security_header_write(out, exchange->env, &listener->plan, &parts, envelope_of(exchange, response),
                                          err));
    }
    return wws_envelope_middle(out, err);
}

static wws_result write_envelope(const wws_exchange *exchange, const wws_response *response, wws_buf *out,
                                 wws_error *err)
{
    const wws_message_plan *plan = &exchange->listener->plan;
    const bool unsecured = response->fault != NULL && response->fault->unsecured;
    const bool secured = plan->active && plan->timestamp_usage == WWS_TIMESTAMP_ALWAYS && !unsecured;
    WWS_TRY(write_headers(exchange, response, secured, out, err));
    if (response->fault != NULL) {
        WWS_TRY(wws_fault_write(out, response->fault, envelope_of(exchange, response), err));
    } else {
        WWS_TRY(wws_buf_append(out, response->body, err));
    }
    return response->flows ? WWS_OK : wws_envelope_end(out, err);
}

/* ReplyTo or FaultTo may ask for no answer at all. */
static bool is_unwanted(const wws_exchange *exchange, const wws_response *response)
{
    const wws_endpoint *to = destination(exchange, response);
    return to != NULL && to->present && to->none;
}

wws_result wws_exchange_respond(wws_exchange *exchange, const wws_response *response, wws_error *err)
{
    const wws_settings *settings = &exchange->listener->settings;
    const wws_envelope_version version = envelope_of(exchange, response);
    const bool wanted = !is_unwanted(exchange, response);
    wws_buf out;
    wws_buf_init(&out, exchange->env->alloc, exchange->body.limit);
    wws_result result = wanted ? write_envelope(exchange, response, &out, err) : WWS_OK;
    if (wanted && result == WWS_OK && !response->flows) { /* what flows is encoded on its way */
        result = wws_content_encode(settings, version, exchange->env, &out, err);
    }
    if (result == WWS_E_QUOTA_EXCEEDED) {
        (void)wws_fail(err, result, "the reply is larger than the listener allows");
        wws_error_about(err, NULL, wws_settings_name(WWS_MAX_BUFFERED_MESSAGE_SIZE));
        wws_error_expected(err, "at most %zu bytes", exchange->body.limit);
    }
    if (result != WWS_OK) {
        wws_error_at(err, "write the reply");
        wws_buf_clear(&out);
        return result;
    }
    wws_buf_clear(&exchange->body);
    exchange->body = out;
    exchange->status = wanted ? response->status : 202;
    exchange->content_type =
        wanted ? wws_content_type_of(settings, version, wws_buf_peek(&exchange->body), exchange->type_room) : NULL;
    exchange->flows = wanted && response->flows;
    exchange->step = response->step;
    exchange->state = WWS_EXCHANGE_ANSWERED;
    return WWS_OK;
}

static wws_result offered(const wws_exchange *exchange, wws_error *err)
{
    if (exchange->state != WWS_EXCHANGE_OFFERED) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the request was answered already");
    }
    if (exchange->lost) {
        return wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the client closed the connection and waits for no reply");
    }
    return WWS_OK;
}

wws_result wws_exchange_reply(wws_exchange *exchange, wws_span action, wws_span body, wws_error *err)
{
    const wws_response response = {
        .status = 200, .step = "reply", .action = action, .body = body, .flows = body.at == NULL};
    WWS_TRY(offered(exchange, err));
    if (response.flows && !wws_settings_streams(&exchange->listener->settings, WWS_STREAMED_OUTPUT)) {
        (void)wws_fail(err, WWS_E_INVALID_OPERATION, "the listener does not stream what it sends");
        wws_error_about(err, NULL, wws_settings_name(WWS_TRANSFER_MODE));
        wws_error_expected(err, "streamed or streamed_output");
        return WWS_E_INVALID_OPERATION;
    }
    if (body.len > 0) {
        WWS_TRY(wws_client_xml_check(body, WWS_CLIENT_BODY, &exchange->listener->kept, err));
    }
    return wws_exchange_respond(exchange, &response, err);
}

wws_result wws_exchange_fault(wws_exchange *exchange, const wws_fault *fault, wws_span action, wws_error *err)
{
    const wws_response response = {.status = 500, .step = "fault", .action = action, .fault = fault};
    WWS_TRY(offered(exchange, err));
    if (fault->detail.len > 0) {
        const wws_result result = wws_client_xml_check(fault->detail, WWS_CLIENT_BODY, &exchange->listener->kept, err);
        wws_error_about(result == WWS_OK ? NULL : err, NULL, "detail");
        WWS_TRY(result);
    }
    return wws_exchange_respond(exchange, &response, err);
}

static void answer_plain(wws_exchange *exchange, int status, const char *step)
{
    wws_buf_clear(&exchange->body);
    exchange->flows = false;
    exchange->status = status;
    exchange->content_type = NULL;
    exchange->allow = status == 405 ? "POST" : NULL;
    exchange->step = step;
    exchange->state = WWS_EXCHANGE_ANSWERED;
}

void wws_exchange_leave(wws_exchange *exchange, bool lost)
{
    if (exchange->state == WWS_EXCHANGE_OFFERED) {
        answer_plain(exchange, lost ? 500 : 202, "reply");
    }
}

void wws_exchange_plain(wws_exchange *exchange, int status, const wws_error *err)
{
    exchange->failed = true;
    exchange->error = *err;
    wws_listener_note(exchange->listener, err);
    exchange->listener->counts.refused++;
    answer_plain(exchange, status, "refuse");
}
