/**
 * @file saved_context.h
 * A server's security context as it rests outside the process: written, sealed, opened and read back. It is sealed
 * about its place (the listener's path and version) and its identifier, so that none can be put in another's place.
 */
#ifndef WWS_SECURITY_CONVERSATION_SAVED_CONTEXT_H
#define WWS_SECURITY_CONVERSATION_SAVED_CONTEXT_H

#include "crypto/seal.h"
#include "security/conversation/server_context.h"

/** Where contexts rest, and how they are sealed there. Borrowed for the call. */
typedef struct wws_saving {
    const wws_seal_key *keys; /**< the first seals, all open */
    size_t count;
    wws_span place; /**< the listener's path */
    int version;    /**< WWS_SC_… */
} wws_saving;

/** Most bytes that a saved context may have. */
enum { WWS_SAVED_MAX = 65536 };

/** Appends @p context, sealed, to @p out. @return outofmemory, quota_exceeded, security_system_failure */
WWS_MUST_CHECK wws_result wws_context_save(const wws_server_context *context, const wws_saving *saving, wws_buf *out,
                                           wws_error *err);
/**
 * Reads what wws_context_save wrote for the context of that identifier. Nobody holds the new context; one reference.
 * @return security_verification_failure, outofmemory
 */
WWS_MUST_CHECK wws_result wws_context_restore(const wws_env *env, const uint8_t id[WWS_CONTEXT_ID],
                                              const wws_saving *saving, wws_span sealed, wws_server_context **out,
                                              wws_error *err);

#endif
