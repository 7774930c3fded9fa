#include "channel/settings.h"

#include <math.h>

#include "channel/settings_table.h"
#include "security/description/refusal.h"

void wws_settings_init(wws_settings *settings, wws_side side)
{
    memset(settings, 0, sizeof *settings);
    settings->side = side;
    for (int i = 1; i < WWS_CHANNEL_PROPERTY_END; i++) {
        const wws_property_row *row = &WWS_PROPERTY_ROWS[i];
        const double standard = side == WWS_SERVER ? row->listener_standard : row->standard;
        wws_setting *setting = &settings->of[i];
        setting->present = row->type != WWS_PROPERTY_ANY && row->type != WWS_PROPERTY_FUNCTION;
        setting->value = row->list;
        switch (row->type) {
        case WWS_PROPERTY_BOOLEAN:
            setting->boolean = standard > 0;
            break;
        case WWS_PROPERTY_CHOICE:
            setting->choice = (int)standard;
            break;
        case WWS_PROPERTY_FLAGS:
            setting->flags = (uint32_t)standard;
            break;
        case WWS_PROPERTY_SIZE:
        case WWS_PROPERTY_SECONDS:
        case WWS_PROPERTY_TEXTS:
        case WWS_PROPERTY_FUNCTION:
        case WWS_PROPERTY_ANY:
        default:
            setting->number = standard;
            break;
        }
    }
}

static int find(wws_span name)
{
    for (int i = 1; i < WWS_CHANNEL_PROPERTY_END; i++) {
        if (wws_span_is(name, WWS_PROPERTY_ROWS[i].name)) {
            return i;
        }
    }
    return 0;
}

static wws_result unknown(wws_span name, wws_side side, const char *const *others, wws_error *err)
{
    const char *owner = side == WWS_SERVER ? "listener" : "channel";
    wws_guess guess = {.name = name};
    for (int i = 1; i < WWS_CHANNEL_PROPERTY_END; i++) {
        if ((WWS_PROPERTY_ROWS[i].sides & (int)side) != 0) {
            wws_guess_offer(&guess, WWS_PROPERTY_ROWS[i].name);
        }
    }
    for (; others != NULL && *others != NULL; others++) {
        wws_guess_offer(&guess, *others);
    }
    const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "a %s has no such option or property", owner);
    wws_error_got(err, "%.*s", WWS_PRINT(name));
    wws_guess_hint(&guess, err);
    return code;
}

static wws_result wrong_side(const wws_property_row *row, wws_side side, wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "the property %s is not one of a %s", row->name,
                                     side == WWS_SERVER ? "listener" : "client channel");
    wws_error_about(err, NULL, row->name);
    wws_error_hint(err, "it belongs to a %s", side == WWS_SERVER ? "client channel" : "listener");
    return code;
}

static bool is_listed(wws_span name, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++) {
        if (wws_span_is(name, *list)) {
            return true;
        }
    }
    return false;
}

static wws_result take_field(wws_settings *settings, const wws_value_field *field, const char *const *others,
                             wws_error *err)
{
    const int property = find(field->name);
    if (property == 0) {
        return unknown(field->name, settings->side, others, err);
    }
    const wws_property_row *row = &WWS_PROPERTY_ROWS[property];
    if ((row->sides & (int)settings->side) == 0) {
        return wrong_side(row, settings->side, err);
    }
    return wws_property_take(row, &field->value, &settings->of[property], err);
}

wws_result wws_settings_read(wws_settings *settings, const wws_value *options, const char *const *others,
                             wws_error *err)
{
    wws_settings taken = *settings;
    if (options->item_count > 0) {
        wws_result code = wws_fail(err, WWS_E_INVALIDARG, "the options are named, there is no list part");
        wws_error_hint(err, "a security description is the value of the option security");
        return code;
    }
    for (size_t i = 0; i < options->field_count; i++) {
        if (!is_listed(options->fields[i].name, others)) {
            WWS_TRY(take_field(&taken, &options->fields[i], others, err));
        }
    }
    *settings = taken;
    return WWS_OK;
}

