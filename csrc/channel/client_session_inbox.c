/* Which message belongs to which request, and those that belong to none. */
#include "channel/client_session.h"
#include "channel/session_encoding.h"

/* Requests under way and messages not received yet: more is a peer or a caller who lost control. */
enum { WAITING_MAX = 4096, ARRIVED_MAX = 256 };

static wws_session_entry *new_entry(const wws_env *env, wws_span id, const wws_span *understands, size_t count)
{
    size_t size = sizeof(wws_session_entry) + id.len;
    for (size_t i = 0; i < count; i++) {
        size += understands[i].len;
    }
    wws_session_entry *entry = wws_env_alloc(env, size);
    if (entry == NULL) {
        return NULL;
    }
    memset(entry, 0, sizeof *entry);
    entry->understands = count == 0 ? NULL : wws_env_alloc(env, count * sizeof *understands);
    if (count > 0 && entry->understands == NULL) {
        wws_env_free(env, entry);
        return NULL;
    }
    return entry;
}

static wws_span keep(uint8_t **at, wws_span text)
{
    if (text.len > 0) {
        memcpy(*at, text.at, text.len);
    }
    *at += text.len;
    return (wws_span){*at - text.len, text.len};
}

wws_result wws_client_session_expect(wws_client_session *session, wws_span id, const wws_span *understands,
                                     size_t count, wws_error *err)
{
    if (session->waiting_count >= WAITING_MAX) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "too many requests of the session wait for their replies");
        wws_error_expected(err, "at most %d", WAITING_MAX);
        return WWS_E_QUOTA_EXCEEDED;
    }
    wws_session_entry *entry = new_entry(session->env, id, understands, count);
    if (entry == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a request");
    }
    uint8_t *at = entry->text;
    entry->id = keep(&at, id);
    for (size_t i = 0; i < count; i++) {
        entry->understands[i] = keep(&at, understands[i]);
    }
    entry->understand_count = count;
    entry->next = session->waiting;
    session->waiting = entry;
    session->waiting_count++;
    return WWS_OK;
}

void wws_session_entry_free(const wws_env *env, wws_session_entry *entry)
{
    if (entry != NULL) {
        wws_message_free(entry->message);
        wws_env_free(env, entry->understands);
        wws_env_free(env, entry);
    }
}

wws_session_entry *wws_client_session_find(wws_client_session *session, wws_span id)
{
    if (id.at == NULL) {
        return session->arrived;
    }
    wws_session_entry *entry = session->waiting;
    while (entry != NULL && !wws_span_equal(entry->id, id)) {
        entry = entry->next;
    }
    return entry;
}

static bool unlink_from(wws_session_entry **list, const wws_session_entry *entry)
{
    while (*list != NULL && *list != entry) {
        list = &(*list)->next;
    }
    const bool found = *list != NULL;
    if (found) {
        *list = entry->next;
    }
    return found;
}

static void mend_end(wws_client_session *session)
{
    session->arrived_end = &session->arrived;
    while (*session->arrived_end != NULL) {
        session->arrived_end = &(*session->arrived_end)->next;
    }
}

void wws_client_session_take(wws_client_session *session, wws_session_entry *entry)
{
    if (unlink_from(&session->waiting, entry)) {
        session->waiting_count--;
    } else if (unlink_from(&session->arrived, entry)) {
        session->arrived_count--;
        mend_end(session);
    }
    entry->next = NULL;
}

void wws_client_session_abandon(wws_client_session *session, wws_span id)
{
    wws_session_entry *entry = id.at == NULL ? NULL : wws_client_session_find(session, id);
    if (entry == NULL) {
        return;
    }
    entry->abandoned = true;
    if (entry->message != NULL) {
        wws_client_session_take(session, entry);
        wws_session_entry_free(session->env, entry);
    }
}

static wws_result add_arrived(wws_client_session *session, wws_message *message, wws_error *err)
{
    wws_session_entry *entry = NULL;
    if (session->arrived_count >= ARRIVED_MAX) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the server sends messages that nobody receives");
        wws_error_expected(err, "at most %d that wait", ARRIVED_MAX);
        return WWS_E_QUOTA_EXCEEDED;
    }
    entry = new_entry(session->env, (wws_span){NULL, 0}, NULL, 0);
    if (entry == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a message");
    }
    entry->message = wws_message_keep(message);
    *session->arrived_end = entry;
    session->arrived_end = &entry->next;
    session->arrived_count++;
    return WWS_OK;
}

