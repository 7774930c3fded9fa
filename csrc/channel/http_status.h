/** @file http_status.h  What an HTTP status means when no SOAP message came with it (errors.md section 5). */
#ifndef WWS_CHANNEL_HTTP_STATUS_H
#define WWS_CHANNEL_HTTP_STATUS_H

#include "framing/http_head.h"

/** True for a status under which a SOAP message may come: 2xx, 4xx and 5xx. */
bool wws_http_status_may_carry(int status);
/** @return the code, with a sentence that names the status. @pre not a success */
WWS_MUST_CHECK wws_result wws_http_status_fail(const wws_http_head *head, wws_error *err);

#endif
