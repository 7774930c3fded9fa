/** @file http_body_states.h  Chunked transfer coding as a table: every state, every kind of byte. */
#ifndef WWS_FRAMING_HTTP_BODY_STATES_H
#define WWS_FRAMING_HTTP_BODY_STATES_H

#include <stdint.h>

typedef enum wws_chunk_state {
    WWS_CHUNK_SIZE_FIRST, /**< the first digit of a size */
    WWS_CHUNK_SIZE,
    WWS_CHUNK_EXTENSION,
    WWS_CHUNK_SIZE_LF,
    WWS_CHUNK_DATA, /**< bytes are taken in one piece, not through the table */
    WWS_CHUNK_DATA_CR,
    WWS_CHUNK_DATA_LF,
    WWS_CHUNK_TRAILER_FIRST,
    WWS_CHUNK_TRAILER_NAME,
    WWS_CHUNK_TRAILER,
    WWS_CHUNK_TRAILER_LF,
    WWS_CHUNK_END_LF,
    WWS_CHUNK_DONE,
    WWS_CHUNK_WRONG,
    WWS_CHUNK_STATES
} wws_chunk_state;

typedef enum wws_chunk_byte {
    WWS_CHUNK_HEX,
    WWS_CHUNK_SEMICOLON,
    WWS_CHUNK_CR,
    WWS_CHUNK_LF,
    WWS_CHUNK_COLON,
    WWS_CHUNK_TOKEN, /**< of a field's name, and no hexadecimal digit */
    WWS_CHUNK_TEXT,
    WWS_CHUNK_CONTROL,
    WWS_CHUNK_BYTES
} wws_chunk_byte;

wws_chunk_byte wws_chunk_byte_of(uint8_t c);
/** @return the next state; SIZE_LF with LF gives DATA, which the caller turns into TRAILER_FIRST for a size of 0 */
wws_chunk_state wws_chunk_next(wws_chunk_state state, wws_chunk_byte byte);

#endif
