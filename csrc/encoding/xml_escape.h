/** @file xml_escape.h  Exactly the escapes of canonical XML, for text known to be UTF-8 that XML allows. */
#ifndef WWS_ENCODING_XML_ESCAPE_H
#define WWS_ENCODING_XML_ESCAPE_H

#include "base/buf.h"

/** Character data: `& < > CR`. @p out keeps its content on failure. */
WWS_MUST_CHECK wws_result wws_xml_escape_text(wws_buf *out, wws_span text, wws_error *err);
/** The inside of an attribute value: `& < " TAB LF CR`. @p out keeps its content on failure. */
WWS_MUST_CHECK wws_result wws_xml_escape_value(wws_buf *out, wws_span text, wws_error *err);

#endif
