/* A session as it opens: who is meant, in which encoding, over which upgrade. */
#include <math.h>

#include "channel/server_session_parts.h"
#include "channel/session_encoding.h"
#include "channel/url_binding.h"

static wws_sitting_verdict take_via(wws_server_session *self, wws_span text)
{
    if (wws_buf_append(&self->via, text, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, WWS_NMF_SERVER_TOO_BUSY);
    }
    return WWS_SITTING_AGAIN;
}

static bool speaks(const wws_server_session *self, wws_span content_type)
{
    return wws_session_encoding_speaks(&self->listener->settings, self->framed.reader.mode, content_type);
}

static wws_sitting_verdict check_route(wws_server_session *self)
{
    const wws_span via = wws_buf_peek(&self->via);
    wws_url url;
    const bool is_url = wws_url_read(via, &url, NULL) == WWS_OK && url.scheme == self->listener->url.scheme;
    if (self->listener->closed || !is_url || !wws_listener_covers(self->listener, url.path)) {
        (void)wws_fail(&self->error, WWS_E_ENDPOINT_NOT_FOUND, "the Via names no listener of this port");
        wws_error_expected(&self->error, "%.*s", WWS_PRINT(self->listener->url.path));
        wws_error_got(&self->error, "%.*s", WWS_PRINT(via));
        return wws_sitting_fail(self, WWS_NMF_ENDPOINT_NOT_FOUND);
    }
    return WWS_SITTING_AGAIN;
}

static wws_sitting_verdict check_encoding(wws_server_session *self, wws_span content_type)
{
    if (!speaks(self, content_type)) {
        (void)wws_fail(&self->error, WWS_E_INVALID_FORMAT, "the client's encoding is not the listener's");
        wws_error_about(&self->error, NULL, "encoding");
        wws_error_expected(&self->error, "%s",
                           wws_session_content_type(&self->listener->settings, self->framed.reader.mode));
        wws_error_got(&self->error, "%.*s", WWS_PRINT(content_type));
        return wws_sitting_fail(self, WWS_NMF_CONTENT_TYPE_INVALID);
    }
    wws_session_encoding_begin(&self->listener->settings, &self->framed);
    return WWS_SITTING_AGAIN;
}

wws_sitting_verdict wws_sitting_on_routing(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    self->state = WWS_SITTING_ROUTED;
    *out = (wws_action){.kind = WWS_ACTION_ROUTE, .bytes = wws_buf_peek(&self->via), .timeout = (double)INFINITY};
    return WWS_SITTING_ACT;
}

/* The encoding's name still stands in the reader. */
wws_sitting_verdict wws_sitting_on_routed(wws_server_session *self, const wws_input *input, wws_action *out)
{
    const wws_nmf_reader *reader = &self->framed.reader;
    const char *known = reader->record == WWS_NMF_KNOWN_ENCODING ? wws_nmf_encoding_name(reader->text[0]) : NULL;
    const wws_span named = {reader->text, reader->text_len};
    (void)input;
    (void)out;
    self->state = WWS_SITTING_PREAMBLE;
    (void)check_route(self);
    if (!self->failed) {
        (void)check_encoding(self, reader->record == WWS_NMF_KNOWN_ENCODING ? wws_span_of(known) : named);
    }
    return WWS_SITTING_AGAIN;
}

/* What the client must ask for, or over a Unix socket may; NULL: nothing. */
static const char *upgrade_of(const wws_listener *listener)
{
    if (listener->tls != NULL) {
        return WWS_NMF_UPGRADE_TLS;
    }
    if (listener->windows.credential != NULL) {
        return WWS_NMF_UPGRADE_NEGOTIATE;
    }
    return wws_url_asks_posix(&listener->url, listener->description) ? WWS_NMF_UPGRADE_POSIX : NULL;
}

static wws_result put_on(wws_server_session *self)
{
    wws_filter filter = {NULL, NULL};
    wws_tls *tls = NULL;
    if (self->listener->tls == NULL && self->listener->windows.credential == NULL) {
        return WWS_OK; /* the credentials of the socket were looked at when it was accepted */
    }
    if (self->listener->tls == NULL) {
        WWS_TRY(wws_windows_filter(&self->listener->windows, self->env, &filter, &self->error));
        return wws_stream_push(&self->framed.stream, filter, &self->error);
    }
    WWS_TRY(wws_tls_new(self->listener->tls, self->env, NULL, NULL, &tls, &self->error));
    return wws_stream_push_tls(&self->framed.stream, tls, &self->error);
}

