#include "base/buf.h"

#include <string.h>

enum { FIRST_ROOM = 64, SMALL_ROOM = 1024 };

void wws_buf_init(wws_buf *buf, const wws_alloc *alloc, size_t limit)
{
    *buf = (wws_buf){.alloc = alloc, .limit = limit};
}

static void release(const wws_alloc *alloc, uint8_t *bytes, size_t size)
{
    if (bytes != NULL) {
        explicit_bzero(bytes, size);
        alloc->resize(alloc->state, bytes, 0);
    }
}

void wws_buf_clear(wws_buf *buf)
{
    release(buf->alloc, buf->bytes, buf->room);
    wws_buf_init(buf, buf->alloc, buf->limit);
}

/* Fourfold while it is small: what outgrows a key is mostly a message. */
static size_t larger_room(const wws_buf *buf, size_t room)
{
    const size_t factor = room < SMALL_ROOM ? 4 : 2;
    return room > buf->limit / factor ? buf->limit : room * factor;
}

/* Moves by hand: a resize in place could leave an unwiped copy behind. */
static wws_result grow(wws_buf *buf, size_t needed, wws_error *err)
{
    size_t room = buf->room == 0 ? FIRST_ROOM : buf->room;
    while (room < needed) {
        room = larger_room(buf, room);
    }
    uint8_t *bytes = buf->alloc->resize(buf->alloc->state, NULL, room);
    if (bytes == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for %zu bytes", room);
    }
    if (buf->len > 0) {
        memcpy(bytes, buf->bytes, buf->len);
    }
    release(buf->alloc, buf->bytes, buf->room);
    buf->bytes = bytes;
    buf->room = room;
    return WWS_OK;
}

wws_result wws_buf_append(wws_buf *buf, wws_span data, wws_error *err)
{
    if (data.len > buf->limit - buf->len) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "more than the %zu bytes agreed to", buf->limit);
    }
    if (data.len == 0) {
        return WWS_OK;
    }
    if (buf->len + data.len > buf->room) {
        WWS_TRY(grow(buf, buf->len + data.len, err));
    }
    memcpy(buf->bytes + buf->len, data.at, data.len);
    buf->len += data.len;
    return WWS_OK;
}

wws_result wws_buf_text(wws_buf *buf, const char *text, wws_error *err)
{
    return wws_buf_append(buf, wws_span_of(text), err);
}

wws_result wws_buf_reserve(wws_buf *buf, size_t more, wws_error *err)
{
    if (more > buf->limit - buf->len) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "more than the %zu bytes agreed to", buf->limit);
    }
    return buf->len + more > buf->room ? grow(buf, buf->len + more, err) : WWS_OK;
}

void wws_buf_consume(wws_buf *buf, size_t count)
{
    const size_t gone = count < buf->len ? count : buf->len;
    if (gone == 0) {
        return;
    }
    buf->len -= gone;
    memmove(buf->bytes, buf->bytes + gone, buf->len);
    explicit_bzero(buf->bytes + buf->len, gone); /* what came in may have been a password */
}

void wws_buf_reset(wws_buf *buf, size_t keep)
{
    if (buf->room > keep) {
        wws_buf_clear(buf);
    } else if (buf->bytes != NULL) {
        explicit_bzero(buf->bytes, buf->len);
        buf->len = 0;
    }
}

wws_span wws_buf_peek(const wws_buf *buf)
{
    return (wws_span){buf->bytes, buf->len};
}
