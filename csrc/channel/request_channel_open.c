/* Opening: everything that can be known to be wrong before the first byte is said here. */
#include "channel/client_request.h"
#include "channel/request_channel_parts.h"
#include "channel/session_encoding.h"
#include "channel/url_binding.h"
#include "security/description/identity.h"

void wws_request_channel_unbind(wws_request_channel *channel)
{
    wws_http_exchange_clear(&channel->http);
    wws_client_single_clear(&channel->single);
    wws_client_session_free(channel->session);
    channel->session = NULL;
    wws_tls_config_free(channel->tls);
    channel->tls = NULL;
    wws_windows_clear(&channel->windows);
    wws_windows_clear(&channel->tickets);
    wws_windows_clear(&channel->boot_tickets);
    wws_auth_close(channel);
    wws_proxies_clear(&channel->proxies);
    wws_buf_reset(&channel->url_text, 0);
    wws_buf_reset(&channel->dns, 0);
    wws_buf_reset(&channel->place, 0);
    wws_buf_reset(&channel->pinned, 0);
    wws_buf_reset(&channel->modulus, 0);
    wws_buf_reset(&channel->exponent, 0);
    wws_buf_reset(&channel->reference, 0);
    wws_cookies_clear(channel->cookies);
    memset(&channel->url, 0, sizeof channel->url);
}

static wws_result with_nul(wws_buf *out, wws_span text, wws_error *err)
{
    wws_buf_reset(out, 0);
    WWS_TRY(wws_buf_append(out, text, err));
    WWS_TRY(wws_buf_append(out, (wws_span){(const uint8_t *)"", 1}, err));
    out->len--;
    return WWS_OK;
}

static wws_result take_url(wws_request_channel *channel, wws_span url, wws_error *err)
{
    WWS_TRY(with_nul(&channel->url_text, url, err));
    return wws_url_read(wws_buf_peek(&channel->url_text), &channel->url, err);
}

static wws_result take_identity(wws_request_channel *channel, wws_span dns, wws_error *err)
{
    if (dns.at != NULL && (dns.len == 0 || dns.len >= WWS_HOST_TEXT || memchr(dns.at, 0, dns.len) != NULL)) {
        const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "the DNS identity is no host name");
        wws_error_about(err, NULL, "identity");
        return code;
    }
    return with_nul(&channel->dns, dns, err);
}

static wws_identity_kind identity_kind(const wws_address *address)
{
    const struct {
        bool given;
        wws_identity_kind kind;
    } kinds[] = {{address->unknown, WWS_IDENTITY_UNKNOWN},     {address->pinned.len > 0, WWS_IDENTITY_CERTIFICATE},
                 {address->modulus.len > 0, WWS_IDENTITY_RSA}, {address->spn.at != NULL, WWS_IDENTITY_SPN},
                 {address->upn.at != NULL, WWS_IDENTITY_UPN},  {address->dns.at != NULL, WWS_IDENTITY_DNS}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].given) {
            return kinds[i].kind;
        }
    }
    return WWS_IDENTITY_NONE;
}

static wws_result take_pins(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    WWS_TRY(wws_identity_check(channel->description, identity_kind(address), err));
    WWS_TRY(wws_buf_append(&channel->pinned, address->pinned, err));
    WWS_TRY(wws_buf_append(&channel->modulus, address->modulus, err));
    return wws_buf_append(&channel->exponent, address->exponent, err);
}

static wws_result take_reference(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    const wws_addressing_version version = wws_settings_addressing(&channel->settings);
    wws_buf_reset(&channel->reference, 0);
    if (version == WWS_ADDRESSING_TRANSPORT && address->header_count > 0) {
        const wws_result code =
            wws_fail(err, WWS_E_INVALIDARG, "reference parameters need an addressing version that has headers");
        wws_error_about(err, NULL, "headers");
        wws_error_expected(err, "addressing_version 1.0 or 0.9");
        return code;
    }
    for (size_t i = 0; i < address->header_count; i++) {
        const wws_result code = wws_client_reference_write(&channel->reference, version, address->headers[i], err);
        if (code != WWS_OK) {
            wws_error_about(err, NULL, "headers");
            return code;
        }
    }
    return WWS_OK;
}

static wws_result check_scheme(const wws_request_channel *channel, const wws_binding *ssl, wws_error *err)
{
    const bool https = channel->url.scheme == WWS_HTTPS;
    if (https == (ssl != NULL) || wws_url_binding(&channel->url, channel->description) != WWS_CHANNEL_HTTP) {
        return WWS_OK;
    }
    const wws_result code = wws_fail(err, WWS_E_INVALIDARG,
                                     https ? "an https URL needs an ssl binding in the security description"
                                           : "an http URL forbids the ssl binding of the security description");
    wws_error_about(err, wws_binding_name(WWS_BINDING_SSL), "url");
    wws_error_expected(err, "%s", https ? "an ssl binding, or an http URL" : "an https URL, or no ssl binding");
    wws_error_got(err, "%.*s", WWS_PRINT(wws_buf_peek(&channel->url_text)));
    return code;
}

