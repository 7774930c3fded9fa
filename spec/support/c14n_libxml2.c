/*
 * A second opinion for the specs: libxml2's own exclusive canonicalization. Reads cases from its input, each
 * `path<TAB>prefixes<TAB>length LF bytes`, and answers each with `length LF bytes`; a path counts child elements.
 */
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_inside(void *apex, xmlNodePtr node, xmlNodePtr parent)
{
    xmlNodePtr at = node != NULL && node->type == XML_NAMESPACE_DECL ? parent : node;
    if (at != NULL && at->type == XML_ATTRIBUTE_NODE) {
        at = at->parent;
    }
    for (; at != NULL; at = at->parent) {
        if (at == apex) {
            return 1;
        }
    }
    return 0;
}

static xmlNodePtr element_at(xmlDocPtr doc, const char *path)
{
    xmlNodePtr node = xmlDocGetRootElement(doc);
    while (*path != '\0') {
        char *rest;
        long number = strtol(path, &rest, 10);
        for (node = xmlFirstElementChild(node); number > 1; number--) {
            node = xmlNextElementSibling(node);
        }
        path = *rest == '.' ? rest + 1 : rest;
    }
    return node;
}

static void answer(const char *bytes, size_t len, const char *path, char *prefixes)
{
    xmlChar *list[64] = {NULL};
    size_t count = 0;
    for (char *word = strtok(prefixes, " "); word != NULL && count < 63; word = strtok(NULL, " ")) {
        list[count++] = BAD_CAST word;
    }
    xmlDocPtr doc = xmlReadMemory(bytes, (int)len, NULL, NULL, XML_PARSE_NONET);
    xmlOutputBufferPtr out = xmlAllocOutputBuffer(NULL);
    if (doc == NULL || xmlC14NExecute(doc, is_inside, element_at(doc, path), XML_C14N_EXCLUSIVE_1_0, list, 0, out) < 0) {
        exit(1);
    }
    printf("%zu\n", xmlOutputBufferGetSize(out));
    fwrite(xmlOutputBufferGetContent(out), 1, xmlOutputBufferGetSize(out), stdout);
    xmlOutputBufferClose(out);
    xmlFreeDoc(doc);
}

int main(void)
{
    char path[256];
    char prefixes[256];
    char line[640];
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t len = 0;
        path[0] = prefixes[0] = '\0';
        char *first = strchr(line, '\t');
        char *second = first == NULL ? NULL : strchr(first + 1, '\t');
        if (second == NULL) {
            return 1;
        }
        snprintf(path, sizeof path, "%.*s", (int)(first - line), line);
        snprintf(prefixes, sizeof prefixes, "%.*s", (int)(second - first - 1), first + 1);
        len = strtoul(second + 1, NULL, 10);
        char *bytes = malloc(len + 1);
        if (bytes == NULL || fread(bytes, 1, len, stdin) != len) {
            return 1;
        }
        answer(bytes, len, path, prefixes);
        free(bytes);
    }
    return 0;
}
