/**
 * @file settings.h
 * Every property of a channel and of a listener (WS_CHANNEL_PROPERTY_ID, WS_LISTENER_PROPERTY_ID) in one table: name,
 * type, default, range, sides, bindings, and whether this version performs it. Durations are seconds.
 */
#ifndef WWS_CHANNEL_SETTINGS_H
#define WWS_CHANNEL_SETTINGS_H

#include "encoding/charset.h"
#include "security/description/description.h"
#include "soap/version.h"

typedef enum wws_channel_property {
    WWS_MAX_BUFFERED_MESSAGE_SIZE = 1,
    WWS_MAX_STREAMED_MESSAGE_SIZE,
    WWS_MAX_STREAMED_START_SIZE,
    WWS_MAX_STREAMED_FLUSH_SIZE,
    WWS_ENCODING,
    WWS_ENVELOPE_VERSION,
    WWS_ADDRESSING_VERSION,
    WWS_MAX_SESSION_DICTIONARY_SIZE,
    WWS_IP_VERSION,
    WWS_RESOLVE_TIMEOUT,
    WWS_CONNECT_TIMEOUT,
    WWS_SEND_TIMEOUT,
    WWS_RECEIVE_RESPONSE_TIMEOUT,
    WWS_RECEIVE_TIMEOUT,
    WWS_CLOSE_TIMEOUT,
    WWS_ENABLE_TIMEOUTS,
    WWS_TRANSFER_MODE,
    WWS_NO_DELAY,
    WWS_SEND_KEEP_ALIVES,
    WWS_KEEP_ALIVE_TIME,
    WWS_KEEP_ALIVE_INTERVAL,
    WWS_MAX_HTTP_SERVER_CONNECTIONS,
    WWS_TRIM_BUFFERED_MESSAGE_SIZE,
    WWS_ENCODER,
    WWS_DECODER,
    WWS_COOKIE_MODE,
    WWS_HTTP_PROXY_SETTING_MODE,
    WWS_CUSTOM_HTTP_PROXY,
    WWS_HTTP_MESSAGE_MAPPING,
    WWS_ENABLE_HTTP_REDIRECT,
    WWS_HTTP_REDIRECT_CALLBACK,
    WWS_FAULTS_AS_ERRORS,
    WWS_ALLOW_UNSECURED_FAULTS,
    WWS_MAX_HTTP_REQUEST_HEADERS_BUFFER_SIZE,
    WWS_LISTEN_BACKLOG,
    WWS_TO_HEADER_MATCHING_OPTIONS,
    WWS_TRANSPORT_URL_MATCHING_OPTIONS,
    WWS_DISALLOWED_USER_AGENT,
    WWS_CHANNEL_PROPERTY_END
} wws_channel_property;

/** WS_ENCODING; the numbers are the SDK's. */
enum {
    WWS_ENCODING_BINARY = 0,
    WWS_ENCODING_BINARY_SESSION = 1,
    WWS_ENCODING_MTOM_UTF8 = 2,
    WWS_ENCODING_MTOM_UTF16BE = 3,
    WWS_ENCODING_MTOM_UTF16LE = 4,
    WWS_ENCODING_TEXT_UTF8 = 5,
    WWS_ENCODING_TEXT_UTF16BE = 6,
    WWS_ENCODING_TEXT_UTF16LE = 7,
    WWS_ENCODING_RAW = 8
};
/** WS_URL_MATCHING_OPTIONS. */
enum {
    WWS_URL_DNS_HOST = 0x1,
    WWS_URL_DNS_FULLY_QUALIFIED_HOST = 0x2,
    WWS_URL_NETBIOS_HOST = 0x4,
    WWS_URL_LOCAL_HOST = 0x8,
    WWS_URL_HOST_ADDRESSES = 0x10,
    WWS_URL_THIS_HOST = 0x1f,
    WWS_URL_PORT = 0x20,
    WWS_URL_EXACT_PATH = 0x40,
    WWS_URL_PREFIX_PATH = 0x80,
    WWS_URL_NO_QUERY = 0x100
};
/** WS_TRANSFER_MODE: what is received, what is sent. */
enum { WWS_STREAMED_INPUT = 1, WWS_STREAMED_OUTPUT = 2, WWS_STREAMED = 3 };
enum { WWS_COOKIES_MANUAL = 1, WWS_COOKIES_AUTO = 2 };
/** WS_HTTP_PROXY_SETTING_MODE. */
enum { WWS_PROXY_AUTO = 1, WWS_PROXY_NONE, WWS_PROXY_CUSTOM };

/** All properties of one channel or listener. Structured values borrow from the arena they were copied into. */
typedef struct wws_settings {
    wws_side side; /**< WWS_SERVER: a listener, with the properties of the channels it accepts */
    wws_setting of[WWS_CHANNEL_PROPERTY_END];
} wws_settings;

/** Every property at its default. */
void wws_settings_init(wws_settings *settings, wws_side side);

/**
 * Takes the properties out of an options table.
 * @param options  a table or NIL; outlives @p settings
 * @param others   names of options that are no properties, NULL-terminated: skipped
 * @return invalidarg: unknown name (with a hint), of the other side, wrong type, out of range, not one of the choices
 */
WWS_MUST_CHECK wws_result wws_settings_read(wws_settings *settings, const wws_value *options, const char *const *others,
                                            wws_error *err);
/** One property later on. @return invalidarg, also for what can only be said at creation */
WWS_MUST_CHECK wws_result wws_settings_set(wws_settings *settings, wws_span name, const wws_value *value,
                                           wws_error *err);
/** @param out  a number, boolean, string or list as a user would write it. @return invalidarg for an unknown name */
WWS_MUST_CHECK wws_result wws_settings_get(const wws_settings *settings, wws_span name, wws_value *out, wws_error *err);

/**
 * What was given must belong to the transport and to one another, and be in this version.
 * @return invalidarg, notimpl: naming the property and its value
 */
WWS_MUST_CHECK wws_result wws_settings_check(const wws_settings *settings, wws_channel_binding channel, wws_error *err);

/** @return the property's name, static */
const char *wws_settings_name(wws_channel_property property);
/** A time-out in seconds, INFINITY when enable_timeouts is false and it was not given itself. */
double wws_settings_seconds(const wws_settings *settings, wws_channel_property property);
/** A size or count. */
size_t wws_settings_size(const wws_settings *settings, wws_channel_property property);
wws_envelope_version wws_settings_envelope(const wws_settings *settings);
wws_addressing_version wws_settings_addressing(const wws_settings *settings);
/** What text is written in. @pre a text encoding */
wws_charset wws_settings_charset(const wws_settings *settings);
/** Are messages of that direction streamed? @param direction WWS_STREAMED_INPUT or WWS_STREAMED_OUTPUT */
bool wws_settings_streams(const wws_settings *settings, int direction);
/** True when @p agent contains one of the substrings of disallowed_user_agent. */
bool wws_settings_disallow_agent(const wws_settings *settings, wws_span agent);

#endif
