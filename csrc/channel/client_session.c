#include "channel/client_session.h"

#include <math.h>

#include "channel/session_encoding.h"

enum { READ_MAX = 65536, CERTIFICATE_MAX = 65536 };

wws_result wws_client_session_new(const wws_env *env, const wws_session_target *target, wws_client_session **out,
                                  wws_error *err)
{
    wws_client_session *session = wws_env_alloc(env, sizeof *session);
    if (session == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a session");
    }
    memset(session, 0, sizeof *session);
    session->env = env;
    session->target = *target;
    session->arrived_end = &session->arrived;
    wws_buf_init(&session->certificate, env->alloc, CERTIFICATE_MAX);
    *out = session;
    return WWS_OK;
}

static void free_list(const wws_env *env, wws_session_entry *entry)
{
    while (entry != NULL) {
        wws_session_entry *next = entry->next;
        wws_session_entry_free(env, entry);
        entry = next;
    }
}

void wws_client_session_free(wws_client_session *session)
{
    if (session == NULL) {
        return;
    }
    free_list(session->env, session->waiting);
    free_list(session->env, session->arrived);
    wws_framed_clear(&session->framed);
    wws_buf_clear(&session->certificate);
    wws_env_free(session->env, session);
}

bool wws_client_session_is_up(const wws_client_session *session)
{
    return session->state == WWS_SESSION_UP && !session->failed;
}

bool wws_client_session_is_over(const wws_client_session *session)
{
    const wws_framed *framed = &session->framed;
    return !session->failed && framed->sent_end && framed->got_end && !framed->ended && framed->stream.in.len == 0;
}

int wws_client_session_level(const wws_client_session *session)
{
    const wws_filter *filter = &session->framed.stream.filter;
    return filter->ops == NULL ? WWS_PROTECTION_NONE : filter->ops->level(filter->self);
}

static void wait(wws_client_session *self, wws_channel_property limit, const char *what)
{
    const double seconds = wws_settings_seconds(self->target.settings, limit);
    self->until =
        seconds > 1e12 ? WWS_TIME_NEVER : wws_env_tick(self->env) + (wws_time)(seconds * 1000); /* infinity, too */
    self->what = what;
    self->limit = limit;
}

static double left(const wws_client_session *self)
{
    if (self->until == WWS_TIME_NEVER) {
        return (double)INFINITY;
    }
    const wws_time more = self->until - wws_env_tick(self->env);
    return more > 0 ? (double)more / 1000.0 : 0;
}

void wws_client_session_connect(wws_client_session *session, bool connected)
{
    session->failed = false;
    session->connected = connected;
    session->reused = connected;
    session->state = WWS_SESSION_WANTED;
    wait(session, WWS_CONNECT_TIMEOUT, "connecting to the service");
}

void wws_client_session_close(wws_client_session *session)
{
    const bool up = wws_client_session_is_up(session);
    session->state = up ? WWS_SESSION_ENDING : session->connected ? WWS_SESSION_CLOSED : WWS_SESSION_DOWN;
    wait(session, WWS_CLOSE_TIMEOUT, "waiting for the end of the session");
    if (up) {
        session->failed = wws_framed_send_end(&session->framed, &session->failure) != WWS_OK;
    }
}

void wws_client_session_drop(wws_client_session *session)
{
    session->state = WWS_SESSION_DOWN;
    session->connected = false;
    wws_framed_clear(&session->framed);
}

wws_result wws_client_session_timed_out(const wws_client_session *session, wws_error *err)
{
    (void)wws_fail(err, WWS_E_OPERATION_TIMED_OUT, "the time was up while %s", session->what);
    wws_error_at(err, session->what);
    wws_error_about(err, NULL, wws_settings_name(session->limit));
    wws_error_hint(err, "the limit is this property or the call's own timeout, whichever is shorter");
    return WWS_E_OPERATION_TIMED_OUT;
}

