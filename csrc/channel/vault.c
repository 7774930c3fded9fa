#include "channel/vault.h"

static wws_result wrong(const char *property, const char *expected, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "the context store is not what it must be");
    wws_error_about(err, NULL, property);
    wws_error_expected(err, "%s", expected);
    return WWS_E_INVALIDARG;
}

static bool is_string(const wws_value *value)
{
    return value != NULL && value->kind == WWS_VALUE_STRING;
}

static wws_result read_key(const wws_value *given, const wws_vault *before, wws_seal_key *out, wws_error *err)
{
    const wws_value *id = given->kind == WWS_VALUE_TABLE ? wws_value_get(given, "id") : NULL;
    const wws_value *secret = given->kind == WWS_VALUE_TABLE ? wws_value_get(given, "secret") : NULL;
    if (!is_string(id) || id->text.len == 0 || id->text.len > WWS_SEAL_ID_MAX) {
        return wrong("keys", "an id of 1 to 32 bytes for each key", err);
    }
    if (!is_string(secret) || secret->text.len != WWS_SEAL_KEY) {
        return wrong("keys", "a secret of 32 bytes for each key", err);
    }
    for (size_t i = 0; i < before->key_count; i++) {
        if (wws_span_equal((wws_span){before->keys[i].id, before->keys[i].id_len}, id->text)) {
            return wrong("keys", "ids that differ", err);
        }
    }
    out->id_len = id->text.len;
    memcpy(out->id, id->text.at, id->text.len);
    memcpy(out->secret, secret->text.at, WWS_SEAL_KEY);
    return WWS_OK;
}

static wws_result read_keys(const wws_value *keys, wws_vault *out, wws_error *err)
{
    if (keys == NULL || keys->kind != WWS_VALUE_TABLE || keys->item_count == 0 ||
        keys->item_count > WWS_SEAL_KEYS_MAX) {
        return wrong("keys", "a list of 1 to 16 keys, { id=, secret= } each", err);
    }
    for (size_t i = 0; i < keys->item_count; i++) {
        WWS_TRY(read_key(&keys->items[i], out, &out->keys[i], err));
        out->key_count++;
    }
    return WWS_OK;
}

wws_result wws_vault_read(const wws_value *store, wws_vault *out, wws_error *err)
{
    const bool is_table = store->kind == WWS_VALUE_TABLE;
    const wws_value *kind = is_table ? wws_value_get(store, "kind") : NULL;
    const wws_value *id = is_table ? wws_value_get(store, "id") : NULL;
    const wws_value *remembers = is_table ? wws_value_get(store, "remembers") : NULL;
    if (!is_string(kind) || !(wws_span_is(kind->text, "shared") || wws_span_is(kind->text, "sealed"))) {
        return wrong("store", "\"memory\", or a store made by wws.store", err);
    }
    memset(out, 0, sizeof *out);
    out->kind = wws_span_is(kind->text, "sealed") ? WWS_VAULT_SEALED : WWS_VAULT_SHARED;
    out->remembers = remembers != NULL && remembers->boolean;
    out->id = id != NULL && id->kind == WWS_VALUE_NUMBER ? (uint32_t)id->number : 0;
    const wws_result result = read_keys(wws_value_get(store, "keys"), out, err);
    if (result != WWS_OK) {
        wws_vault_wipe(out);
    }
    return result;
}

void wws_vault_wipe(wws_vault *vault)
{
    explicit_bzero(vault, sizeof *vault);
}
