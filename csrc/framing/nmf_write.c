#include "framing/nmf_write.h"

#include "framing/nmf_reader.h"

static const char *const ENCODINGS[] = {"text/xml; charset=utf-8",
                                        "text/xml; charset=utf16",
                                        "text/xml; charset=unicodeFFFE",
                                        "application/soap+xml; charset=utf-8",
                                        "application/soap+xml; charset=utf16",
                                        "application/soap+xml; charset=unicodeFFFE",
                                        "multipart/related",
                                        "application/soap+msbin1",
                                        "application/soap+msbinsession1",
                                        "application/soap+msbin1+gzip",
                                        "application/soap+msbinsession1+gzip",
                                        "application/soap+msbin1+deflate",
                                        "application/soap+msbinsession1+deflate"};

enum { KNOWN = sizeof ENCODINGS / sizeof ENCODINGS[0] };

const char *wws_nmf_encoding_name(uint8_t known)
{
    return known < KNOWN ? ENCODINGS[known] : NULL;
}

int wws_nmf_encoding_of(wws_span content_type)
{
    for (int i = 0; i < KNOWN; i++) {
        if (wws_span_is(content_type, ENCODINGS[i])) {
            return i;
        }
    }
    return -1;
}

static wws_result write_octet(wws_buf *out, unsigned octet, wws_error *err)
{
    const uint8_t byte = (uint8_t)octet;
    return wws_buf_append(out, (wws_span){&byte, 1}, err);
}

wws_result wws_nmf_write_plain(wws_buf *out, wws_nmf_record record, wws_error *err)
{
    return write_octet(out, record, err);
}

static wws_result write_size(wws_buf *out, size_t size, wws_error *err)
{
    uint8_t bytes[WWS_NMF_SIZE_BYTES];
    const size_t used = wws_nmf_size_write((uint32_t)size, bytes);
    return wws_buf_append(out, (wws_span){bytes, used}, err);
}

wws_result wws_nmf_write_text(wws_buf *out, wws_nmf_record record, wws_span text, wws_error *err)
{
    const size_t most = record == WWS_NMF_VIA ? WWS_NMF_VIA_BYTES : WWS_NMF_NAME_BYTES;
    if (text.len > most) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the %s is too long for message framing",
                       record == WWS_NMF_VIA ? "URL" : "name");
        wws_error_expected(err, "at most %zu bytes", most);
        return WWS_E_QUOTA_EXCEEDED;
    }
    WWS_TRY(write_octet(out, record, err));
    WWS_TRY(write_size(out, text.len, err));
    return wws_buf_append(out, text, err);
}

wws_result wws_nmf_write_preamble(wws_buf *out, wws_nmf_mode mode, wws_span via, const char *encoding, wws_error *err)
{
    const uint8_t start[] = {WWS_NMF_VERSION, 1, 0, WWS_NMF_MODE, (uint8_t)mode};
    const int known = wws_nmf_encoding_of(wws_span_of(encoding));
    WWS_TRY(wws_buf_append(out, (wws_span){start, sizeof start}, err));
    WWS_TRY(wws_nmf_write_text(out, WWS_NMF_VIA, via, err));
    if (known < 0) {
        return wws_nmf_write_text(out, WWS_NMF_EXTENSIBLE_ENCODING, wws_span_of(encoding), err);
    }
    WWS_TRY(write_octet(out, WWS_NMF_KNOWN_ENCODING, err));
    return write_octet(out, (unsigned)known, err);
}

size_t wws_nmf_envelope_head(size_t length, uint8_t head[WWS_NMF_ENVELOPE_HEAD])
{
    head[0] = WWS_NMF_SIZED_ENVELOPE;
    return 1 + wws_nmf_size_write((uint32_t)length, head + 1);
}

wws_result wws_nmf_write_chunk(wws_buf *out, wws_span piece, wws_error *err)
{
    WWS_TRY(write_size(out, piece.len, err));
    return wws_buf_append(out, piece, err);
}

wws_result wws_nmf_write_chunk_end(wws_buf *out, wws_error *err)
{
    return write_octet(out, 0, err);
}

wws_result wws_nmf_write_unsized(wws_buf *out, wws_span envelope, wws_error *err)
{
    WWS_TRY(write_octet(out, WWS_NMF_UNSIZED_ENVELOPE, err));
    WWS_TRY(wws_nmf_write_chunk(out, envelope, err));
    return wws_nmf_write_chunk_end(out, err);
}
