#include "channel/http_status.h"

/* The same four schemes for servers and proxies, in WWSAPI's order of codes. */
static const char *const SCHEMES[] = {"Basic", "Digest", "NTLM", "Negotiate"};

typedef struct meaning {
    int status;
    wws_result code;
    const char *text;
} meaning;

static const meaning MEANINGS[] = {
    {400, WWS_E_ENDPOINT_FAILURE, "the service could not read the request"},
    {401, WWS_E_ENDPOINT_ACCESS_DENIED, "the service wants HTTP authentication"},
    {403, WWS_E_ENDPOINT_ACCESS_DENIED, "the service forbids the request"},
    {404, WWS_E_ENDPOINT_NOT_FOUND, "there is no service at this path"},
    {405, WWS_E_ENDPOINT_FAILURE, "nothing at this path takes POST"},
    {407, WWS_E_PROXY_ACCESS_DENIED, "a proxy wants authentication"},
    {408, WWS_E_OPERATION_TIMED_OUT, "the service gave up waiting for the request"},
    {410, WWS_E_ENDPOINT_NOT_AVAILABLE, "the service is gone from this path"},
    {413, WWS_E_ENDPOINT_FAILURE, "the message is larger than the service accepts"},
    {415, WWS_E_ENDPOINT_FAILURE, "the service does not accept this content type"},
    {500, WWS_E_ENDPOINT_FAILURE, "the service failed without saying why"},
    {502, WWS_E_PROXY_FAILURE, "a proxy could not reach the service"},
    {503, WWS_E_ENDPOINT_TOO_BUSY, "the service is too busy"},
    {504, WWS_E_OPERATION_TIMED_OUT, "a proxy gave up waiting for the service"},
};

bool wws_http_status_may_carry(int status)
{
    return (status >= 200 && status < 300) || (status >= 400 && status < 600);
}

static bool offers(const wws_http_head *head, const char *field, const char *scheme)
{
    const size_t len = strlen(scheme);
    for (size_t i = 0; i < head->count; i++) {
        const wws_span value = head->fields[i].value;
        if (wws_http_name_is(head->fields[i].name, field) && value.len >= len &&
            wws_http_name_is((wws_span){value.at, len}, scheme)) {
            return true;
        }
    }
    return false;
}

static wws_result scheme_code(const wws_http_head *head, wws_result otherwise)
{
    const bool proxy = head->status == 407;
    const wws_result first = proxy ? WWS_E_PROXY_REQUIRES_BASIC_AUTH : WWS_E_SERVER_REQUIRES_BASIC_AUTH;
    if (head->status != 401 && !proxy) {
        return otherwise;
    }
    for (int i = 3; i >= 0; i--) { /* the strongest that is offered */
        if (offers(head, proxy ? "Proxy-Authenticate" : "WWW-Authenticate", SCHEMES[i])) {
            return (wws_result)((int)first + i);
        }
    }
    return otherwise;
}

wws_result wws_http_status_fail(const wws_http_head *head, wws_error *err)
{
    meaning found = {head->status, WWS_E_ENDPOINT_FAILURE, "the service answered without a message"};
    if (head->status >= 300 && head->status < 400) {
        found.text = "the service answered with a redirection, which is not followed";
    }
    for (size_t i = 0; i < sizeof MEANINGS / sizeof MEANINGS[0]; i++) {
        if (MEANINGS[i].status == head->status) {
            found = MEANINGS[i];
        }
    }
    const wws_result code = wws_fail(err, scheme_code(head, found.code), "%s", found.text);
    wws_error_at(err, "receive the response");
    wws_error_got(err, "HTTP status %d", head->status);
    if (head->status == 407) {
        wws_error_hint(err, "who you are to a proxy is said by an http_header_auth binding of its own with target = "
                            "\"proxy\"");
    }
    if (head->status == 413) {
        wws_error_hint(err, "its limit is on its side; ours is max_buffered_message_size");
    }
    if (head->status == 415) {
        wws_error_hint(err, "compare envelope_version and encoding with the service's");
    }
    if (head->status == 307 || head->status == 308) {
        wws_error_hint(err,
                       "with enable_http_redirect a channel follows it, if the scheme stays and nothing is streamed");
    }
    return code;
}
