/* Credentials from GSSAPI. Each call names the one mechanism it wants: what is found by default might be NTLM's. */
#include <ctype.h>
#include <stdio.h>

#include "gss/internal.h"

enum { NAME_MAX_BYTES = 8448 };

static gss_OID_set_desc set_of(gss_OID oid)
{
    return (gss_OID_set_desc){1, oid};
}

static wws_result fail(wws_error *err, OM_uint32 major, OM_uint32 minor, gss_OID mechanism, wws_gss_side side)
{
    const wws_gss_status status = {major, minor, mechanism};
    const char *step = side == WWS_GSS_SERVER ? "load the acceptor's credentials" : "get the client's credentials";
    return wws_gss_fail(err, &status, side, step);
}

/* Of the SPNEGO credential, so that it offers and takes nothing else. */
static wws_result only(gss_cred_id_t id, unsigned mechanism, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_OID_set_desc set = set_of(wws_gss_mechanism_oid(mechanism));
    const OM_uint32 major = gss_set_neg_mechs(&minor, id, &set);
    return GSS_ERROR(major) ? fail(err, major, minor, set.elements, WWS_GSS_CLIENT) : WWS_OK;
}

static wws_result narrow(gss_cred_id_t *id, unsigned mechanism, wws_error *err)
{
    const wws_result result = only(*id, mechanism, err);
    if (result != WWS_OK) {
        OM_uint32 minor = 0;
        (void)gss_release_cred(&minor, id);
    }
    return result;
}

/* `user`, `user@REALM` or `DOMAIN\user`, as the mechanism has it. */
static void write_name(const wws_gss_parts *parts, unsigned mechanism, char *out)
{
    const bool whole = strchr(parts->username, '@') != NULL;
    if (parts->domain == NULL || whole) {
        (void)snprintf(out, NAME_MAX_BYTES, "%s", parts->username);
    } else if (mechanism == WWS_GSS_NTLM) {
        (void)snprintf(out, NAME_MAX_BYTES, "%s\\%s", parts->domain, parts->username);
    } else {
        (void)snprintf(out, NAME_MAX_BYTES, "%s@%s", parts->username, parts->domain);
        for (char *at = strrchr(out, '@'); *at != '\0'; at++) {
            *at = (char)toupper((unsigned char)*at);
        }
    }
}

/* NTLM in SPNEGO takes its password from the store, where Kerberos does not look. */
static OM_uint32 acquire_named(const wws_gss_parts *parts, const wws_gss_use *use, gss_name_t name, gss_cred_id_t *out,
                               OM_uint32 *minor)
{
    gss_OID_set_desc set =
        set_of(use->spnego ? wws_gss_oid(&WWS_GSS_OID_SPNEGO) : wws_gss_mechanism_oid(use->mechanism));
    if (use->spnego) {
        gss_key_value_element_desc element = {"ntlmssp_password", parts->password};
        const gss_key_value_set_desc store = {1, &element};
        return gss_acquire_cred_from(minor, name, GSS_C_INDEFINITE, &set, GSS_C_INITIATE, &store, out, NULL, NULL);
    }
    gss_buffer_desc password = {strlen(parts->password), parts->password};
    return gss_acquire_cred_with_password(minor, name, &password, GSS_C_INDEFINITE, &set, GSS_C_INITIATE, out, NULL,
                                          NULL);
}

wws_result wws_gss_acquire_string(const wws_gss_parts *parts, const wws_gss_use *use, gss_cred_id_t *out,
                                  wws_error *err)
{
    char text[NAME_MAX_BYTES];
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    write_name(parts, use->mechanism, text);
    WWS_TRY(wws_gss_name_import(wws_span_of(text), GSS_C_NT_USER_NAME, &name, err));
    const OM_uint32 major = acquire_named(parts, use, name, out, &minor);
    wws_result result = WWS_OK;
    if (GSS_ERROR(major)) {
        result = fail(err, major, minor, wws_gss_mechanism_oid(use->mechanism), WWS_GSS_CLIENT);
    } else if (use->spnego) {
        result = narrow(out, use->mechanism, err);
    }
    (void)gss_release_name(&minor, &name);
    return result;
}

static wws_result import_principal(const char *principal, gss_name_t *out, wws_error *err)
{
    if (principal == NULL) {
        return WWS_OK;
    }
    return wws_gss_name_import(wws_span_of(principal), wws_gss_oid(GSS_KRB5_NT_PRINCIPAL_NAME), out, err);
}

static void put(gss_key_value_set_desc *store, const char *key, const char *value)
{
    if (value != NULL) {
        store->elements[store->count].key = key;
        store->elements[store->count].value = value;
        store->count++;
    }
}

