/**
 * @file token_request.h
 * WsRequestSecurityToken: a request for a token of any kind (WS-Trust), or for a security context that the caller keeps
 * himself, and the security token that the issuer's response makes.
 */
#ifndef WWS_SECURITY_TRUST_TOKEN_REQUEST_H
#define WWS_SECURITY_TRUST_TOKEN_REQUEST_H

#include "base/uuid.h"
#include "security/token/security_token.h"
#include "security/trust/rst.h"
#include "soap/message_limits.h"

/** WS_REQUEST_SECURITY_TOKEN_ACTION; the numbers are the SDK's. */
typedef enum wws_token_action {
    WWS_TOKEN_ISSUE = 1,
    WWS_TOKEN_NEW_CONTEXT,
    WWS_TOKEN_RENEW_CONTEXT,
    WWS_TOKEN_ACTION_END
} wws_token_action;

/** Which of three URIs says "bearer" in WS-Trust 1.3: WS_SECURITY_BEARER_KEY_TYPE_VERSION. */
typedef enum wws_bearer_version {
    WWS_BEARER_ORIGINAL_SPECIFICATION = 1,
    WWS_BEARER_ORIGINAL_SCHEMA,
    WWS_BEARER_ERRATA_01,
    WWS_BEARER_END
} wws_bearer_version;

/** What to ask for; spans are borrowed for the call. */
typedef struct wws_token_terms {
    wws_token_action action;
    int version;       /**< WWS_SC_…, which names the version of WS-Trust that goes with it */
    int key_type;      /**< WWS_KEY_TYPE_NONE or _SYMMETRIC; 0: not said */
    uint32_t key_size; /**< bits; 0: not said */
    int entropy_mode;  /**< WWS_ENTROPY_… */
    wws_bearer_version bearer;
    wws_span token_type;                /**< a URI; absent: not said */
    wws_span applies_to;                /**< an EndpointReference; absent: not said */
    wws_span local_parameters;          /**< elements, copied as they are */
    wws_span service_parameters;        /**< likewise; in WS-Trust 1.3 as SecondaryParameters */
    wws_message_limits limits;          /**< of the response's message */
    const wws_security_token *existing; /**< RENEW_CONTEXT: the context token to be renewed */
} wws_token_terms;

/** Caller's memory; a request under way. */
typedef struct wws_token_request {
    const wws_env *env; /**< borrowed */
    wws_token_action action;
    int version, key_type, entropy_mode;
    uint32_t key_size;
    wws_message_limits limits;
    wws_buf token_type;
    wws_secret entropy; /**< ours */
    char context[sizeof "urn:uuid:" + WWS_UUID_TEXT];
} wws_token_request;

/** The action of its message. @return static */
const char *wws_token_request_action(const wws_token_request *request);
/**
 * Checks the terms, draws entropy and appends the RequestSecurityToken. @p request is to be cleared, on failure too.
 * @param out  then holds a secret: the entropy
 * @return invalidarg about the property, by the name that wws.request_security_token gives it
 */
WWS_MUST_CHECK wws_result wws_token_request_begin(wws_token_request *request, const wws_env *env,
                                                  const wws_token_terms *terms, wws_buf *out, wws_error *err);
/** Wipes and frees all. Idempotent; fine on zeroed memory. */
void wws_token_request_clear(wws_token_request *request);

/**
 * Makes the token out of the response (token_response.c).
 * @param action  of the response's message
 * @param body  content of its Body
 * @param envelope  of that message; NULL: it is held to no limits of its own
 * @return invalid_format, security_verification_failure: not what was asked for; quota_exceeded
 */
WWS_MUST_CHECK wws_result wws_token_request_answer(const wws_token_request *request, wws_span action, wws_span body,
                                                   const wws_envelope *envelope, wws_security_token **out,
                                                   wws_error *err);

/** The URI of a KeyType. @return static; NULL for asymmetric keys */
const char *wws_trust_key_type_uri(int version, int key_type, wws_bearer_version bearer);
/** Which key type does the URI name, in any version and spelling? @return WWS_KEY_TYPE_…; 0: none of them */
int wws_trust_key_type_of(wws_span uri);

/**
 * How a message names a token whose issuer did not say it: a security context or a SAML assertion by its own name,
 * any other by its wsu:Id (token_reference.c). Both stay empty where there is no name.
 */
WWS_MUST_CHECK wws_result wws_token_reference_attached(wws_buf *out, const wws_xml_node *token, wws_error *err);
WWS_MUST_CHECK wws_result wws_token_reference_unattached(wws_buf *out, const wws_xml_node *token, wws_arena *arena,
                                                         wws_error *err);

#endif
