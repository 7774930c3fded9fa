/* From what a user wrote to a description: the outer table first, its bindings in order, the rules, then the bootstrap.
 */
#include <stdio.h>

#include "security/description/reader.h"

typedef struct reader {
    wws_side side;
    wws_channel_binding channel;
    wws_arena *arena;
    const wws_description *outer;
    wws_error *err;
} reader;

static const char *side_name(wws_side side)
{
    return side == WWS_CLIENT ? "client" : "server";
}

static wws_side side_of(unsigned sides)
{
    return (sides & WWS_CLIENT) != 0 ? WWS_CLIENT : WWS_SERVER;
}

static wws_result other_side(const reader *in, const char *binding, const char *property, wws_side needed)
{
    return wws_refuse(in->err, binding, property, side_name(needed), side_name(in->side),
                      "'%s' is for the %s's side only", property, side_name(needed));
}

/* "security_context_key_size" where "key_size" is said: the SDK's name, in lower case. */
static bool is_sdk_name(const char *constant, wws_span name)
{
    static const char PREFIX[] = "WS_SECURITY_BINDING_PROPERTY_";
    const wws_span tail = wws_span_of(constant + sizeof PREFIX - 1);
    if (name.len != tail.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if ((name.at[i] & 0xdf) != (tail.at[i] & 0xdf)) {
            return false;
        }
    }
    return true;
}

/* A setting that exists, only not here. @return false when there is none of that name */
static bool hint_home(const reader *in, unsigned self, wws_span name)
{
    for (const wws_setting_row *row = WWS_CHANNEL_SETTINGS; row->name != NULL; row++) {
        if (wws_span_is(name, row->name)) {
            wws_error_hint(in->err, "'%s' stands beside the bindings, in the description itself", row->name);
            return true;
        }
    }
    for (const wws_setting_row *row = WWS_BINDING_SETTINGS; row->name != NULL; row++) {
        if ((row->bindings & self) != 0 && is_sdk_name(row->constant, name)) {
            wws_error_hint(in->err, "here it is called '%s'", row->name);
            return true;
        }
        if (wws_span_is(name, row->name)) {
            const wws_binding_row *home = WWS_BINDINGS;
            while ((row->bindings & WWS_TYPE_BIT(home->type)) == 0) {
                home++;
            }
            wws_error_hint(in->err, "'%s' is a setting of '%s'", row->name, home->name);
            return true;
        }
    }
    return false;
}

/* What an unknown name may have meant. */
static void hint_nearest(const reader *in, unsigned self, wws_span name)
{
    wws_guess guess = {.name = name};
    const wws_setting_row *rows = self == 0 ? WWS_CHANNEL_SETTINGS : WWS_BINDING_SETTINGS;
    for (const wws_setting_row *row = rows; row->name != NULL; row++) {
        if (self == 0 || (row->bindings & self) != 0) {
            wws_guess_offer(&guess, row->name);
        }
    }
    for (const wws_field_row *row = WWS_BINDING_FIELDS; row->name != NULL; row++) {
        if ((row->bindings & self) != 0) {
            wws_guess_offer(&guess, row->name);
        }
    }
    wws_guess_hint(&guess, in->err);
}

static wws_result unknown_name(const reader *in, wws_binding_type type, wws_span name)
{
    char property[64];
    wws_words got = {.len = 0};
    const char *binding = type == 0 ? NULL : wws_binding_name(type);
    (void)snprintf(property, sizeof property, "%.*s", name.len > 60 ? 60 : (int)name.len, (const char *)name.at);
    wws_words_add(&got, name);
    const wws_result code = wws_refuse(
        in->err, binding, property, type == 0 ? "a channel-wide setting" : "a field or setting of the binding",
        got.text, "'%s' knows no '%s'", type == 0 ? "the description" : binding, property);
    const unsigned self = type == 0 ? 0 : WWS_TYPE_BIT(type);
    if (!hint_home(in, self, name)) {
        hint_nearest(in, self, name);
    }
    return code;
}

static const wws_setting_row *setting_named(const wws_setting_row *rows, unsigned self, wws_span name)
{
    for (const wws_setting_row *row = rows; row->name != NULL; row++) {
        if ((self == 0 || (row->bindings & self) != 0) && wws_span_is(name, row->name)) {
            return row;
        }
    }
    return NULL;
}