wws_result wws_settings_set(wws_settings *settings, wws_span name, const wws_value *value, wws_error *err)
{
    const int property = find(name);
    if (property == 0) {
        return unknown(name, settings->side, NULL, err);
    }
    const wws_property_row *row = &WWS_PROPERTY_ROWS[property];
    if ((row->sides & (int)settings->side) == 0) {
        return wrong_side(row, settings->side, err);
    }
    if ((row->marks & WWS_PROPERTY_SETTABLE) == 0) {
        const wws_result code =
            wws_fail(err, WWS_E_INVALIDARG, "the property %s can only be given at creation", row->name);
        wws_error_about(err, NULL, row->name);
        return code;
    }
    return wws_property_take(row, value, &settings->of[property], err);
}

wws_result wws_settings_get(const wws_settings *settings, wws_span name, wws_value *out, wws_error *err)
{
    const int property = find(name);
    if (property == 0) {
        return unknown(name, settings->side, NULL, err);
    }
    const wws_property_row *row = &WWS_PROPERTY_ROWS[property];
    if ((row->sides & (int)settings->side) == 0) {
        return wrong_side(row, settings->side, err);
    }
    *out = wws_property_show(row, &settings->of[property]);
    return WWS_OK;
}

static bool is_standard(const wws_property_row *row, const wws_setting *setting, wws_side side)
{
    const double standard = side == WWS_SERVER ? row->listener_standard : row->standard;
    switch (row->type) {
    case WWS_PROPERTY_SIZE:
    case WWS_PROPERTY_SECONDS:
        return setting->number == standard;
    case WWS_PROPERTY_BOOLEAN:
        return setting->boolean == (standard > 0);
    case WWS_PROPERTY_CHOICE:
        return setting->choice == (int)standard;
    case WWS_PROPERTY_FLAGS:
        return setting->flags == (uint32_t)standard;
    case WWS_PROPERTY_TEXTS:
    case WWS_PROPERTY_FUNCTION:
    case WWS_PROPERTY_ANY:
    default:
        return false;
    }
}

static bool is_later(const wws_property_row *row, const wws_setting *setting, wws_side side)
{
    if (row->type == WWS_PROPERTY_CHOICE) {
        for (const wws_property_choice *choice = row->choices; choice->name != NULL; choice++) {
            if (choice->value == setting->choice) {
                return choice->later;
            }
        }
    }
    return (row->marks & WWS_PROPERTY_LATER) != 0 && !is_standard(row, setting, side);
}

static wws_result not_yet(const wws_property_row *row, const wws_setting *setting, wws_error *err)
{
    const wws_value shown = wws_property_show(row, setting);
    const wws_result code =
        wws_fail(err, WWS_E_NOTIMPL, "this version does not perform the property %s with that value", row->name);
    wws_error_about(err, NULL, row->name);
    if (shown.kind == WWS_VALUE_STRING) {
        wws_error_got(err, "%.*s", WWS_PRINT(shown.text));
    } else if (shown.kind == WWS_VALUE_NUMBER) {
        wws_error_got(err, "%.14g", shown.number);
    }
    return code;
}

static const char *channel_name(wws_channel_binding channel)
{
    return channel == WWS_CHANNEL_HTTP ? "http" : channel == WWS_CHANNEL_TCP ? "tcp" : "namedpipe";
}

/* Neither UTF-16 nor the parts of MTOM are written piece by piece. */
static wws_result check_streamed_text(const wws_settings *settings, wws_error *err)
{
    const int choice = settings->of[WWS_ENCODING].choice;
    if (!wws_settings_streams(settings, WWS_STREAMED_OUTPUT) || choice == WWS_ENCODING_TEXT_UTF8 ||
        choice == WWS_ENCODING_BINARY || choice == WWS_ENCODING_BINARY_SESSION) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_NOTIMPL, "this version streams what it sends in UTF-8 or binary only");
    wws_error_about(err, NULL, WWS_PROPERTY_ROWS[WWS_ENCODING].name);
    wws_error_expected(err, "text_utf8 or binary");
    return WWS_E_NOTIMPL;
}

static wws_result needs_session(const char *why, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", why);
    wws_error_about(err, NULL, "encoding");
    wws_error_expected(err, "binary, without a session");
    wws_error_got(err, "binary_session");
    return WWS_E_INVALIDARG;
}

