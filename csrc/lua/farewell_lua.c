#include "lua/farewell_lua.h"

#include <stdlib.h>

#include "os/reaper.h"

struct wws_lua_farewell {
    wws_reap *record;
    wws_request_channel *machine;
    wws_lua_env *env; /* the machine's; goes after it */
    bool is_begun;
};

wws_lua_farewell *wws_lua_farewell_new(void)
{
    wws_lua_farewell *farewell = calloc(1, sizeof *farewell);
    if (farewell == NULL) {
        return NULL;
    }
    farewell->record = wws_reap_new();
    if (farewell->record == NULL) {
        free(farewell);
        return NULL;
    }
    return farewell;
}

void wws_lua_farewell_claim(wws_lua_farewell *farewell)
{
    wws_reap_claim(farewell->record);
}

void wws_lua_farewell_free(wws_lua_farewell *farewell)
{
    if (farewell != NULL) {
        wws_reap_free(farewell->record);
        free(farewell);
    }
}

/* The Cancel is signed here, not in the finalizer: its Timestamp is fresh, and the collector does not wait for it. */
static void step(void *state, const wws_input *input, wws_action *out)
{
    wws_lua_farewell *farewell = state;
    if (!farewell->is_begun) {
        wws_error err;
        farewell->is_begun = true;
        if (wws_request_channel_begin_close(farewell->machine, &err) != WWS_OK) {
            *out = (wws_action){.kind = WWS_ACTION_FAILED};
            return;
        }
    }
    wws_request_channel_step(farewell->machine, input, out);
}

/* The record is the reaper's by now. */
static void release(void *state)
{
    wws_lua_farewell *farewell = state;
    wws_request_channel_free(farewell->machine);
    wws_lua_env_free(farewell->env);
    free(farewell);
}

void wws_lua_farewell_say(wws_lua_farewell *farewell, wws_request_channel *machine, wws_lua_env *env,
                          wws_socket *socket)
{
    static const wws_reaper_ops ops = {step, release};
    if (farewell == NULL || !wws_request_channel_owes_cancel(machine)) {
        wws_request_channel_free(machine);
        wws_lua_env_free(env);
        wws_lua_farewell_free(farewell);
        return;
    }
    wws_request_channel_detach(machine);
    farewell->machine = machine;
    farewell->env = env;
    wws_reaper_give(farewell->record, &ops, farewell, socket);
}
