/** @file content_type.h  What HTTP says of a message's form: media type and character set, read and written. */
#ifndef WWS_CHANNEL_CONTENT_TYPE_H
#define WWS_CHANNEL_CONTENT_TYPE_H

#include "encoding/charset.h"
#include "soap/version.h"

/** What may be wrong with a Content-Type. */
typedef enum wws_content_type_fit {
    WWS_CONTENT_FITS,
    WWS_CONTENT_OTHER_MEDIA,
    WWS_CONTENT_OTHER_CHARSET
} wws_content_type_fit;

/** @return the value to send; static */
const char *wws_content_type_of(wws_envelope_version version, wws_charset charset);
/**
 * Is @p value the type of a text message of that version, in a character set that is read?
 * @param charset  what it names; WWS_CHARSET_AUTO when it names none
 */
wws_content_type_fit wws_content_type_read(wws_span value, wws_envelope_version version, wws_charset *charset);
/** The charset that a Content-Type which was found to fit names. */
wws_charset wws_content_type_charset(wws_span value);

/** Can such text be judged while it comes? That in UTF-16 is held whole. */
bool wws_content_type_flows(wws_span value);

#endif