static bool same_value(const wws_value *a, const wws_value *b);

static const wws_value *field_of(const wws_value *table, wws_span name)
{
    for (size_t i = 0; i < table->field_count; i++) {
        if (wws_span_equal(table->fields[i].name, name)) {
            return &table->fields[i].value;
        }
    }
    return NULL;
}

static bool same_fields(const wws_value *a, const wws_value *b) /* NOLINT(misc-no-recursion) */
{
    if (a->item_count != b->item_count || a->field_count != b->field_count) {
        return false;
    }
    for (size_t i = 0; i < a->item_count; i++) {
        if (!same_value(&a->items[i], &b->items[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < a->field_count; i++) {
        const wws_value *other = field_of(b, a->fields[i].name);
        if (other == NULL || !same_value(&a->fields[i].value, other)) {
            return false;
        }
    }
    return true;
}

/* The depth is bounded: the description was checked against its tables before. */
static bool same_value(const wws_value *a, const wws_value *b) /* NOLINT(misc-no-recursion) */
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case WWS_VALUE_BOOLEAN:
        return a->boolean == b->boolean;
    case WWS_VALUE_NUMBER:
        return a->number == b->number;
    case WWS_VALUE_STRING:
        return wws_span_equal(a->text, b->text);
    case WWS_VALUE_TABLE:
        return same_fields(a, b);
    case WWS_VALUE_FUNCTION:
    case WWS_VALUE_USERDATA:
        return a->ref == b->ref;
    case WWS_VALUE_NIL:
    case WWS_VALUE_OTHER:
    default:
        return true;
    }
}

/* A context lives as long as its session, and a singleton is over with its message. */
static wws_result check_singleton(const wws_request_channel *channel, wws_channel_binding kind, wws_error *err)
{
    const bool singleton = kind != WWS_CHANNEL_HTTP && wws_settings_streams(&channel->settings, WWS_STREAMED);
    if (!singleton || wws_description_find(channel->description, WWS_BINDING_SECURITY_CONTEXT) == NULL) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALIDARG,
                   "a security context over message framing needs a session, and streamed "
                   "messages have none");
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), wws_settings_name(WWS_TRANSFER_MODE));
    wws_error_expected(err, "buffered");
    return WWS_E_INVALIDARG;
}

/* Establishing runs over the channel's own connection, so its ssl binding must not ask for another one. */
static wws_result check_bootstrap(const wws_description *description, const wws_binding *ssl, wws_error *err)
{
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    const wws_binding *inner = context == NULL ? NULL : wws_description_find(context->bootstrap, WWS_BINDING_SSL);
    if (ssl == NULL || inner == NULL || same_value(ssl->value, inner->value)) {
        return WWS_OK;
    }
    const wws_result code =
        wws_fail(err, WWS_E_NOTIMPL, "this version establishes a context over the channel's own connection only");
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), "bootstrap");
    wws_error_expected(err, "an ssl binding in the bootstrap that equals the one outside");
    return code;
}

static wws_result compile_tls(wws_request_channel *channel, const wws_binding *ssl, const wws_address *address,
                              wws_error *err)
{
    if (ssl == NULL) {
        return WWS_OK;
    }
    const wws_tls_options options = {
        .certificate = address->certificate,
        .trust = address->trust,
        .trust_pem = address->trust_pem,
        .ignored = ssl->settings[WWS_CERT_FAILURES_TO_IGNORE].flags,
        .disallowed = ssl->settings[WWS_DISALLOWED_SECURE_PROTOCOLS].flags,
        .disallowed_given = true,
        .check_revocation = !ssl->settings[WWS_DISABLE_CERT_REVOCATION_CHECK].boolean,
    };
    const wws_result code = wws_tls_config_new(&options, &channel->tls, err);
    if (code != WWS_OK) {
        wws_error_about(err, wws_binding_name(WWS_BINDING_SSL), NULL);
    }
    return code;
}

static wws_result compile_windows(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    if (wws_windows_binding(channel->description) == NULL) {
        return WWS_OK;
    }
    const wws_windows_identity identity = {.spn = address->spn, .upn = address->upn, .dns = address->dns};
    return wws_windows_client(&channel->windows, channel->description, address->delegated, &identity,
                              channel->url.host_text, err);
}

/* TLS proves other identities; the service that tickets are for then is that of the host. */
static wws_result compile_tickets(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    const wws_binding *context = wws_description_find(channel->description, WWS_BINDING_SECURITY_CONTEXT);
    const wws_windows_identity identity = {.spn = address->spn, .upn = address->upn, .dns = address->dns};
    const char *host = channel->url.host_text;
    WWS_TRY(wws_windows_ticket_client(&channel->tickets, channel->description, address->message_delegated, &identity,
                                      host, err));
    return context == NULL ? WWS_OK
                           : wws_windows_ticket_client(&channel->boot_tickets, context->bootstrap,
                                                       address->bootstrap_delegated, &identity, host, err);
}

