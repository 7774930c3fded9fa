#include "channel/http_tunnel.h"

#include <stdio.h>

#include "channel/http_status.h"
#include "channel/http_wait.h"

/* An answer to CONNECT is read for its head; a challenge's page only makes the connection fit for the next try. */
enum { PAGE_MAX = 65536, REQUEST_MAX = 262144, INTERIM_MAX = 8 };

static const char STEP[] = "asking the proxy for a tunnel";

void wws_http_tunnel_begin(wws_http_exchange *exchange)
{
    exchange->tunnel = WWS_TUNNEL_ASK;
    exchange->interim = 0;
    exchange->challenged = false;
}

bool wws_http_tunnel_waits(const wws_http_exchange *exchange)
{
    return exchange->state == WWS_HTTP_TUNNEL && exchange->tunnel == WWS_TUNNEL_ASK &&
           wws_client_auth_waits(&exchange->proxy_auth);
}

wws_result wws_http_tunnel_lost(const wws_http_exchange *exchange, wws_span why, wws_error *err)
{
    (void)wws_fail(err, WWS_E_PROXY_FAILURE, "the proxy %s closed the connection instead of opening a tunnel",
                   wws_http_proxy_of(exchange)->host);
    wws_error_at(err, STEP);
    if (why.at != NULL) {
        wws_error_got(err, "%.*s", WWS_PRINT(why));
    }
    return WWS_E_PROXY_FAILURE;
}

/* ---- the request ---- */

static bool authenticates(const wws_http_exchange *self)
{
    return self->proxy_auth.terms != NULL;
}

static wws_result write_fields(wws_buf *out, const wws_http_exchange *self, wws_span authority, wws_error *err)
{
    WWS_TRY(wws_http_request_line(out, "CONNECT", authority, err));
    WWS_TRY(wws_http_field_write(out, "Host", authority, err));
    WWS_TRY(wws_http_field_write(out, "User-Agent", WWS_SPAN("wws"), err));
    if (self->proxy_auth.value.len > 0) {
        WWS_TRY(wws_http_field_write(out, "Proxy-Authorization", wws_buf_peek(&self->proxy_auth.value), err));
    }
    return wws_http_end(out, err);
}

static wws_result write_request(wws_http_exchange *self, wws_error *err)
{
    const char *host = self->target.host;
    const bool literal = strchr(host, ':') != NULL;
    char text[WWS_HOST_TEXT + 16];
    wws_buf request;
    (void)snprintf(text, sizeof text, "%s%s%s:%u", literal ? "[" : "", host, literal ? "]" : "",
                   (unsigned)self->target.port);
    const wws_span authority = wws_span_of(text);
    if (authenticates(self)) {
        WWS_TRY(wws_client_auth_prepare(&self->proxy_auth, WWS_SPAN("CONNECT"), authority, err));
    }
    wws_buf_init(&request, self->env->alloc, REQUEST_MAX);
    wws_result code = write_fields(&request, self, authority, err);
    if (code == WWS_OK) {
        code = wws_stream_write(&self->stream, wws_buf_peek(&request), err);
    }
    wws_buf_clear(&request);
    return code;
}

/* ---- its answer ---- */

static bool is_granted(const wws_http_exchange *self)
{
    return self->head.status >= 200 && self->head.status < 300;
}

/* What a proxy says of CONNECT is about itself. */
static wws_result refused(const wws_http_exchange *self, wws_error *err)
{
    const int status = self->head.status;
    if (status == 407) {
        return wws_http_status_fail(&self->head, err);
    }
    const bool forbids = status == 401 || status == 403;
    const bool late = status == 408 || status == 504;
    const wws_result code = wws_fail(err,
                                     forbids ? WWS_E_PROXY_ACCESS_DENIED
                                     : late  ? WWS_E_OPERATION_TIMED_OUT
                                             : WWS_E_PROXY_FAILURE,
                                     "the proxy %s %s %s", wws_http_proxy_of(self)->host,
                                     forbids ? "forbids a tunnel to"
                                     : late  ? "gave up waiting for"
                                             : "opens no tunnel to",
                                     self->target.host);
    wws_error_at(err, STEP);
    wws_error_got(err, "HTTP status %d", status);
    return code;
}

static wws_result reconnect(wws_http_exchange *self, wws_error *err)
{
    WWS_TRY(wws_client_auth_disconnect(&self->proxy_auth, err));
    self->state = WWS_HTTP_CLOSED;
    self->reconnects = true;
    return WWS_OK;
}

bool wws_http_tunnel_retries(wws_http_exchange *exchange, const wws_input *input)
{
    const bool gone = input->kind == WWS_INPUT_END || input->kind == WWS_INPUT_BROKEN;
    const bool asked = exchange->tunnel == WWS_TUNNEL_SEND || exchange->tunnel == WWS_TUNNEL_HEAD;
    return gone && exchange->state == WWS_HTTP_TUNNEL && asked && exchange->challenged &&
           exchange->stream.in.len == 0 && reconnect(exchange, NULL) == WWS_OK;
}

static wws_result ask_again(wws_http_exchange *self, wws_error *err)
{
    if (!self->head.keep_alive || self->stream.ended || self->stream.in.len > 0) {
        return reconnect(self, err);
    }
    self->challenged = true;
    self->tunnel = WWS_TUNNEL_ASK;
    return WWS_OK;
}

static wws_result challenged(wws_http_exchange *self, wws_error *err)
{
    bool again = false;
    WWS_TRY(wws_client_auth_answer(&self->proxy_auth, &self->head, &again, err));
    return again ? ask_again(self, err) : refused(self, err);
}

