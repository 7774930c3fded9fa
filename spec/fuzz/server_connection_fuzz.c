/* Any bytes on a server's connection: the machine comes to an end, writes nothing but HTTP, and offers the application
 * only what was verified. The world draws and shows what it did when the seed's conversation was recorded, so that its
 * signatures verify. */
#include <stdlib.h>

#include "channel/server_connection.h"
#include "fuzz_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t drawn[] = {0x9a, 0xae, 0xcf, 0x9f, 0x02, 0x4f, 0xdb, 0x5d, 0x86, 0xc4, 0x97, 0xc3,
                                0x56, 0xfd, 0x90, 0x7f, 0x43, 0x75, 0xe4, 0xa0, 0xca, 0x6d, 0x64, 0xd8,
                                0x07, 0x8c, 0xdb, 0xf6, 0x56, 0x21, 0x5c, 0xcd, 0x84, 0xf3, 0xe8, 0xe2,
                                0x1f, 0xc1, 0x40, 0xbd, 0x93, 0x14, 0xdf, 0x7a, 0x59, 0x66, 0xaf, 0x97};

static wws_time recorded_now(void *state)
{
    (void)state;
    return 1795249906862;
}

static wws_result recorded_random(void *state, uint8_t *out, size_t len, wws_error *err)
{
    size_t *at = state;
    (void)err;
    for (size_t i = 0; i < len; i++, (*at)++) {
        out[i] = *at < sizeof drawn ? drawn[*at] : (uint8_t)(*at >> 2);
    }
    return WWS_OK;
}

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        .kind = WWS_VALUE_STRING, .text = {(const uint8_t *)(literal), sizeof(literal) - 1 }                           \
    }
#define NAME(literal)                                                                                                  \
    {                                                                                                                  \
        (const uint8_t *)(literal), sizeof(literal) - 1                                                                \
    }

/* A context over plain HTTP, established by user name: what a listener may serve behind somebody else's TLS. */
static const wws_value_field username_fields[] = {{NAME("type"), TEXT("username")},
                                                  {NAME("validate_password"), {.kind = WWS_VALUE_FUNCTION, .ref = 1}}};
static const wws_value bootstrap_items[] = {{.kind = WWS_VALUE_TABLE, .fields = username_fields, .field_count = 2}};
static const wws_value_field bootstrap_fields[] = {{NAME("transport_protection_level"), TEXT("none")}};
static const wws_value_field context_fields[] = {{NAME("type"), TEXT("security_context")},
                                                 {NAME("secure_conversation_version"), TEXT("1.3")},
                                                 {NAME("bootstrap"),
                                                  {.kind = WWS_VALUE_TABLE,
                                                   .items = bootstrap_items,
                                                   .item_count = 1,
                                                   .fields = bootstrap_fields,
                                                   .field_count = 1}}};
static const wws_value items[] = {{.kind = WWS_VALUE_TABLE, .fields = context_fields, .field_count = 3}};
static const wws_value described = {
    .kind = WWS_VALUE_TABLE, .items = items, .item_count = 1, .fields = bootstrap_fields, .field_count = 1};

static void must(wws_result result)
{
    if (result != WWS_OK) {
        abort();
    }
}

static wws_listener *open_listener(const wws_env *env, wws_arena *arena)
{
    static const wws_value no_options = {.kind = WWS_VALUE_TABLE};
    wws_arena own;
    wws_description *description = NULL;
    wws_listener *listener = NULL;
    wws_arena_init(arena, env->alloc, 1 << 20);
    wws_arena_init(&own, env->alloc, 1 << 20);
    must(wws_description_read(&described, WWS_SERVER, WWS_CHANNEL_HTTP, arena, &description, NULL));
    const wws_listener_options options = {.description = description, .options = &no_options};
    must(wws_listener_new(env, &own, &options, &listener, NULL));
    return listener;
}

static bool is_alice(const wws_action *action)
{
    return wws_span_is(action->args[0], "alice") && wws_span_is(action->args[1], "Password-alice");
}

static void serve(wws_server_connection *connection)
{
    const wws_exchange *exchange = connection->exchange;
    if (exchange->message == NULL || !exchange->message->secured || exchange->message->context == NULL ||
        !wws_span_is(wws_buf_peek(&exchange->message->username), "alice")) {
        abort();
    }
    must(wws_exchange_reply(connection->exchange, WWS_SPAN("urn:answer"), WWS_SPAN("<y></y>"), NULL));
}

/* Until it wants to read. @return false: it is over */
static bool run(wws_server_connection *connection, wws_input input)
{
    for (int steps = 0; steps < 100000; steps++) {
        wws_action action = {.kind = WWS_ACTION_DONE};
        wws_error err = {0};
        if (wws_server_connection_step(connection, &input, &action, &err) != WWS_OK) {
            if (err.own.message[0] == '\0') {
                abort();
            }
            return false;
        }
        input = (wws_input){.kind = WWS_INPUT_NONE};
        if (action.kind == WWS_ACTION_READ || action.kind == WWS_ACTION_DONE) {
            return action.kind == WWS_ACTION_READ;
        }
        if (action.kind == WWS_ACTION_CALLBACK) {
            input.kind = is_alice(&action) ? WWS_INPUT_ACCEPTED : WWS_INPUT_REFUSED;
        } else if (action.kind == WWS_ACTION_REQUEST) {
            serve(connection);
        } else if (action.kind == WWS_ACTION_WRITE && !wws_span_starts(action.bytes, WWS_SPAN("HTTP/1.1 "))) {
            abort();
        }
    }
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 0;
    const wws_env env = {&WWS_HEAP, recorded_now, recorded_now, recorded_random, &at, false};
    wws_server_connection connection;
    wws_arena arena;
    if (size == 0) {
        return 0;
    }
    const size_t step = data[0] == 0 ? size : data[0];
    wws_listener *listener = open_listener(&env, &arena);
    must(wws_server_connection_init(&connection, listener, NULL));
    bool goes_on = run(&connection, (wws_input){.kind = WWS_INPUT_NONE});
    for (size_t from = 1; goes_on && from < size; from += step) {
        const wws_span bytes = {data + from, size - from < step ? size - from : step};
        goes_on = run(&connection, (wws_input){.kind = WWS_INPUT_BYTES, .bytes = bytes});
    }
    if (goes_on) {
        (void)run(&connection, (wws_input){.kind = WWS_INPUT_END});
    }
    wws_server_connection_clear(&connection);
    wws_listener_free(listener);
    wws_arena_clear(&arena);
    return 0;
}
