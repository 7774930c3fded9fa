/* Out of what both sides gave, the key; every mixture of the three ways is refused (secure-conversation.md 5.1). */
#include "crypto/hmac.h"
#include "security/trust/trust_parts.h"

static const char *const MODES[] = {[WWS_ENTROPY_CLIENT_ONLY] = "client_only",
                                    [WWS_ENTROPY_SERVER_ONLY] = "server_only",
                                    [WWS_ENTROPY_COMBINED] = "combined"};

/** What each mode demands of each part. */
typedef struct mode_row {
    bool client, computed, server, proof;
} mode_row;

static const mode_row ROWS[] = {[WWS_ENTROPY_CLIENT_ONLY] = {.client = true},
                                [WWS_ENTROPY_SERVER_ONLY] = {.proof = true},
                                [WWS_ENTROPY_COMBINED] = {.client = true, .computed = true, .server = true}};

static wws_result check_part(bool wanted, bool there, const char *part, int mode, wws_error *err)
{
    if (wanted == there) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the key cannot be made: there is %s %s", there ? "a" : "no", part);
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), "security_context_key_entropy_mode");
    wws_error_expected(err, "what the entropy mode %s needs, and nothing else", MODES[mode]);
    return WWS_E_INVALID_FORMAT;
}

static wws_result check_mode(const wws_secret *client, const wws_rstr *rstr, int mode, wws_error *err)
{
    const mode_row *row = &ROWS[mode];
    WWS_TRY(check_part(row->client, client->len > 0, "client entropy in the request", mode, err));
    WWS_TRY(check_part(row->computed, rstr->computed_key, "ComputedKey in the response", mode, err));
    WWS_TRY(check_part(row->server, rstr->entropy.len > 0, "server entropy in the response", mode, err));
    return check_part(row->proof, rstr->proof.len > 0, "secret in the response's RequestedProofToken", mode, err);
}

static wws_result check_size(uint32_t bits, const wws_suite *suite, wws_error *err)
{
    if (bits % 8 == 0 && bits >= WWS_KEY_BITS_MIN && bits <= WWS_KEY_BITS_MAX &&
        wws_suite_allows_key_size(suite, bits)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the algorithm suite does not allow a context key of %u bits", bits);
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), "security_context_key_size");
    wws_error_expected(err, "%u to %u bits", suite->min_symmetric_key_length, suite->max_symmetric_key_length);
    wws_error_got(err, "%u bits", bits);
    return WWS_E_INVALID_FORMAT;
}

/* A secret that is the key itself must have the length that was agreed, when one was. */
static wws_result take_secret(const wws_secret *secret, uint32_t agreed, wws_secret *out, wws_error *err)
{
    if (agreed != 0 && secret->len * 8 != agreed) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the context key does not have the length that was agreed");
        wws_error_expected(err, "%u bits", agreed);
        wws_error_got(err, "%zu bits", secret->len * 8);
        return WWS_E_INVALID_FORMAT;
    }
    *out = *secret;
    return WWS_OK;
}

static wws_result make_key(const wws_secret *client, uint32_t agreed, const wws_rstr *rstr, int mode,
                           const wws_suite *suite, wws_secret *out, wws_error *err)
{
    if (mode != WWS_ENTROPY_COMBINED) {
        const wws_secret *secret = mode == WWS_ENTROPY_CLIENT_ONLY ? client : &rstr->proof;
        WWS_TRY(check_size((uint32_t)secret->len * 8, suite, err));
        return take_secret(secret, agreed, out, err);
    }
    const uint32_t bits = agreed != 0 ? agreed : wws_suite_default_key_size(suite);
    WWS_TRY(check_size(bits, suite, err));
    out->len = bits / 8;
    return wws_psha1(wws_secret_peek(client), (wws_span){NULL, 0}, wws_secret_peek(&rstr->entropy), 0, out->bytes,
                     out->len, err);
}

wws_result wws_rstr_key(const wws_secret *client_entropy, uint32_t requested_size, const wws_rstr *rstr,
                        int entropy_mode, const wws_suite *suite, wws_secret *out, wws_error *err)
{
    const uint32_t agreed = rstr->key_size != 0 ? rstr->key_size : requested_size;
    wws_secret made = {{0}, 0};
    wws_result result = check_mode(client_entropy, rstr, entropy_mode, err);
    if (result == WWS_OK) {
        result = make_key(client_entropy, agreed, rstr, entropy_mode, suite, &made, err);
    }
    if (result == WWS_OK) {
        *out = made;
    } else {
        wws_error_at(err, "make the context key");
    }
    wws_secret_wipe(&made);
    return result;
}
