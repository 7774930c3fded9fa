/* Any bytes from a server on a client's framing session: it opens, fails, or goes on; what fails stays failed and says
 * why, and no message goes to somebody who did not wait for it. The first byte is the size of the portions. */
#include <stdlib.h>

#include "channel/client_session.h"
#include "fuzz_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Until it wants to read, or is up. @return false: it failed */
static bool run(wws_client_session *session, wws_input input)
{
    for (int steps = 0; steps < 1000; steps++) {
        wws_action action;
        wws_error err = {0};
        if (wws_client_session_step(session, &input, &action, &err) != WWS_OK) {
            must(err.own.message[0] != '\0');
            return false;
        }
        input = (wws_input){.kind = WWS_INPUT_NONE};
        if (action.kind == WWS_ACTION_READ || action.kind == WWS_ACTION_DONE) {
            return true;
        }
    }
    abort();
}

static void check(wws_client_session *session)
{
    wws_session_entry *reply = wws_client_session_find(session, WWS_SPAN("urn:1"));
    must(reply != NULL);
    must(reply->message == NULL || wws_span_is(reply->message->addressing.relates_to, "urn:1"));
    must(!session->failed || session->failure.own.message[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_env env = fuzz_env();
    wws_client_session *session = NULL;
    wws_settings settings;
    if (size < 2) {
        return 0;
    }
    const size_t step = data[0] == 0 ? size : data[0];
    wws_settings_init(&settings, WWS_CLIENT);
    settings.of[WWS_ENCODING].choice = data[1] % 2 == 0 ? WWS_ENCODING_TEXT_UTF8 : WWS_ENCODING_BINARY_SESSION;
    static const wws_windows no_windows = {0};
    const wws_session_target target = {.host = "h",
                                       .port = 808,
                                       .via = WWS_SPAN("net.tcp://h/x"),
                                       .mode = WWS_NMF_DUPLEX,
                                       .windows = &no_windows,
                                       .settings = &settings};
    must(wws_client_session_new(&env, &target, &session, NULL) == WWS_OK);
    must(wws_client_session_expect(session, WWS_SPAN("urn:1"), NULL, 0, NULL) == WWS_OK);
    wws_client_session_connect(session, true);
    bool goes_on = run(session, (wws_input){.kind = WWS_INPUT_NONE});
    for (size_t from = 2; goes_on && from < size; from += step) {
        const wws_span bytes = {data + from, size - from < step ? size - from : step};
        goes_on = run(session, (wws_input){.kind = WWS_INPUT_BYTES, .bytes = bytes});
        check(session);
    }
    if (goes_on) {
        (void)run(session, (wws_input){.kind = WWS_INPUT_END});
    }
    check(session);
    wws_client_session_free(session);
    return 0;
}
