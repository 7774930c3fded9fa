/**
 * @file xml_kept.h
 * A parser of libxml2 that rests here from one document to the next: making one takes as long as reading a small
 * document. Whoever reads many documents, one after another, has one of these and names it in the limits.
 */
#ifndef WWS_ENCODING_XML_KEPT_H
#define WWS_ENCODING_XML_KEPT_H

/** Caller's memory; zeroed at first. */
typedef struct wws_xml_kept {
    void *parser; /**< NULL: none, or one document is being read with it */
} wws_xml_kept;

/** Idempotent. */
void wws_xml_kept_clear(wws_xml_kept *kept);

#endif
