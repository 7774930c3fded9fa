/** @file xml_sax.h  libxml2's push parser under our limits: what the readers of whole and of flowing XML share. */
#ifndef WWS_ENCODING_XML_SAX_H
#define WWS_ENCODING_XML_SAX_H

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "encoding/xml_reader.h"

/** Caller's memory, large: never zeroed as a whole, so the fields above `limits` are the caller's to set. */
typedef struct wws_xml_sax {
    wws_span window;  /**< the bytes at hand: all that libxml2 has not consumed is in it */
    size_t window_at; /**< offset of its first byte, behind the prologue */
    size_t skipped;   /**< bytes of the prologue, which libxml2 does not see */
    bool is_content;  /**< what may stand inside an element, instead of a document */
    bool is_flow;     /**< nobody has the whole: errors name the byte, not the line */
    const wws_xml_limits *limits;
    const wws_xml_events *events;
    void *state;
    wws_error *err;
    wws_result result; /**< the first failure */
    xmlParserCtxtPtr parser;
    size_t depth;
    bool has_root;
    bool is_last;
    wws_xml_attr attrs[WWS_XML_ATTRIBUTES_MAX];
    wws_xml_decl decls[WWS_XML_NAMESPACES_MAX];
} wws_xml_sax;

/** @return outofmemory. To be closed in any case. */
WWS_MUST_CHECK wws_result wws_xml_sax_open(wws_xml_sax *self, const wws_xml_limits *limits,
                                           const wws_xml_events *events, void *state, wws_error *err);
/** Bytes that are in the window already; the verdict is in `result`. @param is_last  nothing follows */
void wws_xml_sax_feed(wws_xml_sax *self, wws_span bytes, bool is_last);
/** How many bytes behind the prologue were read and found good. */
size_t wws_xml_sax_offset(const wws_xml_sax *self);
/** Idempotent. */
void wws_xml_sax_close(wws_xml_sax *self);

#endif
