/* What a driver does in Lua, for one machine on the reaper's thread. */
#include "os/reap.h"

#include <stdlib.h>

enum { READ_ROOM = 16384 };

/* Still the same action: it waits for the socket. */
static const wws_io WAITS = WWS_IO_AGAIN;

static void disconnect(wws_reap *record)
{
    wws_socket_free(record->socket);
    record->socket = NULL;
}

static void step(wws_reap *record, wws_input input)
{
    record->written = 0;
    record->ops->step(record->machine, &input, &record->action);
}

static wws_io broken(wws_reap *record, const char *why)
{
    step(record, (wws_input){WWS_INPUT_BROKEN, wws_span_of(why)});
    return WWS_IO_OK;
}

static wws_io go_on(wws_reap *record)
{
    step(record, (wws_input){WWS_INPUT_NONE, {NULL, 0}});
    return WWS_IO_OK;
}

static wws_io look_up(wws_reap *record)
{
    const char *why = NULL;
    wws_reaper_leave();
    wws_io how = wws_resolve(record->action.host, &record->addresses, &why);
    wws_reaper_enter();
    record->address = 0;
    return how == WWS_IO_OK ? WWS_IO_OK : broken(record, why);
}

static wws_io connect_next(wws_reap *record, const char *why)
{
    while (record->address < record->addresses.count) {
        const char *text = record->addresses.text[record->address++];
        wws_io how = wws_socket_connect(text, record->action.port, &record->socket, &why);
        if (how != WWS_IO_FAILED) {
            return how == WWS_IO_OK ? go_on(record) : WAITS;
        }
    }
    record->addresses.count = 0;
    return broken(record, why);
}

static wws_io do_connect(wws_reap *record)
{
    const char *why = "host not found";
    if (record->addresses.count == 0) {
        disconnect(record);
        if (look_up(record) != WWS_IO_OK || record->addresses.count == 0) {
            return WWS_IO_OK;
        }
        return connect_next(record, why);
    }
    wws_io how = wws_socket_connected(record->socket, &why);
    if (how == WWS_IO_AGAIN) {
        return WAITS;
    }
    if (how == WWS_IO_OK) {
        record->addresses.count = 0;
        return go_on(record);
    }
    disconnect(record);
    return connect_next(record, why);
}

static wws_io take(wws_reap *record)
{
    uint8_t room[READ_ROOM];
    size_t got = 0;
    const char *why = "closed";
    size_t max = record->action.max < READ_ROOM ? record->action.max : READ_ROOM;
    if (record->socket == NULL) {
        return broken(record, why);
    }
    wws_io how = wws_socket_read(record->socket, room, max, &got, &why);
    if (how == WWS_IO_OK) {
        step(record, (wws_input){WWS_INPUT_BYTES, {room, got}});
    } else if (how == WWS_IO_END) {
        step(record, (wws_input){WWS_INPUT_END, {NULL, 0}});
    } else if (how == WWS_IO_FAILED) {
        (void)broken(record, why);
    }
    return how;
}

static wws_io do_read(wws_reap *record)
{
    return take(record) == WWS_IO_AGAIN ? WAITS : WWS_IO_OK;
}

static wws_io do_look(wws_reap *record)
{
    if (take(record) == WWS_IO_AGAIN) {
        step(record, (wws_input){WWS_INPUT_TIMED_OUT, {NULL, 0}});
    }
    return WWS_IO_OK;
}

static wws_io do_write(wws_reap *record)
{
    const char *why = "closed";
    while (record->written < record->action.bytes.len) {
        size_t put = 0;
        wws_span rest = {record->action.bytes.at + record->written, record->action.bytes.len - record->written};
        if (record->socket == NULL) {
            return broken(record, why);
        }
        wws_io how = wws_socket_write(record->socket, rest, &put, &why);
        if (how != WWS_IO_OK) {
            return how == WWS_IO_AGAIN ? WAITS : broken(record, why);
        }
        record->written += put;
    }
    return go_on(record);
}

static wws_io do_close(wws_reap *record)
{
    disconnect(record);
    return go_on(record);
}

static wws_io do_refuse(wws_reap *record)
{
    step(record, (wws_input){WWS_INPUT_REFUSED, {NULL, 0}});
    return WWS_IO_OK;
}

/* Here is the thread already: whatever else waits has to wait, as it does for a name to be looked up. */
static wws_io do_job(wws_reap *record)
{
    const wws_job job = record->action.job;
    wws_reaper_leave();
    job.run(job.arg);
    job.drop(job.arg);
    wws_reaper_enter();
    return go_on(record);
}

static wws_io do_end(wws_reap *record)
{
    record->succeeded = record->action.kind == WWS_ACTION_DONE;
    return WWS_IO_END;
}

wws_reap_wait wws_reap_go(wws_reap *record)
{
    static wws_io (*const performers[])(wws_reap * record) = {
        [0] = go_on,
        [WWS_ACTION_CONNECT] = do_connect,
        [WWS_ACTION_READ] = do_read,
        [WWS_ACTION_LOOK] = do_look,
        [WWS_ACTION_WRITE] = do_write,
        [WWS_ACTION_CLOSE] = do_close,
        [WWS_ACTION_CALLBACK] = do_refuse,
        [WWS_ACTION_EVENT] = go_on,
        [WWS_ACTION_ROUTE] = go_on,
        [WWS_ACTION_REQUEST] = do_end,
        [WWS_ACTION_JOB] = do_job,
        [WWS_ACTION_DONE] = do_end,
        [WWS_ACTION_FAILED] = do_end,
    };
    wws_io how = WWS_IO_OK;
    while (how == WWS_IO_OK) {
        how = performers[record->action.kind](record);
    }
    if (how == WWS_IO_END) {
        return WWS_REAP_OVER;
    }
    return record->action.kind == WWS_ACTION_READ ? WWS_REAP_READ : WWS_REAP_WRITE;
}

void wws_reap_wipe(wws_reap *record)
{
    disconnect(record);
    record->ops->free(record->machine);
    free(record);
}