/* The answer's head is there. */
static wws_result judge(wws_http_exchange *self, bool *over, wws_error *err)
{
    bool again = false;
    if (is_granted(self)) { /* no body follows, whatever the head says */
        *over = true;
        return authenticates(self) ? wws_client_auth_answer(&self->proxy_auth, &self->head, &again, err) : WWS_OK;
    }
    if (self->head.status != 407 || !authenticates(self)) {
        return refused(self, err);
    }
    wws_http_body_init(&self->framing, &self->head, PAGE_MAX);
    wws_buf_reset(&self->body, PAGE_MAX);
    self->tunnel = WWS_TUNNEL_BODY;
    return WWS_OK;
}

/* `head` keeps pointing at the head's bytes, so they move to a place of their own. */
static wws_result take_head(wws_http_exchange *self, size_t used, wws_error *err)
{
    wws_buf_reset(&self->head_bytes, SIZE_MAX);
    WWS_TRY(wws_buf_append(&self->head_bytes, (wws_span){self->stream.in.bytes, used}, err));
    wws_buf_consume(&self->stream.in, used);
    return wws_http_head_read(wws_buf_peek(&self->head_bytes), false, WWS_HTTP_HEAD_BYTES, &self->head, &used, err);
}

static wws_result not_http(wws_result code, const wws_http_exchange *self, wws_error *err)
{
    code = wws_error_wrap(err, code == WWS_E_OUTOFMEMORY ? code : WWS_E_PROXY_FAILURE,
                          "the proxy's answer cannot be read");
    wws_error_at(err, STEP);
    wws_error_got(err, "what listens on port %u of %s", (unsigned)wws_http_proxy_of(self)->port,
                  wws_http_proxy_of(self)->host);
    return code;
}

static wws_result read_head(wws_http_exchange *self, bool *whole, wws_error *err)
{
    size_t used = 0;
    const wws_span bytes = wws_buf_peek(&self->stream.in);
    const wws_result code = wws_http_head_read(bytes, false, WWS_HTTP_HEAD_BYTES, &self->head, &used, err);
    if (code != WWS_OK) {
        return not_http(code, self, err);
    }
    *whole = used > 0;
    return used > 0 ? take_head(self, used, err) : WWS_OK;
}

/* ---- phases: each goes on to the next, or fills the action ---- */

static wws_result on_ask(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    bool waits = false;
    if (authenticates(self)) {
        WWS_TRY(wws_client_auth_step(&self->proxy_auth, input, out, &waits, err));
    }
    if (waits) {
        self->what = out->what;
        self->limit = wws_settings_name(WWS_CONNECT_TIMEOUT);
        out->timeout = wws_settings_seconds(self->target.settings, WWS_CONNECT_TIMEOUT);
        return WWS_OK;
    }
    WWS_TRY(write_request(self, err));
    self->tunnel = WWS_TUNNEL_SEND;
    return WWS_OK;
}

static wws_result on_head(wws_http_exchange *self, wws_action *out, bool *over, wws_error *err)
{
    bool whole = false;
    WWS_TRY(read_head(self, &whole, err));
    if (!whole) {
        wws_http_ask(self, out, STEP, WWS_CONNECT_TIMEOUT);
        return WWS_OK;
    }
    if (self->head.status >= 200) {
        return judge(self, over, err);
    }
    return self->head.status != 101 && self->interim++ < INTERIM_MAX ? WWS_OK : refused(self, err);
}

static wws_result on_body(wws_http_exchange *self, wws_action *out, wws_error *err)
{
    const wws_span waiting = wws_buf_peek(&self->stream.in);
    wws_span left = waiting;
    const wws_result code = wws_http_body_feed(&self->framing, &left, &self->body, err);
    wws_buf_consume(&self->stream.in, waiting.len - left.len);
    if (code != WWS_OK) {
        return not_http(code, self, err);
    }
    if (self->framing.state == WWS_HTTP_BODY_DONE) {
        return challenged(self, err);
    }
    wws_http_ask(self, out, STEP, WWS_CONNECT_TIMEOUT);
    return WWS_OK;
}

static wws_result move(wws_http_exchange *self, const wws_input *input, wws_action *out, bool *over, wws_error *err)
{
    switch (self->tunnel) {
    case WWS_TUNNEL_ASK:
        return on_ask(self, input, out, err);
    case WWS_TUNNEL_SEND:
        if (!wws_http_flush(self, out, STEP, WWS_CONNECT_TIMEOUT)) {
            self->tunnel = WWS_TUNNEL_HEAD;
            wws_http_ask(self, out, STEP, WWS_CONNECT_TIMEOUT);
        }
        return WWS_OK;
    case WWS_TUNNEL_HEAD:
        return on_head(self, out, over, err);
    case WWS_TUNNEL_BODY:
    default:
        return on_body(self, out, err);
    }
}

static wws_result take_end(wws_http_exchange *self, wws_error *err)
{
    if (self->tunnel != WWS_TUNNEL_BODY || wws_http_body_end(&self->framing, NULL) != WWS_OK) {
        return wws_http_tunnel_lost(self, (wws_span){NULL, 0}, err);
    }
    self->stream.ended = true;
    return WWS_OK;
}

wws_result wws_http_tunnel_step(wws_http_exchange *exchange, const wws_input *input, wws_action *out, bool *over,
                                wws_error *err)
{
    *over = false;
    out->kind = 0;
    if (input->kind == WWS_INPUT_BYTES) {
        WWS_TRY(wws_stream_feed(&exchange->stream, input->bytes, err));
    } else if (input->kind == WWS_INPUT_END) {
        WWS_TRY(take_end(exchange, err));
    }
    while (exchange->state == WWS_HTTP_TUNNEL && !*over && out->kind == 0) {
        WWS_TRY(move(exchange, input, out, over, err));
    }
    return WWS_OK;
}