/* Who asked for it? It is judged when that one takes it. */
static wws_result deliver(wws_client_session *session, wws_message *message, wws_error *err)
{
    const wws_span relates_to = message->addressing.relates_to;
    wws_session_entry *entry = relates_to.at == NULL ? NULL : wws_client_session_find(session, relates_to);
    if (entry == NULL || entry->message != NULL) {
        return add_arrived(session, message, err);
    }
    if (entry->abandoned) {
        wws_client_session_take(session, entry);
        wws_session_entry_free(session->env, entry);
        return WWS_OK;
    }
    entry->message = wws_message_keep(message);
    return WWS_OK;
}

static wws_result take_message(wws_client_session *session, wws_error *err)
{
    const wws_reply_terms terms = {
        .env = session->env, .kept = session->target.kept, .settings = session->target.settings};
    wws_message *message = NULL;
    const int level = wws_client_session_level(session);
    wws_buf text;
    WWS_TRY(wws_session_encoding_read(terms.settings, &session->framed.message, &text, err));
    wws_result code = wws_client_message_read(&terms, &text, level, &message, err);
    wws_buf_clear(&text);
    if (code == WWS_OK) {
        code = deliver(session, message, err);
        wws_message_free(message);
    }
    wws_buf_clear(&session->framed.message);
    wws_buf_init(&session->framed.message, session->env->alloc, session->framed.limit);
    return code;
}

static wws_result take_record(wws_client_session *session, const wws_nmf_event *event, wws_error *err)
{
    switch (event->record) {
    case WWS_NMF_UPGRADE_RESPONSE:
        session->upgrade = true;
        return WWS_OK;
    case WWS_NMF_PREAMBLE_ACK:
        session->acked = true;
        return WWS_OK;
    case WWS_NMF_FAULT:
        return wws_nmf_fault_fail(event->text, err);
    case WWS_NMF_VERSION:
    case WWS_NMF_MODE:
    case WWS_NMF_VIA:
    case WWS_NMF_KNOWN_ENCODING:
    case WWS_NMF_EXTENSIBLE_ENCODING:
    case WWS_NMF_UNSIZED_ENVELOPE:
    case WWS_NMF_SIZED_ENVELOPE:
    case WWS_NMF_END:
    case WWS_NMF_UPGRADE_REQUEST:
    case WWS_NMF_PREAMBLE_END:
    case WWS_NMF_RECORDS:
    default:
        return WWS_OK;
    }
}

static wws_result digest(wws_client_session *session, wws_error *err)
{
    wws_nmf_event event = {.kind = WWS_NMF_GOT};
    while (event.kind != WWS_NMF_MORE && !session->upgrade) {
        WWS_TRY(wws_framed_next(&session->framed, &event, err));
        if (event.kind == WWS_NMF_GOT) {
            WWS_TRY(take_record(session, &event, err));
        } else if (event.kind == WWS_NMF_COMPLETE) {
            WWS_TRY(take_message(session, err));
        }
    }
    return WWS_OK;
}

static wws_result take_bytes(wws_client_session *session, const wws_input *input, wws_error *err)
{
    wws_framed *framed = &session->framed;
    session->refused = input->kind == WWS_INPUT_END && !session->acked && !session->upgrade;
    WWS_TRY(wws_framed_feed(framed, input, err));
    return framed->stream.ready ? digest(session, err) : WWS_OK;
}

static void explain(wws_client_session *session)
{
    wws_error *err = &session->failure;
    if (session->refused) {
        (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the server closed the connection without a word");
        wws_error_at(err, "open the session");
        wws_error_hint(err, "servers do so when the address, the encoding, or the transport security is not theirs");
    }
    wws_error_at(err, session->state == WWS_SESSION_UP ? "read from the session" : "open the session");
}

void wws_client_session_feed(wws_client_session *session, const wws_input *input)
{
    wws_error *err = &session->failure;
    if (session->failed || session->state <= WWS_SESSION_CONNECTING) {
        return;
    }
    wws_result code = WWS_OK;
    if (input->kind == WWS_INPUT_BROKEN) {
        (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the connection broke");
        wws_error_got(err, "%.*s", WWS_PRINT(input->bytes));
        code = WWS_E_ENDPOINT_DISCONNECTED;
    } else if (input->kind == WWS_INPUT_BYTES || input->kind == WWS_INPUT_END) {
        code = take_bytes(session, input, err);
    }
    if (code != WWS_OK) {
        session->failed = true;
        explain(session);
    }
}