static void fill_defaults(const wws_setting_row *rows, unsigned self, wws_side side, wws_setting *settings)
{
    for (const wws_setting_row *row = rows; row->name != NULL; row++) {
        const bool applies = (self == 0 || (row->bindings & self) != 0) && (row->sides & (unsigned)side) != 0;
        if (applies && !settings[row->id].given) {
            settings[row->id] = wws_setting_default(row, side);
        }
    }
}

static wws_result take_setting(const reader *in, const wws_setting_row *row, const char *binding,
                               const wws_value *value, wws_setting *settings)
{
    if ((row->sides & (unsigned)in->side) == 0) {
        return other_side(in, binding, row->name, side_of(row->sides));
    }
    return wws_setting_read(row, value, binding, &settings[row->id], in->err);
}

/* Fields */

static wws_result take_field(const reader *in, const wws_field_row *row, const wws_value *value, wws_binding *binding)
{
    const char *name = wws_binding_name(binding->type);
    const wws_value_kind needed = row->type == WWS_FIELD_FUNCTION ? WWS_VALUE_FUNCTION
                                  : row->type == WWS_FIELD_TOKEN  ? WWS_VALUE_USERDATA
                                                                  : WWS_VALUE_TABLE;
    if (row->type == WWS_FIELD_TEXT) {
        WWS_TRY(wws_text_check(value, name, row->name, in->err));
        binding->trust = value->text;
        return WWS_OK;
    }
    if (row->type == WWS_FIELD_AUTHENTICATOR) {
        return wws_authenticator_read(value, name, in->err);
    }
    if (row->type <= WWS_FIELD_CERT_CREDENTIAL) {
        return wws_credential_read(row->type, value, name, row->name, &binding->credential, in->err);
    }
    if (value->kind != needed) {
        return wws_refuse(in->err, name, row->name, wws_field_type_name(row->type), wws_kind_name(value->kind),
                          "'%s' has the wrong type", row->name);
    }
    if (strcmp(row->name, "validate_password") == 0) {
        binding->validate_password_ref = value->ref;
    }
    return WWS_OK;
}

static const wws_field_row *field_named(unsigned self, wws_span name)
{
    for (const wws_field_row *row = WWS_BINDING_FIELDS; row->name != NULL; row++) {
        if ((row->bindings & self) != 0 && wws_span_is(name, row->name)) {
            return row;
        }
    }
    return NULL;
}

static wws_result take_named(const reader *in, const wws_value_field *given, wws_binding *binding)
{
    const unsigned self = WWS_TYPE_BIT(binding->type);
    const wws_field_row *field = field_named(self, given->name);
    if (field != NULL) {
        if (wws_field_presence(field, in->side) == WWS_REFUSED) {
            return other_side(in, wws_binding_name(binding->type), field->name,
                              in->side == WWS_CLIENT ? WWS_SERVER : WWS_CLIENT);
        }
        return take_field(in, field, &given->value, binding);
    }
    const wws_setting_row *setting = setting_named(WWS_BINDING_SETTINGS, self, given->name);
    if (setting == NULL) {
        return unknown_name(in, binding->type, given->name);
    }
    return take_setting(in, setting, wws_binding_name(binding->type), &given->value, binding->settings);
}

static wws_result check_required(const reader *in, const wws_binding *binding)
{
    const char *name = wws_binding_name(binding->type);
    for (const wws_field_row *row = WWS_BINDING_FIELDS; row->name != NULL; row++) {
        const bool needed =
            (row->bindings & WWS_TYPE_BIT(binding->type)) != 0 && wws_field_presence(row, in->side) == WWS_REQUIRED;
        if (needed && wws_value_get(binding->value, row->name) == NULL) {
            const wws_result code = wws_refuse(in->err, name, row->name, wws_field_type_name(row->type), "nothing",
                                               "'%s' needs a '%s' on the %s", name, row->name, side_name(in->side));
            wws_error_hint(in->err, "%s", row->text);
            return code;
        }
    }
    return WWS_OK;
}

/* Bindings */

