#include "channel/settings_table.h"

#include <math.h>

#define ULONG_TOP 4294967295.0
#define UINT64_TOP 9007199254740992.0 /* what a Lua number counts exactly */

#define HTTP WWS_CHANNEL_HTTP
#define SESSION (WWS_CHANNEL_TCP | WWS_CHANNEL_NAMEDPIPE)
#define ALL (HTTP | SESSION)
#define CLIENT WWS_PROPERTY_CLIENT
#define LISTENER WWS_PROPERTY_LISTENER
#define BOTH WWS_PROPERTY_BOTH
#define LATER WWS_PROPERTY_LATER
#define SETTABLE WWS_PROPERTY_SETTABLE

#define SIZE(name, sides, channels, marks, standard, low, high)                                                        \
    {                                                                                                                  \
        name, WWS_PROPERTY_SIZE, sides, channels, marks, standard, standard, low, high, NULL, NULL                     \
    }
#define SECONDS(name, sides, channels, marks, client, listener)                                                        \
    {                                                                                                                  \
        name, WWS_PROPERTY_SECONDS, sides, channels, marks, client, listener, 0, INFINITY, NULL, NULL                  \
    }
#define BOOLEAN(name, sides, channels, marks, standard)                                                                \
    {                                                                                                                  \
        name, WWS_PROPERTY_BOOLEAN, sides, channels, marks, standard, standard, 0, 1, NULL, NULL                       \
    }
#define CHOICE(name, sides, channels, marks, standard, choices)                                                        \
    {                                                                                                                  \
        name, WWS_PROPERTY_CHOICE, sides, channels, marks, standard, standard, 0, 0, choices, NULL                     \
    }
#define FLAGS(name, sides, channels, marks, standard, choices)                                                         \
    {                                                                                                                  \
        name, WWS_PROPERTY_FLAGS, sides, channels, marks, standard, standard, 0, 0, choices, &matching_list            \
    }
#define ANY(name, sides, channels, marks)                                                                              \
    {                                                                                                                  \
        name, WWS_PROPERTY_ANY, sides, channels, marks, 0, 0, 0, 0, NULL, NULL                                         \
    }

static const wws_property_choice encodings[] = {{"text_utf8", WWS_ENCODING_TEXT_UTF8, false},
                                                {"text_utf16be", WWS_ENCODING_TEXT_UTF16BE, false},
                                                {"text_utf16le", WWS_ENCODING_TEXT_UTF16LE, false},
                                                {"binary", WWS_ENCODING_BINARY, false},
                                                {"binary_session", WWS_ENCODING_BINARY_SESSION, false},
                                                {"mtom_utf8", WWS_ENCODING_MTOM_UTF8, false},
                                                {"mtom_utf16be", WWS_ENCODING_MTOM_UTF16BE, false},
                                                {"mtom_utf16le", WWS_ENCODING_MTOM_UTF16LE, false},
                                                {"raw", WWS_ENCODING_RAW, true},
                                                {NULL, 0, false}};
static const wws_property_choice envelopes[] = {
    {"soap_1_1", WWS_SOAP_1_1, false}, {"soap_1_2", WWS_SOAP_1_2, false}, {"none", 3, true}, {NULL, 0, false}};
static const wws_property_choice addressings[] = {{"0.9", WWS_ADDRESSING_0_9, false},
                                                  {"1.0", WWS_ADDRESSING_1_0, false},
                                                  {"transport", WWS_ADDRESSING_TRANSPORT, false},
                                                  {NULL, 0, false}};
static const wws_property_choice ip_versions[] = {
    {"4", 1, false}, {"6", 2, false}, {"auto", 3, false}, {NULL, 0, false}};
static const wws_property_choice transfers[] = {{"buffered", 0, false},
                                                {"streamed_input", WWS_STREAMED_INPUT, false},
                                                {"streamed_output", WWS_STREAMED_OUTPUT, false},
                                                {"streamed", WWS_STREAMED, false},
                                                {NULL, 0, false}};
static const wws_property_choice cookies[] = {
    {"manual", WWS_COOKIES_MANUAL, false}, {"auto", WWS_COOKIES_AUTO, false}, {NULL, 0, false}};
