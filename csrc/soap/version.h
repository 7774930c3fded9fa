/** @file version.h  SOAP and addressing versions and their constants, one table each. */
#ifndef WWS_SOAP_VERSION_H
#define WWS_SOAP_VERSION_H

#include "base/span.h"

/** WS_ENVELOPE_VERSION. */
typedef enum wws_envelope_version { WWS_SOAP_1_1 = 1, WWS_SOAP_1_2 = 2 } wws_envelope_version;
/** WS_ADDRESSING_VERSION. */
typedef enum wws_addressing_version {
    WWS_ADDRESSING_0_9 = 1,
    WWS_ADDRESSING_1_0 = 2,
    WWS_ADDRESSING_TRANSPORT = 3
} wws_addressing_version;

typedef struct wws_soap_names {
    const char *ns;
    const char *media_type; /**< "application/soap+xml" */
    const char *role;       /**< attribute: "role" or "actor" */
    const char *next;
    const char *ultimate; /**< NULL in 1.1 */
    const char *sender;   /**< "Sender" or "Client" */
    const char *receiver; /**< "Receiver" or "Server" */
} wws_soap_names;

typedef struct wws_addressing_names {
    const char *ns;       /**< NULL for transport */
    const char *fault_ns; /**< of the names of addressing faults */
    const char *anonymous;
    const char *none;          /**< NULL where it does not exist */
    const char *fault_action;  /**< of addressing faults */
    const char *default_fault; /**< of all other faults */
} wws_addressing_names;

/** @pre the version is one of the two */
const wws_soap_names *wws_soap_names_of(wws_envelope_version version);
const wws_addressing_names *wws_addressing_names_of(wws_addressing_version version);

#define WWS_NS_XML "http://www.w3.org/XML/1998/namespace"
#define WWS_NS_WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define WWS_NS_WSU "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define WWS_NS_WSSE11 "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
#define WWS_NS_DS "http://www.w3.org/2000/09/xmldsig#"
#define WWS_NS_XENC "http://www.w3.org/2001/04/xmlenc#"
#define WWS_NS_SAML_1 "urn:oasis:names:tc:SAML:1.0:assertion"
#define WWS_NS_SAML_2 "urn:oasis:names:tc:SAML:2.0:assertion"
#define WWS_NS_EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define WWS_NS_MS_SECURITY "http://schemas.microsoft.com/ws/2006/05/security"
#define WWS_NS_SC_2005 "http://schemas.xmlsoap.org/ws/2005/02/sc"
#define WWS_NS_SC_13 "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512"
#define WWS_NS_TRUST_2005 "http://schemas.xmlsoap.org/ws/2005/02/trust"
#define WWS_NS_TRUST_13 "http://docs.oasis-open.org/ws-sx/ws-trust/200512"

#endif
