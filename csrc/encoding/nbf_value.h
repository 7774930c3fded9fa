/** @file nbf_value.h  Typed values of binary XML, as the text that .NET makes of them. */
#ifndef WWS_ENCODING_NBF_VALUE_H
#define WWS_ENCODING_NBF_VALUE_H

#include "base/result.h"
#include "base/span.h"

enum { WWS_NBF_VALUE_TEXT = 64 };

/** Little-endian, as all of binary XML is. @param size  1 to 8 */
uint64_t wws_nbf_number(const uint8_t *at, size_t size);

/** @param type  an even text record. @return false for one whose size is not fixed */
bool wws_nbf_value_size(uint8_t type, size_t *size);
/**
 * @param type   an even text record of a fixed size
 * @param bytes  as many as its size says
 * @param out    ASCII without markup; not terminated
 * @return invalid_format for bytes that mean nothing
 */
WWS_MUST_CHECK wws_result wws_nbf_value_write(uint8_t type, const uint8_t *bytes, char out[WWS_NBF_VALUE_TEXT],
                                              size_t *len, wws_error *err);

/** xs:duration of @p ticks of 100 ns. @return its length */
size_t wws_nbf_duration_write(int64_t ticks, char out[WWS_NBF_VALUE_TEXT]);
/** xs:dateTime of a DateTime record's 64 bits. @return invalid_format past the year 9999 */
WWS_MUST_CHECK wws_result wws_nbf_datetime_write(uint64_t bits, char out[WWS_NBF_VALUE_TEXT], size_t *len,
                                                 wws_error *err);
/** The shortest text that reads back as the same number. @param is_single  of 4 bytes. @return its length */
size_t wws_nbf_real_write(double value, bool is_single, char out[WWS_NBF_VALUE_TEXT]);

#endif
