/**
 * @file xml_node.h
 * The tree of a header: plain nodes in an arena. What a verifier digests and what the application gets are these
 * very nodes. Spans live as long as the arena.
 */
#ifndef WWS_ENCODING_XML_NODE_H
#define WWS_ENCODING_XML_NODE_H

#include "base/arena.h"
#include "base/buf.h"
#include "encoding/limits.h"

typedef enum wws_xml_kind { WWS_XML_ELEMENT, WWS_XML_TEXT, WWS_XML_COMMENT } wws_xml_kind;

/** A namespace declaration on an element; an empty uri undeclares. */
typedef struct wws_xml_decl {
    const struct wws_xml_decl *next;
    wws_span prefix; /**< empty: the default namespace */
    wws_span uri;
} wws_xml_decl;

typedef struct wws_xml_attr {
    const struct wws_xml_attr *next;
    wws_span prefix;
    wws_span ns; /**< empty for an unprefixed attribute */
    wws_span local;
    wws_span value; /**< normalised, references resolved */
} wws_xml_attr;

typedef struct wws_xml_node {
    wws_xml_kind kind;
    struct wws_xml_node *parent;
    struct wws_xml_node *first; /**< first child */
    struct wws_xml_node *last;
    struct wws_xml_node *next; /**< next sibling */
    wws_span prefix;
    wws_span ns;
    wws_span local;
    wws_span text; /**< TEXT: its characters, references resolved */
    const wws_xml_decl *decls;
    const wws_xml_attr *attrs;
    size_t attr_count;
    /** Source range [from, to) of the whole element, and of its content: offsets into the document that was read. */
    size_t from, content_from, content_to, to;
    bool is_raw; /**< its content was checked for well-formedness and limits but not built into nodes */
} wws_xml_node;

bool wws_xml_is(const wws_xml_node *node, wws_span ns, const char *local);
/** The first child element with that name after @p after (NULL: from the first); NULL when there is none. */
wws_xml_node *wws_xml_child(const wws_xml_node *node, wws_span ns, const char *local, const wws_xml_node *after);
/** First or next child element of any name. */
wws_xml_node *wws_xml_first_element(const wws_xml_node *node);
wws_xml_node *wws_xml_next_element(const wws_xml_node *node);
/** The attribute, or NULL. @param ns empty span for unprefixed */
const wws_xml_attr *wws_xml_attribute(const wws_xml_node *node, wws_span ns, const char *local);
/**
 * The text of an element that may hold only text: all text children joined (the arena is used when there are several).
 * @return invalid_format when there is a child element or a comment inside (attacks A13)
 */
WWS_MUST_CHECK wws_result wws_xml_text(const wws_xml_node *node, wws_arena *arena, wws_span *out, wws_error *err);
/** The uri that @p prefix stands for at @p node. @return false when undeclared (the empty prefix is always declared) */
bool wws_xml_prefix_uri(const wws_xml_node *node, wws_span prefix, wws_span *uri);
/** Splits QName content such as `a:BadContextToken` by the declarations in scope at @p node. @return invalid_format */
WWS_MUST_CHECK wws_result wws_xml_qname(const wws_xml_node *node, wws_span text, wws_span *ns, wws_span *local,
                                        wws_error *err);
/** True when the element is empty of all but white space (raw content included). */
bool wws_xml_is_blank(const wws_xml_node *node, wws_span document);

#endif
