#include "soap/body_flow.h"

#include "encoding/xml_escape.h"

enum { ENVELOPE_DEPTH = 1, PART_DEPTH = 2, TOP_DEPTH = 3, OUT_MAX_BYTES = 1 << 22 };

static wws_result quota(wws_error *err)
{
    (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the body is larger than the message size allowed");
    wws_error_about(err, NULL, "max_streamed_message_size");
    return WWS_E_QUOTA_EXCEEDED;
}

static wws_result put(wws_body_flow *self, wws_span bytes, wws_error *err)
{
    if (bytes.len > self->left) {
        return quota(err);
    }
    self->left -= bytes.len;
    return wws_buf_append(&self->out, bytes, err);
}

/* All up to @p to is good. */
static wws_result hand_on(wws_body_flow *self, size_t to, wws_error *err)
{
    if (!self->entered || to <= self->done) {
        return WWS_OK;
    }
    const wws_span bytes = {wws_xml_flow_bytes(self->flow, self->done).at, to - self->done};
    WWS_TRY(put(self, bytes, err));
    self->done = to;
    return WWS_OK;
}

static bool declares(const wws_xml_decl *decls, wws_span prefix)
{
    for (; decls != NULL; decls = decls->next) {
        if (wws_span_equal(decls->prefix, prefix)) {
            return true;
        }
    }
    return false;
}

static wws_result put_decl(wws_body_flow *self, const wws_xml_decl *decl, wws_error *err)
{
    const size_t before = self->out.len;
    WWS_TRY(wws_buf_text(&self->out, decl->prefix.len > 0 ? " xmlns:" : " xmlns", err));
    WWS_TRY(wws_buf_append(&self->out, decl->prefix, err));
    WWS_TRY(wws_buf_text(&self->out, "=\"", err));
    WWS_TRY(wws_xml_escape_value(&self->out, decl->uri, err));
    WWS_TRY(wws_buf_text(&self->out, "\"", err));
    const size_t count = self->out.len - before;
    if (count > self->left) {
        return quota(err);
    }
    self->left -= count;
    return WWS_OK;
}

/* The nearest declaration of each prefix that the element does not declare itself. */
static wws_result put_scope(wws_body_flow *self, const wws_xml_start *start, wws_error *err)
{
    for (const wws_xml_node *node = self->body; node != NULL; node = node->parent) {
        for (const wws_xml_decl *decl = node->decls; decl != NULL; decl = decl->next) {
            const bool is_hidden = node != self->body && declares(self->body->decls, decl->prefix);
            const bool is_nothing = decl->prefix.len == 0 && decl->uri.len == 0;
            if (!is_hidden && !is_nothing && !declares(start->decls, decl->prefix)) {
                WWS_TRY(put_decl(self, decl, err));
            }
        }
    }
    return WWS_OK;
}

static wws_result take_top(wws_body_flow *self, const wws_xml_start *start, wws_error *err)
{
    const size_t prefix = start->prefix.len > 0 ? start->prefix.len + 1 : 0;
    WWS_TRY(hand_on(self, start->at + 1 + prefix + start->local.len, err));
    return put_scope(self, start, err);
}

static wws_result on_start(void *state, const wws_xml_start *start, wws_error *err)
{
    wws_body_flow *self = state;
    self->depth = start->depth;
    if (start->depth == PART_DEPTH && self->entered) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the Envelope holds more than one Header and then one Body");
    }
    if (start->depth == PART_DEPTH && wws_span_is(start->local, "Body")) {
        self->entered = true;
        self->done = start->content;
        return WWS_OK;
    }
    return start->depth == TOP_DEPTH && self->entered ? take_top(self, start, err) : WWS_OK;
}

static wws_result on_end(void *state, size_t content_to, size_t to, wws_error *err)
{
    wws_body_flow *self = state;
    (void)to;
    if (self->depth == PART_DEPTH && self->entered) {
        self->to = content_to;
        WWS_TRY(hand_on(self, content_to, err));
    }
    self->depth--;
    return WWS_OK;
}

static wws_result on_text(void *state, wws_span text, wws_error *err)
{
    const wws_body_flow *self = state;
    if (self->depth == ENVELOPE_DEPTH && wws_span_trim(text).len > 0) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "there is text between the parts of the Envelope");
    }
    return WWS_OK;
}

wws_result wws_body_flow_init(wws_body_flow *self, const wws_env *env, const wws_xml_node *body, size_t skipped,
                              uint64_t most, wws_error *err)
{
    static const wws_xml_events events = {on_start, on_end, on_text, NULL};
    *self = (wws_body_flow){.body = body, .to = SIZE_MAX, .left = most};
    wws_buf_init(&self->out, env->alloc, OUT_MAX_BYTES);
    return wws_xml_flow_new(env, WWS_XML_FLOW_DOCUMENT, skipped, &WWS_XML_LIMITS, &events, self, &self->flow, err);
}

void wws_body_flow_clear(wws_body_flow *self)
{
    wws_xml_flow_free(self->flow);
    self->flow = NULL;
    if (self->out.alloc != NULL) {
        wws_buf_clear(&self->out);
    }
}

wws_result wws_body_flow_feed(wws_body_flow *self, wws_span bytes, wws_error *err)
{
    WWS_TRY(wws_xml_flow_feed(self->flow, bytes, err));
    const size_t good = wws_xml_flow_good(self->flow);
    WWS_TRY(hand_on(self, good < self->to ? good : self->to, err));
    wws_xml_flow_drop(self->flow, good);
    return WWS_OK;
}

wws_result wws_body_flow_end(wws_body_flow *self, wws_error *err)
{
    WWS_TRY(wws_xml_flow_end(self->flow, err));
    return self->to == SIZE_MAX ? wws_fail(err, WWS_E_INVALID_FORMAT, "the Envelope has no Body") : WWS_OK;
}
