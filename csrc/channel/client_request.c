#include "channel/client_request.h"

#include <stdio.h>

#include "channel/content_type.h"
#include "encoding/xml_fragment.h"

/* WWSAPI's servers turn away what looks like a browser. */
#define USER_AGENT "wws"

static wws_result not_well_formed(wws_result code, wws_client_xml kind, wws_error *err)
{
    if (code != WWS_E_INVALID_FORMAT) {
        return code;
    }
    const char *what = kind == WWS_CLIENT_BODY ? "body" : "header";
    (void)wws_error_wrap(err, WWS_E_INVALIDARG, "the %s is not well-formed XML that stands by itself", what);
    wws_error_at(err, "write the message");
    return WWS_E_INVALIDARG;
}

/* It goes inside an envelope, where no document can begin. */
static wws_result check_beginning(wws_span xml, wws_error *err)
{
    if (!wws_span_starts(xml, WWS_SPAN("<?xml")) && !wws_span_starts(xml, WWS_SPAN("\xef\xbb\xbf"))) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALIDARG, "XML inside a message has no declaration and no byte order mark");
    wws_error_at(err, "write the message");
    return WWS_E_INVALIDARG;
}

static wws_result look(wws_span xml, wws_client_xml kind, wws_xml_kept *kept, wws_xml_fragment *seen, wws_error *err)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    limits.document = xml.len;
    limits.depth -= 2; /* Envelope and Body around it */
    limits.kept = kept;
    WWS_TRY(check_beginning(xml, err));
    const wws_result code = wws_xml_fragment_read(xml, &limits, seen, err);
    if (code != WWS_OK) {
        return not_well_formed(code, kind, err);
    }
    if (kind == WWS_CLIENT_HEADER && (seen->elements != 1 || seen->text)) {
        return wws_fail(err, WWS_E_INVALIDARG, "a header must be one XML element");
    }
    return WWS_OK;
}

wws_result wws_client_xml_check(wws_span xml, wws_client_xml kind, wws_xml_kept *kept, wws_error *err)
{
    wws_xml_fragment seen;
    return look(xml, kind, kept, &seen, err);
}

/* A prefix of its own for the attribute, for the element may have bound any other. */
#define REFERENCE " xmlns:reference=\"http://www.w3.org/2005/08/addressing\" reference:IsReferenceParameter=\"true\""

wws_result wws_client_reference_write(wws_buf *out, wws_addressing_version version, wws_span xml, wws_error *err)
{
    wws_xml_fragment seen;
    WWS_TRY(look(xml, WWS_CLIENT_HEADER, NULL, &seen, err));
    if (version != WWS_ADDRESSING_1_0) {
        return wws_buf_append(out, xml, err); /* 2004/08 marks nothing */
    }
    const size_t from = out->len;
    size_t name_to = seen.at + 1;
    while (memchr(" \t\r\n/>", xml.at[name_to], 6) == NULL) {
        name_to++;
    }
    WWS_TRY(wws_buf_append(out, (wws_span){xml.at, name_to}, err));
    WWS_TRY(wws_buf_text(out, REFERENCE, err));
    WWS_TRY(wws_buf_append(out, (wws_span){xml.at + name_to, xml.len - name_to}, err));
    return wws_client_xml_check((wws_span){out->bytes + from, out->len - from}, WWS_CLIENT_HEADER, NULL, err);
}

static wws_result write_blocks(wws_buf *out, const wws_env *env, const wws_settings *settings,
                               const wws_message_plan *plan, const wws_header_out *security,
                               const wws_client_message *message, wws_error *err)
{
    const wws_envelope_version version = wws_settings_envelope(settings);
    const wws_addressing_version addressing = wws_settings_addressing(settings);
    WWS_TRY(wws_addressing_write(out, &message->addressing, version, addressing, err));
    WWS_TRY(wws_buf_append(out, message->reference, err));
    for (size_t i = 0; i < message->header_count; i++) {
        WWS_TRY(wws_buf_append(out, message->headers[i], err));
    }
    if (plan->active) {
        WWS_TRY(wws_security_header_write(out, env, plan, security, version, err));
    }
    return wws_envelope_middle(out, err);
}

/* What signs To is told its octets, and To gets the id that it is signed by. */
static wws_result write_header(wws_buf *out, const wws_env *env, const wws_settings *settings,
                               const wws_message_plan *plan, const wws_header_out *security,
                               const wws_client_message *message, wws_error *err)
{
    const wws_envelope_version version = wws_settings_envelope(settings);
    const wws_addressing_version addressing = wws_settings_addressing(settings);
    wws_client_message addressed = *message;
    wws_header_out signing = *security;
    wws_buf to;
    WWS_TRY(wws_envelope_begin(out, version, addressing, plan->active, err));
    wws_buf_init(&to, env->alloc, out->limit);
    wws_result code = WWS_OK;
    if (plan->active && wws_header_signs_to(security)) {
        addressed.addressing.to_id = WWS_TO_ID;
        code = wws_addressing_to_octets(&to, &addressed.addressing, version, addressing, err);
        signing.to = to.len > 0 ? wws_buf_peek(&to) : signing.to;
    }
    if (code == WWS_OK) {
        code = write_blocks(out, env, settings, plan, &signing, &addressed, err);
    }
    wws_buf_clear(&to);
    return code;
}

