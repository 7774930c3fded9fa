#include "framing/http_body_states.h"

#include "framing/http_rules.h"

/* clang-format off */
#define NO WWS_CHUNK_WRONG
#define TO(state) WWS_CHUNK_##state
static const uint8_t NEXT[WWS_CHUNK_STATES][WWS_CHUNK_BYTES] = {
    /*                              hex                 ;                   CR                  LF                  :                   token               text                control */
    [WWS_CHUNK_SIZE_FIRST]    = {TO(SIZE),           NO,                 NO,                 NO,                 NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_SIZE]          = {TO(SIZE),           TO(EXTENSION),      TO(SIZE_LF),        NO,                 NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_EXTENSION]     = {TO(EXTENSION),      TO(EXTENSION),      TO(SIZE_LF),        NO,                 TO(EXTENSION),      TO(EXTENSION),      TO(EXTENSION),      NO},
    [WWS_CHUNK_SIZE_LF]       = {NO,                 NO,                 NO,                 TO(DATA),           NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_DATA]          = {NO,                 NO,                 NO,                 NO,                 NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_DATA_CR]       = {NO,                 NO,                 TO(DATA_LF),        NO,                 NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_DATA_LF]       = {NO,                 NO,                 NO,                 TO(SIZE_FIRST),     NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_TRAILER_FIRST] = {TO(TRAILER_NAME),   NO,                 TO(END_LF),         NO,                 NO,                 TO(TRAILER_NAME),   NO,                 NO},
    [WWS_CHUNK_TRAILER_NAME]  = {TO(TRAILER_NAME),   NO,                 NO,                 NO,                 TO(TRAILER),        TO(TRAILER_NAME),   NO,                 NO},
    [WWS_CHUNK_TRAILER]       = {TO(TRAILER),        TO(TRAILER),        TO(TRAILER_LF),     NO,                 TO(TRAILER),        TO(TRAILER),        TO(TRAILER),        NO},
    [WWS_CHUNK_TRAILER_LF]    = {NO,                 NO,                 NO,                 TO(TRAILER_FIRST),  NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_END_LF]        = {NO,                 NO,                 NO,                 TO(DONE),           NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_DONE]          = {NO,                 NO,                 NO,                 NO,                 NO,                 NO,                 NO,                 NO},
    [WWS_CHUNK_WRONG]         = {NO,                 NO,                 NO,                 NO,                 NO,                 NO,                 NO,                 NO},
};
/* clang-format on */

static int is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

wws_chunk_byte wws_chunk_byte_of(uint8_t c)
{
    switch (c) {
    case ';':
        return WWS_CHUNK_SEMICOLON;
    case '\r':
        return WWS_CHUNK_CR;
    case '\n':
        return WWS_CHUNK_LF;
    case ':':
        return WWS_CHUNK_COLON;
    case '\t':
        return WWS_CHUNK_TEXT;
    default:
        break;
    }
    if (is_hex(c)) {
        return WWS_CHUNK_HEX;
    }
    if (wws_http_is_token(c)) {
        return WWS_CHUNK_TOKEN;
    }
    return c < 0x20 || c == 0x7f ? WWS_CHUNK_CONTROL : WWS_CHUNK_TEXT;
}

wws_chunk_state wws_chunk_next(wws_chunk_state state, wws_chunk_byte byte)
{
    return (wws_chunk_state)NEXT[state][byte];
}
