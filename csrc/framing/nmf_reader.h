/**
 * @file nmf_reader.h
 * Reads the records of one end of .NET message framing (MC-NMF), whatever portions they arrive in. The table of
 * nmf_states.h says which may come; sizes are held against their caps before anything is kept.
 */
#ifndef WWS_FRAMING_NMF_READER_H
#define WWS_FRAMING_NMF_READER_H

#include "framing/nmf_fault.h"
#include "framing/nmf_size.h"
#include "framing/nmf_states.h"

enum { WWS_NMF_VIA_BYTES = 2048, WWS_NMF_NAME_BYTES = 256 };

typedef enum wws_nmf_event_kind {
    WWS_NMF_MORE,    /**< bytes are needed */
    WWS_NMF_GOT,     /**< a whole record, not an envelope */
    WWS_NMF_BEGIN,   /**< an envelope begins */
    WWS_NMF_DATA,    /**< bytes of it */
    WWS_NMF_COMPLETE /**< it is whole */
} wws_nmf_event_kind;

typedef struct wws_nmf_event {
    wws_nmf_event_kind kind;
    wws_nmf_record record;
    uint8_t value; /**< GOT: the mode, the known encoding */
    size_t size;   /**< BEGIN: of a sized envelope */
    wws_span
        text; /**< GOT: Via, ExtensibleEncoding, UpgradeRequest, Fault: until the next record; DATA: in the input */
} wws_nmf_event;

/** Where in a record; rows of the table in nmf_reader.c. */
typedef enum wws_nmf_part {
    WWS_NMF_PART_TYPE,
    WWS_NMF_PART_BYTES,      /**< one or two plain octets */
    WWS_NMF_PART_TEXT_SIZE,  /**< of a string */
    WWS_NMF_PART_TEXT,       /**< the string */
    WWS_NMF_PART_SIZE,       /**< of a sized envelope */
    WWS_NMF_PART_DATA,       /**< a sized envelope */
    WWS_NMF_PART_CHUNK_SIZE, /**< of an unsized envelope */
    WWS_NMF_PART_CHUNK,
    WWS_NMF_PART_RAW,
    WWS_NMF_PARTS
} wws_nmf_part;

/** Caller's memory, owns nothing. */
typedef struct wws_nmf_reader {
    bool server; /**< we are the server */
    wws_nmf_state state;
    wws_nmf_mode mode; /**< a client's own; a server's once it was read */
    wws_nmf_part part;
    wws_nmf_record record;
    wws_nmf_size size;
    size_t left;           /**< octets of the part that are still to come */
    size_t envelope_limit; /**< most bytes of an envelope */
    size_t envelope;       /**< bytes of the unsized one so far */
    wws_nmf_fault fault;   /**< what a server tells the client about the failure; none: it just closes */
    uint8_t text[WWS_NMF_VIA_BYTES];
    size_t text_len;
} wws_nmf_reader;

/** @param mode  a client's; a server reads it */
void wws_nmf_reader_init(wws_nmf_reader *reader, bool server, wws_nmf_mode mode, size_t envelope_limit);

/**
 * Takes what there is of the next event from the front of @p in.
 * @return invalid_format, quota_exceeded, not_supported: final, with `fault` for the client
 */
WWS_MUST_CHECK wws_result wws_nmf_reader_next(wws_nmf_reader *reader, wws_span *in, wws_nmf_event *out, wws_error *err);
/** A client waits for the server's answer to what it sent. @pre CLIENT_QUIET */
void wws_nmf_reader_expect(wws_nmf_reader *reader, wws_nmf_state state);
/** A server's upgrade is over: more of the preamble follows. @pre AT_UPGRADE */
void wws_nmf_reader_upgraded(wws_nmf_reader *reader);
/**
 * The peer's stream ended here.
 * @return endpoint_disconnected in the middle of a record or before the peer's End; WWS_OK else
 */
WWS_MUST_CHECK wws_result wws_nmf_reader_finish(const wws_nmf_reader *reader, wws_error *err);
/** In the middle of a record? */
bool wws_nmf_reader_is_inside(const wws_nmf_reader *reader);

#endif
