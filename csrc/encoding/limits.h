/** @file limits.h  The quotas of one XML document: WWSAPI's reader properties. One object for every encoding. */
#ifndef WWS_ENCODING_LIMITS_H
#define WWS_ENCODING_LIMITS_H

#include <stddef.h>

/** What one start tag can ever hold, whatever the limits say: the readers' scratch memory is this large. */
enum { WWS_XML_ATTRIBUTES_MAX = 256, WWS_XML_NAMESPACES_MAX = 128 };

typedef struct wws_xml_limits {
    size_t depth;              /**< elements within elements; WWSAPI: 32 */
    size_t attributes;         /**< on one element; 128. WWS_XML_ATTRIBUTES_MAX at most */
    size_t namespaces;         /**< declarations on one element; 32. WWS_XML_NAMESPACES_MAX at most */
    size_t start_tag;          /**< bytes of one start tag; 8192 */
    size_t name;               /**< bytes of one name; 1024 */
    size_t document;           /**< bytes; checked by the caller too; 65536 */
    size_t tree;               /**< bytes of memory that the header tree may take */
    struct wws_xml_kept *kept; /**< where the parser rests between documents; NULL: each document has its own */
} wws_xml_limits;

/** WWSAPI's defaults (channels.md section 6). */
extern const wws_xml_limits WWS_XML_LIMITS;

#endif
