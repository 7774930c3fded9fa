/**
 * @file xml_tag.h
 * Start and end tags for elements that are known by namespace and local name alone: the prefixes are made up here, the
 * same ones for the same elements, and the bytes are their own exclusive canonical form. Names are checked, and the
 * quotas of a reader hold, so that what is written can be read.
 */
#ifndef WWS_ENCODING_XML_TAG_H
#define WWS_ENCODING_XML_TAG_H

#include "base/arena.h"
#include "base/buf.h"
#include "encoding/limits.h"

#define WWS_XML_NS "http://www.w3.org/XML/1998/namespace"
#define WWS_XML_NS_XMLNS "http://www.w3.org/2000/xmlns/"
#define WWS_XML_NS_XSI "http://www.w3.org/2001/XMLSchema-instance"

/** A prefix in scope. */
typedef struct wws_xml_prefix {
    const struct wws_xml_prefix *outer;
    size_t number; /**< how many there are from here outwards */
    wws_span uri;
    char text[24];
} wws_xml_prefix;

/** What is in force inside one open element; all zeroes outside of any. */
typedef struct wws_xml_level {
    wws_span ns; /**< the default namespace */
    const wws_xml_prefix *prefixes;
    size_t name_at, name_len; /**< its name in the output */
} wws_xml_level;

typedef struct wws_xml_tag_attr {
    wws_span ns;
    wws_span local;
    wws_span value;
    const char *prefix; /**< found here */
} wws_xml_tag_attr;

typedef struct wws_xml_tag {
    wws_span ns;
    wws_span local;
    wws_xml_tag_attr *attrs; /**< come back sorted */
    size_t attr_count;
} wws_xml_tag;

/** Where tags go. */
typedef struct wws_xml_tags {
    wws_buf *out;                 /**< borrowed */
    wws_arena *arena;             /**< borrowed; what levels point to */
    const wws_xml_limits *limits; /**< borrowed; depth and document are the caller's to watch */
} wws_xml_tags;

/**
 * Appends a start tag.
 * @param outer  the level it stands in; @param inner  becomes the level inside it
 * @return invalidarg for what is not a name, not XML or there twice; quota_exceeded
 */
WWS_MUST_CHECK wws_result wws_xml_tag_open(const wws_xml_tags *self, const wws_xml_level *outer, wws_xml_tag *tag,
                                           wws_xml_level *inner, wws_error *err);
/** Appends the end tag of @p level. */
WWS_MUST_CHECK wws_result wws_xml_tag_close(const wws_xml_tags *self, const wws_xml_level *level, wws_error *err);

#endif
