/* Opens framing/nmf_* to the specs: message framing, record by record. */
#include "framing/nmf_reader.h"
#include "framing/nmf_write.h"
#include "lua/probe.h"
#include "lua/probe_framing.h"

#define CLASS "wws.probe.nmf_reader"

enum { ENVELOPE_MAX = 65536, OUT_MAX = 1 << 24 };

/* nmf_reader(role [, mode [, envelope_limit]]) -> reader; role "client" or "server" is our own */
static int new_reader(lua_State *L)
{
    static const char *const roles[] = {"client", "server", NULL};
    const bool server = luaL_checkoption(L, 1, NULL, roles) == 1;
    const int mode = (int)luaL_optinteger(L, 2, WWS_NMF_DUPLEX);
    const size_t limit = (size_t)luaL_optinteger(L, 3, ENVELOPE_MAX);
    wws_nmf_reader *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_nmf_reader_init(self, server, (wws_nmf_mode)mode, limit);
    return 1;
}

static wws_nmf_reader *reader_at(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

/* One event as { kind, record, value or size or text }. */
static void push_event(lua_State *L, const wws_nmf_event *event)
{
    static const char *const kinds[] = {"more", "got", "begin", "data", "complete"};
    lua_createtable(L, 0, 5);
    lua_pushstring(L, kinds[event->kind]);
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, wws_nmf_record_name(event->record));
    lua_setfield(L, -2, "record");
    lua_pushinteger(L, event->value);
    lua_setfield(L, -2, "value");
    lua_pushinteger(L, (lua_Integer)event->size);
    lua_setfield(L, -2, "size");
    wws_lua_push_span(L, event->text);
    lua_setfield(L, -2, "text");
}

/* reader:feed(bytes [, once]) -> list of events, rest [, err, fault] */
static int feed(lua_State *L)
{
    wws_error err;
    wws_nmf_reader *self = reader_at(L);
    wws_span in = wws_lua_check_span(L, 2);
    const bool once = lua_toboolean(L, 3) != 0;
    wws_nmf_event event = {.kind = WWS_NMF_GOT};
    wws_result code = WWS_OK;
    lua_Integer count = 0;
    lua_newtable(L);
    const int list = lua_gettop(L);
    while (code == WWS_OK && event.kind != WWS_NMF_MORE && !(once && count > 0)) {
        code = wws_nmf_reader_next(self, &in, &event, &err);
        if (code == WWS_OK && event.kind != WWS_NMF_MORE) {
            push_event(L, &event);
            lua_rawseti(L, list, (int)++count);
        }
    }
    lua_pushvalue(L, list);
    wws_lua_push_span(L, in);
    if (code == WWS_OK) {
        return 2;
    }
    (void)wws_lua_push_failure(L, &err);
    lua_remove(L, -2);
    lua_pushinteger(L, self->fault);
    return 4;
}

static int finish(lua_State *L)
{
    wws_error err;
    if (wws_nmf_reader_finish(reader_at(L), &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int expect(lua_State *L)
{
    wws_nmf_reader_expect(reader_at(L), (wws_nmf_state)luaL_checkinteger(L, 2));
    return 0;
}

static int upgraded(lua_State *L)
{
    wws_nmf_reader_upgraded(reader_at(L));
    return 0;
}

/* reader:state([set]) -> number of the state */
static int state(lua_State *L)
{
    wws_nmf_reader *self = reader_at(L);
    self->state = (wws_nmf_state)luaL_optinteger(L, 2, self->state);
    lua_pushinteger(L, self->state);
    return 1;
}

/* nmf_next(state, record) -> state | nil when wrong */
static int next_state(lua_State *L)
{
    const wws_nmf_state after =
        wws_nmf_next_state((wws_nmf_state)luaL_checkinteger(L, 1), (wws_nmf_record)luaL_checkinteger(L, 2));
    if (after == WWS_NMF_WRONG) {
        return 0;
    }
    lua_pushinteger(L, after);
    return 1;
}

static int give(lua_State *L, wws_result code, wws_buf *out, const wws_error *err)
{
    if (code == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    } else {
        (void)wws_lua_push_failure(L, err);
    }
    wws_buf_clear(out);
    return code == WWS_OK ? 1 : 2;
}

/* nmf_preamble(mode, via, encoding) -> bytes | nil, err */
static int preamble(lua_State *L)
{
    wws_error err;
    wws_buf out;
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_MAX);
    const wws_result code = wws_nmf_write_preamble(&out, (wws_nmf_mode)luaL_checkinteger(L, 1),
                                                   wws_lua_check_span(L, 2), luaL_checkstring(L, 3), &err);
    return give(L, code, &out, &err);
}

/* nmf_write(record, text) -> bytes | nil, err; the record by its number, text where it has one */
static int write_record(lua_State *L)
{
    wws_error err;
    wws_buf out;
    uint8_t head[WWS_NMF_ENVELOPE_HEAD];
    const wws_nmf_record record = (wws_nmf_record)luaL_checkinteger(L, 1);
    const wws_span text = wws_lua_opt_span(L, 2);
    wws_result code;
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_MAX);
    if (record == WWS_NMF_UNSIZED_ENVELOPE) {
        code = wws_nmf_write_unsized(&out, text, &err);
    } else if (record == WWS_NMF_SIZED_ENVELOPE) {
        code = wws_buf_append(&out, (wws_span){head, wws_nmf_envelope_head(text.len, head)}, &err);
        code = code == WWS_OK ? wws_buf_append(&out, text, &err) : code;
    } else if (text.at != NULL) {
        code = wws_nmf_write_text(&out, record, text, &err);
    } else {
        code = wws_nmf_write_plain(&out, record, &err);
    }
    return give(L, code, &out, &err);
}

/* nmf_fault(text | number) -> err, or the text of that number */
static int fault(lua_State *L)
{
    wws_error err;
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_pushstring(L, wws_nmf_fault_text((wws_nmf_fault)lua_tointeger(L, 1)));
        return 1;
    }
    (void)(wws_nmf_fault_fail(wws_lua_check_span(L, 1), &err) == WWS_OK);
    return wws_lua_push_failure(L, &err);
}

/* nmf_encoding(octet) -> content type | nil; nmf_encoding(content type) -> octet | -1 */
static int encoding(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_pushstring(L, wws_nmf_encoding_name((uint8_t)lua_tointeger(L, 1)));
    } else {
        lua_pushinteger(L, wws_nmf_encoding_of(wws_lua_check_span(L, 1)));
    }
    return 1;
}

void wws_probe_open_nmf(lua_State *L)
{
    static const luaL_Reg methods[] = {{"feed", feed},         {"finish", finish}, {"expect", expect},
                                       {"upgraded", upgraded}, {"state", state},   {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {{"nmf_reader", new_reader},
                                         {"nmf_next", next_state},
                                         {"nmf_preamble", preamble},
                                         {"nmf_write", write_record},
                                         {"nmf_fault", fault},
                                         {"nmf_encoding", encoding},
                                         {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