static wws_result acquire_kerberos(const wws_gss_parts *parts, gss_name_t name, gss_cred_id_t *out, wws_error *err)
{
    OM_uint32 minor = 0;
    char own[NAME_MAX_BYTES];
    gss_key_value_element_desc elements[2] = {{NULL, NULL}, {NULL, NULL}};
    gss_key_value_set_desc store = {0, elements};
    gss_OID_set_desc set = set_of(wws_gss_oid(&WWS_GSS_OID_KERBEROS));
    const char *principal = parts->principal == NULL ? "" : parts->principal;
    /* with a keytab alone the tickets belong to us: nobody else's cache is written to */
    const bool alone = parts->keytab != NULL && parts->ccache == NULL;
    (void)snprintf(own, sizeof own, "MEMORY:wws-%s-%s", alone ? parts->keytab : "", principal);
    put(&store, "ccache", alone ? own : parts->ccache);
    put(&store, "client_keytab", parts->keytab);
    const OM_uint32 major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &set, GSS_C_INITIATE,
                                                  store.count == 0 ? GSS_C_NO_CRED_STORE : &store, out, NULL, NULL);
    return GSS_ERROR(major) ? fail(err, major, minor, set.elements, WWS_GSS_CLIENT) : WWS_OK;
}

static wws_result acquire_ntlm(const wws_gss_use *use, gss_cred_id_t *out, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_OID_set_desc set = set_of(wws_gss_oid(use->spnego ? &WWS_GSS_OID_SPNEGO : &WWS_GSS_OID_NTLM));
    const OM_uint32 major =
        gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &set, GSS_C_INITIATE, out, NULL, NULL);
    if (GSS_ERROR(major)) {
        return fail(err, major, minor, wws_gss_oid(&WWS_GSS_OID_NTLM), WWS_GSS_CLIENT);
    }
    return use->spnego ? narrow(out, WWS_GSS_NTLM, err) : WWS_OK;
}

wws_result wws_gss_acquire_default(const wws_gss_parts *parts, const wws_gss_use *use, gss_cred_id_t *out,
                                   wws_error *err)
{
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    if (use->mechanism == WWS_GSS_NTLM) {
        return acquire_ntlm(use, out, err);
    }
    WWS_TRY(import_principal(parts->principal, &name, err));
    const wws_result result = acquire_kerberos(parts, name, out, err);
    (void)gss_release_name(&minor, &name);
    return result;
}

/* NTLM accepts with what NTLM_USER_FILE says, and only when no store is named. */
static OM_uint32 accept_with(const wws_gss_parts *parts, unsigned mechanism, gss_name_t name, gss_cred_id_t *out,
                             OM_uint32 *minor)
{
    gss_OID_desc both[2] = {WWS_GSS_OID_SPNEGO, *wws_gss_mechanism_oid(mechanism)};
    gss_OID_set_desc set = {2, both};
    gss_OID_set_desc plain = {1, &both[1]};
    gss_key_value_element_desc element = {"keytab", parts->keytab};
    const gss_key_value_set_desc store = {1, &element};
    const gss_key_value_set_desc *chosen =
        mechanism == WWS_GSS_NTLM || parts->keytab == NULL ? GSS_C_NO_CRED_STORE : &store;
    /* alone first: a set succeeds when one of its mechanisms does */
    gss_cred_id_t probe = GSS_C_NO_CREDENTIAL;
    OM_uint32 major =
        gss_acquire_cred_from(minor, name, GSS_C_INDEFINITE, &plain, GSS_C_ACCEPT, chosen, &probe, NULL, NULL);
    if (GSS_ERROR(major)) {
        return major;
    }
    (void)gss_release_cred(minor, &probe);
    return gss_acquire_cred_from(minor, name, GSS_C_INDEFINITE, &set, GSS_C_ACCEPT, chosen, out, NULL, NULL);
}

wws_result wws_gss_acquire_acceptor(const wws_gss_parts *parts, const wws_gss_use *use, gss_cred_id_t *out,
                                    wws_error *err)
{
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    if (use->mechanism == WWS_GSS_KERBEROS) {
        WWS_TRY(import_principal(parts->principal, &name, err));
    }
    const OM_uint32 major = accept_with(parts, use->mechanism, name, out, &minor);
    const wws_result result = GSS_ERROR(major)
                                  ? fail(err, major, minor, wws_gss_mechanism_oid(use->mechanism), WWS_GSS_SERVER)
                                  : narrow(out, use->mechanism, err);
    (void)gss_release_name(&minor, &name);
    return result;
}
