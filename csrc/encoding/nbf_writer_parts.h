/** @file nbf_writer_parts.h  What the binary writer of whole texts and that of flowing ones share. */
#ifndef WWS_ENCODING_NBF_WRITER_PARTS_H
#define WWS_ENCODING_NBF_WRITER_PARTS_H

#include "encoding/nbf_writer.h"
#include "encoding/xml_scan.h"

enum { WWS_NBF_NO_TEXT = 0, WWS_NBF_WRITER_DEPTH = 256 };

typedef struct wws_nbf_writer {
    wws_span text;
    wws_nbf_strings *session;
    wws_buf *out;
    wws_buf scratch; /**< owned: texts that are not written as they mean */
    wws_error *err;
    size_t last_text; /**< where the record begins that an end tag may join, or WWS_NBF_NO_TEXT */
    size_t depth;
    bool is_address;                     /**< inside the start tag's element: Action or To */
    bool is_flow;                        /**< somebody else sees to it that end tags belong to their start tags */
    wws_span open[WWS_NBF_WRITER_DEPTH]; /**< names of the elements that are open; not in a flow */
} wws_nbf_writer;

/** Text between markup, as it was written. */
WWS_MUST_CHECK wws_result wws_nbf_writer_text(wws_nbf_writer *self, wws_span raw);
/** A piece of markup, of `text`. */
WWS_MUST_CHECK wws_result wws_nbf_writer_piece(wws_nbf_writer *self, const wws_xml_piece *piece);

#endif
