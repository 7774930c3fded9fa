/* What a server says in a session: replies, messages of its own, the end. */
#include "channel/client_request.h"
#include "channel/server_session_parts.h"
#include "channel/session_encoding.h"
#include "encoding/mime.h"

static bool may_speak(const wws_server_session *self)
{
    const wws_nmf_mode mode = self->framed.reader.mode;
    return mode == WWS_NMF_DUPLEX || (mode == WWS_NMF_SINGLETON_UNSIZED && !self->framed.sent_end);
}

static wws_result check_open(const wws_server_session *self, wws_error *err)
{
    if (self->failed || self->sessions == 0) {
        return wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the session is over");
    }
    if (!may_speak(self)) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the client opened a session in which only it sends");
    }
    return WWS_OK;
}

/* A singleton has nothing to say behind its reply: the client need not wait until the application is done. */
static wws_result end_singleton(wws_server_session *self, wws_error *err)
{
    return self->framed.reader.mode == WWS_NMF_SINGLETON_UNSIZED ? wws_framed_send_end(&self->framed, err) : WWS_OK;
}

static wws_result send_answer(wws_server_session *self, const wws_exchange *exchange, wws_error *err)
{
    wws_buf record;
    if (!wws_session_encoding_is_mtom(&self->listener->settings)) {
        return wws_framed_send(&self->framed, wws_buf_peek(&exchange->body), err);
    }
    wws_buf_init(&record, self->env->alloc, exchange->body.limit + WWS_MIME_HEADERS_MAX);
    wws_result code = wws_session_encoding_put(&self->listener->settings, exchange->content_type,
                                               wws_buf_peek(&exchange->body), &record, err);
    if (code == WWS_OK) {
        code = wws_framed_send(&self->framed, wws_buf_peek(&record), err);
    }
    wws_buf_clear(&record);
    return code;
}

wws_result wws_server_session_answer(wws_server_session *session, const wws_exchange *exchange, wws_error *err)
{
    if (exchange->body.len == 0 && exchange->status >= 400) {
        if (exchange->failed) {
            *err = exchange->error;
        } else {
            (void)(wws_fail(err, WWS_E_OTHER, "the message was not answered") == WWS_OK);
        }
        wws_server_session_fail(session, err);
        return err->own.code;
    }
    if (exchange->body.len == 0) {
        return WWS_OK;
    }
    WWS_TRY(check_open(session, err));
    if (exchange->flows) {
        return wws_sitting_begin_reply(session, wws_buf_peek(&exchange->body), err);
    }
    WWS_TRY(send_answer(session, exchange, err));
    return end_singleton(session, err);
}

static wws_result write_own(wws_server_session *session, wws_span action, wws_span body, wws_span relates_to,
                            wws_buf *out, wws_error *err)
{
    const wws_listener *listener = session->listener;
    const wws_header_out security = {.timestamp = listener->plan.timestamp_usage == WWS_TIMESTAMP_ALWAYS};
    wws_client_message message = {.body = body};
    message.addressing = (wws_addressing_out){.action = action, .relates_to = relates_to};
    return wws_client_envelope_write(out, session->env, &listener->settings, &listener->plan, &security, &message, err);
}

wws_result wws_server_session_send(wws_server_session *session, wws_span action, wws_span body, wws_span relates_to,
                                   wws_error *err)
{
    wws_buf out;
    WWS_TRY(check_open(session, err));
    if (body.len > 0) {
        WWS_TRY(wws_client_xml_check(body, WWS_CLIENT_BODY, &session->listener->kept, err));
    }
    wws_buf_init(&out, session->env->alloc, session->framed.limit);
    wws_result code = write_own(session, action, body, relates_to, &out, err);
    if (code == WWS_OK) {
        code = wws_session_encoding_write(&session->listener->settings, session->env, &out, err);
    }
    if (code == WWS_OK) {
        code = wws_framed_send(&session->framed, wws_buf_peek(&out), err);
    }
    if (code == WWS_OK) {
        code = end_singleton(session, err);
    }
    wws_buf_clear(&out);
    return code;
}

wws_result wws_server_session_end(wws_server_session *session, wws_error *err)
{
    if (session->failed || session->sessions == 0 || !may_speak(session)) {
        return WWS_OK;
    }
    return wws_framed_send_end(&session->framed, err);
}
