/**
 * @file xml_writer.h
 * XML text out, written so that its bytes are already canonical: no XML declaration, no empty-element tags where a
 * digest may look, double quotes, only the escapes that exclusive c14n demands.
 */
#ifndef WWS_ENCODING_XML_WRITER_H
#define WWS_ENCODING_XML_WRITER_H

#include "base/buf.h"
#include "encoding/xml_node.h"

/** Appends markup made by us, unchecked. */
WWS_MUST_CHECK wws_result wws_xml_put(wws_buf *out, const char *markup, wws_error *err);
/** Appends character data: `& < > CR` escaped. @return invalidarg when it is not UTF-8 that XML allows */
WWS_MUST_CHECK wws_result wws_xml_put_text(wws_buf *out, wws_span text, wws_error *err);
/** Appends the inside of an attribute value: `& < " TAB LF CR` escaped. */
WWS_MUST_CHECK wws_result wws_xml_put_value(wws_buf *out, wws_span text, wws_error *err);
/** Appends `<name>text</name>`; @p start is what stands between the brackets (attributes included), made by us. */
WWS_MUST_CHECK wws_result wws_xml_put_element(wws_buf *out, const char *start, wws_span text, wws_error *err);

/**
 * Appends @p node as a document of its own: its bytes from the source, with the declarations in scope that its start
 * tag lacks added to it, as far as a short element could use them. For a raw or built node alike.
 * @param document  the very bytes the tree was read from
 */
WWS_MUST_CHECK wws_result wws_xml_put_self_contained(wws_buf *out, const wws_xml_node *node, wws_span document,
                                                     wws_error *err);
/** The same for each top element of @p parent's content, text between them kept: what `message.body` gives. */
WWS_MUST_CHECK wws_result wws_xml_put_content(wws_buf *out, const wws_xml_node *parent, wws_span document,
                                              const wws_xml_limits *limits, wws_error *err);

#endif