static bool mentions(wws_span why, const char *word)
{
    return why.len > 0 && memmem(why.at, why.len, word, strlen(word)) != NULL;
}

static wws_result no_connection(const wws_client_session *self, wws_span why, wws_error *err)
{
    const char *where = self->target.place != NULL ? self->target.place : self->target.host;
    const bool unknown = mentions(why, "resol") || mentions(why, "not found") || mentions(why, "not known");
    const wws_result code = wws_fail(err, unknown ? WWS_E_ENDPOINT_NOT_FOUND : WWS_E_ENDPOINT_UNREACHABLE,
                                     self->target.place != NULL ? "no connection to the pipe %s"
                                     : unknown                  ? "the host name %s could not be resolved"
                                                                : "no connection to %s",
                                     where);
    wws_error_at(err, self->what);
    wws_error_got(err, "%.*s", WWS_PRINT(why));
    if (self->target.place != NULL) {
        wws_error_hint(err, "the service must run on this machine, as a user that allowed_peers takes");
    } else if (mentions(why, "refused")) {
        wws_error_hint(err, "nothing listens on port %u there", (unsigned)self->target.port);
    }
    return code;
}

void wws_client_session_read(const wws_client_session *session, double seconds, const char *what, wws_action *out)
{
    (void)session;
    *out = (wws_action){.kind = WWS_ACTION_READ, .max = READ_MAX, .timeout = seconds, .what = what};
}

/* What the machine waits for takes bytes from whoever reads; a time-out is its own. */
static wws_result take_input(wws_client_session *self, const wws_input *input, wws_error *err)
{
    if (input->kind == WWS_INPUT_TIMED_OUT) {
        self->failed = true;
        (void)(wws_client_session_timed_out(self, &self->failure) == WWS_OK);
    }
    if (self->working && input->kind == WWS_INPUT_NONE) {
        self->working = false;
        wws_client_session_feed(self, &(wws_input){.kind = WWS_INPUT_BYTES});
    }
    if (!self->failed && input->kind != WWS_INPUT_NONE && input->kind != WWS_INPUT_ACCEPTED &&
        input->kind != WWS_INPUT_REFUSED) {
        wws_client_session_feed(self, input);
    }
    if (self->failed) {
        *err = self->failure;
        return self->failure.own.code;
    }
    return WWS_OK;
}

static void emit_write(wws_client_session *self, wws_action *out)
{
    *out = (wws_action){
        .kind = WWS_ACTION_WRITE, .bytes = wws_framed_take(&self->framed), .timeout = left(self), .what = self->what};
}

/* Out with what is pending, else wait for more. */
static wws_result move_bytes(wws_client_session *self, wws_action *out)
{
    if (wws_framed_has_pending(&self->framed)) {
        emit_write(self, out);
    } else if (wws_stream_job(&self->framed.stream, &out->job)) {
        *out = (wws_action){.kind = WWS_ACTION_JOB, .job = out->job, .timeout = left(self), .what = self->what};
        self->working = true;
    } else {
        wws_client_session_read(self, left(self), self->what, out);
    }
    return WWS_OK;
}

static wws_result on_down(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    (void)self;
    (void)input;
    (void)err;
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return WWS_OK;
}

static wws_result on_connecting(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err);

static wws_result on_wanted(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    self->state = WWS_SESSION_CONNECTING;
    if (self->connected) {
        return on_connecting(self, input, out, err);
    }
    *out = (wws_action){.kind = WWS_ACTION_CONNECT,
                        .host = self->target.place != NULL ? self->target.place : self->target.host,
                        .port = self->target.port,
                        .timeout = left(self),
                        .what = self->what};
    return WWS_OK;
}

