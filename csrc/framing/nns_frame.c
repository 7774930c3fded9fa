#include "framing/nns_frame.h"

enum { ERROR_SIZE = 8, DATA_LEAST = 5 };

wws_result wws_nns_handshake_read(wws_span bytes, wws_nns_handshake *out, size_t *used, wws_error *err)
{
    *used = 0;
    if (bytes.len > 0 && (bytes.at[0] < WWS_NNS_DONE || bytes.at[0] > WWS_NNS_IN_PROGRESS)) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "this is no frame of a NegotiateStream handshake");
        wws_error_expected(err, "message 0x14, 0x15 or 0x16");
        wws_error_got(err, "0x%02x", bytes.at[0]);
        return WWS_E_INVALID_FORMAT;
    }
    if (bytes.len < WWS_NNS_HEAD) {
        return WWS_OK;
    }
    /* the two octets of the version say nothing to a reader */
    const size_t size = (size_t)bytes.at[3] << 8 | bytes.at[4];
    if (bytes.len - WWS_NNS_HEAD >= size) {
        out->message = (wws_nns_message)bytes.at[0];
        out->payload = (wws_span){bytes.at + WWS_NNS_HEAD, size};
        *used = WWS_NNS_HEAD + size;
    }
    return WWS_OK;
}

wws_result wws_nns_handshake_write(wws_buf *out, const wws_nns_handshake *frame, wws_error *err)
{
    const size_t size = frame->payload.len;
    if (size > WWS_NNS_TOKEN_MAX) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the token does not fit into a frame of NegotiateStream");
        wws_error_expected(err, "at most %d bytes", WWS_NNS_TOKEN_MAX);
        wws_error_got(err, "%zu", size);
        wws_error_hint(err, "tickets grow with the groups that the user belongs to");
        return WWS_E_QUOTA_EXCEEDED;
    }
    const uint8_t head[WWS_NNS_HEAD] = {(uint8_t)frame->message, 1, 0, (uint8_t)(size >> 8), (uint8_t)size};
    WWS_TRY(wws_buf_reserve(out, sizeof head + size, err));
    WWS_TRY(wws_buf_append(out, (wws_span){head, sizeof head}, err));
    return wws_buf_append(out, frame->payload, err);
}

uint32_t wws_nns_error_read(wws_span payload)
{
    uint32_t code = 0;
    if (payload.len < ERROR_SIZE) {
        return 0;
    }
    const uint8_t *at = payload.at;
    const bool extended = (at[0] == 0 || at[0] == 0xff) && at[1] == at[0] && at[2] == at[0] && at[3] == at[0];
    for (size_t i = 0; i < 4; i++) {
        code = code << 8 | (extended ? at[4 + i] : at[3 - i]);
    }
    return code;
}

wws_result wws_nns_error_write(wws_buf *out, uint32_t code, wws_error *err)
{
    const uint8_t payload[ERROR_SIZE] = {
        0, 0, 0, 0, (uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code};
    return wws_nns_handshake_write(out, &(wws_nns_handshake){WWS_NNS_ERROR, {payload, sizeof payload}}, err);
}

wws_result wws_nns_data_read(wws_span bytes, size_t *size, wws_error *err)
{
    *size = 0;
    if (bytes.len < WWS_NNS_DATA_HEAD) {
        return WWS_OK;
    }
    const uint32_t announced =
        (uint32_t)bytes.at[0] | (uint32_t)bytes.at[1] << 8 | (uint32_t)bytes.at[2] << 16 | (uint32_t)bytes.at[3] << 24;
    if (announced < DATA_LEAST || announced > WWS_NNS_DATA_MAX) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "this is no size of a NegotiateStream frame");
        wws_error_expected(err, "%d to %d bytes", DATA_LEAST, WWS_NNS_DATA_MAX);
        wws_error_got(err, "%u", announced);
        return WWS_E_INVALID_FORMAT;
    }
    *size = announced;
    return WWS_OK;
}

void wws_nns_data_write(uint8_t at[WWS_NNS_DATA_HEAD], size_t size)
{
    at[0] = (uint8_t)size;
    at[1] = (uint8_t)(size >> 8);
    at[2] = (uint8_t)(size >> 16);
    at[3] = (uint8_t)(size >> 24);
}
