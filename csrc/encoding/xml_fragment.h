#ifndef WWS_ENCODING_XML_FRAGMENT_H
#define WWS_ENCODING_XML_FRAGMENT_H
/** @file What stands at the top of XML that somebody gave, to be written as it is inside something else. */
#include "encoding/xml_reader.h"

typedef struct wws_xml_fragment {
    size_t elements; /**< at the top */
    size_t at;       /**< where the last of these begins */
    bool text;       /**< at the top, not blank */
    size_t depth;    /**< while it is read */
} wws_xml_fragment;

/** Reads it. @param out  elements, text. @return as wws_xml_read_content */
WWS_MUST_CHECK wws_result wws_xml_fragment_read(wws_span xml, const wws_xml_limits *limits, wws_xml_fragment *out,
                                                wws_error *err);

#endif
