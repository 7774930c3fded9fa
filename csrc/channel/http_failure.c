#include "channel/http_failure.h"

#include "channel/http_tunnel.h"
#include "security/description/description.h"

wws_result wws_http_failure_timed_out(const wws_http_exchange *exchange, wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_OPERATION_TIMED_OUT, "the time was up while %s",
                                     exchange->what == NULL ? "calling the service" : exchange->what);
    wws_error_at(err, exchange->what);
    wws_error_about(err, NULL, exchange->limit);
    wws_error_hint(err, "the limit is this property or the call's own timeout, whichever is shorter");
    return code;
}

/* Drivers word it as their system does. */
static bool mentions(wws_span why, const char *word)
{
    return why.len > 0 && memmem(why.at, why.len, word, strlen(word)) != NULL;
}

static wws_result not_resolved(const wws_http_exchange *exchange, wws_error *err)
{
    (void)wws_fail(err, WWS_E_OPERATION_TIMED_OUT, "the time was up while looking up the host %s",
                   exchange->target.host);
    wws_error_at(err, exchange->what);
    wws_error_about(err, NULL, wws_settings_name(WWS_RESOLVE_TIMEOUT));
    return WWS_E_OPERATION_TIMED_OUT;
}

static wws_result no_connection(const wws_http_exchange *exchange, wws_span why, wws_error *err)
{
    const bool unknown = mentions(why, "resol") || mentions(why, "not found") || mentions(why, "not known");
    const bool refused = mentions(why, "refused");
    const wws_proxy *proxy = exchange->target.proxies == NULL ? NULL : wws_http_proxy_of(exchange);
    const char *host = proxy == NULL ? exchange->target.host : proxy->host;
    const unsigned port = proxy == NULL ? exchange->target.port : proxy->port;
    const wws_result alone = unknown ? WWS_E_ENDPOINT_NOT_FOUND : WWS_E_ENDPOINT_UNREACHABLE;
    const wws_result code = wws_fail(err, proxy == NULL ? alone : WWS_E_PROXY_FAILURE,
                                     unknown ? "the host name %s%s could not be resolved" : "no connection to %s%s",
                                     proxy == NULL ? "" : "the proxy ", host);
    wws_error_at(err, exchange->what);
    wws_error_got(err, "%.*s", WWS_PRINT(why));
    if (proxy != NULL) {
        wws_error_about(err, NULL, wws_settings_name(WWS_CUSTOM_HTTP_PROXY));
    }
    if (refused) {
        wws_error_hint(err, "nothing listens on port %u there", port);
    }
    return code;
}

static bool answer_began(const wws_http_exchange *exchange)
{
    return exchange->state == WWS_HTTP_BODY || exchange->stream.in.len > 0;
}

static wws_result dropped(wws_http_exchange *exchange, wws_error *err)
{
    const bool began = answer_began(exchange);
    exchange->stale = exchange->reused && (exchange->state == WWS_HTTP_LOOKING || exchange->state == WWS_HTTP_SENDING);
    const wws_result code = wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the service closed the connection %s",
                                     began                                   ? "in the middle of its response"
                                     : exchange->state == WWS_HTTP_HANDSHAKE ? "in the middle of the TLS handshake"
                                                                             : "without a response");
    wws_error_at(err, exchange->what);
    if (!began && exchange->stream.tls == NULL && !exchange->reused) {
        wws_error_hint(
            err, "does the service speak TLS on this port, so that its URL begins with https, or no HTTP at all?");
    } else if (!began && exchange->state == WWS_HTTP_HEAD) {
        wws_error_hint(err, "the request had gone out whole: whether the service acted on it is not known");
    }
    return code;
}

wws_result wws_http_failure_broken(wws_http_exchange *exchange, wws_span why, wws_error *err)
{
    if (exchange->state == WWS_HTTP_WANTED || exchange->state == WWS_HTTP_CONNECTING) {
        return wws_span_is(why, "resolve timeout") ? not_resolved(exchange, err) : no_connection(exchange, why, err);
    }
    if (exchange->state == WWS_HTTP_TUNNEL) {
        return wws_http_tunnel_lost(exchange, why, err);
    }
    const wws_result code = dropped(exchange, err);
    wws_error_got(err, "%.*s", WWS_PRINT(why));
    return code;
}

wws_result wws_http_failure_ended(wws_http_exchange *exchange, wws_error *err)
{
    return dropped(exchange, err);
}

wws_result wws_http_failure_refused(wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                                     "the certificate callback did not accept the service's certificate");
    wws_error_at(err, "verify the service's certificate");
    wws_error_about(err, wws_binding_name(WWS_BINDING_SSL), "certificate_validation_callback");
    wws_error_expected(err, "true");
    return code;
}

wws_result wws_http_failure_switched(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_FORMAT, "the service switched to a protocol that was not asked for");
}

wws_result wws_http_failure_body(wws_result code, wws_error *err)
{
    if (code == WWS_E_QUOTA_EXCEEDED) {
        wws_error_about(err, NULL, wws_settings_name(WWS_MAX_BUFFERED_MESSAGE_SIZE));
    }
    wws_error_at(err, "receive the response");
    return code;
}
