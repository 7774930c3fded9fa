/** @file nbf_reader_parts.h  What the halves of the binary reader share: records of markup, and records of text. */
#ifndef WWS_ENCODING_NBF_READER_PARTS_H
#define WWS_ENCODING_NBF_READER_PARTS_H

#include "encoding/nbf_reader.h"

typedef struct wws_nbf_open {
    size_t name_at, name_len; /**< the element's name in the output, or in `names` */
    uint32_t letters;         /**< prefixes of one letter that are declared here or further out */
} wws_nbf_open;

typedef struct wws_nbf_reader {
    wws_span in;           /**< what is left */
    const uint8_t *start;  /**< of the document */
    const uint8_t *record; /**< the one being read */
    const wws_nbf_strings *session;
    const wws_xml_limits *limits;
    wws_buf *out;
    size_t out_limit;
    wws_error *err;
    bool is_tag_open; /**< a start tag lacks its `>` */
    size_t depth;
    uint32_t letters; /**< prefixes of one letter that texts of this element's tag have used */
    wws_buf *names;   /**< keeps the names of open elements where the output does not stay; NULL: it does */
    size_t passed;    /**< octets that came before `start` */
    bool is_cut;      /**< what failed was a record that goes on behind the octets at hand */
    wws_nbf_open open[WWS_NBF_DEPTH_MAX + 1];
} wws_nbf_reader;

/** Makes ready for a document. @param limits  outlives it */
void wws_nbf_reader_begin(wws_nbf_reader *self, const wws_xml_limits *limits, const wws_nbf_strings *session);
/** Reads one record. @pre there is at least an octet */
WWS_MUST_CHECK wws_result wws_nbf_record_read(wws_nbf_reader *self);
/** Nothing follows. */
WWS_MUST_CHECK wws_result wws_nbf_reader_end(wws_nbf_reader *self);

/** @return invalid_format at the record being read; @p what completes "byte 7: …" */
WWS_MUST_CHECK wws_result wws_nbf_malformed(const wws_nbf_reader *self, const char *what);
/** Appends to the output, within its limit. */
WWS_MUST_CHECK wws_result wws_nbf_put(wws_nbf_reader *self, wws_span text);
/** Takes one octet, a number of @p size octets, a MultiByteInt31, a run of octets, a dictionary string. */
WWS_MUST_CHECK wws_result wws_nbf_take_number(wws_nbf_reader *self, size_t size, uint64_t *out);
WWS_MUST_CHECK wws_result wws_nbf_take_bytes(wws_nbf_reader *self, size_t len, wws_span *out);
WWS_MUST_CHECK wws_result wws_nbf_take_string(wws_nbf_reader *self, wws_span *out);
WWS_MUST_CHECK wws_result wws_nbf_take_word(wws_nbf_reader *self, wws_nbf_word *out);

/** Where a text goes: the characters of an element, or the value of an attribute. */
typedef enum wws_nbf_place { WWS_NBF_CONTENT, WWS_NBF_VALUE } wws_nbf_place;

/** Puts the text of one record of the even @p type, which was taken already; a list whole. */
WWS_MUST_CHECK wws_result wws_nbf_text(wws_nbf_reader *self, uint8_t type, wws_nbf_place place);

#endif
