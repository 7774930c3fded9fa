/* What no single field can tell: which bindings go together, on which transport, on which side. */
#include <stdio.h>

#include "security/description/reader.h"

static const wws_binding_row *row_of(const wws_binding *binding)
{
    return wws_binding_row_of(binding->type);
}

const wws_binding *wws_description_transport(const wws_description *description)
{
    for (size_t i = 0; i < description->count; i++) {
        if (row_of(&description->bindings[i])->level == WWS_LEVEL_TRANSPORT) {
            return &description->bindings[i];
        }
    }
    return NULL;
}

static size_t count_of(const wws_description *description, wws_binding_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < description->count; i++) {
        count += description->bindings[i].type == type ? 1 : 0;
    }
    return count;
}

static wws_result rule_instances(const wws_scope *scope, wws_error *err)
{
    const wws_binding *transport = wws_description_transport(scope->description);
    for (size_t i = 0; i < scope->description->count; i++) {
        const wws_binding *binding = &scope->description->bindings[i];
        const wws_binding_row *row = row_of(binding);
        const size_t count = count_of(scope->description, row->type);
        if (row->instances > 0 && count > row->instances) {
            char expected[WWS_WORDS];
            char got[WWS_WORDS];
            (void)snprintf(expected, sizeof expected, "at most %zu in one description", row->instances);
            (void)snprintf(got, sizeof got, "%zu", count);
            return wws_refuse(err, row->name, "type", expected, got, "'%s' is there too often", row->name);
        }
        if (row->level == WWS_LEVEL_TRANSPORT && binding->type != transport->type) {
            return wws_refuse(err, row->name, "type", "one transport binding", wws_binding_name(transport->type),
                              "'%s' cannot stand beside '%s'", row->name, wws_binding_name(transport->type));
        }
    }
    return WWS_OK;
}

static wws_words channel_words(unsigned channels)
{
    static const struct {
        unsigned bit;
        const char *name;
    } NAMES[] = {{WWS_CHANNEL_HTTP, "http"}, {WWS_CHANNEL_TCP, "tcp"}, {WWS_CHANNEL_NAMEDPIPE, "namedpipe"}};
    wws_words words = {.len = 0};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if ((channels & NAMES[i].bit) != 0) {
            wws_words_add(&words, wws_span_of(NAMES[i].name));
        }
    }
    return words;
}

/* Also without a known transport: bindings that share none can never go together. */
static wws_result rule_channels(const wws_scope *scope, wws_error *err)
{
    unsigned left = scope->channels;
    for (size_t i = 0; i < scope->description->count; i++) {
        const wws_binding_row *row = row_of(&scope->description->bindings[i]);
        const wws_words expected = channel_words(row->channels);
        const wws_words got = channel_words(left);
        if ((left & row->channels) == 0) {
            return wws_refuse(err, row->name, "type", expected.text, got.text, "'%s' does not run over %s", row->name,
                              got.text);
        }
        left &= row->channels;
    }
    return WWS_OK;
}

/* The bootstrap speaks over the same transport as the messages that its context protects. */
static wws_result rule_bootstrap(const wws_scope *scope, wws_error *err)
{
    if (scope->outer == NULL) {
        return WWS_OK;
    }
    const wws_binding *outside = wws_description_transport(scope->outer);
    const wws_binding *inside = wws_description_transport(scope->description);
    const char *expected = outside == NULL ? "no transport binding" : wws_binding_name(outside->type);
    const char *got = inside == NULL ? "no transport binding" : wws_binding_name(inside->type);
    if (scope->description->count == 0) {
        return wws_refuse(err, outside == NULL ? NULL : wws_binding_name(outside->type), "type", "one binding or more",
                          "an empty description", "a bootstrap needs bindings");
    }
    if ((outside == NULL) != (inside == NULL) || (outside != NULL && outside->type != inside->type)) {
        const wws_binding *named = outside == NULL ? inside : outside;
        return wws_refuse(err, wws_binding_name(named->type), "type", expected, got,
                          "the bootstrap must have the transport binding of the description around it");
    }
    return WWS_OK;
}