/* There is no user's browser here whose settings `auto` could read, so it is the same as none. */
static const wws_property_choice proxies[] = {{"auto", WWS_PROXY_AUTO, false},
                                              {"none", WWS_PROXY_NONE, false},
                                              {"custom", WWS_PROXY_CUSTOM, false},
                                              {NULL, 0, false}};
static const wws_property_choice matching[] = {{"dns_host", WWS_URL_DNS_HOST, false},
                                               {"dns_fully_qualified_host", WWS_URL_DNS_FULLY_QUALIFIED_HOST, false},
                                               {"netbios_host", WWS_URL_NETBIOS_HOST, false},
                                               {"local_host", WWS_URL_LOCAL_HOST, false},
                                               {"host_addresses", WWS_URL_HOST_ADDRESSES, false},
                                               {"this_host", WWS_URL_THIS_HOST, false},
                                               {"port", WWS_URL_PORT, false},
                                               {"exact_path", WWS_URL_EXACT_PATH, false},
                                               {"prefix_path", WWS_URL_PREFIX_PATH, false},
                                               {"no_query", WWS_URL_NO_QUERY, false},
                                               {NULL, 0, false}};
#define MATCHING (WWS_URL_THIS_HOST | WWS_URL_PORT | WWS_URL_EXACT_PATH | WWS_URL_NO_QUERY)

static const wws_value this_host_and_path[] = {{.kind = WWS_VALUE_STRING, .text = {(const uint8_t *)"this_host", 9}},
                                               {.kind = WWS_VALUE_STRING, .text = {(const uint8_t *)"port", 4}},
                                               {.kind = WWS_VALUE_STRING, .text = {(const uint8_t *)"exact_path", 10}},
                                               {.kind = WWS_VALUE_STRING, .text = {(const uint8_t *)"no_query", 8}}};
static const wws_value matching_list = {.kind = WWS_VALUE_TABLE, .items = this_host_and_path, .item_count = 4};
static const wws_value mozilla = {.kind = WWS_VALUE_STRING, .text = {(const uint8_t *)"Mozilla", 7}};
static const wws_value user_agents = {.kind = WWS_VALUE_TABLE, .items = &mozilla, .item_count = 1};

