#include "base/base64.h"
#include "encoding/mime.h"
#include "encoding/mtom.h"
#include "encoding/xml_reader.h"
#include "framing/http_head.h"

#define NS_XOP "http://www.w3.org/2004/08/xop/include"
enum { DEPTH_MAX = 256, PARTS_ROOM = WWS_MIME_PARTS_MAX, CID_MAX = 1024 };

typedef struct part {
    wws_mime_part mime;
    bool is_used; /* each is referred to once, the root never */
} part;

typedef struct level {
    bool has_content;
    bool has_include;
    bool is_include;
} level;

typedef struct expansion {
    wws_buf parts; /* owned: every part */
    wws_span text; /* of the root */
    wws_buf *out;
    size_t out_limit;
    const wws_xml_limits *limits;
    size_t done;       /* how much of the text is out */
    size_t depth;      /* elements that are open */
    size_t include_at; /* the reference that is open begins here */
    const part *target;
    level levels[DEPTH_MAX + 1];
} expansion;

bool wws_mtom_is_type(wws_span value, const char *media)
{
    wws_span found = {NULL, 0};
    if (!wws_http_name_is(wws_http_media_type(value), "multipart/related") ||
        !wws_http_parameter(value, "type", &found) || !wws_http_name_is(found, "application/xop+xml")) {
        return false;
    }
    return media == NULL || !wws_http_parameter(value, "start-info", &found) ||
           wws_http_name_is(wws_http_media_type(found), media);
}

static size_t count_of(const expansion *self)
{
    return self->parts.len / sizeof(part);
}

static part *part_at(expansion *self, size_t index)
{
    return (part *)(void *)self->parts.bytes + index;
}

static wws_span without_brackets(wws_span id)
{
    return id.len >= 2 && id.at[0] == '<' && id.at[id.len - 1] == '>' ? (wws_span){id.at + 1, id.len - 2} : id;
}

static wws_result check_transfer(wws_span encoding, wws_error *err)
{
    static const char *const plain[] = {"binary", "8bit", "7bit"};
    bool fits = encoding.at == NULL;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0] && !fits; i++) {
        fits = wws_http_name_is(encoding, plain[i]);
    }
    if (!fits) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "a part of the message is encoded once more");
        wws_error_expected(err, "Content-Transfer-Encoding: binary");
        wws_error_got(err, "%.*s", WWS_CUT(encoding, 60));
        return WWS_E_INVALID_FORMAT;
    }
    return WWS_OK;
}

static wws_result take_parts(expansion *self, wws_span type, wws_span body, wws_error *err)
{
    wws_mime_reader reader;
    wws_span boundary = {NULL, 0};
    bool found = false;
    part made;
    memset(&made, 0, sizeof made);
    if (!wws_http_parameter(type, "boundary", &boundary)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the Content-Type of a message in parts names no boundary");
    }
    WWS_TRY(wws_mime_begin(&reader, body, boundary, err));
    for (;;) {
        WWS_TRY(wws_mime_next(&reader, &made.mime, &found, err));
        if (!found) {
            return WWS_OK;
        }
        WWS_TRY(check_transfer(made.mime.encoding, err));
        WWS_TRY(wws_buf_append(&self->parts, (wws_span){(const uint8_t *)&made, sizeof made}, err));
    }
}

/* The one of that Content-ID. Two of the same could be told apart by nobody. */
static part *find_part(expansion *self, wws_span id)
{
    part *found = NULL;
    for (size_t i = 0; i < count_of(self) && id.len > 0; i++) {
        part *here = part_at(self, i);
        if (wws_span_equal(here->mime.content_id, id)) {
            if (found != NULL) {
                return NULL;
            }
            found = here;
        }
    }
    return found;
}

/* Does the root hold that? @param media  NULL: anything */
static bool is_of(wws_span root_type, const char *media)
{
    wws_span inner = {NULL, 0};
    return media == NULL ||
           (wws_http_parameter(root_type, "type", &inner) && wws_http_name_is(wws_http_media_type(inner), media));
}