static wws_result check_encoding(const wws_settings *settings, wws_channel_binding channel, wws_error *err)
{
    const int choice = settings->of[WWS_ENCODING].choice;
    if (channel == WWS_CHANNEL_HTTP) {
        return choice == WWS_ENCODING_BINARY_SESSION
                   ? needs_session("a session's dictionary needs a session, which the http binding has not", err)
                   : WWS_OK;
    }
    if (choice == WWS_ENCODING_BINARY_SESSION && settings->side == WWS_CLIENT &&
        wws_settings_streams(settings, WWS_STREAMED)) {
        return needs_session("a session's dictionary needs a session, which streamed messages have not", err);
    }
    return WWS_OK;
}

/* Times of questions that nobody asks. */
static wws_result check_keep_alives(const wws_settings *settings, wws_error *err)
{
    static const wws_channel_property times[] = {WWS_KEEP_ALIVE_TIME, WWS_KEEP_ALIVE_INTERVAL};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (settings->of[times[i]].given && !settings->of[WWS_SEND_KEEP_ALIVES].boolean) {
            (void)wws_fail(err, WWS_E_INVALIDARG, "the property %s needs send_keep_alives",
                           wws_settings_name(times[i]));
            wws_error_about(err, NULL, wws_settings_name(times[i]));
            wws_error_expected(err, "send_keep_alives = true beside it");
            wws_error_got(err, "send_keep_alives = false");
            return WWS_E_INVALIDARG;
        }
    }
    return WWS_OK;
}

wws_result wws_settings_check(const wws_settings *settings, wws_channel_binding channel, wws_error *err)
{
    for (int i = 1; i < WWS_CHANNEL_PROPERTY_END; i++) {
        const wws_property_row *row = &WWS_PROPERTY_ROWS[i];
        const wws_setting *setting = &settings->of[i];
        if (!setting->given) {
            continue;
        }
        if ((row->channels & (int)channel) == 0) {
            const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "the property %s does not apply to the %s binding",
                                             row->name, channel_name(channel));
            wws_error_about(err, NULL, row->name);
            return code;
        }
        if (is_later(row, setting, settings->side)) {
            return not_yet(row, setting, err);
        }
    }
    WWS_TRY(check_encoding(settings, channel, err));
    WWS_TRY(check_keep_alives(settings, err));
    return check_streamed_text(settings, err);
}

const char *wws_settings_name(wws_channel_property property)
{
    return WWS_PROPERTY_ROWS[property].name;
}

double wws_settings_seconds(const wws_settings *settings, wws_channel_property property)
{
    const wws_setting *setting = &settings->of[property];
    return setting->given || settings->of[WWS_ENABLE_TIMEOUTS].boolean ? setting->number : (double)INFINITY;
}

size_t wws_settings_size(const wws_settings *settings, wws_channel_property property)
{
    return (size_t)settings->of[property].number;
}

wws_envelope_version wws_settings_envelope(const wws_settings *settings)
{
    return (wws_envelope_version)settings->of[WWS_ENVELOPE_VERSION].choice;
}

wws_addressing_version wws_settings_addressing(const wws_settings *settings)
{
    return (wws_addressing_version)settings->of[WWS_ADDRESSING_VERSION].choice;
}

wws_charset wws_settings_charset(const wws_settings *settings)
{
    switch (settings->of[WWS_ENCODING].choice) {
    case WWS_ENCODING_TEXT_UTF16LE:
    case WWS_ENCODING_MTOM_UTF16LE:
        return WWS_CHARSET_UTF16LE;
    case WWS_ENCODING_TEXT_UTF16BE:
    case WWS_ENCODING_MTOM_UTF16BE:
        return WWS_CHARSET_UTF16BE;
    default:
        return WWS_CHARSET_UTF8;
    }
}

bool wws_settings_streams(const wws_settings *settings, int direction)
{
    return (settings->of[WWS_TRANSFER_MODE].choice & direction) != 0;
}

bool wws_settings_disallow_agent(const wws_settings *settings, wws_span agent)
{
    const wws_value *list = settings->of[WWS_DISALLOWED_USER_AGENT].value;
    for (size_t i = 0; i < list->item_count; i++) {
        const wws_span word = list->items[i].text;
        if (word.len > 0 && agent.len >= word.len && memmem(agent.at, agent.len, word.at, word.len) != NULL) {
            return true;
        }
    }
    return false;
}
