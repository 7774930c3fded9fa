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

int64_t wws_setting_ms(const wws_setting *setting)
{
    const double longest = (double)(WWS_TIME_NEVER / 2);
    const double ms = setting->number * 1000.0;
    return ms >= longest ? WWS_TIME_NEVER / 2 : (int64_t)(ms + 0.5);
}
