/** @file message_properties.h  The properties of the messages that obtain a security context. */
#ifndef WWS_SECURITY_DESCRIPTION_MESSAGE_PROPERTIES_H
#define WWS_SECURITY_DESCRIPTION_MESSAGE_PROPERTIES_H

#include "security/description/description.h"
#include "soap/message_limits.h"

/**
 * Reads `message_properties` as WWSAPI has them (WS_MESSAGE_PROPERTIES).
 * @param binding, property  for errors
 * @return invalidarg: an unknown name, a wrong type, a value out of range; notimpl: one that nothing performs
 */
WWS_MUST_CHECK wws_result wws_message_properties_read(const wws_value *value, const char *binding, const char *property,
                                                      wws_message_limits *out, wws_error *err);
/** Those of a security_context binding, which were read before; no limits when it has none. */
wws_message_limits wws_message_properties_of(const wws_binding *context);

#endif
