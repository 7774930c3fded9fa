/* Any bytes on a connection of a listener over net.tcp: the machine comes to an end, whatever portions they come in,
 * and what it offers was judged. The first byte is the portions' size, the second chooses the encoding, and whether
 * singletons are streamed: then their bodies are read to the end, or given up, before they are answered. */
#include <stdlib.h>

#include "channel/server_session.h"
#include "fuzz_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME(literal)                                                                                                  \
    {                                                                                                                  \
        (const uint8_t *)(literal), sizeof(literal) - 1                                                                \
    }

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static wws_listener *open_listener(const wws_env *env, wws_arena *arena, bool text, bool streamed)
{
    static const wws_value_field fields[] = {
        {NAME("transfer_mode"), {.kind = WWS_VALUE_STRING, .text = {(const uint8_t *)"streamed", 8}}},
        {NAME("encoding"), {.kind = WWS_VALUE_STRING, .text = {(const uint8_t *)"text_utf8", 9}}}};
    static const wws_value none = {.kind = WWS_VALUE_NIL};
    const wws_value options = {.kind = WWS_VALUE_TABLE,
                               .fields = fields + (streamed ? 0 : 1),
                               .field_count = (streamed ? 1U : 0U) + (text ? 1U : 0U)};
    wws_arena own;
    wws_description *description = NULL;
    wws_listener *listener = NULL;
    wws_arena_init(arena, env->alloc, 1 << 20);
    wws_arena_init(&own, env->alloc, 1 << 20);
    must(wws_description_read(&none, WWS_SERVER, WWS_CHANNEL_TCP, arena, &description, NULL) == WWS_OK);
    const wws_listener_options made = {.description = description, .options = &options, .channel = WWS_CHANNEL_TCP};
    must(wws_listener_new(env, &own, &made, &listener, NULL) == WWS_OK);
    must(wws_listener_bind(listener, WWS_SPAN("net.tcp://localhost:808/x"), 0, NULL) == WWS_OK);
    return listener;
}

/* @return whether more of the body is wanted */
static bool reads_on(wws_server_session *session)
{
    const wws_exchange *exchange = session->exchange;
    wws_span piece = {NULL, 0};
    if (exchange->state != WWS_EXCHANGE_OFFERED || !exchange->message->streamed) {
        return false;
    }
    if (session->input.flowed) {
        if (wws_server_session_piece(session, 100, &piece, NULL) != WWS_OK || piece.len == 0) {
            return false;
        }
        wws_server_session_took(session, piece.len);
    }
    wws_server_session_pull(session);
    return true;
}

static void answer(wws_server_session *session)
{
    wws_exchange *exchange = session->exchange;
    if (reads_on(session)) {
        return;
    }
    if (exchange->state == WWS_EXCHANGE_OFFERED) {
        must(exchange->message != NULL && exchange->message->secured);
        must(wws_exchange_reply(exchange, WWS_SPAN("urn:answer"), WWS_SPAN("<y></y>"), NULL) == WWS_OK);
    }
    wws_error err;
    const wws_result code = wws_server_session_answer(session, exchange, &err);
    must(code == WWS_OK || err.own.message[0] != '\0');
}

/* Until it wants to read. @return false: it is over */
static bool run(wws_server_session *session, wws_input input)
{
    for (int steps = 0; steps < 100000; steps++) {
        wws_action action = {.kind = WWS_ACTION_DONE};
        wws_error err = {0};
        if (wws_server_session_step(session, &input, &action, &err) != WWS_OK) {
            must(err.own.message[0] != '\0');
            return false;
        }
        input = (wws_input){.kind = WWS_INPUT_NONE};
        if (action.kind == WWS_ACTION_READ) {
            return true;
        }
        if (action.kind == WWS_ACTION_REQUEST) {
            answer(session);
        } else if (action.kind == WWS_ACTION_DONE && session->state == WWS_SITTING_ENDED) {
            must(wws_server_session_end(session, NULL) == WWS_OK);
            if (!wws_server_session_restart(session)) {
                return false;
            }
        } else if (action.kind == WWS_ACTION_DONE && session->state == WWS_SITTING_CLOSED) {
            return false;
        }
    }
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_env env = fuzz_env();
    wws_server_session session;
    wws_arena arena;
    if (size < 2) {
        return 0;
    }
    const size_t step = data[0] == 0 ? size : data[0];
    wws_listener *listener = open_listener(&env, &arena, data[1] % 2 == 0, (data[1] & 2) != 0);
    must(wws_server_session_init(&session, listener, NULL) == WWS_OK);
    bool goes_on = run(&session, (wws_input){.kind = WWS_INPUT_NONE});
    for (size_t from = 2; goes_on && from < size; from += step) {
        const wws_span bytes = {data + from, size - from < step ? size - from : step};
        goes_on = run(&session, (wws_input){.kind = WWS_INPUT_BYTES, .bytes = bytes});
    }
    if (goes_on) {
        (void)run(&session, (wws_input){.kind = WWS_INPUT_END});
    }
    wws_server_session_clear(&session);
    wws_listener_free(listener);
    wws_arena_clear(&arena);
    return 0;
}
