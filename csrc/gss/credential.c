#include "gss/credential.h"

#include <stdlib.h>

#include "gss/internal.h"

enum { TEXT_MAX = 4096, SLOTS = 16, FRESH = 30 };

typedef enum kind { OF_STRING, OF_DEFAULT, OF_ACCEPTOR, OF_DELEGATION } kind;

struct wws_gss_credential {
    atomic_int refs;
    kind is;
    unsigned mechanisms;
    wws_gss_parts parts;
    atomic_flag busy; /* guards the slots, for moments */
    wws_gss_handle *slots[SLOTS];
};

static size_t slot_of(const wws_gss_use *use)
{
    return (size_t)(use->mechanism & 3) | (use->spnego ? 4u : 0) | (use->as_asked ? 8u : 0);
}

static void lock(wws_gss_credential *credential)
{
    while (atomic_flag_test_and_set(&credential->busy)) {
    }
}

static void unlock(wws_gss_credential *credential)
{
    atomic_flag_clear(&credential->busy);
}

void wws_gss_handle_free(wws_gss_handle *handle)
{
    if (handle != NULL && atomic_fetch_sub(&handle->refs, 1) == 1) {
        OM_uint32 minor = 0;
        (void)gss_release_cred(&minor, &handle->id);
        free(handle);
    }
}

/* Takes the credential's own hold on what is in a slot. */
static wws_gss_handle *swap(wws_gss_credential *credential, size_t slot, wws_gss_handle *handle)
{
    lock(credential);
    wws_gss_handle *before = credential->slots[slot];
    credential->slots[slot] = handle;
    unlock(credential);
    return before;
}

static wws_gss_handle *look(wws_gss_credential *credential, size_t slot)
{
    lock(credential);
    wws_gss_handle *handle = credential->slots[slot];
    if (handle != NULL) {
        atomic_fetch_add(&handle->refs, 1);
    }
    unlock(credential);
    return handle;
}

static wws_gss_handle *new_handle(gss_cred_id_t id)
{
    wws_gss_handle *handle = malloc(sizeof *handle);
    if (handle == NULL) {
        OM_uint32 minor = 0;
        (void)gss_release_cred(&minor, &id);
        return NULL;
    }
    atomic_init(&handle->refs, 1);
    handle->id = id;
    return handle;
}

static bool is_fresh(const wws_gss_credential *credential, const wws_gss_handle *handle)
{
    OM_uint32 minor = 0;
    OM_uint32 seconds = 0;
    if (credential->is == OF_ACCEPTOR || credential->is == OF_DELEGATION) {
        return true;
    }
    return gss_inquire_cred(&minor, handle->id, NULL, &seconds, NULL, NULL) == GSS_S_COMPLETE && seconds > FRESH;
}

static wws_result negotiate(wws_gss_credential *credential, const wws_gss_use *use, gss_cred_id_t *out, wws_error *err)
{
    wws_gss_use plain = *use;
    wws_gss_handle *own = NULL;
    plain.spnego = plain.as_asked = false;
    WWS_TRY(wws_gss_credential_take(credential, &plain, &own, err));
    const wws_result result = wws_gss_copy(own->id, use->spnego, out, err);
    wws_gss_handle_free(own);
    return result;
}

static wws_result acquire(wws_gss_credential *credential, const wws_gss_use *use, gss_cred_id_t *out, wws_error *err)
{
    if (credential->is == OF_ACCEPTOR) {
        return wws_gss_acquire_acceptor(&credential->parts, use, out, err);
    }
    if (use->mechanism == WWS_GSS_KERBEROS && (use->spnego || credential->is == OF_DELEGATION)) {
        return negotiate(credential, use, out, err);
    }
    return credential->is == OF_STRING ? wws_gss_acquire_string(&credential->parts, use, out, err)
                                       : wws_gss_acquire_default(&credential->parts, use, out, err);
}

