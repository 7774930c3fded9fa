#include "gss/ap_req.h"

enum {
    TAG_TOKEN = 0x60,
    TAG_AP_REQ = 0x6e, /* [APPLICATION 14] */
    TAG_SEQUENCE = 0x30,
    TAG_INTEGER = 0x02,
    TAG_BITS = 0x03,
    TAG_OCTETS = 0x04,
    TAG_FIELD = 0xa0,
    OPTIONS_OCTETS = 5,
    MUTUAL_REQUIRED = 0x20
};

static const uint8_t MECHANISM[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t TOKEN_ID[] = {0x01, 0x00};

static wws_result bad(const char *sentence, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "%s", sentence);
    wws_error_at(err, "read the Kerberos token");
    return WWS_E_INVALID_FORMAT;
}

static wws_span rest(wws_span of, size_t from)
{
    return (wws_span){of.at + from, of.len - from};
}

/* The length at of->at[1], in DER's one spelling. @return how many octets tell it; 0: none that counts */
static size_t read_length(wws_span of, size_t *out)
{
    if (of.len < 2) {
        return 0;
    }
    if (of.at[1] < 0x80) {
        *out = of.at[1];
        return 1;
    }
    const size_t octets = of.at[1] & 0x7fU;
    size_t len = 0;
    if (octets == 0 || octets > 4 || of.len < 2 + octets || of.at[2] == 0) {
        return 0;
    }
    for (size_t i = 0; i < octets; i++) {
        len = len << 8 | of.at[2 + i];
    }
    *out = len;
    return len < 0x80 ? 0 : 1 + octets;
}

/* Takes the element of that tag off the front. */
static bool take(wws_span *from, uint8_t tag, wws_span *out)
{
    size_t len = 0;
    if (from->len == 0 || from->at[0] != tag) {
        return false;
    }
    const size_t told = read_length(*from, &len);
    if (told == 0 || len > from->len - 1 - told) {
        return false;
    }
    *out = (wws_span){from->at + 1 + told, len};
    *from = rest(*from, 1 + told + len);
    return true;
}

/* Takes `[number] { one element of that tag }`. */
static bool take_field(wws_span *from, unsigned number, uint8_t tag, wws_span *out)
{
    wws_span after = *from;
    wws_span field;
    if (!take(&after, (uint8_t)(TAG_FIELD | number), &field) || !take(&field, tag, out) || field.len != 0) {
        return false;
    }
    *from = after;
    return true;
}

static bool take_number(wws_span *from, unsigned number, uint8_t expected)
{
    wws_span value;
    return take_field(from, number, TAG_INTEGER, &value) && value.len == 1 && value.at[0] == expected;
}

/* EncryptedData: etype, perhaps kvno, cipher. */
static bool read_sealed(wws_span of, wws_span *cipher)
{
    wws_span skipped;
    if (!take_field(&of, 0, TAG_INTEGER, &skipped)) {
        return false;
    }
    (void)take_field(&of, 1, TAG_INTEGER, &skipped); /* may be left out */
    return take_field(&of, 2, TAG_OCTETS, cipher) && of.len == 0 && cipher->len > 0;
}

/* What is inside [APPLICATION 14], in order. */
static wws_result read_fields(wws_span from, wws_ap_req *out, wws_error *err)
{
    enum { VERSION = 5, KIND = 14, TICKET = 0x61 };
    wws_span options;
    wws_span sealed;
    if (!take_number(&from, 0, VERSION) || !take_number(&from, 1, KIND)) {
        return bad("the AP-REQ is not of Kerberos version 5", err);
    }
    if (!take_field(&from, 2, TAG_BITS, &options) || options.len != OPTIONS_OCTETS || options.at[0] != 0) {
        return bad("the options of the AP-REQ are not 32 bits", err);
    }
    if (!take_field(&from, 3, TICKET, &out->ticket)) {
        return bad("the AP-REQ holds no ticket", err);
    }
    if (!take_field(&from, 4, TAG_SEQUENCE, &sealed) || !read_sealed(sealed, &out->authenticator) || from.len != 0) {
        return bad("the AP-REQ holds no authenticator, or something behind it", err);
    }
    out->wants_answer = (options.at[1] & MUTUAL_REQUIRED) != 0;
    return WWS_OK;
}

static wws_result read_request(wws_span from, wws_ap_req *out, wws_error *err)
{
    wws_span body;
    wws_span fields;
    if (!take(&from, TAG_AP_REQ, &body) || from.len != 0 || !take(&body, TAG_SEQUENCE, &fields) || body.len != 0) {
        return bad("the Kerberos token holds no AP-REQ, or more than one", err);
    }
    return read_fields(fields, out, err);
}

wws_result wws_ap_req_read(wws_span token, wws_ap_req *out, wws_error *err)
{
    wws_ap_req made = {.wants_answer = false};
    wws_span inner;
    if (token.len > WWS_AP_REQ_MAX) {
        return bad("the Kerberos token is larger than any ticket", err);
    }
    if (!take(&token, TAG_TOKEN, &inner) || token.len != 0) {
        return bad("the token is not in the wrapping of GSSAPI", err);
    }
    if (!wws_span_starts(inner, (wws_span){MECHANISM, sizeof MECHANISM})) {
        return bad("the token is of another mechanism than Kerberos", err);
    }
    inner = rest(inner, sizeof MECHANISM);
    if (!wws_span_starts(inner, (wws_span){TOKEN_ID, sizeof TOKEN_ID})) {
        return bad("the Kerberos token is none that begins a context", err);
    }
    WWS_TRY(read_request(rest(inner, sizeof TOKEN_ID), &made, err));
    *out = made;
    return WWS_OK;
}
