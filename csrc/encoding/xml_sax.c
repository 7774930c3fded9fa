/* libxml2's callbacks to events, under the limits. */
#include "encoding/xml_sax.h"

#include "encoding/xml_kept.h"
#include "encoding/xml_scan.h"
#include "encoding/xml_words.h"

/* Content of an element is given to libxml2 inside of one, which nobody else gets to see. */
static const wws_span OPENING = {(const uint8_t *)"<w>", 3};
static const wws_span CLOSING = {(const uint8_t *)"</w>", 4};

/* libxml2 refuses to look further ahead than 10 MB; what it has read of smaller portions it lets go of. */
enum { PORTION = 1 << 20 };

/* A kept parser remembers the names of all that it has read: with more than these it is not kept. */
enum { KEPT_NAMES = 512 };

/* Columns of libxml2's attribute table. */
enum { LOCAL, PREFIX, URI, VALUE, VALUE_END, COLUMNS };

typedef wws_xml_sax reader;

static wws_span name_of(const xmlChar *text)
{
    return wws_span_of((const char *)text);
}

size_t wws_xml_sax_offset(const wws_xml_sax *self)
{
    const long hidden = self->is_content ? (long)OPENING.len : 0;
    const long consumed = xmlByteConsumed(self->parser);
    return consumed < hidden ? 0 : (size_t)(consumed - hidden);
}

/* Where libxml2 stands, within the window; past its end when it is not there. */
static size_t place_of(const reader *self)
{
    const size_t offset = wws_xml_sax_offset(self);
    return offset < self->window_at ? SIZE_MAX : offset - self->window_at;
}

static void stop(reader *self, wws_result result)
{
    if (self->result == WWS_OK && result != WWS_OK) {
        self->result = result;
        xmlStopParser(self->parser);
    }
}

static wws_result quota(const reader *self, const char *what, size_t limit)
{
    return wws_fail(self->err, WWS_E_QUOTA_EXCEEDED, "the document has %s (the limit is %zu)", what, limit);
}

static wws_result early_end(const reader *self, size_t len)
{
    return wws_fail(self->err, WWS_E_INVALID_FORMAT, "the %s ends too early, after %zu bytes",
                    self->is_content ? "content" : "document", len);
}

static wws_result malformed(const reader *self, int code)
{
    size_t line;
    size_t column;
    const size_t at = wws_xml_sax_offset(self);
    const size_t all = self->window_at + self->window.len;
    if (code == XML_ERR_DOCUMENT_END && (self->depth > 0 || !self->has_root)) {
        return early_end(self, all + self->skipped);
    }
    if (self->is_content && self->is_last && code == XML_ERR_TAG_NAME_MISMATCH && at >= all) {
        return early_end(self, all + self->skipped);
    }
    if (self->is_flow) {
        return wws_fail(self->err, WWS_E_INVALID_FORMAT, "byte %zu: %s", at + self->skipped + 1, wws_xml_words(code));
    }
    const wws_span whole = {self->window.at - self->skipped, self->window.len + self->skipped};
    wws_xml_position(whole, at + self->skipped, &line, &column);
    return wws_fail(self->err, WWS_E_INVALID_FORMAT, "line %zu, column %zu: %s", line, column, wws_xml_words(code));
}

static bool is_name_short(const reader *self, wws_span prefix, wws_span local)
{
    return prefix.len + local.len <= self->limits->name;
}

static wws_result check_counts(const reader *self, size_t attributes, size_t namespaces)
{
    const wws_xml_limits *limits = self->limits;
    if (self->depth > limits->depth) {
        return quota(self, "elements nested too deeply", limits->depth);
    }
    if (attributes > limits->attributes || attributes > WWS_XML_ATTRIBUTES_MAX) {
        return quota(self, "an element with too many attributes", limits->attributes);
    }
    if (namespaces > limits->namespaces || namespaces > WWS_XML_NAMESPACES_MAX) {
        return quota(self, "an element with too many namespace declarations", limits->namespaces);
    }
    return WWS_OK;
}