static wws_result restrict_protection(gss_cred_id_t *id, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_buffer_desc empty = GSS_C_EMPTY_BUFFER;
    const OM_uint32 major = gss_set_cred_option(&minor, id, wws_gss_oid(GSS_KRB5_CRED_NO_CI_FLAGS_X), &empty);
    if (!GSS_ERROR(major)) {
        return WWS_OK;
    }
    const wws_gss_status status = {major, minor, GSS_C_NO_OID};
    return wws_gss_fail(err, &status, WWS_GSS_CLIENT, "prepare the credential");
}

static wws_result fetch(wws_gss_credential *credential, const wws_gss_use *use, wws_gss_handle **out, wws_error *err)
{
    gss_cred_id_t id = GSS_C_NO_CREDENTIAL;
    WWS_TRY(acquire(credential, use, &id, err));
    wws_gss_handle *handle = new_handle(id);
    if (handle == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a credential");
    }
    const wws_result result = use->as_asked ? restrict_protection(&handle->id, err) : WWS_OK;
    if (result != WWS_OK) {
        wws_gss_handle_free(handle);
        return result;
    }
    atomic_fetch_add(&handle->refs, 1);
    wws_gss_handle_free(swap(credential, slot_of(use), handle));
    *out = handle;
    return WWS_OK;
}

wws_result wws_gss_credential_take(wws_gss_credential *credential, const wws_gss_use *use, wws_gss_handle **out,
                                   wws_error *err)
{
    wws_gss_handle *handle = look(credential, slot_of(use));
    if (handle != NULL && is_fresh(credential, handle)) {
        *out = handle;
        return WWS_OK;
    }
    wws_gss_handle_free(handle);
    return fetch(credential, use, out, err);
}

void wws_gss_credential_forget(wws_gss_credential *credential, const wws_gss_use *use)
{
    wws_gss_use plain = *use;
    plain.spnego = plain.as_asked = false;
    if (credential->is == OF_STRING || credential->is == OF_DEFAULT) {
        wws_gss_handle_free(swap(credential, slot_of(use), NULL));
        wws_gss_handle_free(swap(credential, slot_of(&plain), NULL));
    }
}

unsigned wws_gss_credential_mechanisms(const wws_gss_credential *credential)
{
    return credential->mechanisms;
}

/* NULL: no memory */
static wws_gss_credential *new_credential(kind is, unsigned mechanisms)
{
    wws_gss_credential *credential = calloc(1, sizeof *credential);
    if (credential != NULL) {
        atomic_init(&credential->refs, 1);
        atomic_flag_clear(&credential->busy);
        credential->is = is;
        credential->mechanisms = mechanisms;
    }
    return credential;
}

static wws_result no_memory(wws_error *err)
{
    return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a credential");
}

typedef struct part {
    char **to;
    wws_span text;
    const char *name;
} part;

static wws_result copy(const part *from, wws_error *err)
{
    if (from->text.at == NULL) {
        return WWS_OK;
    }
    if (from->text.len > TEXT_MAX || memchr(from->text.at, 0, from->text.len) != NULL) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "'%s' is too long, or holds a NUL", from->name);
        wws_error_about(err, NULL, from->name);
        return WWS_E_INVALIDARG;
    }
    *from->to = strndup((const char *)from->text.at, from->text.len);
    return *from->to != NULL ? WWS_OK : wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a credential");
}

static wws_result copy_parts(const part *parts, size_t count, wws_error *err)
{
    for (size_t i = 0; i < count; i++) {
        WWS_TRY(copy(&parts[i], err));
    }
    return WWS_OK;
}

/* Either it is whole, or there is none. */
static wws_result give(wws_gss_credential *made, wws_result result, wws_gss_credential **out)
{
    if (result == WWS_OK) {
        *out = made;
    } else {
        wws_gss_credential_free(made);
    }
    return result;
}

