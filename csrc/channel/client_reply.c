#include "channel/client_reply.h"

#include <stdlib.h>

#include "channel/content_type.h"
#include "channel/http_status.h"
#include "security/header/security_header.h"

#define STEP "read the reply"

void wws_client_clock_hint(const wws_http_exchange *exchange, int64_t tolerance, wws_error *err)
{
    if (exchange == NULL || exchange->date == WWS_TIME_NEVER) {
        return;
    }
    const int64_t ahead = exchange->date - exchange->received;
    if (llabs(ahead) > tolerance) {
        wws_error_hint(err, "by the Date of its answer, the service's clock is %lld seconds %s ours",
                       (long long)(llabs(ahead) / 1000), ahead > 0 ? "ahead of" : "behind");
    }
}

static wws_result wrong_content(wws_error *err, const char *expected, wws_span got)
{
    const wws_result code = wws_fail(err, WWS_E_INVALID_FORMAT, "the response is not a SOAP message of this channel");
    wws_error_at(err, "receive the response");
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%.*s", WWS_PRINT(got));
    return code;
}

/* The declaration inside is checked by the XML reader; here, what HTTP says. */
static wws_result check_content(const wws_http_head *head, const wws_settings *settings, wws_error *err)
{
    const wws_span type = wws_http_field_get(head, "Content-Type", NULL);
    const wws_span coding = wws_http_field_get(head, "Content-Encoding", NULL);
    const wws_content_type_fit fit = wws_content_type_read(settings, type);
    if (fit != WWS_CONTENT_FITS) {
        const char *media = wws_content_type_media(settings, wws_settings_envelope(settings));
        return wrong_content(err, fit == WWS_CONTENT_OTHER_CHARSET ? "charset utf-8 or utf-16" : media,
                             type.at == NULL ? WWS_SPAN("no Content-Type") : type);
    }
    if (coding.at != NULL && !wws_http_name_is(coding, "identity")) {
        return wrong_content(err, "no Content-Encoding", coding);
    }
    return WWS_OK;
}

static bool holds_message(const wws_http_exchange *exchange)
{
    return exchange->head.status != 202 && exchange->head.status != 204 && exchange->body.len > 0;
}

/* An error status without SOAP in it speaks for itself; with SOAP, the message does. */
static wws_result check_http(const wws_http_exchange *exchange, const wws_settings *settings, bool *message,
                             wws_error *err)
{
    const int status = exchange->head.status;
    const bool success = status >= 200 && status < 300;
    *message = holds_message(exchange);
    if (success && !*message) {
        return WWS_OK;
    }
    const wws_result content = *message ? check_content(&exchange->head, settings, success ? err : NULL) : WWS_OK;
    if (!success && (!*message || content != WWS_OK || !wws_http_status_may_carry(status))) {
        return wws_http_status_fail(&exchange->head, err);
    }
    return content;
}

/* A reply carries a Timestamp at most: who sent it is known by TLS. */
static wws_result check_security(const wws_reply_terms *terms, const wws_http_exchange *exchange, wws_message *message,
                                 wws_error *err)
{
    const wws_message_plan *plan = terms->plan;
    if (!plan->active) {
        message->secured = true;
        return WWS_OK;
    }
    const wws_header_wants wants = {.timestamp = plan->timestamp_usage == WWS_TIMESTAMP_ALWAYS};
    wws_security_header header;
    memset(&header, 0, sizeof header);
    WWS_TRY(wws_security_header_read(&message->envelope, plan, &wants, &header, err));
    if (header.has_timestamp) {
        const wws_result code = wws_timestamp_check(&header.timestamp, plan, wws_env_now(terms->env), err);
        if (code != WWS_OK) {
            wws_client_clock_hint(exchange, plan->skew, err);
            return code;
        }
    }
    message->secured = true;
    return WWS_OK;
}

typedef struct known {
    const wws_reply_terms *terms;
    const wws_xml_node *security;
} known;

static bool understands(void *state, const wws_xml_node *header)
{
    const known *self = state;
    return header == self->security ||
           wws_addressing_understands(header, wws_settings_addressing(self->terms->settings)) ||
           wws_header_is_listed(header, self->terms->understands, self->terms->understand_count);
}

static wws_result check_understood(const wws_reply_terms *terms, wws_message *message, wws_error *err)
{
    known self = {terms, NULL};
    if (terms->plan->active) {
        WWS_TRY(wws_security_header_find(&message->envelope, &self.security, err));
    }
    return wws_envelope_check_understood(&message->envelope, understands, &self, NULL, err);
}

static bool is_unaddressed(const wws_message *message)
{
    return message->addressing_version == WWS_ADDRESSING_TRANSPORT;
}

static wws_result check_relation(const wws_reply_terms *terms, const wws_message *message, wws_error *err)
{
    const wws_span relates_to = message->addressing.relates_to;
    if (terms->message_id.at == NULL || is_unaddressed(message)) {
        return WWS_OK; /* nobody asked, or HTTP alone tells */
    }
    if (relates_to.at == NULL && message->is_fault) {
        return WWS_OK; /* a service that could not read the headers cannot say more; HTTP told whose answer it is */
    }
    if (!wws_span_equal(relates_to, terms->message_id)) {
        const wws_result code = wws_fail(err, WWS_E_INVALID_FORMAT, "the reply does not belong to the request");
        wws_error_about(err, NULL, "RelatesTo");
        wws_error_expected(err, "%.*s", WWS_PRINT(terms->message_id));
        wws_error_got(err, "%.*s", WWS_PRINT(relates_to.at == NULL ? WWS_SPAN("none") : relates_to));
        return code;
    }
    return WWS_OK;
}

