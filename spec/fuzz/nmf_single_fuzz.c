/* Any bytes from a server on a client's singleton session: it ends, fails, or goes on, and what it gives is a message.
 * The first byte is the size of the portions, the second chooses the encoding, who streams, and the calls. */
#include <stdlib.h>

#include "channel/client_single.h"
#include "channel/session_encoding.h"
#include "fuzz_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

typedef struct world {
    wws_env env;
    wws_settings settings;
    wws_client_session *session;
    wws_client_single single;
    wws_stream_in input;
    wws_stream_out output;
    bool in, out;
    unsigned pieces;
} world;

/* What came of the call so far is judged as a channel does it. @return false: the call is over */
static bool take(world *self)
{
    wws_message *message = NULL;
    const wws_reply_terms terms = {.env = &self->env, .settings = &self->settings};
    wws_buf text = self->single.body;
    if (self->single.flows && self->input.state == WWS_STREAM_IN_READY) {
        bool goes_on = wws_client_message_read(&terms, &text, WWS_PROTECTION_NONE, &message, NULL) == WWS_OK;
        self->single.body = text;
        goes_on = goes_on && wws_stream_in_flow(&self->input, message, NULL) == WWS_OK;
        wws_message_free(message);
        return goes_on;
    }
    if (self->input.flowed) {
        const wws_span piece = wws_stream_in_peek(&self->input, 100);
        must(piece.len > 0 || self->single.state == WWS_SINGLE_IDLE);
        wws_stream_in_took(&self->input, piece.len);
        return piece.len > 0;
    }
    must(self->single.state == WWS_SINGLE_IDLE);
    if (self->single.body.len > 0 && !self->single.decoded &&
        wws_session_encoding_read(&self->settings, &self->single.body, &text, NULL) != WWS_OK) {
        return false;
    }
    (void)(wws_client_message_read(&terms, &text, WWS_PROTECTION_NONE, &message, NULL) == WWS_OK);
    self->single.body = text;
    wws_message_free(message);
    return false;
}

static bool begin(world *self)
{
    static const char front[] = "<e><b>";
    if (self->out) {
        must(wws_stream_out_begin(&self->output, &self->env, &self->settings, WWS_SPAN(front), WWS_STREAM_UNSIZED,
                                  NULL) == WWS_OK);
    }
    self->pieces = 0;
    return wws_client_single_send(&self->single, WWS_SPAN("<e></e>"), self->out ? &self->output : NULL,
                                  self->in ? &self->input : NULL, NULL) == WWS_OK;
}

/* One step of whichever machine it is. @return false: it failed, or is over */
static bool step(world *self, const wws_input *input, wws_action *action)
{
    wws_error err = {0};
    const bool up = wws_client_session_is_up(self->session);
    const wws_result code = up ? wws_client_single_step(&self->single, input, action, &err)
                               : wws_client_session_step(self->session, input, action, &err);
    must(code == WWS_OK || err.own.message[0] != '\0');
    if (code != WWS_OK || action->kind != WWS_ACTION_DONE) {
        return code == WWS_OK;
    }
    return up ? take(self) : begin(self);
}

static wws_input answer(world *self, const wws_action *action)
{
    if (action->kind != WWS_ACTION_PIECE) {
        return (wws_input){.kind = WWS_INPUT_NONE};
    }
    return self->pieces++ < 2 ? (wws_input){.kind = WWS_INPUT_BYTES, .bytes = WWS_SPAN("<p>1</p>")}
                              : (wws_input){.kind = WWS_INPUT_END};
}

/* Until it wants to read. */
static bool run(world *self, wws_input input)
{
    for (int steps = 0; steps < 100000; steps++) {
        wws_action action = {.kind = WWS_ACTION_DONE};
        if (!step(self, &input, &action)) {
            return false;
        }
        if (action.kind == WWS_ACTION_READ) {
            return true;
        }
        input = answer(self, &action);
    }
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wws_windows no_windows = {0};
    world self = {.env = fuzz_env()};
    if (size < 2) {
        return 0;
    }
    const size_t portion = data[0] == 0 ? size : data[0];
    self.in = (data[1] & 2) != 0;
    self.out = (data[1] & 4) != 0;
    wws_settings_init(&self.settings, WWS_CLIENT);
    self.settings.of[WWS_ENCODING].choice = data[1] % 2 == 0 ? WWS_ENCODING_TEXT_UTF8 : WWS_ENCODING_BINARY;
    const wws_session_target target = {.host = "h",
                                       .port = 808,
                                       .via = WWS_SPAN("net.tcp://h/x"),
                                       .mode = WWS_NMF_SINGLETON_UNSIZED,
                                       .windows = &no_windows,
                                       .settings = &self.settings};
    must(wws_client_session_new(&self.env, &target, &self.session, NULL) == WWS_OK);
    wws_client_single_init(&self.single, self.session);
    wws_client_session_connect(self.session, true);
    bool goes_on = run(&self, (wws_input){.kind = WWS_INPUT_NONE});
    for (size_t from = 2; goes_on && from < size; from += portion) {
        const wws_span bytes = {data + from, size - from < portion ? size - from : portion};
        goes_on = run(&self, (wws_input){.kind = WWS_INPUT_BYTES, .bytes = bytes});
    }
    if (goes_on) {
        (void)run(&self, (wws_input){.kind = WWS_INPUT_END});
    }
    wws_client_single_leave(&self.single);
    wws_stream_in_clear(&self.input);
    wws_stream_out_clear(&self.output);
    wws_client_single_clear(&self.single);
    wws_client_session_free(self.session);
    return 0;
}