static wws_result take_root(expansion *self, wws_span type, const char *media, wws_charset *charset, wws_error *err)
{
    wws_span start = {NULL, 0};
    wws_span name = {NULL, 0};
    part *root = count_of(self) > 0 ? part_at(self, 0) : NULL;
    if (wws_http_parameter(type, "start", &start)) {
        root = find_part(self, without_brackets(start));
    }
    if (root == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the message has no part that its Content-Type names as the start");
    }
    const wws_span root_type = root->mime.content_type;
    *charset = WWS_CHARSET_UTF8;
    if (!wws_http_name_is(wws_http_media_type(root_type), "application/xop+xml") || !is_of(root_type, media) ||
        (wws_http_parameter(root_type, "charset", &name) && !wws_charset_named(name, charset))) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the first part of the message is not of the channel's SOAP version");
        wws_error_expected(err, "application/xop+xml; charset=utf-8; type=\"%s\"", media == NULL ? "text/xml" : media);
        wws_error_got(err, "%.*s", WWS_CUT(root_type, 120));
        return WWS_E_INVALID_FORMAT;
    }
    root->is_used = true;
    self->text = root->mime.content;
    return WWS_OK;
}

static wws_result malformed(wws_error *err, const char *what)
{
    return wws_fail(err, WWS_E_INVALID_FORMAT, "a reference to a part of the message %s", what);
}

static int hex_of(uint8_t c)
{
    const uint8_t lower = c | 0x20;
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* `cid:` and the Content-ID, some of it as `%XX` (RFC 2392). @return false for anything else */
static bool read_cid(wws_span href, uint8_t out[CID_MAX], size_t *len)
{
    *len = 0;
    if (href.len < 4 || href.len > CID_MAX || !wws_http_name_is((wws_span){href.at, 4}, "cid:")) {
        return false;
    }
    for (size_t i = 4; i < href.len; i++) {
        int value = href.at[i];
        if (value == '%') {
            const int high = i + 2 < href.len ? hex_of(href.at[i + 1]) : -1;
            const int low = i + 2 < href.len ? hex_of(href.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            value = high << 4 | low;
            i += 2;
        }
        out[(*len)++] = (uint8_t)value;
    }
    return true;
}

static wws_result find_target(expansion *self, wws_span href, wws_error *err)
{
    uint8_t id[CID_MAX];
    size_t len = 0;
    if (!read_cid(href, id, &len)) {
        return malformed(err, "is none: its href does not say cid: and an id");
    }
    part *found = find_part(self, (wws_span){id, len});
    if (found == NULL || found->is_used) {
        return malformed(err, found == NULL ? "names none that is there" : "names one that was named before");
    }
    found->is_used = true;
    self->target = found;
    return WWS_OK;
}

static wws_result start_include(expansion *self, const wws_xml_start *start, wws_error *err)
{
    const level *parent = &self->levels[start->depth - 1];
    const wws_xml_attr *href = NULL;
    if (!wws_span_is(start->local, "Include") || start->depth == 1 || parent->has_content) {
        return malformed(err, "is not alone in its element");
    }
    for (const wws_xml_attr *attr = start->attrs; attr != NULL; attr = attr->next) {
        if (wws_span_is(attr->ns, NS_XOP)) {
            return malformed(err, "has an attribute of XOP's own");
        }
        if (attr->ns.len == 0 && wws_span_is(attr->local, "href")) {
            href = attr;
        }
    }
    if (href == NULL) {
        return malformed(err, "has no href");
    }
    self->include_at = start->at;
    return find_target(self, href->value, err);
}

static wws_result on_start(void *state, const wws_xml_start *start, wws_error *err)
{
    expansion *self = state;
    if (start->depth > DEPTH_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "elements are nested too deeply");
    }
    level *parent = &self->levels[start->depth - 1];
    const bool is_xop = wws_span_is(start->ns, NS_XOP);
    if (parent->is_include || parent->has_include) {
        return malformed(err, "is not alone in its element, or not empty");
    }
    if (is_xop) {
        WWS_TRY(start_include(self, start, err));
    }
    parent->has_content = true;
    parent->has_include = is_xop;
    self->levels[start->depth] = (level){false, false, is_xop};
    self->depth = start->depth;
    return WWS_OK;
}

static wws_result put(expansion *self, wws_span text, wws_error *err)
{
    if (text.len > self->out_limit - self->out->len) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the message is longer as text than %zu bytes",
                        self->limits->document);
    }
    return wws_buf_append(self->out, text, err);
}

