/* What a validated description answers. */
#include "security/description/description.h"

#include "base/env.h"

const wws_binding *wws_description_find(const wws_description *description, wws_binding_type type)
{
    for (size_t i = 0; i < description->count; i++) {
        if (description->bindings[i].type == type) {
            return &description->bindings[i];
        }
    }
    return NULL;
}

const wws_binding *wws_description_header_auth(const wws_description *description, int target)
{
    for (size_t i = 0; i < description->count; i++) {
        const wws_binding *binding = &description->bindings[i];
        if (binding->type == WWS_BINDING_HTTP_HEADER_AUTH &&
            binding->settings[WWS_HTTP_HEADER_AUTH_TARGET].choice == target) {
            return binding;
        }
    }
    return NULL;
}

int64_t wws_setting_ms(const wws_setting *setting)
{
    const double longest = (double)(WWS_TIME_NEVER / 2);
    const double ms = setting->number * 1000.0;
    return ms >= longest ? WWS_TIME_NEVER / 2 : (int64_t)(ms + 0.5);
}
