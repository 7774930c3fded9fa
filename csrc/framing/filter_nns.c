#include "framing/filter_nns.h"

#include "framing/nns_frame.h"

enum { WAITING_MAX = 1 << 20 };

static const char HANDSHAKE[] = "NegotiateStream handshake";

typedef struct nns {
    const wws_env *env;
    wws_gss_context *context; /**< owned */
    bool server;
    bool working;   /**< a job was handed out */
    bool peer_done; /**< the peer said that its context is complete */
    bool ready;
    bool failed;
    wws_buf in;   /**< from the wire, not yet complete */
    wws_buf held; /**< plain, for which there was no room */
} nns;

/* The peer is told no more than it must know: whether it asked for too little. */
static wws_result give_up(nns *self, wws_buf *wire, wws_result result, wws_error *err)
{
    const uint32_t code =
        wws_gss_context_is_too_weak(self->context) ? (uint32_t)WWS_NNS_TRUST_FAILURE : (uint32_t)WWS_NNS_LOGON_DENIED;
    if (!self->failed && wws_nns_error_write(wire, code, NULL) != WWS_OK) {
        result = result == WWS_OK ? WWS_E_OUTOFMEMORY : result;
    }
    self->failed = true;
    wws_error_at(err, HANDSHAKE);
    return result;
}

static wws_result check_whole(const nns *self, wws_error *err)
{
    if (self->failed) {
        return wws_fail(err, WWS_E_OBJECT_FAULTED, "the %s has failed", HANDSHAKE);
    }
    return WWS_OK;
}

/* After a step of our context: its token, and whether the handshake is over. */
static wws_result answer(nns *self, wws_span token, wws_buf *wire, wws_error *err)
{
    const bool complete = wws_gss_context_is_complete(self->context);
    if (!complete && token.len == 0) {
        return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "the mechanism has nothing to say and is not done");
    }
    /* only a server says that it is done when there is no token: what follows on its client would be read as data */
    if (token.len > 0 || self->server) {
        const wws_nns_message message = complete ? WWS_NNS_DONE : WWS_NNS_IN_PROGRESS;
        WWS_TRY(wws_nns_handshake_write(wire, &(wws_nns_handshake){message, token}, err));
    }
    self->ready = complete && (self->server || self->peer_done);
    return WWS_OK;
}

static wws_result advance(nns *self, wws_span token, wws_buf *wire, wws_error *err)
{
    wws_span mine = {NULL, 0};
    WWS_TRY(wws_gss_context_step(self->context, token, &mine, err));
    return answer(self, mine, wire, err);
}

static wws_result nns_start(void *argument, wws_buf *wire, wws_error *err)
{
    nns *self = argument;
    (void)wire;
    return check_whole(self, err);
}

static wws_result refused(const nns *self, wws_span payload, wws_error *err)
{
    const char *binding = wws_gss_context_binding(self->context);
    const uint32_t code = wws_nns_error_read(payload);
    if (code == WWS_NNS_TRUST_FAILURE) {
        (void)wws_fail(err, WWS_E_ENDPOINT_ACCESS_DENIED, "the peer requires more protection than was agreed upon");
        wws_error_about(err, binding, "transport_protection_level");
    } else {
        (void)wws_fail(err, WWS_E_ENDPOINT_ACCESS_DENIED, "the peer refused the authentication");
        wws_error_about(err, binding, "credential");
    }
    wws_error_at(err, HANDSHAKE);
    wws_error_got(err, code == 0 ? "an error without a number" : "error 0x%08x", (unsigned)code);
    return WWS_E_ENDPOINT_ACCESS_DENIED;
}

static wws_result early(wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the peer's handshake and ours do not end together");
    wws_error_at(err, HANDSHAKE);
    return WWS_E_INVALID_FORMAT;
}