static wws_result unknown_type(const reader *in, size_t index, const wws_value *type)
{
    wws_guess guess = {.name = type == NULL ? WWS_SPAN("") : type->text};
    const wws_words names = wws_words_enum(WWS_ENUM_BINDING_TYPE);
    const wws_words got = wws_words_value(type);
    for (const wws_binding_row *row = WWS_BINDINGS; row->name != NULL; row++) {
        wws_guess_offer(&guess, row->name);
    }
    const wws_result code =
        wws_refuse(in->err, NULL, "type", names.text, got.text, "binding %zu has no known type", index + 1);
    wws_guess_hint(&guess, in->err);
    return code;
}

static wws_result check_type(const reader *in, const wws_binding_row *row)
{
    if (in->outer != NULL && !row->bootstraps) {
        return wws_refuse(in->err, row->name, "type",
                          in->side == WWS_CLIENT ? "ssl, tcp_sspi, username, kerberos_apreq or xml_token"
                                                 : "ssl, tcp_sspi, username, kerberos_apreq or saml",
                          row->name, "'%s' may not stand in a bootstrap", row->name);
    }
    if ((row->sides & (unsigned)in->side) == 0) {
        return wws_refuse(in->err, row->name, "type", side_name(side_of(row->sides)), side_name(in->side),
                          "'%s' is for the %s's side only", row->name, side_name(side_of(row->sides)));
    }
    return WWS_OK;
}

static wws_result read_binding(const reader *in, size_t index, const wws_value *value, wws_binding *binding)
{
    if (value->kind != WWS_VALUE_TABLE) {
        return wws_refuse(in->err, NULL, "type", "a table with a 'type'", wws_kind_name(value->kind),
                          "binding %zu is no table", index + 1);
    }
    const wws_value *type = wws_value_get(value, "type");
    const bool named = type != NULL && type->kind == WWS_VALUE_STRING;
    const wws_binding_row *row = named ? wws_binding_row_named(type->text) : NULL;
    if (row == NULL) {
        return unknown_type(in, index, type);
    }
    WWS_TRY(check_type(in, row));
    WWS_TRY(wws_table_check(value, WWS_FORM_FIELDS, row->name, NULL, in->err));
    binding->type = row->type;
    binding->value = value;
    for (size_t i = 0; i < value->field_count; i++) {
        if (!wws_span_is(value->fields[i].name, "type")) {
            WWS_TRY(take_named(in, &value->fields[i], binding));
        }
    }
    WWS_TRY(check_required(in, binding));
    fill_defaults(WWS_BINDING_SETTINGS, WWS_TYPE_BIT(row->type), in->side, binding->settings);
    return WWS_OK;
}

static wws_result read_bindings(const reader *in, const wws_value *value, wws_description *description)
{
    void *memory = NULL;
    if (value->item_count > WWS_BINDINGS_MAX) {
        return wws_refuse(in->err, NULL, "type", "at most 32 bindings", "more", "the description is too long");
    }
    WWS_TRY(wws_arena_take(in->arena, (value->item_count + 1) * sizeof *description->bindings, &memory, in->err));
    description->bindings = memory;
    for (size_t i = 0; i < value->item_count; i++) {
        WWS_TRY(read_binding(in, i, &value->items[i], &description->bindings[i]));
        description->count = i + 1;
    }
    return WWS_OK;
}

/* The description */

static wws_result read_settings(const reader *in, const wws_value *value, wws_description *description)
{
    for (size_t i = 0; i < value->field_count; i++) {
        const wws_value_field *field = &value->fields[i];
        const wws_setting_row *row = setting_named(WWS_CHANNEL_SETTINGS, 0, field->name);
        if (row == NULL) {
            return unknown_name(in, 0, field->name);
        }
        WWS_TRY(take_setting(in, row, NULL, &field->value, description->settings));
    }
    fill_defaults(WWS_CHANNEL_SETTINGS, 0, in->side, description->settings);
    return WWS_OK;
}

