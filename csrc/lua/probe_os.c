/* Opens the room to the specs: the reaper with a machine that needs no protocol, and forks. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lua/probe.h"
#include "lua/reaper_lua.h"
#include "lua/socket_lua.h"
#include "os/reaper.h"

#define CLASS "wws.probe.farewell"

enum { WORDS_MAX = 65536 };

/* Connects when it has no connection, writes its words, reads until it got as many bytes as expected, closes. */
typedef struct speaker {
    bool is_connected;
    bool is_written;
    bool is_closing;
    char host[64];
    uint16_t port;
    size_t expected;
    size_t len;
    char words[WORDS_MAX];
} speaker;

typedef struct farewell {
    wws_reap *record;
    speaker *machine;
    wws_socket *socket;
} farewell;

static wws_action next_action(speaker *self, const wws_input *input)
{
    if (input->kind == WWS_INPUT_BROKEN || input->kind == WWS_INPUT_END || input->bytes.len > self->expected) {
        return (wws_action){.kind = WWS_ACTION_FAILED};
    }
    self->expected -= input->bytes.len;
    if (!self->is_connected) {
        self->is_connected = true;
        return (wws_action){.kind = WWS_ACTION_CONNECT, .host = self->host, .port = self->port};
    }
    if (!self->is_written) {
        self->is_written = true;
        return (wws_action){.kind = WWS_ACTION_WRITE, .bytes = {(const uint8_t *)self->words, self->len}};
    }
    if (self->expected > 0) {
        return (wws_action){.kind = WWS_ACTION_READ, .max = self->expected};
    }
    if (!self->is_closing) {
        self->is_closing = true;
        return (wws_action){.kind = WWS_ACTION_CLOSE};
    }
    return (wws_action){.kind = WWS_ACTION_DONE};
}

static void step(void *machine, const wws_input *input, wws_action *out)
{
    *out = next_action(machine, input);
}

/* farewell(host, port, words, expected [, socket]): what is said when it is collected */
static int new_farewell(lua_State *L)
{
    const char *host = luaL_checkstring(L, 1);
    lua_Integer port = luaL_checkinteger(L, 2);
    wws_span words = wws_lua_check_span(L, 3);
    lua_Integer expected = luaL_checkinteger(L, 4);
    wws_socket *socket = lua_isnoneornil(L, 5) ? NULL : wws_lua_socket_check(L, 5);
    luaL_argcheck(L, strlen(host) < sizeof((speaker *)0)->host, 1, "too long");
    luaL_argcheck(L, words.len <= WORDS_MAX, 3, "too long");
    farewell *self = wws_lua_new(L, sizeof *self, CLASS);
    self->machine = calloc(1, sizeof *self->machine);
    self->record = wws_reap_new();
    if (self->machine == NULL || self->record == NULL) {
        return luaL_error(L, "no memory");
    }
    *self->machine = (speaker){.port = (uint16_t)port, .expected = (size_t)expected, .len = words.len};
    self->machine->is_connected = socket != NULL;
    memcpy(self->machine->words, words.at, words.len);
    memcpy(self->machine->host, host, strlen(host));
    self->socket = socket == NULL ? NULL : wws_socket_keep(socket);
    return 1;
}

static int collect(lua_State *L)
{
    static const wws_reaper_ops ops = {step, free};
    farewell *self = luaL_checkudata(L, 1, CLASS);
    if (self->record != NULL && self->machine != NULL) {
        wws_reaper_give(self->record, &ops, self->machine, self->socket);
    } else {
        wws_reap_free(self->record);
        free(self->machine);
    }
    wws_socket_free(self->socket);
    memset(self, 0, sizeof *self);
    return 0;
}

/* fork(fn) -> status: runs fn in a child that ends without any finalizer, 0 when fn returned and 1 when it raised */
static int run_child(lua_State *L)
{
    int status = 0;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    pid_t child = fork();
    if (child == 0) {
        lua_settop(L, 1);
        _exit(lua_pcall(L, 0, 0, 0) == 0 ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return luaL_error(L, "no child");
    }
    lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 1;
}

void wws_probe_open_os(lua_State *L)
{
    static const luaL_Reg methods[] = {{"drop", collect}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"farewell", new_farewell}, {"fork", run_child}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    wws_lua_open_reaper(L);
    luaL_setfuncs(L, functions, 0);
}
