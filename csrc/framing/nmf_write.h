/** @file nmf_write.h  Writes the records of .NET message framing: the other half of nmf_reader.h. */
#ifndef WWS_FRAMING_NMF_WRITE_H
#define WWS_FRAMING_NMF_WRITE_H

#include "base/buf.h"
#include "framing/nmf_fault.h"
#include "framing/nmf_states.h"

/** Upgrades of a connection. */
#define WWS_NMF_UPGRADE_TLS "application/ssl-tls"
#define WWS_NMF_UPGRADE_NEGOTIATE "application/negotiate"
#define WWS_NMF_UPGRADE_POSIX "application/unixposix" /* nothing changes: the credentials of the socket count */

enum { WWS_NMF_ENVELOPE_HEAD = 6 };

/** A record that is an octet alone: End, UpgradeResponse, PreambleAck, PreambleEnd. */
WWS_MUST_CHECK wws_result wws_nmf_write_plain(wws_buf *out, wws_nmf_record record, wws_error *err);
/** A record with a string: Via, UpgradeRequest, Fault. */
WWS_MUST_CHECK wws_result wws_nmf_write_text(wws_buf *out, wws_nmf_record record, wws_span text, wws_error *err);
/** Version, Mode, Via and encoding, as a client begins. @return quota_exceeded for a via past 2048 octets */
WWS_MUST_CHECK wws_result wws_nmf_write_preamble(wws_buf *out, wws_nmf_mode mode, wws_span via, const char *encoding,
                                                 wws_error *err);
/** What stands before a sized envelope. @return bytes used of @p head @pre length fits in 31 bits */
size_t wws_nmf_envelope_head(size_t length, uint8_t head[WWS_NMF_ENVELOPE_HEAD]);
/** A piece of an unsized envelope. @pre not empty, and its length fits in 31 bits */
WWS_MUST_CHECK wws_result wws_nmf_write_chunk(wws_buf *out, wws_span piece, wws_error *err);
/** The end of an unsized envelope. */
WWS_MUST_CHECK wws_result wws_nmf_write_chunk_end(wws_buf *out, wws_error *err);
/** A whole unsized envelope, in one chunk. */
WWS_MUST_CHECK wws_result wws_nmf_write_unsized(wws_buf *out, wws_span envelope, wws_error *err);

/** The content type that a KnownEncoding record stands for; NULL: none of the published ones. */
const char *wws_nmf_encoding_name(uint8_t known);
/** @return the octet of a KnownEncoding record; -1: it needs an ExtensibleEncoding record. Compares exactly. */
int wws_nmf_encoding_of(wws_span content_type);

#endif