const wws_property_row WWS_PROPERTY_ROWS[WWS_CHANNEL_PROPERTY_END] = {
    [WWS_MAX_BUFFERED_MESSAGE_SIZE] = SIZE("max_buffered_message_size", BOTH, ALL, 0, 65536, 1, ULONG_TOP),
    [WWS_MAX_STREAMED_MESSAGE_SIZE] = SIZE("max_streamed_message_size", BOTH, ALL, 0, 4194304, 1, UINT64_TOP),
    [WWS_MAX_STREAMED_START_SIZE] = SIZE("max_streamed_start_size", BOTH, ALL, 0, 16384, 1, ULONG_TOP),
    [WWS_MAX_STREAMED_FLUSH_SIZE] = SIZE("max_streamed_flush_size", BOTH, ALL, 0, 65536, 1, ULONG_TOP),
    [WWS_ENCODING] = CHOICE("encoding", BOTH, ALL, 0, WWS_ENCODING_TEXT_UTF8, encodings),
    [WWS_ENVELOPE_VERSION] = CHOICE("envelope_version", BOTH, ALL, 0, WWS_SOAP_1_2, envelopes),
    [WWS_ADDRESSING_VERSION] = CHOICE("addressing_version", BOTH, ALL, 0, WWS_ADDRESSING_1_0, addressings),
    [WWS_MAX_SESSION_DICTIONARY_SIZE] = SIZE("max_session_dictionary_size", BOTH, SESSION, 0, 2048, 0, ULONG_TOP),
    [WWS_IP_VERSION] = CHOICE("ip_version", BOTH, WWS_CHANNEL_TCP, 0, 3, ip_versions),
    [WWS_RESOLVE_TIMEOUT] = SECONDS("resolve_timeout", CLIENT, HTTP, SETTABLE, INFINITY, INFINITY),
    [WWS_CONNECT_TIMEOUT] = SECONDS("connect_timeout", BOTH, ALL, SETTABLE, 30, 15),
    [WWS_SEND_TIMEOUT] = SECONDS("send_timeout", BOTH, ALL, SETTABLE, 30, 30),
    [WWS_RECEIVE_RESPONSE_TIMEOUT] = SECONDS("receive_response_timeout", CLIENT, HTTP, SETTABLE, 30, 30),
    [WWS_RECEIVE_TIMEOUT] = SECONDS("receive_timeout", BOTH, ALL, SETTABLE, 30, 30),
    [WWS_CLOSE_TIMEOUT] = SECONDS("close_timeout", BOTH, ALL, SETTABLE, 30, 5),
    [WWS_ENABLE_TIMEOUTS] = BOOLEAN("enable_timeouts", BOTH, ALL, 0, true),
    [WWS_TRANSFER_MODE] = CHOICE("transfer_mode", BOTH, ALL, 0, 0, transfers),
    [WWS_NO_DELAY] = BOOLEAN("no_delay", BOTH, WWS_CHANNEL_TCP, SETTABLE, false),
    [WWS_SEND_KEEP_ALIVES] = BOOLEAN("send_keep_alives", BOTH, WWS_CHANNEL_TCP, 0, false),
    [WWS_KEEP_ALIVE_TIME] = SECONDS("keep_alive_time", BOTH, WWS_CHANNEL_TCP, 0, 7200, 7200),
    [WWS_KEEP_ALIVE_INTERVAL] = SECONDS("keep_alive_interval", BOTH, WWS_CHANNEL_TCP, 0, 1, 1),
    [WWS_MAX_HTTP_SERVER_CONNECTIONS] = SIZE("max_http_server_connections", CLIENT, HTTP, 0, ULONG_TOP, 1, ULONG_TOP),
    [WWS_TRIM_BUFFERED_MESSAGE_SIZE] = SIZE("trim_buffered_message_size", BOTH, ALL, 0, 65536, 0, ULONG_TOP),
    [WWS_ENCODER] = ANY("encoder", BOTH, ALL, LATER),
    [WWS_DECODER] = ANY("decoder", BOTH, ALL, LATER),
    [WWS_COOKIE_MODE] = CHOICE("cookie_mode", CLIENT, HTTP, 0, WWS_COOKIES_AUTO, cookies),
    [WWS_HTTP_PROXY_SETTING_MODE] = CHOICE("http_proxy_setting_mode", CLIENT, HTTP, 0, WWS_PROXY_AUTO, proxies),
    [WWS_CUSTOM_HTTP_PROXY] = ANY("custom_http_proxy", CLIENT, HTTP, 0),
    [WWS_HTTP_MESSAGE_MAPPING] = ANY("http_message_mapping", BOTH, HTTP, LATER),
    [WWS_ENABLE_HTTP_REDIRECT] = BOOLEAN("enable_http_redirect", CLIENT, HTTP, 0, false),
    [WWS_HTTP_REDIRECT_CALLBACK] = {"http_redirect_callback", WWS_PROPERTY_FUNCTION, CLIENT, HTTP, 0, 0, 0, 0, 0, NULL,
                                    NULL},
    [WWS_FAULTS_AS_ERRORS] = BOOLEAN("faults_as_errors", CLIENT, ALL, SETTABLE, true),
    [WWS_ALLOW_UNSECURED_FAULTS] = BOOLEAN("allow_unsecured_faults", CLIENT, ALL, SETTABLE, false),
    [WWS_MAX_HTTP_REQUEST_HEADERS_BUFFER_SIZE] =
        SIZE("max_http_request_headers_buffer_size", LISTENER, HTTP, 0, 65536, 1, ULONG_TOP),
    [WWS_LISTEN_BACKLOG] = SIZE("listen_backlog", LISTENER, ALL, 0, 1024, 1, 65535),
    [WWS_TO_HEADER_MATCHING_OPTIONS] = FLAGS("to_header_matching_options", LISTENER, ALL, 0, MATCHING, matching),
    [WWS_TRANSPORT_URL_MATCHING_OPTIONS] =
        FLAGS("transport_url_matching_options", LISTENER, ALL, 0, MATCHING, matching),
    [WWS_DISALLOWED_USER_AGENT] = {"disallowed_user_agent", WWS_PROPERTY_TEXTS, LISTENER, HTTP, 0, 0, 0, 0, 0, NULL,
                                   &user_agents},
};
