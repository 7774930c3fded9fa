/**
 * @file span.h
 * Borrowed bytes. A span never owns: whoever made it says how long it lives.
 */
#ifndef WWS_BASE_SPAN_H
#define WWS_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Read-only bytes that belong to somebody else. `{NULL, 0}` is "absent" where that differs from empty. */
typedef struct wws_span {
    const uint8_t *at;
    size_t len;
} wws_span;

/** A span over a string literal. */
#define WWS_SPAN(literal) ((wws_span){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline wws_span wws_span_of(const char *text)
{
    return (wws_span){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

static inline bool wws_span_equal(wws_span a, wws_span b)
{
    return a.len == b.len && (a.len == 0 || (a.at != NULL && b.at != NULL && memcmp(a.at, b.at, a.len) == 0));
}

static inline bool wws_span_is(wws_span a, const char *text)
{
    return wws_span_equal(a, wws_span_of(text));
}

static inline bool wws_span_starts(wws_span a, wws_span with)
{
    return a.len >= with.len && memcmp(a.at, with.at, with.len) == 0;
}

/** Removes and returns the first byte. @pre span->len > 0 */
static inline uint8_t wws_span_pop(wws_span *span)
{
    span->len--;
    return *span->at++;
}

/** Without the XML white space at both ends. */
static inline wws_span wws_span_trim(wws_span a)
{
    while (a.len > 0 && memchr(" \t\r\n", a.at[0], 4) != NULL) {
        a.at++;
        a.len--;
    }
    while (a.len > 0 && memchr(" \t\r\n", a.at[a.len - 1], 4) != NULL) {
        a.len--;
    }
    return a;
}

/** For printf: `"%.*s", WWS_PRINT(span)`. */
#define WWS_PRINT(span) (int)(span).len, (const char *)(span).at

/** The same, but at most @p most bytes of it. */
#define WWS_CUT(span, most) (int)((span).len > (most) ? (most) : (span).len), (const char *)(span).at

#endif
