#include "framing/http_body_states.h"

/* clang-format off */
#define NO WWS_CHUNK_WRONG
static const uint8_t NEXT[WWS_CHUNK_STATES][WWS_CHUNK_BYTES] = {
    /*                              hex                  ;                    CR                    LF                       text                 control */
    [WWS_CHUNK_SIZE_FIRST]    = {WWS_CHUNK_SIZE,      NO,                  NO,                   NO,                      NO,                  NO},
    [WWS_CHUNK_SIZE]          = {WWS_CHUNK_SIZE,      WWS_CHUNK_EXTENSION, WWS_CHUNK_SIZE_LF,    NO,                      NO,                  NO},
    [WWS_CHUNK_EXTENSION]     = {WWS_CHUNK_EXTENSION, WWS_CHUNK_EXTENSION, WWS_CHUNK_SIZE_LF,    NO,                      WWS_CHUNK_EXTENSION, NO},
    [WWS_CHUNK_SIZE_LF]       = {NO,                  NO,                  NO,                   WWS_CHUNK_DATA,          NO,                  NO},
    [WWS_CHUNK_DATA]          = {NO,                  NO,                  NO,                   NO,                      NO,                  NO},
    [WWS_CHUNK_DATA_CR]       = {NO,                  NO,                  WWS_CHUNK_DATA_LF,    NO,                      NO,                  NO},
    [WWS_CHUNK_DATA_LF]       = {NO,                  NO,                  NO,                   WWS_CHUNK_SIZE_FIRST,    NO,                  NO},
    [WWS_CHUNK_TRAILER_FIRST] = {WWS_CHUNK_TRAILER,   NO,                  WWS_CHUNK_END_LF,     NO,                      WWS_CHUNK_TRAILER,   NO},
    [WWS_CHUNK_TRAILER]       = {WWS_CHUNK_TRAILER,   WWS_CHUNK_TRAILER,   WWS_CHUNK_TRAILER_LF, NO,                      WWS_CHUNK_TRAILER,   NO},
    [WWS_CHUNK_TRAILER_LF]    = {NO,                  NO,                  NO,                   WWS_CHUNK_TRAILER_FIRST, NO,                  NO},
    [WWS_CHUNK_END_LF]        = {NO,                  NO,                  NO,                   WWS_CHUNK_DONE,          NO,                  NO},
    [WWS_CHUNK_DONE]          = {NO,                  NO,                  NO,                   NO,                      NO,                  NO},
    [WWS_CHUNK_WRONG]         = {NO,                  NO,                  NO,                   NO,                      NO,                  NO},
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
    case '\t':
        return WWS_CHUNK_TEXT;
    default:
        break;
    }
    if (is_hex(c)) {
        return WWS_CHUNK_HEX;
    }
    return c < 0x20 || c == 0x7f ? WWS_CHUNK_CONTROL : WWS_CHUNK_TEXT;
}

wws_chunk_state wws_chunk_next(wws_chunk_state state, wws_chunk_byte byte)
{
    return (wws_chunk_state)NEXT[state][byte];
}
