#include "security/header/timestamp.h"

#include "base/time.h"

static const wws_span WSU = {(const uint8_t *)WWS_NS_WSU, sizeof WWS_NS_WSU - 1};

static wws_result read_time(const wws_xml_node *node, wws_arena *arena, const char *what, wws_time *out, wws_error *err)
{
    wws_span text = {NULL, 0};
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    text = wws_span_trim(text);
    if (wws_time_read(text, out, NULL) != WWS_OK) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the Timestamp's %s is not a date and time", what);
        wws_error_expected(err, "xs:dateTime, such as 2026-11-21T08:00:00.000Z");
        wws_error_got(err, "%.*s", WWS_CUT(text, 60));
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    return WWS_OK;
}

static wws_result read_timestamp(const wws_xml_node *node, wws_arena *arena, wws_timestamp *out, wws_error *err)
{
    const wws_xml_node *created = wws_xml_first_element(node);
    if (created == NULL || !wws_xml_is(created, WSU, "Created")) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the Timestamp does not begin with Created");
    }
    WWS_TRY(read_time(created, arena, "Created", &out->created, err));
    const wws_xml_node *expires = wws_xml_next_element(created);
    if (expires == NULL) {
        return WWS_OK;
    }
    if (!wws_xml_is(expires, WSU, "Expires") || wws_xml_next_element(expires) != NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                        "the Timestamp holds more than Created and then one Expires");
    }
    return read_time(expires, arena, "Expires", &out->expires, err);
}

wws_result wws_timestamp_read(const wws_xml_node *node, wws_arena *arena, wws_timestamp *out, wws_error *err)
{
    const wws_xml_attr *id = wws_xml_attribute(node, WSU, "Id");
    wws_timestamp made = {.node = node, .expires = WWS_TIME_NEVER};
    if (id != NULL && id->value.len > 0) {
        made.id = id->value;
    }
    const wws_result result = read_timestamp(node, arena, &made, err);
    if (result != WWS_OK) {
        wws_error_at(err, "read the Timestamp");
        return result;
    }
    *out = made;
    return WWS_OK;
}

/* Never past what can be written or reckoned with. */
static wws_time later(wws_time when, int64_t by)
{
    return when > WWS_TIME_NEVER - by ? WWS_TIME_NEVER : when + by;
}

static wws_time earlier(wws_time when, int64_t by)
{
    return when < -WWS_TIME_NEVER + by ? -WWS_TIME_NEVER : when - by;
}

static wws_result out_of_time(const wws_timestamp *timestamp, wws_time now, const char *message, wws_error *err)
{
    char text[WWS_TIME_TEXT];
    const double ahead = (double)(timestamp->created - now) / 1000;
    wws_time_write(timestamp->created, text);
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "%s", message);
    wws_error_at(err, "check the Timestamp");
    wws_error_got(err, "created %s, which is %.3f s %s this machine's clock", text, ahead < 0 ? -ahead : ahead,
                  ahead < 0 ? "behind" : "ahead of");
    wws_error_hint(err, "compare the clocks of both machines; what is tolerated is set by max_allowed_clock_skew, "
                        "max_allowed_latency and the sender's timestamp_validity_duration");
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

wws_result wws_timestamp_check(const wws_timestamp *timestamp, const wws_message_plan *plan, wws_time now,
                               wws_error *err)
{
    char text[WWS_TIME_TEXT];
    if (timestamp->created >= timestamp->expires) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the Timestamp's Created is not earlier than its Expires");
        wws_error_at(err, "check the Timestamp");
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    if (timestamp->expires <= earlier(now, plan->skew)) {
        (void)out_of_time(timestamp, now, "the message has expired", err);
        wws_time_write(earlier(now, plan->skew), text);
        wws_error_expected(err, "Expires after %s", text);
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    if (timestamp->created >= later(now, plan->skew)) {
        (void)out_of_time(timestamp, now, "the message was created in the future", err);
        wws_time_write(later(now, plan->skew), text);
        wws_error_expected(err, "Created before %s", text);
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    if (timestamp->created <= earlier(earlier(now, plan->skew), plan->latency)) {
        (void)out_of_time(timestamp, now, "the message took too long to arrive", err);
        wws_time_write(earlier(earlier(now, plan->skew), plan->latency), text);
        wws_error_expected(err, "Created after %s", text);
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    return WWS_OK;
}

#define START "<u:Timestamp"
#define DECLARATION " xmlns:u=\"" WWS_NS_WSU "\""

static void put(wws_timestamp_octets *out, const char *text, size_t len)
{
    memcpy(out->bytes + out->len, text, len);
    out->len += len;
}

#define PUT(out, literal) put((out), (literal), sizeof(literal) - 1)

void wws_timestamp_make(wws_timestamp_octets *out, wws_time created, int64_t validity)
{
    char text[WWS_TIME_TEXT];
    out->len = 0;
    PUT(out, START DECLARATION " u:Id=\"_0\"><u:Created>");
    wws_time_write(created, text);
    put(out, text, strlen(text));
    PUT(out, "</u:Created><u:Expires>");
    wws_time_write(later(created, validity), text);
    put(out, text, strlen(text));
    PUT(out, "</u:Expires></u:Timestamp>");
}

wws_result wws_timestamp_write(wws_buf *out, const wws_timestamp_octets *octets, wws_error *err)
{
    const size_t skipped = sizeof START DECLARATION - 1;
    const wws_span rest = {(const uint8_t *)octets->bytes + skipped, octets->len - skipped};
    WWS_TRY(wws_buf_append(out, WWS_SPAN(START), err));
    return wws_buf_append(out, rest, err);
}