static wws_result take_frame(nns *self, const wws_nns_handshake *frame, wws_buf *wire, wws_error *err)
{
    if (frame->message == WWS_NNS_ERROR) {
        self->failed = true; /* an error is not answered by another */
        return refused(self, frame->payload, err);
    }
    self->peer_done = frame->message == WWS_NNS_DONE;
    if (!wws_gss_context_is_complete(self->context)) {
        return advance(self, frame->payload, wire, err);
    }
    if (!self->peer_done) {
        return early(err);
    }
    self->ready = true; /* a token now would come too late for anybody */
    return WWS_OK;
}

/* The client's first word, once its job is done or where nobody runs jobs. */
static wws_result speak_first(nns *self, wws_buf *wire, wws_error *err)
{
    self->working = false;
    const wws_result result = advance(self, (wws_span){NULL, 0}, wire, err);
    if (result != WWS_OK) {
        self->failed = true; /* nothing was said yet that could be taken back */
        wws_error_at(err, HANDSHAKE);
    }
    return result;
}

static wws_result shake_hands(nns *self, wws_buf *wire, wws_error *err)
{
    size_t used = 1;
    while (!self->ready && used > 0) {
        wws_nns_handshake frame;
        wws_result result = wws_nns_handshake_read(wws_buf_peek(&self->in), &frame, &used, err);
        if (result == WWS_OK && used > 0) {
            result = take_frame(self, &frame, wire, err);
        }
        if (result != WWS_OK) {
            return give_up(self, wire, result, err);
        }
        wws_buf_consume(&self->in, used);
    }
    return WWS_OK;
}

/* Plain bytes go to their reader as far as there is room; false: some are left. */
static wws_result hand_over(nns *self, wws_buf *plain, wws_error *err)
{
    const size_t room = plain->limit - plain->len;
    const size_t count = self->held.len < room ? self->held.len : room;
    if (count == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_buf_append(plain, (wws_span){self->held.bytes, count}, err));
    wws_buf_consume(&self->held, count);
    return WWS_OK;
}

static wws_result open_frames(nns *self, wws_buf *plain, wws_error *err)
{
    size_t at = 0;
    wws_result result = WWS_OK;
    while (result == WWS_OK && self->held.len == 0 && plain->len < plain->limit) {
        const wws_span rest = {self->in.bytes + at, self->in.len - at};
        size_t size = 0;
        result = wws_nns_data_read(rest, &size, err);
        if (result != WWS_OK || size == 0 || rest.len - WWS_NNS_DATA_HEAD < size) {
            break;
        }
        result = wws_gss_unwrap(self->context, self->in.bytes + at + WWS_NNS_DATA_HEAD, size, &self->held, err);
        at += WWS_NNS_DATA_HEAD + size;
        if (result == WWS_OK) {
            result = hand_over(self, plain, err);
        }
    }
    wws_buf_consume(&self->in, at);
    return result;
}

static wws_result take_data(nns *self, wws_buf *plain, wws_error *err)
{
    WWS_TRY(hand_over(self, plain, err));
    if (wws_gss_context_protects(self->context)) {
        const wws_result result = open_frames(self, plain, err);
        self->failed = self->failed || result != WWS_OK;
        return result;
    }
    const size_t room = plain->limit - plain->len;
    const size_t count = self->in.len < room ? self->in.len : room;
    WWS_TRY(wws_buf_append(plain, (wws_span){self->in.bytes, count}, err));
    wws_buf_consume(&self->in, count);
    return WWS_OK;
}

static wws_result nns_feed(void *argument, wws_span arrived, wws_buf *plain, wws_buf *wire, wws_error *err)
{
    nns *self = argument;
    WWS_TRY(check_whole(self, err));
    WWS_TRY(wws_buf_append(&self->in, arrived, err));
    if (self->working && wws_gss_context_blocks(self->context)) {
        self->failed = true; /* the job may still run: nobody else may touch the context */
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the job of the %s did not run", HANDSHAKE);
    }
    if (!self->server && (self->working || wws_gss_context_blocks(self->context))) {
        if (arrived.len > 0) {
            return give_up(self, wire, early(err), err);
        }
        WWS_TRY(speak_first(self, wire, err));
    }
    WWS_TRY(shake_hands(self, wire, err));
    return self->ready ? take_data(self, plain, err) : WWS_OK;
}