static wws_result write_preamble(wws_client_session *self, wws_error *err)
{
    const wws_session_target *target = &self->target;
    wws_buf *out = &self->framed.stream.out;
    WWS_TRY(wws_nmf_write_preamble(out, target->mode, target->via,
                                   wws_session_content_type(target->settings, target->mode), err));
    const char *upgrade = target->tls != NULL                   ? WWS_NMF_UPGRADE_TLS
                          : target->windows->credential != NULL ? WWS_NMF_UPGRADE_NEGOTIATE
                          : target->posix                       ? WWS_NMF_UPGRADE_POSIX
                                                                : NULL;
    if (upgrade == NULL) {
        self->state = WWS_SESSION_ACK;
        wws_nmf_reader_expect(&self->framed.reader, WWS_NMF_CLIENT_AT_ACK);
        return wws_nmf_write_plain(out, WWS_NMF_PREAMBLE_END, err);
    }
    self->state = WWS_SESSION_UPGRADE;
    wws_nmf_reader_expect(&self->framed.reader, WWS_NMF_CLIENT_AT_UPGRADE_RESPONSE);
    return wws_nmf_write_text(out, WWS_NMF_UPGRADE_REQUEST, wws_span_of(upgrade), err);
}

static wws_result on_connecting(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    const size_t most = wws_settings_size(self->target.settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    if (input->kind == WWS_INPUT_TIMED_OUT || input->kind == WWS_INPUT_BROKEN) {
        self->state = WWS_SESSION_DOWN;
        return input->kind == WWS_INPUT_BROKEN ? no_connection(self, input->bytes, err)
                                               : wws_client_session_timed_out(self, err);
    }
    self->connected = true;
    self->acked = false;
    self->upgrade = false;
    self->what = "opening the session";
    wws_framed_clear(&self->framed);
    wws_framed_init(&self->framed, self->env, false, self->target.mode, most);
    wws_session_encoding_begin(self->target.settings, &self->framed);
    WWS_TRY(write_preamble(self, err));
    return move_bytes(self, out);
}

static wws_result on_handshake(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err);

static wws_result put_on(wws_client_session *self, wws_error *err)
{
    const wws_session_target *target = &self->target;
    wws_tls *tls = NULL;
    wws_filter filter = {NULL, NULL};
    if (target->tls == NULL) {
        WWS_TRY(wws_windows_filter(target->windows, self->env, &filter, err));
        return wws_stream_push(&self->framed.stream, filter, err);
    }
    WWS_TRY(wws_tls_new(target->tls, self->env, target->host, target->identity, &tls, err));
    return wws_stream_push_tls(&self->framed.stream, tls, err);
}

static wws_result finish_preamble(wws_client_session *self, wws_action *out, wws_error *err)
{
    WWS_TRY(wws_framed_send_plain(&self->framed, WWS_NMF_PREAMBLE_END, err));
    wws_nmf_reader_expect(&self->framed.reader, WWS_NMF_CLIENT_AT_ACK);
    self->state = WWS_SESSION_ACK;
    return move_bytes(self, out);
}

static wws_result on_upgrade(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    WWS_TRY(take_input(self, input, err));
    if (!self->upgrade) {
        return move_bytes(self, out);
    }
    if (self->target.tls == NULL && self->target.windows->credential == NULL) {
        self->upgrade = false;
        return finish_preamble(self, out, err);
    }
    WWS_TRY(put_on(self, err));
    WWS_TRY(wws_stream_start(&self->framed.stream, err));
    self->state = WWS_SESSION_HANDSHAKE;
    self->upgrade = false;
    return move_bytes(self, out);
}

static wws_result ask_user(wws_client_session *self, wws_action *out, wws_error *err)
{
    wws_buf_reset(&self->certificate, 0);
    WWS_TRY(wws_tls_peer_certificate(self->framed.stream.tls, &self->certificate, err));
    *out = (wws_action){.kind = WWS_ACTION_CALLBACK,
                        .callback = WWS_CALLBACK_VALIDATE_CERTIFICATE,
                        .ref = self->target.certificate_check,
                        .args = {wws_buf_peek(&self->certificate), {NULL, 0}}};
    self->state = WWS_SESSION_CHECKING;
    return WWS_OK;
}

static wws_result on_handshake(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    WWS_TRY(take_input(self, input, err));
    if (!self->framed.stream.ready) {
        return move_bytes(self, out);
    }
    WWS_TRY(wws_pins_check(&self->target.pins, self->env, self->framed.stream.tls, err));
    return self->target.certificate_check != 0 ? ask_user(self, out, err) : finish_preamble(self, out, err);
}

static wws_result on_checking(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    if (input->kind == WWS_INPUT_ACCEPTED) {
        return finish_preamble(self, out, err);
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                   "the certificate callback did not accept the service's certificate");
    wws_error_at(err, "verify the service's certificate");
    wws_error_about(err, wws_binding_name(WWS_BINDING_SSL), "certificate_validation_callback");
    wws_error_expected(err, "true");
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

static wws_result on_ack(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    WWS_TRY(take_input(self, input, err));
    if (!self->acked) {
        return move_bytes(self, out);
    }
    self->state = WWS_SESSION_UP;
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return WWS_OK;
}

/* What is queued goes out; whoever reads does so on his own. */
static wws_result on_up(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    if (input->kind == WWS_INPUT_TIMED_OUT) {
        self->failed = true;
        self->what = "sending a message";
        self->limit = WWS_SEND_TIMEOUT;
        (void)(wws_client_session_timed_out(self, &self->failure) == WWS_OK);
    }
    WWS_TRY(take_input(self, input, err));
    if (!wws_framed_has_pending(&self->framed)) {
        *out = (wws_action){.kind = WWS_ACTION_DONE};
        return WWS_OK;
    }
    wait(self, WWS_SEND_TIMEOUT, "sending a message");
    emit_write(self, out);
    return WWS_OK;
}

static wws_result on_closed(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    (void)err;
    const bool broken = input->kind == WWS_INPUT_BROKEN || input->kind == WWS_INPUT_TIMED_OUT;
    if (!broken && wws_framed_has_pending(&self->framed)) {
        emit_write(self, out); /* an alert, say */
        return WWS_OK;
    }
    self->state = WWS_SESSION_DOWN;
    self->connected = false;
    *out = (wws_action){.kind = WWS_ACTION_CLOSE};
    return WWS_OK;
}

static wws_result on_ending(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err)
{
    if (take_input(self, input, err) != WWS_OK) {
        return on_closed(self, input, out, err);
    }
    if (!self->framed.got_end || wws_framed_has_pending(&self->framed)) {
        return move_bytes(self, out);
    }
    if (wws_client_session_is_over(self) && self->keep) {
        self->state = WWS_SESSION_DOWN;
        return on_down(self, input, out, err);
    }
    self->state = WWS_SESSION_CLOSED;
    return on_closed(self, input, out, err);
}

typedef wws_result (*handler)(wws_client_session *self, const wws_input *input, wws_action *out, wws_error *err);

static const handler HANDLERS[WWS_SESSION_STATE_END] = {
    [WWS_SESSION_DOWN] = on_down,
    [WWS_SESSION_WANTED] = on_wanted,
    [WWS_SESSION_CONNECTING] = on_connecting,
    [WWS_SESSION_UPGRADE] = on_upgrade,
    [WWS_SESSION_HANDSHAKE] = on_handshake,
    [WWS_SESSION_CHECKING] = on_checking,
    [WWS_SESSION_ACK] = on_ack,
    [WWS_SESSION_UP] = on_up,
    [WWS_SESSION_ENDING] = on_ending,
    [WWS_SESSION_CLOSED] = on_closed,
};

wws_result wws_client_session_step(wws_client_session *session, const wws_input *input, wws_action *out, wws_error *err)
{
    memset(out, 0, sizeof *out);
    wws_error ignored;
    return HANDLERS[session->state](session, input, out, err == NULL ? &ignored : err);
}
