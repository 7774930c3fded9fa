/** @file uuid.h  Random (version 4) UUIDs as text, as MessageID and wsu:Id want them. */
#ifndef WWS_BASE_UUID_H
#define WWS_BASE_UUID_H

#include "base/env.h"

enum { WWS_UUID_TEXT = 37 };

/** Draws 16 bytes and writes `8-4-4-4-12` lower-case hex, NUL-terminated. */
WWS_MUST_CHECK wws_result wws_uuid_write(const wws_env *env, char out[WWS_UUID_TEXT], wws_error *err);

#endif
