/* Out of a validated description: every setting here has a default, so nothing can be missing. */
#include "security/description/plan.h"

static bool has(const wws_description *description, wws_binding_type type)
{
    return wws_description_find(description, type) != NULL;
}

wws_message_plan wws_plan_of(const wws_description *description)
{
    const wws_setting *settings = description->settings;
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    wws_message_plan plan = {
        .username = has(description, WWS_BINDING_USERNAME),
        .kerberos = has(description, WWS_BINDING_KERBEROS_APREQ),
        .xml_token = has(description, WWS_BINDING_XML_TOKEN),
        .saml = has(description, WWS_BINDING_SAML),
        .context = context != NULL,
        .sc_version = context == NULL ? 0 : context->settings[WWS_SECURE_CONVERSATION_VERSION].choice,
        .timestamp_usage = settings[WWS_TIMESTAMP_USAGE].choice,
        .layout = settings[WWS_SECURITY_HEADER_LAYOUT].choice,
        .header_version = settings[WWS_SECURITY_HEADER_VERSION].choice,
        .validity = wws_setting_ms(&settings[WWS_TIMESTAMP_VALIDITY_DURATION]),
        .skew = wws_setting_ms(&settings[WWS_MAX_ALLOWED_CLOCK_SKEW]),
        .latency = wws_setting_ms(&settings[WWS_MAX_ALLOWED_LATENCY]),
        .suite = description->suite,
    };
    plan.active = plan.username || plan.kerberos || plan.xml_token || plan.saml || plan.context;
    return plan;
}
