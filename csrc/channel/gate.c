/* What HTTP alone can refuse: before a body is read, and so before it costs anything. */
#include "channel/content_type.h"
#include "channel/exchange.h"
#include "framing/http_head.h"

static bool is_nocase(wws_span text, const char *expected)
{
    return wws_http_name_is(text, expected);
}

static wws_result check_media(const wws_listener *listener, const wws_incoming *incoming, wws_error *err)
{
    const wws_settings *settings = &listener->settings;
    const wws_content_type_fit fit = wws_content_type_read(settings, incoming->content_type);
    if (fit == WWS_CONTENT_OTHER_MEDIA) {
        const bool is_text = settings->of[WWS_ENCODING].choice != WWS_ENCODING_BINARY &&
                             (wws_span_starts(incoming->content_type, WWS_SPAN("text/xml")) ||
                              wws_span_starts(incoming->content_type, WWS_SPAN("application/soap+xml")));
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the content type is not that of the listener's %s",
                       is_text ? "SOAP version" : "encoding");
        wws_error_about(err, NULL, is_text ? "envelope_version" : "encoding");
        wws_error_expected(err, "%s", wws_content_type_media(settings, wws_settings_envelope(settings)));
    } else if (fit == WWS_CONTENT_OTHER_CHARSET) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the message's character set is none that is read");
        wws_error_about(err, NULL, "encoding");
        wws_error_expected(err, "utf-8 or utf-16");
    }
    if (fit != WWS_CONTENT_FITS) {
        wws_error_got(err, "%.*s", WWS_PRINT(incoming->content_type));
        return WWS_E_INVALID_FORMAT;
    }
    if (incoming->content_encoding.len > 0 && !is_nocase(incoming->content_encoding, "identity")) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "compressed messages are not accepted");
        wws_error_got(err, "%.*s", WWS_PRINT(incoming->content_encoding));
        return WWS_E_INVALID_FORMAT;
    }
    return WWS_OK;
}

static wws_result check_transport(const wws_listener *listener, const wws_incoming *incoming, wws_error *err)
{
    if (listener->secure && !incoming->secure) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the message did not come through TLS");
        wws_error_about(err, "ssl", NULL);
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    if (listener->require_certificate && incoming->certificate.len == 0) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the client showed no certificate");
        wws_error_about(err, "ssl", "require_ssl_client_cert");
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    return WWS_OK;
}

/* The status to answer with; 0 when all is well. */
static int judge(wws_exchange *exchange, const wws_incoming *incoming, wws_error *err)
{
    const wws_listener *listener = exchange->listener;
    if (listener->closed) {
        (void)wws_fail(err, WWS_E_ENDPOINT_NOT_AVAILABLE, "the listener is closed");
        return 503;
    }
    if (wws_listener_match_transport(listener, incoming->target, incoming->host, err) != WWS_OK) {
        return 404;
    }
    if (!wws_span_is(incoming->method, "POST")) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "SOAP comes by POST");
        wws_error_got(err, "%.*s", WWS_PRINT(incoming->method));
        return 405;
    }
    if (wws_settings_disallow_agent(&listener->settings, incoming->user_agent)) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the request comes from a user agent that is not allowed");
        wws_error_about(err, NULL, "disallowed_user_agent");
        wws_error_got(err, "%.*s", WWS_PRINT(incoming->user_agent));
        return 403;
    }
    if (check_transport(listener, incoming, err) != WWS_OK) {
        return 403;
    }
    const int status = wws_exchange_auth_admit(exchange, incoming, err);
    if (status != 0) {
        return status;
    }
    return check_media(listener, incoming, err) == WWS_OK ? 0 : 415;
}

bool wws_exchange_admit(wws_exchange *exchange, const wws_incoming *incoming)
{
    wws_error err = {0};
    if (incoming->binding != NULL) {
        exchange->binding = *incoming->binding;
    }
    const int status = judge(exchange, incoming, &err);
    if (status != 0) {
        wws_error_at(&err, "admit the request");
        wws_exchange_plain(exchange, status, &err);
    }
    return status == 0;
}
