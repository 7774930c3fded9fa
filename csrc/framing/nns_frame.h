/** @file nns_frame.h  The frames of NegotiateStream (MS-NNS): of its handshake, and of the data after it. */
#ifndef WWS_FRAMING_NNS_FRAME_H
#define WWS_FRAMING_NNS_FRAME_H

#include "base/buf.h"

/** MessageId. */
typedef enum wws_nns_message {
    WWS_NNS_DONE = 0x14, /**< our context is complete; there may be a token all the same */
    WWS_NNS_ERROR = 0x15,
    WWS_NNS_IN_PROGRESS = 0x16
} wws_nns_message;

enum {
    WWS_NNS_HEAD = 5,
    WWS_NNS_TOKEN_MAX = 65535,
    WWS_NNS_DATA_HEAD = 4,
    WWS_NNS_PLAIN_MAX = 64512, /**< what writers put into one frame, before it is protected */
    WWS_NNS_DATA_MAX = 65536   /**< what readers take: protection adds to 64512 */
};

/** What an error frame says to the peer; the numbers are Windows's. */
enum {
    WWS_NNS_LOGON_DENIED = (int)0x8009030C,
    WWS_NNS_TRUST_FAILURE = 1790 /**< the protection was not what this end requires */
};

typedef struct wws_nns_handshake {
    wws_nns_message message;
    wws_span payload; /**< borrowed from what was read */
} wws_nns_handshake;

/**
 * Reads one handshake frame from the front of @p bytes.
 * @param used  bytes that it takes; 0: more are needed
 * @return invalid_format for a message that there is not
 */
WWS_MUST_CHECK wws_result wws_nns_handshake_read(wws_span bytes, wws_nns_handshake *out, size_t *used, wws_error *err);
/** @return quota_exceeded for a token that no frame can carry */
WWS_MUST_CHECK wws_result wws_nns_handshake_write(wws_buf *out, const wws_nns_handshake *frame, wws_error *err);

/** The number in an error frame, of which both byte orders are met. @return 0 when there is none */
uint32_t wws_nns_error_read(wws_span payload);
WWS_MUST_CHECK wws_result wws_nns_error_write(wws_buf *out, uint32_t code, wws_error *err);

/**
 * Reads the head of a data frame.
 * @param size  of its payload; 0: more bytes are needed
 * @return invalid_format for a size that no frame has
 */
WWS_MUST_CHECK wws_result wws_nns_data_read(wws_span bytes, size_t *size, wws_error *err);
/** Writes a data frame's head over @p at. */
void wws_nns_data_write(uint8_t at[WWS_NNS_DATA_HEAD], size_t size);

#endif
