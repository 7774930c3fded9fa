#include "lua/channel_parting.h"

#include <stdlib.h>

#include "os/reaper.h"

struct wws_lua_parting {
    wws_request_channel *machine;
    wws_lua_env *env;
    wws_reap *reap; /* until it went */
};

wws_result wws_lua_parting_new(wws_lua_parting **out, wws_error *err)
{
    wws_lua_parting *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->reap = wws_reap_new();
    }
    if (made == NULL || made->reap == NULL) {
        free(made);
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a channel");
    }
    wws_reap_claim(made->reap);
    *out = made;
    return WWS_OK;
}

void wws_lua_parting_free(wws_lua_parting *parting)
{
    if (parting != NULL) {
        wws_reap_free(parting->reap);
        free(parting);
    }
}

static void step(void *state, const wws_input *input, wws_action *out)
{
    wws_request_channel_step(((wws_lua_parting *)state)->machine, input, out);
}

static void finish(void *state)
{
    wws_lua_parting *self = state;
    wws_request_channel_free(self->machine);
    wws_lua_env_free(self->env);
    free(self);
}

void wws_lua_parting_go(wws_lua_parting *parting, wws_request_channel *machine, wws_lua_env *env, wws_socket *socket)
{
    static const wws_reaper_ops ops = {step, finish};
    parting->machine = machine;
    parting->env = env;
    wws_reaper_give(parting->reap, &ops, parting, socket);
}
