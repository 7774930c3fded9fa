/**
 * @file identity.h
 * The identities that an address may have (WS_ENDPOINT_IDENTITY) and what each is to each binding, as data: opening a
 * channel, wws.bindings() and the documentation read it.
 */
#ifndef WWS_SECURITY_DESCRIPTION_IDENTITY_H
#define WWS_SECURITY_DESCRIPTION_IDENTITY_H

#include "security/description/description.h"

/** WS_ENDPOINT_IDENTITY_TYPE; the numbers are the SDK's. */
typedef enum wws_identity_kind {
    WWS_IDENTITY_NONE = 0,
    WWS_IDENTITY_DNS = 1,
    WWS_IDENTITY_UPN,
    WWS_IDENTITY_SPN,
    WWS_IDENTITY_RSA,
    WWS_IDENTITY_CERTIFICATE,
    WWS_IDENTITY_UNKNOWN,
    WWS_IDENTITY_END
} wws_identity_kind;

/** What a binding does with an identity. */
typedef enum wws_identity_use {
    WWS_IDENTITY_UNUSED = 0,
    WWS_IDENTITY_REFUSED,       /**< the binding must know the server, and cannot by this */
    WWS_IDENTITY_NAMES_CERT,    /**< the name that the server's certificate must have */
    WWS_IDENTITY_IS_CERT,       /**< the certificate that the server must show */
    WWS_IDENTITY_IS_KEY,        /**< the key that the server's certificate must have */
    WWS_IDENTITY_NAMES_SERVICE, /**< the name of the service, as it is */
    WWS_IDENTITY_NAMES_HOST,    /**< the service is host/NAME */
    WWS_IDENTITY_NAMES_HTTP     /**< the service is HTTP/NAME */
} wws_identity_use;

/** @return "dns", "certificate" …; "none" */
const char *wws_identity_name(wws_identity_kind kind);
wws_identity_use wws_identity_use_of(wws_binding_type binding, wws_identity_kind kind);
/** @return what the use is, for people */
const char *wws_identity_use_text(wws_identity_use use);

/**
 * May an address with that identity be opened with this description, bootstrap included?
 * @return invalidarg, naming the identity and the binding that cannot use it; without a binding where there is none
 *         that could prove it
 */
WWS_MUST_CHECK wws_result wws_identity_check(const wws_description *description, wws_identity_kind kind,
                                             wws_error *err);

#endif