static wws_result on_end(void *state, size_t content_to, size_t to, wws_error *err)
{
    expansion *self = state;
    (void)content_to;
    if (self->levels[self->depth--].is_include) {
        const wws_span octets = self->target->mime.content;
        WWS_TRY(put(self, (wws_span){self->text.at + self->done, self->include_at - self->done}, err));
        if (WWS_BASE64_LEN(octets.len) > self->out_limit - self->out->len) {
            return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the message is longer as text than %zu bytes",
                            self->limits->document);
        }
        WWS_TRY(wws_base64_write(self->out, octets, err));
        self->done = to;
    }
    return WWS_OK;
}

static wws_result add_content(expansion *self, wws_error *err)
{
    level *here = &self->levels[self->depth];
    if (here->is_include || here->has_include) {
        return malformed(err, "is not alone in its element, or not empty");
    }
    here->has_content = true;
    return WWS_OK;
}

static wws_result on_text(void *state, wws_span text, wws_error *err)
{
    (void)text;
    return add_content(state, err);
}

static wws_result on_comment(void *state, wws_error *err)
{
    return add_content(state, err);
}

/* A text without the namespace's name, and without references that could spell it, has no element of it. */
static bool may_refer(wws_span text)
{
    return memmem(text.at, text.len, NS_XOP, sizeof NS_XOP - 1) != NULL || memmem(text.at, text.len, "&#", 2) != NULL;
}

static wws_result expand(expansion *self, wws_error *err)
{
    static const wws_xml_events events = {on_start, on_end, on_text, on_comment};
    if (self->text.len > 0 && may_refer(self->text)) {
        WWS_TRY(wws_xml_read(self->text, self->limits, &events, self, err));
    }
    return put(self, (wws_span){self->text.at + self->done, self->text.len - self->done}, err);
}

/* UTF-16 becomes UTF-8 first, and that is what references are looked for in. */
static wws_result expand_as(expansion *self, wws_charset charset, const wws_alloc *alloc, wws_error *err)
{
    wws_buf bytes;
    wws_buf text;
    if (charset == WWS_CHARSET_UTF8 || charset == WWS_CHARSET_AUTO) {
        return expand(self, err);
    }
    wws_buf_init(&bytes, alloc, self->limits->document);
    wws_result result = wws_buf_append(&bytes, self->text, err);
    if (result == WWS_OK) {
        result = wws_charset_decode(&bytes, charset, &text, err);
        if (result == WWS_OK) {
            self->text = wws_buf_peek(&text);
            result = expand(self, err);
            wws_buf_clear(&text);
        }
    }
    wws_buf_clear(&bytes);
    return result;
}

wws_result wws_mtom_read(wws_span type, const char *media, wws_span body, const wws_xml_limits *limits, wws_buf *out,
                         wws_error *err)
{
    const size_t before = out->len;
    wws_charset charset = WWS_CHARSET_UTF8;
    expansion self; /* its table of open elements is large: not zeroed as a whole */
    if (!wws_mtom_is_type(type, media)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT,
                        "the Content-Type is not that of MTOM in the channel's SOAP version");
    }
    wws_buf_init(&self.parts, out->alloc, PARTS_ROOM * sizeof(part));
    self.out = out;
    self.out_limit = limits->document < SIZE_MAX - before ? before + limits->document : SIZE_MAX;
    self.limits = limits;
    self.done = self.depth = self.include_at = 0;
    self.target = NULL;
    self.levels[0] = (level){false, false, false};
    wws_result result = take_parts(&self, type, body, err);
    if (result == WWS_OK) {
        result = take_root(&self, type, media, &charset, err);
    }
    if (result == WWS_OK) {
        result = expand_as(&self, charset, out->alloc, err);
    }
    wws_buf_clear(&self.parts);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}

/* A comment may follow. */
static bool is_version(wws_span value)
{
    static const wws_span one = {(const uint8_t *)"1.0", 3};
    return value.at == NULL ||
           (wws_span_starts(value, one) && (value.len == one.len || memchr(" \t(", value.at[one.len], 3) != NULL));
}

wws_result wws_mtom_message_read(const char *media, wws_span message, const wws_xml_limits *limits, wws_buf *out,
                                 wws_error *err)
{
    wws_mime_part whole;
    WWS_TRY(wws_mime_message(message, &whole, err));
    if (!is_version(whole.version)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the message is of another version of MIME than 1.0");
    }
    return wws_mtom_read(whole.content_type, media, whole.content, limits, out, err);
}
