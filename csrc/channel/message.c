#include "channel/message.h"

enum { USERNAME_MAX = 65536, CERTIFICATE_MAX = 1 << 20, ASSERTION_MAX = 1 << 20, IDENTITY_MAX = 64 };

wws_result wws_message_new(const wws_env *env, wws_message **out, wws_error *err)
{
    wws_message *message = wws_env_alloc(env, sizeof *message);
    if (message == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a message");
    }
    memset(message, 0, sizeof *message);
    message->env = env;
    message->refs = 1;
    wws_buf_init(&message->username, env->alloc, USERNAME_MAX);
    wws_buf_init(&message->encoded_cert, env->alloc, CERTIFICATE_MAX);
    wws_buf_init(&message->saml_assertion, env->alloc, ASSERTION_MAX);
    wws_buf_init(&message->saml_identity, env->alloc, IDENTITY_MAX);
    *out = message;
    return WWS_OK;
}

wws_message *wws_message_keep(wws_message *message)
{
    message->refs++;
    return message;
}

void wws_message_free(wws_message *message)
{
    if (message == NULL || --message->refs > 0) {
        return;
    }
    if (message->context != NULL && message->drop_context != NULL) {
        message->drop_context(message->context);
    }
    wws_envelope_clear(&message->envelope);
    wws_buf_clear(&message->username);
    wws_buf_clear(&message->encoded_cert);
    wws_buf_clear(&message->saml_assertion);
    wws_buf_clear(&message->saml_identity);
    wws_gss_context_free(message->windows);
    wws_gss_context_free(message->header);
    wws_gss_context_free(message->ticket);
    wws_env_free(message->env, message);
}
