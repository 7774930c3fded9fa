/** @file client_fault.h  What a fault means to the caller (channels.md section 3) and to the security context. */
#ifndef WWS_CHANNEL_CLIENT_FAULT_H
#define WWS_CHANNEL_CLIENT_FAULT_H

#include "channel/http_exchange.h"
#include "channel/message.h"
#include "security/description/plan.h"

/** What a fault asks of the security context that the request was sent in. */
typedef enum wws_fault_effect { WWS_FAULT_NO_EFFECT, WWS_FAULT_DROP_CONTEXT, WWS_FAULT_RENEW } wws_fault_effect;

wws_fault_effect wws_client_fault_effect(const wws_fault *fault);
/** Did the service refuse who we are, or may it have? WCF says InvalidSecurity to a wrong password. */
bool wws_client_fault_may_be_refusal(const wws_fault *fault);

/**
 * The error that a fault becomes: FAULTS_AS_ERRORS and ALLOW_UNSECURED_FAULTS decide. Never WWS_OK.
 * @param plan  of the request; @param exchange for the service's clock
 */
WWS_MUST_CHECK wws_result wws_client_fault_fail(const wws_message *message, const wws_settings *settings,
                                                const wws_message_plan *plan, const wws_http_exchange *exchange,
                                                wws_error *err);

#endif