wws_result wws_gss_credential_string(wws_span username, wws_span password, wws_span domain, wws_gss_credential **out,
                                     wws_error *err)
{
    wws_gss_credential *made = new_credential(OF_STRING, WWS_GSS_KERBEROS | WWS_GSS_NTLM);
    const wws_span given = password.at == NULL ? WWS_SPAN("") : password;
    if (made == NULL) {
        return no_memory(err);
    }
    const part parts[] = {{&made->parts.username, username, "credential.username"},
                          {&made->parts.password, given, "credential.password"},
                          {&made->parts.domain, domain, "credential.domain"}};
    return give(made, copy_parts(parts, sizeof parts / sizeof parts[0], err), out);
}

wws_result wws_gss_credential_default(wws_span ccache, wws_span keytab, wws_span principal, wws_gss_credential **out,
                                      wws_error *err)
{
    const bool chosen = ccache.at != NULL || keytab.at != NULL || principal.at != NULL;
    wws_gss_credential *made = new_credential(OF_DEFAULT, chosen ? WWS_GSS_KERBEROS : WWS_GSS_KERBEROS | WWS_GSS_NTLM);
    if (made == NULL) {
        return no_memory(err);
    }
    const part parts[] = {{&made->parts.ccache, ccache, "credential.ccache"},
                          {&made->parts.keytab, keytab, "credential.keytab"},
                          {&made->parts.principal, principal, "credential.principal"}};
    return give(made, copy_parts(parts, sizeof parts / sizeof parts[0], err), out);
}

/* All keys are looked up now: a listener says at its opening what it cannot do. */
static wws_result try_acceptor(wws_gss_credential *credential, wws_error *err)
{
    for (unsigned mechanism = WWS_GSS_KERBEROS; mechanism <= WWS_GSS_NTLM; mechanism <<= 1) {
        const wws_gss_use use = {.mechanism = mechanism, .spnego = true};
        wws_gss_handle *handle = NULL;
        if ((credential->mechanisms & mechanism) != 0) {
            WWS_TRY(wws_gss_credential_take(credential, &use, &handle, err));
            wws_gss_handle_free(handle);
        }
    }
    return WWS_OK;
}

wws_result wws_gss_credential_acceptor(wws_span keytab, wws_span principal, unsigned mechanisms,
                                       wws_gss_credential **out, wws_error *err)
{
    wws_gss_credential *made = new_credential(OF_ACCEPTOR, mechanisms);
    if (made == NULL) {
        return no_memory(err);
    }
    const part parts[] = {{&made->parts.keytab, keytab, "acceptor.keytab"},
                          {&made->parts.principal, principal, "acceptor.principal"}};
    wws_result result = copy_parts(parts, sizeof parts / sizeof parts[0], err);
    if (result == WWS_OK) {
        result = try_acceptor(made, err);
    }
    return give(made, result, out);
}

wws_result wws_gss_credential_delegated(gss_cred_id_t id, wws_gss_credential **out, wws_error *err)
{
    static const wws_gss_use plain = {.mechanism = WWS_GSS_KERBEROS};
    wws_gss_handle *handle = new_handle(id);
    wws_gss_credential *made = handle == NULL ? NULL : new_credential(OF_DELEGATION, WWS_GSS_KERBEROS);
    if (made == NULL) {
        wws_gss_handle_free(handle);
        return no_memory(err);
    }
    made->slots[slot_of(&plain)] = handle;
    *out = made;
    return WWS_OK;
}

wws_gss_credential *wws_gss_credential_keep(wws_gss_credential *credential)
{
    atomic_fetch_add(&credential->refs, 1);
    return credential;
}

static void wipe(char *text)
{
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
        free(text);
    }
}

void wws_gss_credential_free(wws_gss_credential *credential)
{
    if (credential == NULL || atomic_fetch_sub(&credential->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        wws_gss_handle_free(credential->slots[i]);
    }
    wipe(credential->parts.username);
    wipe(credential->parts.password);
    wipe(credential->parts.domain);
    wipe(credential->parts.ccache);
    wipe(credential->parts.keytab);
    wipe(credential->parts.principal);
    free(credential);
}
