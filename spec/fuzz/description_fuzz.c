/* Any tree of values is a description or a whole error, and a description answers every question about itself.
 * The input is a side (c, s), a channel (h, t, p, -) and a tree as text: {type=ssl;trust=ca.pem;} with #1.5 numbers,
 * + and ! booleans, @ functions, $ userdata, ? anything else, and whatever else as strings up to ; or }. */
#include <stdlib.h>

#include "base/heap.h"
#include "security/description/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MAX = 8, PIECES_MAX = 64 };

typedef struct parser {
    wws_span in;
    wws_arena *arena;
    int ref;
} parser;

static void *room_for(parser *self, size_t size)
{
    void *memory = NULL;
    if (wws_arena_take(self->arena, size, &memory, NULL) != WWS_OK) {
        abort();
    }
    return memory;
}

static wws_span take_until(parser *self, const char *ends)
{
    wws_span taken = {self->in.at, 0};
    while (self->in.len > 0 && strchr(ends, self->in.at[0]) == NULL) {
        (void)wws_span_pop(&self->in);
        taken.len++;
    }
    return taken;
}

static double number_of(wws_span text)
{
    char copy[32] = {0};
    memcpy(copy, text.at, text.len < sizeof copy ? text.len : sizeof copy - 1);
    return strtod(copy, NULL);
}

static wws_value take_value(parser *self, int depth);

/* NAME= before a value makes a field; a name of no characters stands for a key of another kind. */
static bool has_name(const parser *self, size_t *len)
{
    for (*len = 0; *len < self->in.len; (*len)++) {
        if (strchr("=;{}", self->in.at[*len]) != NULL) {
            return self->in.at[*len] == '=';
        }
    }
    return false;
}

static wws_value take_table(parser *self, int depth)
{
    wws_value *items = room_for(self, PIECES_MAX * sizeof *items);
    wws_value_field *fields = room_for(self, PIECES_MAX * sizeof *fields);
    wws_value table = {.kind = WWS_VALUE_TABLE, .items = items, .fields = fields};
    while (self->in.len > 0 && self->in.at[0] != '}' && table.item_count < PIECES_MAX &&
           table.field_count < PIECES_MAX) {
        size_t len = 0;
        if (has_name(self, &len)) {
            wws_value_field *field = &fields[table.field_count++];
            field->name = (wws_span){self->in.at, len};
            self->in = (wws_span){self->in.at + len + 1, self->in.len - len - 1};
            field->value = take_value(self, depth + 1);
        } else {
            items[table.item_count++] = take_value(self, depth + 1);
        }
        if (self->in.len > 0 && self->in.at[0] == ';') {
            (void)wws_span_pop(&self->in);
        }
    }
    if (self->in.len > 0 && self->in.at[0] == '}') {
        (void)wws_span_pop(&self->in);
    }
    return table;
}

static wws_value take_value(parser *self, int depth)
{
    static const char marks[] = "+!@$?";
    static const wws_value_kind kinds[] = {WWS_VALUE_BOOLEAN, WWS_VALUE_BOOLEAN, WWS_VALUE_FUNCTION, WWS_VALUE_USERDATA,
                                           WWS_VALUE_OTHER};
    if (self->in.len == 0) {
        return (wws_value){.kind = WWS_VALUE_NIL};
    }
    const char first = (char)self->in.at[0];
    const char *mark = first == '\0' ? NULL : strchr(marks, first);
    if (first == '{' && depth < DEPTH_MAX) {
        (void)wws_span_pop(&self->in);
        return take_table(self, depth);
    }
    const wws_span text = take_until(self, ";}");
    if (first == '#') {
        return (wws_value){.kind = WWS_VALUE_NUMBER, .number = number_of((wws_span){text.at + 1, text.len - 1})};
    }
    if (mark != NULL) {
        return (wws_value){.kind = kinds[mark - marks], .boolean = first == '+', .ref = ++self->ref};
    }
    return (wws_value){.kind = WWS_VALUE_STRING, .text = text};
}

static void must_be_whole(wws_result code, const wws_error *err)
{
    const wws_error_frame *own = &err->own;
    if (own->code != code || own->message[0] == '\0' || wws_result_name(code) == NULL) {
        abort();
    }
    if (code == WWS_E_INVALIDARG && (own->expected[0] == '\0' || own->got[0] == '\0')) {
        abort();
    }
}

static void ask(const wws_description *description, wws_channel_binding channel)
{
    static const wws_channel_binding all[] = {WWS_CHANNEL_HTTP, WWS_CHANNEL_TCP, WWS_CHANNEL_NAMEDPIPE};
    for (size_t i = 0; i < 3; i++) {
        wws_error err = {0};
        const wws_result code = wws_description_check_channel(description, all[i], &err);
        if (code != WWS_OK) {
            must_be_whole(code, &err);
        }
        if (channel == all[i] && code != WWS_OK) {
            abort(); /* what was read for a channel holds on it */
        }
        err = (wws_error){0};
        if (wws_description_check_performable(description, all[i], &err) == WWS_E_NOTIMPL) {
            must_be_whole(WWS_E_NOTIMPL, &err);
        }
    }
    const wws_message_plan plan = wws_plan_of(description);
    if (plan.validity <= 0 || plan.skew < 0 || plan.latency < 0 || plan.suite.name == NULL || plan.layout == 0) {
        abort();
    }
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    if (plan.context != (context != NULL) || (context != NULL && context->bootstrap == NULL)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 4096) {
        return 0;
    }
    wws_arena arena;
    wws_error err = {0};
    wws_description *description = NULL;
    wws_arena_init(&arena, &WWS_HEAP, 1 << 28);
    parser self = {{data + 2, size - 2}, &arena, 0};
    const wws_value value = take_value(&self, 0);
    const wws_channel_binding channel = data[1] == 'h'   ? WWS_CHANNEL_HTTP
                                        : data[1] == 't' ? WWS_CHANNEL_TCP
                                        : data[1] == 'p' ? WWS_CHANNEL_NAMEDPIPE
                                                         : WWS_CHANNEL_UNKNOWN;
    const wws_result code =
        wws_description_read(&value, data[0] == 's' ? WWS_SERVER : WWS_CLIENT, channel, &arena, &description, &err);
    if (code == WWS_OK) {
        ask(description, channel);
    } else {
        must_be_whole(code, &err);
    }
    wws_arena_clear(&arena);
    return 0;
}
