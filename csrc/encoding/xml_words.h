/** @file xml_words.h  libxml2's verdicts in our words, which never hold what the peer wrote. */
#ifndef WWS_ENCODING_XML_WORDS_H
#define WWS_ENCODING_XML_WORDS_H

/** @param code  an xmlParserErrors value. @return static text that completes "line 1, column 2: …" */
const char *wws_xml_words(int code);

#endif
