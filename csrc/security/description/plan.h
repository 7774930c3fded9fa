/**
 * @file plan.h
 * What the message-security part of a description compiles to: all that the header's reader and writer need to know.
 */
#ifndef WWS_SECURITY_DESCRIPTION_PLAN_H
#define WWS_SECURITY_DESCRIPTION_PLAN_H

#include "base/env.h"
#include "security/description/description.h"

/** By value; borrows nothing but static text. */
typedef struct wws_message_plan {
    bool active;   /**< any message binding: a Security header is written and required */
    bool username; /**< a UsernameToken is written by the client, required by the server */
    bool kerberos;
    bool xml_token;
    bool saml;
    bool context;   /**< an SCT with its signature */
    int sc_version; /**< WWS_SC_…; with context */
    int timestamp_usage;
    int layout;
    int header_version; /**< 1: WS-Security 1.0, 2: 1.1 */
    int64_t validity;   /**< milliseconds */
    int64_t skew;
    int64_t latency;
    wws_suite suite;
} wws_message_plan;

/** The plan of a description's own messages. */
wws_message_plan wws_plan_of(const wws_description *description);

#endif