static const char *level_name(const wws_setting *level)
{
    return level->given ? wws_enum_name(WWS_ENUM_PROTECTION_LEVEL, (uint32_t)level->choice) : "nothing said";
}

/* Without a transport binding: the client never, the server over HTTP and where it says so. */
static wws_result check_bare(const wws_scope *scope, const wws_binding_row *row, wws_error *err)
{
    const wws_setting *level = &scope->description->settings[WWS_TRANSPORT_PROTECTION_LEVEL];
    const bool none = level->given && level->choice == WWS_PROTECTION_NONE;
    const bool client = scope->description->side == WWS_CLIENT;
    if (row->level == WWS_LEVEL_MESSAGE && (client || (scope->channels & WWS_CHANNEL_HTTP) == 0)) {
        const wws_words over = channel_words(scope->channels);
        const char *expected =
            scope->channels == WWS_CHANNEL_HTTP ? "an ssl binding beside it" : "an ssl or tcp_sspi binding beside it";
        const wws_result code =
            wws_refuse(err, row->name, "type", expected, "no transport binding", "'%s' needs a protected transport%s%s",
                       row->name, client ? " on the client" : " over ", client ? "" : over.text);
        wws_error_hint(err, "only a server over HTTP may do without, with transport_protection_level = \"none\"");
        return code;
    }
    if (!none) {
        const wws_result code =
            wws_refuse(err, row->name, "transport_protection_level", "\"none\", said explicitly, or an ssl binding",
                       level_name(level), "'%s' without ssl must be asked for", row->name);
        if (scope->outer != NULL) {
            wws_error_hint(err, "the bootstrap says it for itself");
        }
        return code;
    }
    return WWS_OK;
}

/* Does a message of this side's show a secret to who reads along? Of a Kerberos token it does not. */
static bool sends_secrets(const wws_binding *binding, wws_side side)
{
    return binding->type == WWS_BINDING_SECURITY_CONTEXT ||
           (side == WWS_CLIENT && (binding->type == WWS_BINDING_USERNAME || binding->type == WWS_BINDING_XML_TOKEN));
}

/* Beside a transport whose protection can be chosen. */
static wws_result check_level(const wws_scope *scope, const wws_binding *binding, wws_error *err)
{
    const wws_setting *level = &scope->description->settings[WWS_TRANSPORT_PROTECTION_LEVEL];
    const char *name = row_of(binding)->name;
    if (level->choice == WWS_PROTECTION_NONE) {
        return wws_refuse(err, name, "transport_protection_level", "sign or sign_and_encrypt", "none",
                          "'%s' over TCP needs a transport that protects", name);
    }
    if (level->choice == WWS_PROTECTION_SIGN && sends_secrets(binding, scope->description->side)) {
        return wws_refuse(err, name, "transport_protection_level", "sign_and_encrypt", "sign",
                          "'%s' sends secrets, which a transport that only signs would show", name);
    }
    return WWS_OK;
}

static wws_result rule_protection(const wws_scope *scope, wws_error *err)
{
    const wws_binding *transport = wws_description_transport(scope->description);
    const wws_setting *level = &scope->description->settings[WWS_TRANSPORT_PROTECTION_LEVEL];
    for (size_t i = 0; i < scope->description->count; i++) {
        const wws_binding_row *row = row_of(&scope->description->bindings[i]);
        if (row->level == WWS_LEVEL_TRANSPORT) {
            continue;
        }
        if (transport == NULL) {
            WWS_TRY(check_bare(scope, row, err));
        } else if (transport->type == WWS_BINDING_TCP_SSPI) {
            WWS_TRY(check_level(scope, &scope->description->bindings[i], err));
        }
    }
    if (transport == NULL && level->given && level->choice != WWS_PROTECTION_NONE) {
        return wws_refuse(err, NULL, "transport_protection_level", "a transport binding, or \"none\"",
                          level_name(level), "there is no transport binding that could protect");
    }
    return WWS_OK;
}

