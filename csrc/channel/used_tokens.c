#include "channel/used_tokens.h"

#include <string.h>

enum { FIRST_ROOM = 64 };

void wws_used_tokens_init(wws_used_tokens *used, const wws_env *env)
{
    *used = (wws_used_tokens){.env = env};
}

void wws_used_tokens_clear(wws_used_tokens *used)
{
    if (used->env != NULL) {
        wws_env_free(used->env, used->tokens);
    }
    *used = (wws_used_tokens){.env = used->env};
}

static void forget_old(wws_used_tokens *used)
{
    const wws_time now = wws_env_now(used->env);
    size_t kept = 0;
    if (now < used->soonest) {
        return;
    }
    used->soonest = WWS_TIME_NEVER;
    for (size_t i = 0; i < used->count; i++) {
        if (used->tokens[i].until > now) {
            used->tokens[kept++] = used->tokens[i];
            used->soonest = used->tokens[i].until < used->soonest ? used->tokens[i].until : used->soonest;
        }
    }
    used->count = kept;
}

static bool is_there(const wws_used_tokens *used, const wws_digest *name)
{
    for (size_t i = 0; i < used->count; i++) {
        if (memcmp(used->tokens[i].name, name->bytes, sizeof used->tokens[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static wws_result grow(wws_used_tokens *used, wws_error *err)
{
    if (used->count < used->room) {
        return WWS_OK;
    }
    if (used->room == WWS_USED_TOKENS_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "more tokens for one use are remembered than a listener keeps");
    }
    const size_t room = used->room == 0 ? FIRST_ROOM : used->room * 2;
    wws_used_token *tokens = used->env->alloc->resize(used->env->alloc->state, used->tokens, room * sizeof *tokens);
    if (tokens == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory to remember a token");
    }
    used->tokens = tokens;
    used->room = room;
    return WWS_OK;
}

wws_result wws_used_tokens_add(wws_used_tokens *used, wws_span name, wws_time until, wws_error *err)
{
    wws_digest digest;
    WWS_TRY(wws_digest_of(WWS_SHA256, name, &digest, err));
    forget_old(used);
    if (is_there(used, &digest)) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the token is for one use, and was used before");
    }
    WWS_TRY(grow(used, err));
    used->soonest = until < used->soonest ? until : used->soonest;
    used->tokens[used->count].until = until;
    memcpy(used->tokens[used->count].name, digest.bytes, sizeof used->tokens[used->count].name);
    used->count++;
    return WWS_OK;
}
