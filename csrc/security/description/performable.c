/* What is validated whole and performed later: refused at opening, by name, so that nothing is ever ignored. */
#include <stdio.h>

#include "security/description/table.h"

static wws_result not_yet(const char *what, const char *binding, const char *property, const char *expected,
                          const char *got, wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_NOTIMPL, "'%s' cannot be performed by this version", what);
    wws_error_at(err, "open");
    wws_error_about(err, binding, property);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", got);
    return code;
}

/* Of the schemes, those that are performed. */
static wws_result check_header_auth(const wws_binding *binding, const char *name, wws_error *err)
{
    const uint32_t performed =
        WWS_SCHEME_NONE | WWS_SCHEME_BASIC | WWS_SCHEME_DIGEST | WWS_SCHEME_NTLM | WWS_SCHEME_NEGOTIATE;
    if ((binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags & ~performed) != 0) {
        return not_yet("scheme", name, "scheme", "other schemes", "passport", err);
    }
    return WWS_OK;
}

static wws_result check_binding(const wws_binding *binding, wws_channel_binding channel, wws_error *err)
{
    const wws_binding_row *own = wws_binding_row_of(binding->type);
    if ((own->performable & (unsigned)channel) == 0) {
        return not_yet(own->name, own->name, "type", "ssl, username or security_context over http", own->name, err);
    }
    for (const wws_setting_row *row = WWS_BINDING_SETTINGS; row->name != NULL; row++) {
        const bool here = (row->bindings & WWS_TYPE_BIT(binding->type)) != 0;
        if (here && row->later && binding->settings[row->id].given) {
            return not_yet(row->name, own->name, row->name, "nothing", "given", err);
        }
    }
    return binding->type == WWS_BINDING_HTTP_HEADER_AUTH ? check_header_auth(binding, own->name, err) : WWS_OK;
}

static wws_result check_all(const wws_description *description, wws_channel_binding channel, wws_error *err)
{
    for (size_t i = 0; i < description->count; i++) {
        WWS_TRY(check_binding(&description->bindings[i], channel, err));
    }
    return WWS_OK;
}

static bool has_credential(const wws_description *description)
{
    for (size_t i = 0; i < description->count; i++) {
        if (wws_binding_row_of(description->bindings[i].type)->level == WWS_LEVEL_MESSAGE) {
            return true;
        }
    }
    return false;
}

/* A context is obtained by a message binding, which pins who may use it. */
static wws_result check_bootstrap(const wws_binding *context, wws_channel_binding channel, wws_error *err)
{
    wws_result code = check_all(context->bootstrap, channel, err);
    if (code == WWS_OK && !has_credential(context->bootstrap)) {
        return not_yet("bootstrap", wws_binding_name(context->type), "bootstrap", "a message binding in the bootstrap",
                       "none", err);
    }
    if (code == WWS_E_NOTIMPL) {
        code = wws_error_wrap(err, code, "the bootstrap of the security context cannot be performed by this version");
        wws_error_at(err, "open");
        wws_error_about(err, wws_binding_name(context->type), "bootstrap");
    }
    return code;
}

wws_result wws_description_check_performable(const wws_description *description, wws_channel_binding channel,
                                             wws_error *err)
{
    WWS_TRY(check_all(description, channel, err));
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    return context == NULL ? WWS_OK : check_bootstrap(context, channel, err);
}