wws_result wws_client_too_large(size_t limit, wws_error *err)
{
    const wws_result code =
        wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the message to send is larger than the channel allows");
    wws_error_at(err, "write the message");
    wws_error_about(err, NULL, wws_settings_name(WWS_MAX_BUFFERED_MESSAGE_SIZE));
    wws_error_expected(err, "at most %zu bytes", limit);
    return code;
}

wws_result wws_client_envelope_write(wws_buf *out, const wws_env *env, const wws_settings *settings,
                                     const wws_message_plan *plan, const wws_header_out *security,
                                     const wws_client_message *message, wws_error *err)
{
    wws_result code = write_header(out, env, settings, plan, security, message, err);
    if (code == WWS_OK) {
        code =
            message->rst != NULL ? wws_rst_write(out, env, message->rst, err) : wws_buf_append(out, message->body, err);
    }
    if (code == WWS_OK && !message->flows) {
        code = wws_envelope_end(out, err);
    }
    if (code == WWS_E_QUOTA_EXCEEDED) {
        code = wws_client_too_large(out->limit, err);
    }
    return code;
}

static wws_result write_host(wws_buf *out, const wws_url *url, wws_error *err)
{
    char text[WWS_HOST_TEXT + 16];
    const bool standard = url->port == (url->scheme == WWS_HTTPS ? 443 : 80);
    int len = snprintf(text, sizeof text, "%s%s%s", url->is_ipv6 ? "[" : "", url->host_text, url->is_ipv6 ? "]" : "");
    if (!standard) {
        len += snprintf(text + len, sizeof text - (size_t)len, ":%u", (unsigned)url->port);
    }
    return wws_http_field_write(out, "Host", (wws_span){(const uint8_t *)text, (size_t)len}, err);
}

/* The action in quotation marks, with @p before in front: the value of a field. */
static wws_result write_action(wws_buf *out, const char *name, const char *before, wws_span action, wws_error *err)
{
    wws_buf value;
    if (memchr(action.at, '"', action.len) != NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "an action cannot hold a quotation mark");
    }
    wws_buf_init(&value, out->alloc, strlen(before) + action.len + 2);
    wws_result code = wws_buf_text(&value, before, err);
    if (code == WWS_OK) {
        code = wws_buf_text(&value, "\"", err);
    }
    if (code == WWS_OK) {
        code = wws_buf_append(&value, action, err);
    }
    if (code == WWS_OK) {
        code = wws_buf_text(&value, "\"", err);
    }
    if (code == WWS_OK) {
        code = wws_http_field_write(out, name, wws_buf_peek(&value), err);
    }
    wws_buf_clear(&value);
    return code;
}

/* In SOAP 1.2 the action is part of the type, and said there when the message does not say it. */
static wws_result write_type(wws_buf *out, const wws_client_head *head, wws_error *err)
{
    const wws_envelope_version version = wws_settings_envelope(head->settings);
    char room[WWS_CONTENT_TYPE_TEXT];
    const char *type = wws_content_type_of(head->settings, version, head->message, room);
    if (version == WWS_SOAP_1_2 && wws_settings_addressing(head->settings) == WWS_ADDRESSING_TRANSPORT) {
        char before[WWS_CONTENT_TYPE_TEXT + 16];
        (void)snprintf(before, sizeof before, "%s; action=", type);
        return write_action(out, "Content-Type", before, head->action, err);
    }
    WWS_TRY(wws_http_field_write(out, "Content-Type", wws_span_of(type), err));
    return version == WWS_SOAP_1_1 ? write_action(out, "SOAPAction", "", head->action, err) : WWS_OK;
}

wws_result wws_client_head_write(wws_buf *out, const wws_client_head *head, wws_error *err)
{
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%zu", head->message.len);
    WWS_TRY(wws_http_request_line(out, "POST", head->target, err));
    WWS_TRY(write_host(out, head->url, err));
    WWS_TRY(wws_http_field_write(out, "User-Agent", WWS_SPAN(USER_AGENT), err));
    if (head->authorization.len > 0) {
        WWS_TRY(wws_http_field_write(out, "Authorization", head->authorization, err));
    }
    if (head->proxy_authorization.len > 0) {
        WWS_TRY(wws_http_field_write(out, "Proxy-Authorization", head->proxy_authorization, err));
    }
    WWS_TRY(write_type(out, head, err));
    if (head->settings->of[WWS_COOKIE_MODE].choice == WWS_COOKIES_AUTO) {
        WWS_TRY(wws_cookies_write(head->cookies, out, head->now, err));
    }
    WWS_TRY(head->chunked
                ? wws_http_field_write(out, "Transfer-Encoding", WWS_SPAN("chunked"), err)
                : wws_http_field_write(out, "Content-Length", (wws_span){(const uint8_t *)digits, (size_t)len}, err));
    return wws_http_end(out, err);
}
