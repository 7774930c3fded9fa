#include "security/conversation/server_context.h"

/* 0: illegal. What has ended stays ended. */
static const uint8_t transitions[WWS_CONTEXT_STATE_END][WWS_CONTEXT_EVENT_END] = {
    [WWS_CONTEXT_PENDING] = {[WWS_CONTEXT_USE] = WWS_CONTEXT_ACTIVE,
                             [WWS_CONTEXT_RENEW] = WWS_CONTEXT_PENDING,
                             [WWS_CONTEXT_CANCEL] = WWS_CONTEXT_CANCELLED,
                             [WWS_CONTEXT_REVOKE] = WWS_CONTEXT_REVOKED,
                             [WWS_CONTEXT_EXPIRE] = WWS_CONTEXT_EXPIRED},
    [WWS_CONTEXT_ACTIVE] = {[WWS_CONTEXT_USE] = WWS_CONTEXT_ACTIVE,
                            [WWS_CONTEXT_RENEW] = WWS_CONTEXT_ACTIVE,
                            [WWS_CONTEXT_CANCEL] = WWS_CONTEXT_CANCELLED,
                            [WWS_CONTEXT_REVOKE] = WWS_CONTEXT_REVOKED,
                            [WWS_CONTEXT_EXPIRE] = WWS_CONTEXT_EXPIRED},
};

wws_context_state wws_context_next_state(wws_context_state state, wws_context_event event)
{
    return (wws_context_state)transitions[state][event];
}

const char *wws_context_state_name(wws_context_state state)
{
    static const char *const names[WWS_CONTEXT_STATE_END] = {
        NULL, "pending", "active", "cancelled", "revoked", "expired",
    };
    return names[state];
}
