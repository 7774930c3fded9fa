#include "encoding/xml_words.h"

#include <libxml/xmlerror.h>
#include <stddef.h>

typedef struct word {
    int code;
    const char *text;
} word;

static const word WORDS[] = {
    {XML_ERR_DOCUMENT_EMPTY, "no root element"},
    {XML_ERR_DOCUMENT_END, "something that may not stand outside the root element"},
    {XML_ERR_INVALID_HEX_CHARREF, "a malformed character reference"},
    {XML_ERR_INVALID_DEC_CHARREF, "a malformed character reference"},
    {XML_ERR_INVALID_CHARREF, "a character reference to what XML does not allow"},
    {XML_ERR_INVALID_CHAR, "a character that XML does not allow"},
    {XML_ERR_UNDECLARED_ENTITY, "an entity other than the five that XML has"},
    {XML_WAR_UNDECLARED_ENTITY, "an entity other than the five that XML has"},
    {XML_ERR_ENTITYREF_SEMICOL_MISSING, "an entity reference without its semicolon"},
    {XML_ERR_ENTITYREF_NO_NAME, "a bare ampersand"},
    {XML_ERR_NAME_REQUIRED, "a name is missing"},
    {XML_ERR_INVALID_ENCODING, "bytes that are not UTF-8"},
    {XML_ERR_UNSUPPORTED_ENCODING, "bytes that are not UTF-8"},
    {XML_ERR_LT_IN_ATTRIBUTE, "a < inside an attribute value"},
    {XML_ERR_ATTRIBUTE_NOT_STARTED, "an attribute value without quotes"},
    {XML_ERR_ATTRIBUTE_NOT_FINISHED, "an attribute value without its closing quote"},
    {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute without a value"},
    {XML_ERR_ATTRIBUTE_REDEFINED, "an attribute that is there twice"},
    {XML_ERR_SPACE_REQUIRED, "white space is missing"},
    {XML_ERR_COMMENT_NOT_FINISHED, "a comment without its end"},
    {XML_ERR_HYPHEN_IN_COMMENT, "two hyphens inside a comment"},
    {XML_ERR_CDATA_NOT_FINISHED, "a CDATA section without its end"},
    {XML_ERR_MISPLACED_CDATA_END, "]]> in character data"},
    {XML_ERR_GT_REQUIRED, "a tag without its end"},
    {XML_ERR_LTSLASH_REQUIRED, "an end tag is missing"},
    {XML_ERR_TAG_NAME_MISMATCH, "an end tag that does not match its start tag"},
    {XML_ERR_TAG_NOT_FINISHED, "an element that does not end"},
    {XML_ERR_INTERNAL_ERROR, "markup that libxml2 gave up on"},
    {XML_ERR_NAME_TOO_LONG, "a name that is too long"},
    {XML_NS_ERR_XML_NAMESPACE, "a namespace declaration that is not allowed"},
    {XML_NS_ERR_UNDEFINED_NAMESPACE, "a prefix that is not declared"},
    {XML_NS_ERR_QNAME, "a name that is not a qualified name"},
    {XML_NS_ERR_ATTRIBUTE_REDEFINED, "an attribute that is there twice under two prefixes"},
    {XML_NS_ERR_COLON, "a colon where no name may have one"},
};

const char *wws_xml_words(int code)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (WORDS[i].code == code) {
            return WORDS[i].text;
        }
    }
    return "it is not well-formed";
}