static wws_result check_action(const wws_reply_terms *terms, const wws_message *message, wws_error *err)
{
    if (message->is_fault || is_unaddressed(message) || terms->action.at == NULL ||
        wws_span_equal(message->addressing.action, terms->action)) {
        return WWS_OK;
    }
    const wws_result code = wws_fail(err, WWS_E_INVALID_FORMAT, "the reply bears another action than the exchange has");
    wws_error_about(err, NULL, "Action");
    wws_error_expected(err, "%.*s", WWS_PRINT(terms->action));
    wws_error_got(err, "%.*s", WWS_PRINT(message->addressing.action));
    return code;
}

static wws_result read_fault(wws_message *message, const wws_xml_limits *limits, wws_error *err)
{
    wws_xml_node *body = NULL;
    wws_span document = {NULL, 0};
    wws_envelope *envelope = &message->envelope;
    WWS_TRY(wws_envelope_body_tree(envelope, limits, &body, &document, err));
    const wws_xml_node *node = wws_xml_first_element(body);
    if (node == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the fault has no content");
    }
    return wws_fault_read(node, envelope->version, document, &envelope->arena, &message->fault, err);
}

/* What the checks need to know of a message, before any of them. */
static wws_result parse(const wws_reply_terms *terms, wws_buf *body, int level, wws_message *message, wws_error *err)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    limits.document = body->limit;
    limits.kept = terms->kept;
    WWS_TRY(wws_envelope_read(terms->env, body, &limits, wws_settings_envelope(terms->settings), &message->envelope,
                              NULL, err));
    message->protection_level = level;
    message->addressing_version = wws_settings_addressing(terms->settings);
    WWS_TRY(wws_addressing_read(&message->envelope, message->addressing_version, &message->addressing, NULL, err));
    return wws_envelope_is_fault(&message->envelope, &message->is_fault, err);
}

wws_result wws_client_message_read(const wws_reply_terms *terms, wws_buf *body, int level, wws_message **out,
                                   wws_error *err)
{
    wws_message *message = NULL;
    WWS_TRY(wws_message_new(terms->env, &message, err));
    const wws_result code = parse(terms, body, level, message, err);
    if (code != WWS_OK) {
        wws_error_at(err, STEP);
        wws_message_free(message);
        return code;
    }
    *out = message;
    return WWS_OK;
}

static wws_result check_message(const wws_reply_terms *terms, const wws_http_exchange *exchange, wws_message *message,
                                wws_error *err)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    limits.document = wws_settings_size(terms->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    const wws_result secured = check_security(terms, exchange, message, err);
    if (secured != WWS_OK && !message->is_fault) {
        return secured;
    }
    WWS_TRY(check_relation(terms, message, err));
    if (message->is_fault) {
        return read_fault(message, &limits, err);
    }
    WWS_TRY(check_understood(terms, message, err));
    if (exchange != NULL && exchange->head.status >= 400) {
        return wws_http_status_fail(&exchange->head, err);
    }
    return check_action(terms, message, err);
}

wws_result wws_client_message_check(const wws_reply_terms *terms, const wws_http_exchange *exchange,
                                    wws_message *message, wws_error *err)
{
    const wws_result code = check_message(terms, exchange, message, err);
    if (code != WWS_OK) {
        wws_error_at(err, STEP);
    }
    return code;
}

static wws_result read_body(const wws_reply_terms *terms, wws_http_exchange *exchange, wws_message **out,
                            wws_error *err)
{
    const wws_span type = wws_http_field_get(&exchange->head, "Content-Type", NULL);
    wws_buf text = exchange->body; /* of the same memory, if it is text already */
    if (!exchange->decoded) {
        WWS_TRY(wws_content_decode(terms->settings, type, &exchange->body, &text, err));
    }
    const int level = exchange->stream.tls != NULL ? WWS_PROTECTION_SIGN_AND_ENCRYPT : WWS_PROTECTION_NONE;
    const wws_result code = wws_client_message_read(terms, &text, level, out, err);
    if (code == WWS_OK) {
        (*out)->streamed = wws_http_exchange_flows(exchange);
    }
    if (exchange->decoded) {
        exchange->body = text;
    } else {
        wws_buf_clear(&text);
    }
    return code;
}

wws_result wws_client_reply_read(const wws_reply_terms *terms, wws_http_exchange *exchange, wws_message **out,
                                 wws_error *err)
{
    wws_message *message = NULL;
    bool present = false;
    *out = NULL;
    WWS_TRY(check_http(exchange, terms->settings, &present, err));
    if (!present) {
        return WWS_OK;
    }
    WWS_TRY(read_body(terms, exchange, &message, err));
    const wws_result code = wws_client_message_check(terms, exchange, message, err);
    if (code != WWS_OK) {
        wws_message_free(message);
        return code;
    }
    *out = message;
    return WWS_OK;
}
