#include "encoding/limits.h"

const wws_xml_limits WWS_XML_LIMITS = {.depth = 32,
                                       .attributes = 128,
                                       .namespaces = 32,
                                       .start_tag = 8192,
                                       .name = 1024,
                                       .document = 65536,
                                       .tree = 1048576};
