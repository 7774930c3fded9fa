#include "channel/redact.h"

#include <stdio.h>

#include "crypto/hmac.h"
#include "encoding/xml_reader.h"

enum { MARK_BYTES = 8, MARK_TEXT = 64 };

/* Whole contents that never leave the process in a trace, whatever namespace they stand in. */
static const char *const SECRET[] = {"Password",    "BinarySecret", "SignatureValue", "BinarySecurityToken",
                                     "CipherValue", "Assertion",    "Cookie"};

/* Copies as it reads: `done` is how far the message has been copied. */
typedef struct redaction {
    wws_buf *out;
    wws_span message;
    wws_span key;
    size_t done;
    size_t depth;
    size_t header_depth; /* of the Security header, or of what an issuer gave; 0: not inside it */
    size_t secret_depth; /* 0: not inside a secret */
    size_t secret_from;
} redaction;

static bool is_secret(wws_span local)
{
    for (size_t i = 0; i < sizeof SECRET / sizeof SECRET[0]; i++) {
        if (wws_span_is(local, SECRET[i])) {
            return true;
        }
    }
    return false;
}

/* What a Security header or a response may show; any other token in it is somebody's secret as a whole. */
static bool is_token(wws_span local)
{
    static const char *const known[] = {"Timestamp", "UsernameToken", "SecurityContextToken", "Signature"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wws_span_is(local, known[i])) {
            return false;
        }
    }
    return true;
}

/* "[20 bytes, 8 hex bytes of an HMAC]": equal secrets can be told to be equal, and nothing else. */
static wws_result mark(const redaction *self, wws_span secret, wws_error *err)
{
    char text[MARK_TEXT];
    wws_digest digest;
    WWS_TRY(wws_hmac_of(WWS_SHA256, self->key, secret, &digest, err));
    int at = snprintf(text, sizeof text, "[%zu bytes, ", secret.len);
    for (size_t i = 0; i < MARK_BYTES; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, "%02x", digest.bytes[i]);
    }
    (void)snprintf(text + at, sizeof text - (size_t)at, "]");
    return wws_buf_text(self->out, text, err);
}

static wws_result on_start(void *state, const wws_xml_start *start, wws_error *err)
{
    redaction *self = state;
    (void)err;
    self->depth++;
    const bool holds = wws_span_is(start->local, "Security") || wws_span_is(start->local, "RequestedSecurityToken");
    if (self->header_depth == 0 && holds) {
        self->header_depth = self->depth;
    }
    const bool is_child = self->header_depth != 0 && self->depth == self->header_depth + 1;
    if (self->secret_depth == 0 && (is_secret(start->local) || (is_child && is_token(start->local)))) {
        self->secret_depth = self->depth;
        self->secret_from = start->content;
    }
    return WWS_OK;
}

static wws_result on_end(void *state, size_t content_to, size_t to, wws_error *err)
{
    redaction *self = state;
    (void)to;
    if (self->depth == self->header_depth) {
        self->header_depth = 0;
    }
    if (self->depth-- != self->secret_depth) {
        return WWS_OK;
    }
    self->secret_depth = 0;
    if (content_to <= self->secret_from) {
        return WWS_OK;
    }
    WWS_TRY(wws_buf_append(self->out, (wws_span){self->message.at + self->done, self->secret_from - self->done}, err));
    WWS_TRY(mark(self, (wws_span){self->message.at + self->secret_from, content_to - self->secret_from}, err));
    self->done = content_to;
    return WWS_OK;
}

wws_result wws_redact(wws_buf *out, wws_span message, wws_span key, wws_error *err)
{
    static const wws_xml_events events = {on_start, on_end, NULL, NULL};
    redaction self = {.out = out, .message = message, .key = key};
    wws_xml_limits limits = WWS_XML_LIMITS;
    size_t before = out->len;
    limits.document = message.len;
    if (wws_xml_read(message, &limits, &events, &self, NULL) != WWS_OK) {
        out->len = before;
        return mark(&self, message, err);
    }
    return wws_buf_append(out, (wws_span){message.at + self.done, message.len - self.done}, err);
}
