/* Opens framing/stream to the specs, plain or over an engine of probe_tls.c. */
#include "framing/filter_nns.h"
#include "framing/stream.h"
#include "lua/job_lua.h"
#include "lua/probe.h"
#include "lua/probe_framing.h"
#include "lua/probe_gss.h"

#define CLASS "wws.probe.stream"

static wws_stream *stream_at(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

/* stream(in_limit [, tls]) -> stream: the engine is the stream's from now on */
static int new_stream(lua_State *L)
{
    size_t in_limit = (size_t)luaL_checkinteger(L, 1);
    wws_tls **tls = lua_isnoneornil(L, 2) ? NULL : luaL_checkudata(L, 2, "wws.probe.tls");
    lua_settop(L, 2);
    wws_stream *self = wws_lua_new(L, sizeof *self, CLASS);
    lua_pushvalue(L, 2);
    wws_lua_anchor_set(L, 3, "tls");
    wws_stream_init(self, wws_probe_env(L), tls == NULL ? NULL : *tls, in_limit);
    if (tls != NULL) {
        *tls = NULL;
    }
    return 1;
}

static int give(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int start(lua_State *L)
{
    wws_error err;
    return give(L, wws_stream_start(stream_at(L), &err), &err);
}

static int feed(lua_State *L)
{
    wws_error err;
    return give(L, wws_stream_feed(stream_at(L), wws_lua_check_span(L, 2), &err), &err);
}

static int feed_end(lua_State *L)
{
    wws_error err;
    return give(L, wws_stream_feed_end(stream_at(L), &err), &err);
}

static int write_plain(lua_State *L)
{
    wws_error err;
    return give(L, wws_stream_write(stream_at(L), wws_lua_check_span(L, 2), &err), &err);
}

static int close_stream(lua_State *L)
{
    wws_error err;
    return give(L, wws_stream_close(stream_at(L), &err), &err);
}

/* stream:push(tls): the engine is the stream's from now on */
static int push_tls(lua_State *L)
{
    wws_error err;
    wws_stream *self = stream_at(L);
    wws_tls **tls = luaL_checkudata(L, 2, "wws.probe.tls");
    wws_tls *taken = *tls;
    *tls = NULL;
    lua_settop(L, 2);
    wws_lua_anchor_set(L, 1, "tls");
    return give(L, wws_stream_push_tls(self, taken, &err), &err);
}

/* stream:push_nns(context, server): the context is used by both from now on */
static int push_nns(lua_State *L)
{
    wws_error err;
    wws_stream *self = stream_at(L);
    wws_gss_context *context = wws_gss_context_keep(wws_probe_gss_context(L, 2));
    wws_filter filter;
    const wws_result result = wws_filter_nns(wws_probe_env(L), context, lua_toboolean(L, 3), &filter, &err);
    return give(L, result == WWS_OK ? wws_stream_push(self, filter, &err) : result, &err);
}

/* stream:job() -> job | nil */
static int take_job(lua_State *L)
{
    wws_job job;
    if (!wws_stream_job(stream_at(L), &job)) {
        return 0;
    }
    wws_lua_job_push(L, &job);
    return 1;
}

static int pop(lua_State *L)
{
    wws_stream_pop(stream_at(L));
    return 0;
}

/* stream:send() -> what goes to the peer */
static int send_pending(lua_State *L)
{
    wws_stream *self = stream_at(L);
    wws_lua_push_span(L, wws_stream_pending(self));
    wws_stream_sent(self);
    return 1;
}

/* stream:take([most]) -> plain bytes that arrived */
static int take(lua_State *L)
{
    wws_stream *self = stream_at(L);
    wws_span in = wws_buf_peek(&self->in);
    lua_Integer most = luaL_optinteger(L, 2, (lua_Integer)in.len);
    in.len = (size_t)most < in.len ? (size_t)most : in.len;
    wws_lua_push_span(L, in);
    wws_buf_consume(&self->in, in.len);
    return 1;
}

/* stream:state() -> ready, ended */
static int get_state(lua_State *L)
{
    const wws_stream *self = stream_at(L);
    lua_pushboolean(L, self->ready);
    lua_pushboolean(L, self->ended);
    return 2;
}

static int clear(lua_State *L)
{
    wws_stream_clear(stream_at(L));
    return 0;
}

void wws_probe_open_stream(lua_State *L)
{
    static const luaL_Reg methods[] = {{"start", start},
                                       {"feed", feed},
                                       {"feed_end", feed_end},
                                       {"write", write_plain},
                                       {"close", close_stream},
                                       {"send", send_pending},
                                       {"take", take},
                                       {"state", get_state},
                                       {"clear", clear},
                                       {"push", push_tls},
                                       {"push_nns", push_nns},
                                       {"job", take_job},
                                       {"pop", pop},
                                       {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"stream", new_stream}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
