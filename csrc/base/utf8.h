/** @file utf8.h  Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef WWS_BASE_UTF8_H
#define WWS_BASE_UTF8_H

#include "base/span.h"

enum { WWS_UTF8_MAX = 4 };

/** Writes one character; a surrogate too, which then is not UTF-8. @pre @p point <= 0x10ffff. @return its length */
size_t wws_utf8_write(uint32_t point, uint8_t out[WWS_UTF8_MAX]);
/** @return true when all of @p bytes is UTF-8 made of characters that XML 1.0 allows. */
bool wws_utf8_is_xml(wws_span bytes);

#endif
