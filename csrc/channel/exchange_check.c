/* Who is meant, and whether all that must be understood is. */
#include "channel/exchange.h"

/* Only addressing 1.0 has a word for which header it was. */
static const char *problem(const wws_exchange *exchange, const char *header)
{
    return exchange->message->addressing_version == WWS_ADDRESSING_1_0 ? header : NULL;
}

static wws_result check_action(wws_exchange *exchange, wws_error *err)
{
    const wws_addressing *addressing = &exchange->message->addressing;
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_ACTION_MISMATCH);
    exchange->fault.problem_header = problem(exchange, "Action");
    if (exchange->http_action.len == 0 || wws_span_equal(exchange->http_action, addressing->action)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the Action header and the action that HTTP names differ");
    wws_error_expected(err, "%.*s", WWS_PRINT(addressing->action));
    wws_error_got(err, "%.*s", WWS_PRINT(exchange->http_action));
    return WWS_E_INVALID_FORMAT;
}

static bool answers_here(const wws_endpoint *endpoint, bool none_will_do)
{
    return !endpoint->present || endpoint->anonymous || (endpoint->none && none_will_do);
}

static wws_result check_reply_to(wws_exchange *exchange, wws_error *err)
{
    const wws_addressing *addressing = &exchange->message->addressing;
    const bool none_will_do = exchange->kind == 0; /* a context that nobody hears of would be lost */
    const bool replies = answers_here(&addressing->reply_to, none_will_do);
    const wws_endpoint *wrong = replies ? &addressing->fault_to : &addressing->reply_to;
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_NOT_ANONYMOUS);
    exchange->fault.problem_header = problem(exchange, replies ? "FaultTo" : "ReplyTo");
    if ((replies && answers_here(&addressing->fault_to, true)) ||
        (exchange->listener->allows_elsewhere && exchange->kind == 0)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "%s asks for the reply to go elsewhere", replies ? "FaultTo" : "ReplyTo");
    wws_error_expected(err, "the anonymous address");
    wws_error_got(err, "%.*s", WWS_PRINT(wrong->url));
    return WWS_E_INVALID_FORMAT;
}

wws_result wws_exchange_check_addressing(wws_exchange *exchange, wws_error *err)
{
    wws_message *message = exchange->message;
    const wws_listener *listener = exchange->listener;
    const bool by_transport = message->addressing_version == WWS_ADDRESSING_TRANSPORT;
    const wws_result read = by_transport ? WWS_OK
                                         : wws_addressing_read(&message->envelope, message->addressing_version,
                                                               &message->addressing, &exchange->fault, err);
    if (read != WWS_OK) {
        exchange->fault.unsecured = true; /* nothing was verified yet */
        return read;
    }
    if (listener->plan.context) {
        exchange->kind = wws_rst_kind_of_action(message->addressing.action, listener->plan.sc_version);
    }
    if (by_transport) {
        return WWS_OK; /* the path was compared before the message was read */
    }
    WWS_TRY(check_action(exchange, err));
    exchange->fault = wws_refusal_fault(listener, WWS_REFUSE_DESTINATION);
    exchange->fault.problem_header = problem(exchange, "To");
    WWS_TRY(wws_listener_match_to(listener, message->addressing.to, err));
    return check_reply_to(exchange, err);
}

static bool understands(void *state, const wws_xml_node *header)
{
    const wws_exchange *exchange = state;
    return wws_addressing_understands(header, exchange->message->addressing_version) ||
           (exchange->listener->plan.active && wws_xml_is(header, WWS_SPAN(WWS_NS_WSSE), "Security")) ||
           wws_header_is_listed(header, exchange->listener->understands, exchange->listener->understand_count);
}

wws_result wws_exchange_check_understood(wws_exchange *exchange, wws_error *err)
{
    return wws_envelope_check_understood(&exchange->message->envelope, understands, exchange, &exchange->fault, err);
}