static int certificate_check(const wws_binding *ssl)
{
    return ssl == NULL ? 0 : ssl->settings[WWS_CERTIFICATE_VALIDATION_CALLBACK].ref;
}

static const char *identity_of(const wws_request_channel *channel)
{
    return channel->dns.len == 0 ? NULL : (const char *)channel->dns.bytes;
}

static wws_pins pins_of(const wws_request_channel *channel)
{
    return (wws_pins){.certificate = wws_buf_peek(&channel->pinned),
                      .modulus = wws_buf_peek(&channel->modulus),
                      .exponent = wws_buf_peek(&channel->exponent)};
}

static wws_result make_exchange(wws_request_channel *channel, const wws_binding *ssl, wws_error *err)
{
    (void)err;
    const wws_http_target target = {
        .host = channel->url.host_text,
        .port = channel->url.port,
        .identity = identity_of(channel),
        .pins = pins_of(channel),
        .tls = channel->tls,
        .certificate_check = certificate_check(ssl),
        .settings = &channel->settings,
        .proxies = wws_auth_proxies(channel),
        .proxy_terms = wws_auth_proxy_terms(channel),
    };
    wws_http_exchange_init(&channel->http, channel->env, &target);
    return WWS_OK;
}

/* A Unix socket's URL may have none. */
static const char *host_of(const wws_request_channel *channel)
{
    return channel->url.host_text[0] == '\0' ? "localhost" : channel->url.host_text;
}

static wws_result make_session(wws_request_channel *channel, const wws_binding *ssl, const wws_address *address,
                               wws_error *err)
{
    const wws_session_target target = {
        .host = host_of(channel),
        .port = channel->url.port,
        .via = wws_buf_peek(&channel->url_text),
        .identity = identity_of(channel),
        .pins = pins_of(channel),
        .tls = channel->tls,
        .kept = channel->kept,
        .windows = &channel->windows,
        .place = channel->place.len == 0 ? NULL : (const char *)channel->place.bytes,
        .mode = wws_session_mode(&channel->settings),
        .posix = address->posix && wws_url_asks_posix(&channel->url, channel->description),
        .certificate_check = certificate_check(ssl),
        .settings = &channel->settings,
    };
    WWS_TRY(wws_client_session_new(channel->env, &target, &channel->session, err));
    if (target.mode == WWS_NMF_SINGLETON_UNSIZED) {
        wws_client_single_init(&channel->single, channel->session);
    }
    return WWS_OK;
}

static wws_result bind_to(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    const wws_description *description = channel->description;
    const wws_binding *ssl = wws_description_find(description, WWS_BINDING_SSL);
    WWS_TRY(take_url(channel, address->url, err));
    WWS_TRY(take_identity(channel, address->dns, err));
    WWS_TRY(take_pins(channel, address, err));
    WWS_TRY(take_reference(channel, address, err));
    WWS_TRY(with_nul(&channel->place, address->place, err));
    const wws_channel_binding kind = wws_url_binding(&channel->url, description);
    wws_session_encoding_choose(&channel->settings, kind);
    WWS_TRY(wws_settings_check(&channel->settings, kind, err));
    WWS_TRY(wws_description_check_channel(description, kind, err));
    WWS_TRY(check_scheme(channel, ssl, err));
    WWS_TRY(wws_description_check_performable(description, kind, err));
    WWS_TRY(check_bootstrap(description, ssl, err));
    WWS_TRY(check_singleton(channel, kind, err));
    WWS_TRY(compile_tls(channel, ssl, address, err));
    WWS_TRY(compile_windows(channel, address, err));
    WWS_TRY(compile_tickets(channel, address, err));
    WWS_TRY(wws_proxies_read(&channel->proxies, channel->env, &channel->settings, err));
    WWS_TRY(wws_auth_open(channel, address, err));
    channel->openings++;
    return kind == WWS_CHANNEL_HTTP ? make_exchange(channel, ssl, err) : make_session(channel, ssl, address, err);
}

wws_result wws_request_channel_open(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    WWS_TRY(wws_channel_state_move(&channel->state, WWS_EVENT_OPEN, err));
    wws_tls_config_free(channel->failed_tls);
    channel->failed_tls = NULL;
    const wws_result code = bind_to(channel, address, err);
    if (code != WWS_OK) {
        wws_error_at(err, "open the channel");
        wws_request_channel_unbind(channel);
        (void)(wws_channel_state_move(&channel->state, WWS_EVENT_OPEN_FAILED, NULL) == WWS_OK);
        return code;
    }
    /* a session is opened by talking to its server: wws_request_channel_begin_session */
    return wws_request_channel_is_session(channel) ? WWS_OK
                                                   : wws_channel_state_move(&channel->state, WWS_EVENT_OPENED, err);
}

size_t wws_request_channel_take_issuers(wws_request_channel *channel, char *out, size_t room)
{
    const wws_request_channel *owner = channel->root == NULL ? channel : channel->root;
    wws_tls_config *config = owner->tls == NULL ? owner->failed_tls : owner->tls;
    return config == NULL ? 0 : wws_tls_config_take_issuers(config, out, room);
}