/* The two defaults that hang on the bindings; the suite itself comes of either setting. */
static wws_result settle(const reader *in, wws_description *description)
{
    wws_setting *name = &description->settings[WWS_ALGORITHM_SUITE_NAME];
    const wws_setting *custom = &description->settings[WWS_ALGORITHM_SUITE];
    wws_setting *level = &description->settings[WWS_TRANSPORT_PROTECTION_LEVEL];
    if (!level->given && wws_description_transport(description) == NULL) {
        level->choice = WWS_PROTECTION_NONE;
    }
    if (custom->given) {
        name->present = name->given;
        return wws_suite_read(custom->value, &description->suite, in->err);
    }
    if (!name->given && wws_description_find(description, WWS_BINDING_KERBEROS_APREQ) != NULL) {
        name->choice = (int)wws_enum_find(WWS_ENUM_ALGORITHM_SUITE_NAME, WWS_SPAN("basic128"))->number;
    }
    const char *text = wws_enum_name(WWS_ENUM_ALGORITHM_SUITE_NAME, (uint32_t)name->choice);
    description->suite = *wws_suite_named(wws_span_of(text));
    return WWS_OK;
}

static wws_result wrap(wws_error *err)
{
    const wws_result code = wws_error_wrap(err, WWS_E_INVALIDARG, "the bootstrap of the security context is wrong");
    wws_error_at(err, "validate the security description");
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), "bootstrap");
    wws_error_expected(err, "a description by which a context can be obtained");
    if (err != NULL) {
        wws_error_got(err, "%s", err->cause.message);
    }
    return code;
}

static wws_result read_description(const reader *in, const wws_value *value, wws_description **out);

static wws_result read_bootstrap(const reader *in, wws_description *description)
{
    for (size_t i = 0; i < description->count; i++) {
        wws_binding *binding = &description->bindings[i];
        if (binding->type == WWS_BINDING_SECURITY_CONTEXT) {
            const wws_value *value = wws_value_get(binding->value, "bootstrap");
            reader inner = *in;
            inner.outer = description;
            const wws_result code = read_description(&inner, value, &binding->bootstrap);
            if (code != WWS_OK) {
                return code == WWS_E_INVALIDARG ? wrap(in->err) : code;
            }
        }
    }
    return WWS_OK;
}

static unsigned channels_of(wws_channel_binding channel)
{
    return channel == WWS_CHANNEL_UNKNOWN ? WWS_ALL_CHANNELS : (unsigned)channel;
}

static wws_result read_description(const reader *in, const wws_value *value, wws_description **out)
{
    static const wws_value NOTHING = {.kind = WWS_VALUE_TABLE};
    void *memory = NULL;
    if (value->kind != WWS_VALUE_TABLE && value->kind != WWS_VALUE_NIL) {
        return wws_refuse(in->err, NULL, NULL, "table", wws_kind_name(value->kind),
                          "a security description must be a table");
    }
    const wws_value *table = value->kind == WWS_VALUE_NIL ? &NOTHING : value;
    WWS_TRY(wws_arena_take(in->arena, sizeof(wws_description), &memory, in->err));
    wws_description *description = memory;
    description->side = in->side;
    description->channel = in->channel;
    WWS_TRY(wws_table_check(table, WWS_FORM_BOTH, NULL, NULL, in->err));
    WWS_TRY(read_settings(in, table, description));
    WWS_TRY(read_bindings(in, table, description));
    WWS_TRY(settle(in, description));
    const wws_scope scope = {description, in->outer, channels_of(in->channel)};
    WWS_TRY(wws_rules_apply(&scope, in->err));
    WWS_TRY(read_bootstrap(in, description));
    *out = description;
    return WWS_OK;
}

wws_result wws_description_read(const wws_value *value, wws_side side, wws_channel_binding channel, wws_arena *arena,
                                wws_description **out, wws_error *err)
{
    return read_description(&(reader){side, channel, arena, NULL, err}, value, out);
}

wws_result wws_description_check_channel(const wws_description *description, wws_channel_binding channel,
                                         wws_error *err)
{
    const wws_scope scope = {description, NULL, channels_of(channel)};
    WWS_TRY(wws_rules_apply(&scope, err));
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    if (context == NULL) {
        return WWS_OK;
    }
    const wws_scope inner = {context->bootstrap, description, channels_of(channel)};
    const wws_result code = wws_rules_apply(&inner, err);
    return code == WWS_E_INVALIDARG ? wrap(err) : code;
}