static wws_result nns_feed_end(void *argument, wws_buf *plain, wws_error *err)
{
    nns *self = argument;
    (void)plain;
    if (self->in.len == 0 || !wws_gss_context_protects(self->context)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the connection ended within a frame of NegotiateStream");
    wws_error_at(err, "read from the connection");
    return WWS_E_ENDPOINT_DISCONNECTED;
}

static wws_result write_frame(nns *self, wws_span piece, wws_buf *wire, wws_error *err)
{
    static const uint8_t none[WWS_NNS_DATA_HEAD] = {0};
    const size_t at = wire->len;
    WWS_TRY(wws_buf_append(wire, (wws_span){none, sizeof none}, err));
    WWS_TRY(wws_gss_wrap(self->context, piece, wire, err));
    wws_nns_data_write(wire->bytes + at, wire->len - at - WWS_NNS_DATA_HEAD);
    return WWS_OK;
}

static wws_result nns_write(void *argument, wws_span plain, wws_buf *wire, wws_error *err)
{
    nns *self = argument;
    WWS_TRY(check_whole(self, err));
    if (!wws_gss_context_protects(self->context)) {
        return wws_buf_append(wire, plain, err);
    }
    while (plain.len > 0) {
        const size_t count = plain.len < WWS_NNS_PLAIN_MAX ? plain.len : WWS_NNS_PLAIN_MAX;
        WWS_TRY(write_frame(self, (wws_span){plain.at, count}, wire, err));
        plain = (wws_span){plain.at + count, plain.len - count};
    }
    return WWS_OK;
}

/* NegotiateStream has no goodbye. */
static wws_result nns_close(void *self, wws_buf *wire, wws_error *err)
{
    (void)self;
    (void)wire;
    (void)err;
    return WWS_OK;
}

static bool nns_is_ready(const void *self)
{
    return ((const nns *)self)->ready;
}

static bool nns_has_ended(const void *self)
{
    (void)self;
    return false;
}

static bool nns_job(void *argument, wws_job *out)
{
    nns *self = argument;
    if (self->working || self->failed || !wws_gss_context_blocks(self->context)) {
        return false;
    }
    *out = wws_gss_context_job(self->context);
    self->working = true;
    return true;
}

static void nns_free(void *argument)
{
    nns *self = argument;
    const wws_env *env = self->env;
    wws_gss_context_free(self->context);
    wws_buf_clear(&self->in);
    wws_buf_clear(&self->held);
    wws_env_free(env, self);
}

static int nns_level(const void *self)
{
    return wws_gss_context_facts(((const nns *)self)->context)->level;
}

static const wws_filter_ops OPS = {.handshake = HANDSHAKE,
                                   .start = nns_start,
                                   .feed = nns_feed,
                                   .feed_end = nns_feed_end,
                                   .write = nns_write,
                                   .close = nns_close,
                                   .is_ready = nns_is_ready,
                                   .has_ended = nns_has_ended,
                                   .level = nns_level,
                                   .job = nns_job,
                                   .free = nns_free};

wws_result wws_filter_nns(const wws_env *env, wws_gss_context *context, bool server, wws_filter *out, wws_error *err)
{
    nns *self = wws_env_alloc(env, sizeof *self);
    if (self == NULL) {
        wws_gss_context_free(context);
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a connection");
    }
    *self = (nns){.env = env, .context = context, .server = server};
    wws_buf_init(&self->in, env->alloc, WAITING_MAX);
    wws_buf_init(&self->held, env->alloc, WWS_NNS_DATA_MAX);
    *out = (wws_filter){&OPS, self};
    return WWS_OK;
}

wws_gss_context *wws_filter_nns_context(const wws_filter *filter)
{
    return filter->ops == &OPS ? ((nns *)filter->self)->context : NULL;
}
