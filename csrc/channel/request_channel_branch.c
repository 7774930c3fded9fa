/* Branches: several calls at once in one security context, each over a connection of its own. */
#include "channel/request_channel_parts.h"

/* What it must not share with its root; all else is copied with the pointers in it, and freed there. */
static void make_own(wws_request_channel *branch)
{
    memset(&branch->http, 0, sizeof branch->http);
    memset(&branch->auth, 0, sizeof branch->auth);
    memset(&branch->call, 0, sizeof branch->call);
    memset(&branch->envelope, 0, sizeof branch->envelope);
    memset(&branch->request, 0, sizeof branch->request);
    memset(&branch->whole_url, 0, sizeof branch->whole_url);
    memset(&branch->error, 0, sizeof branch->error);
    memset(&branch->trace, 0, sizeof branch->trace);
    memset(&branch->own_cookies, 0, sizeof branch->own_cookies);
    memset(&branch->own_context, 0, sizeof branch->own_context);
    branch->reply = NULL;
    branch->fault = NULL;
    branch->has_deferred = false;
}

wws_result wws_request_channel_branch(wws_request_channel *root, wws_request_channel **out, wws_error *err)
{
    wws_channel_state state = root->state;
    WWS_TRY(wws_channel_state_move(&state, WWS_EVENT_CALL, err));
    if (root->session != NULL) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "a session is one connection");
    }
    wws_request_channel *branch = wws_env_alloc(root->env, sizeof *branch);
    if (branch == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for another connection of the channel");
    }
    *branch = *root;
    branch->root = root;
    make_own(branch);
    const wws_span key = {root->trace.on ? root->trace.key : NULL, root->trace.on ? sizeof root->trace.key : 0};
    wws_request_channel_init_own(branch, key);
    wws_http_exchange_init(&branch->http, branch->env, &root->http.target);
    wws_client_auth_init(&branch->auth, branch->env, branch->terms);
    *out = branch;
    return WWS_OK;
}

bool wws_branch_is_cut(const wws_request_channel *channel)
{
    const wws_request_channel *root = channel->root;
    return root != NULL && (root->state != WWS_STATE_OPEN || root->openings != channel->openings);
}

wws_result wws_branch_check(wws_request_channel *channel, wws_error *err)
{
    if (channel->root == NULL) {
        return WWS_OK;
    }
    channel->settings = channel->root->settings;
    if (!channel->has_context) {
        return WWS_OK;
    }
    channel->call.keys = channel->context->keys;
    channel->lacks_context =
        !wws_client_context_is_active(channel->context) || wws_client_context_need(channel->context) == WWS_NEED_ISSUE;
    return channel->lacks_context
               ? wws_fail(err, WWS_E_INVALID_OPERATION, "the channel has no security context at the moment")
               : WWS_OK;
}

bool wws_branch_speaks_for_context(const wws_request_channel *channel)
{
    const wws_client_context *context = channel->context;
    return channel->root == NULL ||
           (channel->call.keys == context->keys && context->asked == 0 && wws_client_context_is_active(context));
}

bool wws_request_channel_lacks_context(const wws_request_channel *branch)
{
    return branch->lacks_context;
}