static wws_result take_decls(reader *self, size_t count, const xmlChar **table)
{
    for (size_t i = 0; i < count; i++) {
        wws_xml_decl *decl = &self->decls[i];
        *decl = (wws_xml_decl){i + 1 < count ? decl + 1 : NULL, name_of(table[2 * i]), name_of(table[2 * i + 1])};
        if (!is_name_short(self, decl->prefix, decl->uri)) {
            return quota(self, "a name that is too long", self->limits->name);
        }
        /* here the reference stays in a name that libxml2 compares by: mending ours alone would make two of one */
        if (decl->uri.len > 0 && memchr(decl->uri.at, '&', decl->uri.len) != NULL) {
            return wws_fail(self->err, WWS_E_INVALID_FORMAT, "a namespace name with an ampersand is not supported");
        }
    }
    return WWS_OK;
}

/*
 * libxml2 leaves an ampersand as a reference for its own tree to resolve. A value with a reference in it is a copy that
 * libxml2 made for this tag and throws away behind it, so it can be mended in place.
 */
static wws_span resolve_ampersands(const xmlChar *from, const xmlChar *to)
{
    static const char reference[] = "&#38;";
    const size_t len = sizeof reference - 1;
    if (from == to || memchr(from, '&', (size_t)(to - from)) == NULL) {
        return (wws_span){from, (size_t)(to - from)};
    }
    const xmlChar *found = memmem(from, (size_t)(to - from), reference, len);
    xmlChar *out = (xmlChar *)(uintptr_t)found;
    while (found != NULL) {
        *out++ = '&';
        const xmlChar *rest = found + len;
        found = memmem(rest, (size_t)(to - rest), reference, len);
        size_t kept = (size_t)((found == NULL ? to : found) - rest);
        memmove(out, rest, kept);
        out += kept;
    }
    return (wws_span){from, (size_t)((out == NULL ? to : out) - from)};
}

static wws_result take_attrs(reader *self, size_t count, const xmlChar **table)
{
    for (size_t i = 0; i < count; i++, table += COLUMNS) {
        wws_xml_attr *attr = &self->attrs[i];
        *attr = (wws_xml_attr){i + 1 < count ? attr + 1 : NULL, name_of(table[PREFIX]), name_of(table[URI]),
                               name_of(table[LOCAL]), resolve_ampersands(table[VALUE], table[VALUE_END])};
        if (attr->prefix.len > 0 && attr->ns.len == 0) {
            return malformed(self, XML_NS_ERR_UNDEFINED_NAMESPACE);
        }
        if (!is_name_short(self, attr->prefix, attr->local)) {
            return quota(self, "a name that is too long", self->limits->name);
        }
    }
    return WWS_OK;
}

/* libxml2 calls with its cursor on the `>` or `/>`; no other `<` can stand inside the tag. */
static wws_result locate_start(const reader *self, wws_xml_start *start)
{
    const size_t here = place_of(self);
    const uint8_t *open = here < self->window.len ? memrchr(self->window.at, '<', here) : NULL;
    const uint8_t c = open == NULL ? 0 : self->window.at[here];
    if (c != '>' && c != '/') {
        return malformed(self, XML_ERR_INTERNAL_ERROR);
    }
    const size_t before = self->window_at + self->skipped;
    start->at = (size_t)(open - self->window.at) + before;
    start->content = here + (c == '/' ? 2 : 1) + before;
    return WWS_OK;
}

static wws_result tell_start(reader *self, wws_xml_start *start, int decl_count, const xmlChar **decls, int attr_count,
                             const xmlChar **attrs)
{
    WWS_TRY(check_counts(self, (size_t)attr_count, (size_t)decl_count));
    if (start->prefix.len > 0 && start->ns.len == 0) {
        return malformed(self, XML_NS_ERR_UNDEFINED_NAMESPACE);
    }
    if (!is_name_short(self, start->prefix, start->local)) {
        return quota(self, "a name that is too long", self->limits->name);
    }
    WWS_TRY(take_decls(self, (size_t)decl_count, decls));
    WWS_TRY(take_attrs(self, (size_t)attr_count, attrs));
    WWS_TRY(locate_start(self, start));
    if (start->content - start->at > self->limits->start_tag) {
        return quota(self, "a start tag that is too long", self->limits->start_tag);
    }
    start->decls = decl_count > 0 ? self->decls : NULL;
    start->attrs = attr_count > 0 ? self->attrs : NULL;
    start->attr_count = (size_t)attr_count;
    start->depth = self->depth;
    return self->events->start == NULL ? WWS_OK : self->events->start(self->state, start, self->err);
}

