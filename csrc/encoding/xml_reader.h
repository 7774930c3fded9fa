/**
 * @file xml_reader.h
 * XML text (UTF-8) to events and to a tree. libxml2's SAX2 underneath; DTD and processing instructions refused,
 * every quota applied before its memory is taken, nothing ever fetched.
 */
#ifndef WWS_ENCODING_XML_READER_H
#define WWS_ENCODING_XML_READER_H

#include "base/env.h"
#include "encoding/xml_node.h"

/** Borrowed for the call. */
typedef struct wws_xml_start {
    wws_span prefix, ns, local;
    const wws_xml_decl *decls;
    const wws_xml_attr *attrs;
    size_t attr_count;
    size_t depth;   /**< 1 for the root */
    size_t at;      /**< offset of its `<` */
    size_t content; /**< offset just behind its start tag */
} wws_xml_start;

/** What every encoding's reader tells; any may fail and so stop the reading. */
typedef struct wws_xml_events {
    wws_result (*start)(void *state, const wws_xml_start *start, wws_error *err);
    /** @param content_to offset where the end tag begins; @param to offset just behind it */
    wws_result (*end)(void *state, size_t content_to, size_t to, wws_error *err);
    wws_result (*text)(void *state, wws_span text, wws_error *err);
    wws_result (*comment)(void *state, wws_error *err);
} wws_xml_events;

/**
 * Reads one whole document. A BOM and an XML declaration that agrees with UTF-8 are accepted.
 * @return invalid_format with the line and what libxml2 saw (never peer text), quota_exceeded naming the quota
 */
WWS_MUST_CHECK wws_result wws_xml_read(wws_span document, const wws_xml_limits *limits, const wws_xml_events *events,
                                       void *state, wws_error *err);

/**
 * The same for what may stand inside an element: any number of elements and texts, also none. Top elements have
 * depth 1.
 * @return as above; invalid_format also when the elements that @p content opens and closes are not the same
 */
WWS_MUST_CHECK wws_result wws_xml_read_content(wws_span content, const wws_xml_limits *limits,
                                               const wws_xml_events *events, void *state, wws_error *err);

/** Which element is kept raw: the one of this name at this depth. */
typedef struct wws_xml_raw {
    size_t depth; /**< 0: nothing is raw */
    const char *local;
} wws_xml_raw;

/** Reads @p document into nodes of @p arena. @p document must outlive only the call; spans are copied. */
WWS_MUST_CHECK wws_result wws_xml_tree_read(wws_span document, const wws_xml_limits *limits, const wws_xml_raw *raw,
                                            wws_arena *arena, wws_xml_node **root, wws_error *err);
/** Reads content into nodes. @param top  a nameless element that holds them, as long as @p content */
WWS_MUST_CHECK wws_result wws_xml_tree_read_content(wws_span content, const wws_xml_limits *limits, wws_arena *arena,
                                                    wws_xml_node **top, wws_error *err);

#endif
