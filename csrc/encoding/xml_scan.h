/**
 * @file xml_scan.h
 * A quick look at markup, tag by tag, without memory: it bounds a document before libxml2 sees it, and finds element
 * borders in text that is known to be well-formed. It proves nothing by itself.
 */
#ifndef WWS_ENCODING_XML_SCAN_H
#define WWS_ENCODING_XML_SCAN_H

#include "base/result.h"
#include "base/span.h"
#include "encoding/limits.h"

typedef enum wws_xml_piece_kind {
    WWS_XML_PIECE_NONE,   /**< no markup is left */
    WWS_XML_PIECE_BROKEN, /**< markup that no well-formed document has; the parser will say why */
    WWS_XML_PIECE_START,
    WWS_XML_PIECE_EMPTY, /**< an empty-element tag */
    WWS_XML_PIECE_END,
    WWS_XML_PIECE_COMMENT,
    WWS_XML_PIECE_CDATA,
    WWS_XML_PIECE_INSTRUCTION, /**< `<?` */
    WWS_XML_PIECE_DOCTYPE
} wws_xml_piece_kind;

/** One piece of markup, at [from, to). */
typedef struct wws_xml_piece {
    wws_xml_piece_kind kind;
    size_t from, to;
    size_t attributes; /**< START, EMPTY: attributes and declarations together */
} wws_xml_piece;

/** Finds the next markup at or behind @p at. Stops inside a start tag that grows past @p longest (BROKEN). */
wws_xml_piece wws_xml_scan(wws_span document, size_t at, size_t longest);

/**
 * Checks what must be known before a parser may start: size, start tags, attributes, no DTD, no instruction, no NUL.
 * Everything else that is wrong is left to the parser.
 * @param from  where the prologue ends
 * @return quota_exceeded, invalid_format
 */
WWS_MUST_CHECK wws_result wws_xml_scan_check(wws_span document, size_t from, const wws_xml_limits *limits,
                                             wws_error *err);

/** Counts lines from 1, columns in bytes from 1. */
void wws_xml_position(wws_span document, size_t at, size_t *line, size_t *column);

#endif