static void on_start(void *state, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int decl_count,
                     const xmlChar **decls, int attr_count, int defaulted, const xmlChar **attrs)
{
    reader *self = state;
    (void)defaulted; /* only a DTD gives default values */
    if (self->is_content && !self->has_root) {
        self->has_root = true;
        return;
    }
    if (self->result == WWS_OK) {
        wws_xml_start start = {.prefix = name_of(prefix), .ns = name_of(uri), .local = name_of(local)};
        self->depth++;
        self->has_root = true;
        stop(self, tell_start(self, &start, decl_count, decls, attr_count, attrs));
    }
}

static wws_result tell_end(const reader *self)
{
    const size_t to = place_of(self);
    size_t content_to = to;
    if (to < 2 || to > self->window.len || self->window.at[to - 1] != '>') {
        return malformed(self, XML_ERR_INTERNAL_ERROR);
    }
    if (self->window.at[to - 2] != '/') { /* else an empty-element tag: it ends where its content would start */
        const uint8_t *open = memrchr(self->window.at, '<', to);
        content_to = open == NULL ? to : (size_t)(open - self->window.at);
    }
    const size_t before = self->window_at + self->skipped;
    return self->events->end == NULL ? WWS_OK
                                     : self->events->end(self->state, content_to + before, to + before, self->err);
}

static void on_end(void *state, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
    reader *self = state;
    (void)local;
    (void)prefix;
    (void)uri;
    if (self->result == WWS_OK && self->depth > 0) {
        self->depth--;
        stop(self, tell_end(self));
    }
}

static void on_text(void *state, const xmlChar *text, int len)
{
    reader *self = state;
    if (self->result == WWS_OK && len > 0 && self->events->text != NULL) {
        stop(self, self->events->text(self->state, (wws_span){text, (size_t)len}, self->err));
    }
}

static void on_comment(void *state, const xmlChar *text)
{
    reader *self = state;
    (void)text;
    if (self->result == WWS_OK && (self->depth > 0 || self->is_content) && self->events->comment != NULL) {
        stop(self, self->events->comment(self->state, self->err));
    }
}

static void on_doctype(void *state, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    reader *self = state;
    (void)name;
    (void)external;
    (void)system;
    stop(self, wws_fail(self->err, WWS_E_INVALID_FORMAT, "a document type declaration is not allowed"));
}

static void on_instruction(void *state, const xmlChar *target, const xmlChar *data)
{
    reader *self = state;
    (void)target;
    (void)data;
    stop(self, wws_fail(self->err, WWS_E_INVALID_FORMAT, "a processing instruction is not allowed"));
}

/* A namespace name need not be a URI that libxml2 likes; all else it complains of is fatal here. */
static void on_error(void *state, xmlErrorPtr error)
{
    reader *self = state;
    if (self->result != WWS_OK || error->level < XML_ERR_ERROR || error->code == XML_WAR_NS_URI) {
        return;
    }
    if (error->code == XML_ERR_NO_MEMORY) {
        stop(self, wws_fail(self->err, WWS_E_OUTOFMEMORY, "no memory for the XML parser"));
        return;
    }
    stop(self, malformed(self, error->code));
}

static const xmlSAXHandler HANDLER = {.initialized = XML_SAX2_MAGIC,
                                      .internalSubset = on_doctype,
                                      .processingInstruction = on_instruction,
                                      .startElementNs = on_start,
                                      .endElementNs = on_end,
                                      .characters = on_text,
                                      .ignorableWhitespace = on_text,
                                      .cdataBlock = on_text,
                                      .comment = on_comment,
                                      .serror = on_error};

