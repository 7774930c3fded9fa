/** @file xml_name.h  What XML takes for a name. */
#ifndef WWS_ENCODING_XML_NAME_H
#define WWS_ENCODING_XML_NAME_H

#include "base/span.h"

/** @return true for a name without a colon (Namespaces in XML 1.0, NCName). */
bool wws_xml_is_ncname(wws_span name);

#endif