static wws_sitting_verdict take_upgrade(wws_server_session *self, wws_span name)
{
    const char *made = upgrade_of(self->listener);
    if (made == NULL || self->shaken || !wws_span_is(name, made)) {
        (void)wws_fail(&self->error, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the client asks for an upgrade that the listener does not make");
        wws_error_about(&self->error, NULL, "security");
        wws_error_expected(&self->error, "%s", made == NULL ? "none" : made);
        wws_error_got(&self->error, "%.*s", WWS_PRINT(name));
        return wws_sitting_fail(self, WWS_NMF_UPGRADE_INVALID);
    }
    if (self->framed.stream.in.len > 0) {
        return wws_sitting_fail_with(self, WWS_E_INVALID_FORMAT, WWS_NMF_UPGRADE_INVALID,
                                     "the client went on before the connection was upgraded");
    }
    if (wws_framed_send_plain(&self->framed, WWS_NMF_UPGRADE_RESPONSE, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, WWS_NMF_NO_FAULT);
    }
    self->state = WWS_SITTING_UPGRADING;
    return WWS_SITTING_AGAIN;
}

static bool is_mode_served(const wws_server_session *self)
{
    return self->framed.reader.mode == WWS_NMF_DUPLEX || !self->listener->plan.context;
}

static wws_sitting_verdict open_session(wws_server_session *self, bool acknowledge)
{
    if (self->listener->secure && !self->shaken) {
        (void)wws_fail(&self->error, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the client opens a session without the upgrade that the listener demands");
        wws_error_about(&self->error, NULL, "security");
        wws_error_expected(&self->error, "the upgrade of the listener's transport security");
        wws_error_got(&self->error, "none");
        return wws_sitting_fail(self, WWS_NMF_UPGRADE_INVALID);
    }
    if (acknowledge && self->framed.reader.mode != WWS_NMF_SIMPLEX &&
        wws_framed_send_plain(&self->framed, WWS_NMF_PREAMBLE_ACK, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, WWS_NMF_NO_FAULT);
    }
    wws_sitting_leave_handshake(self);
    self->sessions++;
    self->state = WWS_SITTING_OPEN;
    wws_sitting_begin_flow(self);
    return WWS_SITTING_AGAIN;
}

static wws_sitting_verdict take_preamble(wws_server_session *self, const wws_nmf_event *event)
{
    switch (event->record) {
    case WWS_NMF_VIA:
        return take_via(self, event->text);
    case WWS_NMF_KNOWN_ENCODING:
    case WWS_NMF_EXTENSIBLE_ENCODING:
        self->state = WWS_SITTING_ROUTING;
        return WWS_SITTING_AGAIN;
    case WWS_NMF_UPGRADE_REQUEST:
        return take_upgrade(self, event->text);
    case WWS_NMF_PREAMBLE_END:
        return is_mode_served(self) ? open_session(self, true)
                                    : wws_sitting_fail_with(self, WWS_E_NOT_SUPPORTED, WWS_NMF_UNSUPPORTED_MODE,
                                                            "a security context needs a duplex session");
    case WWS_NMF_VERSION:
    case WWS_NMF_MODE:
    case WWS_NMF_UNSIZED_ENVELOPE:
    case WWS_NMF_SIZED_ENVELOPE:
    case WWS_NMF_END:
    case WWS_NMF_FAULT:
    case WWS_NMF_UPGRADE_RESPONSE:
    case WWS_NMF_PREAMBLE_ACK:
    case WWS_NMF_RECORDS:
    default:
        return WWS_SITTING_AGAIN;
    }
}

static bool is_silent_end(const wws_server_session *self)
{
    return self->framed.ended && self->framed.stream.in.len == 0 && self->framed.reader.state == WWS_NMF_AT_VERSION &&
           !wws_nmf_reader_is_inside(&self->framed.reader);
}

wws_sitting_verdict wws_sitting_on_preamble(wws_server_session *self, const wws_input *input, wws_action *out)
{
    wws_nmf_event event;
    (void)input;
    if (wws_framed_next(&self->framed, &event, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, self->framed.reader.fault);
    }
    if (event.kind == WWS_NMF_GOT) {
        if (self->framed.reader.state == WWS_NMF_AT_MODE && self->sessions > 0) {
            wws_sitting_wait(self, WWS_CONNECT_TIMEOUT, "waiting for the client's preamble");
        }
        return take_preamble(self, &event);
    }
    if (event.kind == WWS_NMF_DATA || event.kind == WWS_NMF_COMPLETE) {
        return wws_sitting_fail_with(self, WWS_E_INVALID_FORMAT, WWS_NMF_NO_FAULT,
                                     "the client sent a message before the session");
    }
    if (is_silent_end(self)) {
        wws_sitting_leave_handshake(self);
        self->state = WWS_SITTING_CLOSED;
        return WWS_SITTING_AGAIN;
    }
    return wws_sitting_read(self, out);
}

wws_sitting_verdict wws_sitting_on_upgrading(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (wws_framed_has_pending(&self->framed)) {
        return wws_sitting_write(self, out);
    }
    if (put_on(self) != WWS_OK) {
        return wws_sitting_fail(self, WWS_NMF_NO_FAULT);
    }
    self->state = WWS_SITTING_HANDSHAKE;
    return WWS_SITTING_AGAIN;
}

wws_sitting_verdict wws_sitting_on_handshake(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (wws_framed_has_pending(&self->framed)) {
        return wws_sitting_write(self, out);
    }
    if (!self->framed.stream.ready) {
        return wws_sitting_read(self, out);
    }
    wws_buf_reset(&self->certificate, 0);
    if (self->framed.stream.tls != NULL &&
        wws_tls_peer_certificate(self->framed.stream.tls, &self->certificate, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, WWS_NMF_NO_FAULT);
    }
    self->shaken = true;
    wws_nmf_reader_upgraded(&self->framed.reader);
    self->state = WWS_SITTING_PREAMBLE;
    return WWS_SITTING_AGAIN;
}