/* NTLM proves nothing about the server; to find that out on the wire is too late. */
static wws_result rule_server_auth(const wws_scope *scope, wws_error *err)
{
    for (size_t i = 0; i < scope->description->count; i++) {
        const wws_binding *binding = &scope->description->bindings[i];
        const wws_setting *package = &binding->settings[WWS_WINDOWS_INTEGRATED_AUTH_PACKAGE];
        if (package->present && package->choice == WWS_PACKAGE_NTLM &&
            binding->settings[WWS_REQUIRE_SERVER_AUTH].boolean) {
            const wws_result code =
                wws_refuse(err, row_of(binding)->name, "require_server_auth", "false where the package is ntlm", "true",
                           "NTLM cannot authenticate the server, which is required");
            wws_error_hint(err, "use kerberos or spnego, or give up knowing the server");
            return code;
        }
    }
    return WWS_OK;
}

static wws_result rule_protocols(const wws_scope *scope, wws_error *err)
{
    enum { SPOKEN = 0x4 | 0x8 | 0x10 | 0x20 };
    const wws_binding *ssl = wws_description_find(scope->description, WWS_BINDING_SSL);
    if (ssl == NULL || (ssl->settings[WWS_DISALLOWED_SECURE_PROTOCOLS].flags & SPOKEN) != SPOKEN) {
        return WWS_OK;
    }
    return wws_refuse(err, "ssl", "disallowed_secure_protocols", "one of tls1_0 to tls1_3 left", "all of them",
                      "every TLS version is disallowed");
}

static wws_result rule_suite(const wws_scope *scope, wws_error *err)
{
    const wws_setting *settings = scope->description->settings;
    if (settings[WWS_ALGORITHM_SUITE].given && settings[WWS_ALGORITHM_SUITE_NAME].given) {
        return wws_refuse(err, NULL, "algorithm_suite", "algorithm_suite or algorithm_suite_name", "both",
                          "the algorithm suite is given twice");
    }
    return WWS_OK;
}

static wws_result rule_timestamps(const wws_scope *scope, wws_error *err)
{
    if (scope->description->settings[WWS_TIMESTAMP_USAGE].choice != WWS_TIMESTAMP_NEVER) {
        return WWS_OK;
    }
    for (size_t i = 0; i < scope->description->count; i++) {
        const wws_binding_row *row = row_of(&scope->description->bindings[i]);
        if (row->signs) {
            return wws_refuse(err, row->name, "timestamp_usage", "always or requests_only", "never",
                              "'%s' signs the Timestamp, so there must be one", row->name);
        }
    }
    return WWS_OK;
}

static wws_result rule_key_size(const wws_scope *scope, wws_error *err)
{
    const wws_binding *context = wws_description_find(scope->description, WWS_BINDING_SECURITY_CONTEXT);
    const wws_suite *suite = &scope->description->suite;
    if (context == NULL || !context->settings[WWS_SECURITY_CONTEXT_KEY_SIZE].present) {
        return WWS_OK;
    }
    const double bits = context->settings[WWS_SECURITY_CONTEXT_KEY_SIZE].number;
    if (wws_suite_allows_key_size(suite, (uint32_t)bits)) {
        return WWS_OK;
    }
    char expected[WWS_WORDS];
    char got[WWS_WORDS];
    (void)snprintf(expected, sizeof expected, "%u to %u bits, in octets", suite->min_symmetric_key_length,
                   suite->max_symmetric_key_length);
    (void)snprintf(got, sizeof got, "%.0f", bits);
    return wws_refuse(err, "security_context", "key_size", expected, got,
                      "the algorithm suite %s has no keys of that size", suite->name);
}

wws_result wws_rules_apply(const wws_scope *scope, wws_error *err)
{
    static wws_result (*const RULES[])(const wws_scope *, wws_error *) = {
        rule_instances, rule_channels, rule_bootstrap,  rule_protection, wws_rule_header_auth,         rule_server_auth,
        rule_protocols, rule_suite,    rule_timestamps, rule_key_size,   wws_rule_extended_protection,
    };
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        WWS_TRY(RULES[i](scope, err));
    }
    return WWS_OK;
}