/* The parser at rest, made ready; NULL: there is none. Who reads meanwhile, in an event, gets another one. */
static xmlParserCtxtPtr wake(reader *self)
{
    wws_xml_kept *kept = self->is_flow ? NULL : self->limits->kept;
    xmlParserCtxtPtr parser = kept == NULL ? NULL : kept->parser;
    if (parser == NULL) {
        return NULL;
    }
    kept->parser = NULL;
    if (xmlCtxtResetPush(parser, NULL, 0, NULL, NULL) != 0) {
        xmlFreeParserCtxt(parser);
        return NULL;
    }
    parser->progressive = 0; /* these two are not as in a new one after a reset */
    parser->charset = XML_CHAR_ENCODING_NONE;
    parser->userData = self;
    return parser;
}

/*
 * Only one that has read a document to its good end comes to rest: what libxml2 does not forget in a reset (the
 * namespaces in scope, the names of open elements) is empty then. @return whether it did
 */
static bool lay_down(const reader *self, xmlParserCtxtPtr parser)
{
    wws_xml_kept *kept = self->is_flow ? NULL : self->limits->kept;
    const bool is_clean = self->result == WWS_OK && parser->wellFormed && parser->nsNr == 0 && parser->nameNr == 0;
    if (kept == NULL || kept->parser != NULL || !is_clean || xmlDictSize(parser->dict) > KEPT_NAMES) {
        return false;
    }
    xmlCtxtReset(parser); /* lets go of the document's text */
    parser->userData = NULL;
    kept->parser = parser;
    return true;
}

void wws_xml_kept_clear(wws_xml_kept *kept)
{
    xmlFreeParserCtxt(kept->parser);
    kept->parser = NULL;
}

static xmlParserCtxtPtr new_parser(reader *self)
{
    xmlSAXHandler handler = HANDLER;
    return xmlCreatePushParserCtxt(&handler, self, NULL, 0, NULL);
}

wws_result wws_xml_sax_open(wws_xml_sax *self, const wws_xml_limits *limits, const wws_xml_events *events, void *state,
                            wws_error *err)
{
    self->limits = limits;
    self->events = events;
    self->state = state;
    self->err = err;
    self->result = WWS_OK;
    self->depth = 0;
    self->has_root = false;
    self->is_last = false;
    xmlParserCtxtPtr kept = wake(self);
    self->parser = kept == NULL ? new_parser(self) : kept;
    if (self->parser == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the XML parser");
    }
    (void)xmlCtxtUseOptions(self->parser, XML_PARSE_NONET);
    if (self->is_content) {
        (void)xmlParseChunk(self->parser, (const char *)OPENING.at, (int)OPENING.len, 0);
    }
    return self->result;
}

static void finish(reader *self)
{
    self->is_last = true;
    if (self->is_content) {
        (void)xmlParseChunk(self->parser, (const char *)CLOSING.at, (int)CLOSING.len, 1);
    } else {
        (void)xmlParseChunk(self->parser, "", 0, 1);
    }
    const size_t all = self->window_at + self->window.len + (self->is_content ? CLOSING.len : 0);
    if (self->result == WWS_OK && (!self->parser->wellFormed || wws_xml_sax_offset(self) != all)) {
        self->result = malformed(self, XML_ERR_DOCUMENT_END);
    }
}

void wws_xml_sax_feed(wws_xml_sax *self, wws_span bytes, bool is_last)
{
    for (size_t at = 0; at < bytes.len && self->result == WWS_OK;) {
        const size_t len = bytes.len - at < PORTION ? bytes.len - at : PORTION;
        (void)xmlParseChunk(self->parser, (const char *)bytes.at + at, (int)len, 0);
        at += len;
    }
    if (is_last && self->result == WWS_OK) {
        finish(self);
    }
}

void wws_xml_sax_close(wws_xml_sax *self)
{
    if (self->parser == NULL) {
        return;
    }
    if (self->result != WWS_OK) {
        xmlResetLastError(); /* libxml2 keeps a copy of its message, peer text and all, for the thread */
    }
    if (!lay_down(self, self->parser)) {
        xmlFreeDoc(self->parser->myDoc);
        xmlFreeParserCtxt(self->parser);
    }
    self->parser = NULL;
}
