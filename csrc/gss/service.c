/* Which service the client meant: of Kerberos its ticket says so, of NTLM a field that the client's proof covers. */
#include <stdlib.h>

#include "gss/internal.h"

#define SIGNATURE "NTLMSSP"

/* [MS-NLMP] 2.2.1.3 and 2.2.2.7: where the proof is said to be, and where in it the list of pairs begins. */
enum { SIGNATURE_LEN = 8, AUTHENTICATE = 3, PROOF_FIELD = 20, HEAD_LEN = 28, PAIRS_AT = 44, TARGET_NAME = 9 };

static size_t two(const uint8_t *at)
{
    return (size_t)at[0] | (size_t)at[1] << 8;
}

static size_t four(const uint8_t *at)
{
    return two(at) | two(at + 2) << 16;
}

/* The token's one NTLM message, perhaps with SPNEGO around it. Of several nobody knows which one counts. */
static wws_span find_message(wws_span token)
{
    const uint8_t *found = token.len == 0 ? NULL : memmem(token.at, token.len, SIGNATURE, SIGNATURE_LEN);
    if (found == NULL) {
        return (wws_span){NULL, 0};
    }
    const size_t left = token.len - (size_t)(found - token.at);
    const bool alone = memmem(found + 1, left - 1, SIGNATURE, SIGNATURE_LEN) == NULL;
    return alone ? (wws_span){found, left} : (wws_span){NULL, 0};
}

static wws_span find_pair(wws_span pairs, size_t wanted)
{
    while (pairs.len >= 4) {
        const size_t id = two(pairs.at);
        const size_t len = two(pairs.at + 2);
        if (id == 0 || len > pairs.len - 4) {
            break;
        }
        if (id == wanted) {
            return (wws_span){pairs.at + 4, len};
        }
        pairs = (wws_span){pairs.at + 4 + len, pairs.len - 4 - len};
    }
    return (wws_span){NULL, 0};
}

wws_span wws_gss_ntlm_target(wws_span token)
{
    const wws_span none = {NULL, 0};
    const wws_span message = find_message(token);
    if (message.len < HEAD_LEN || four(message.at + SIGNATURE_LEN) != AUTHENTICATE) {
        return none;
    }
    const size_t len = two(message.at + PROOF_FIELD);
    const size_t at = four(message.at + PROOF_FIELD + 4);
    if (at > message.len || len > message.len - at || len < PAIRS_AT) {
        return none;
    }
    return find_pair((wws_span){message.at + at + PAIRS_AT, len - PAIRS_AT}, TARGET_NAME);
}

/* Names of services are of printable ASCII; what is not is none. */
static wws_result keep_target(wws_gss_context *context, wws_span wide, wws_error *err)
{
    const size_t len = wide.len / 2;
    bool plain = wide.len % 2 == 0 && len > 0;
    for (size_t i = 0; plain && i < len; i++) {
        plain = wide.at[2 * i] > ' ' && wide.at[2 * i] < 0x7f && wide.at[2 * i + 1] == 0;
    }
    if (!plain) {
        return WWS_OK;
    }
    char *text = malloc(len + 1);
    if (text == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a name");
    }
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)wide.at[2 * i];
    }
    text[len] = '\0';
    free(context->service);
    context->service = text;
    return WWS_OK;
}

wws_result wws_gss_service_note(wws_gss_context *context, wws_span token, wws_error *err)
{
    return context->use.mechanism == WWS_GSS_NTLM ? keep_target(context, wws_gss_ntlm_target(token), err) : WWS_OK;
}

wws_result wws_gss_service_take(wws_gss_context *context, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (context->facts.mechanism != WWS_GSS_KERBEROS) {
        context->facts.service = context->service;
        return WWS_OK;
    }
    OM_uint32 major = gss_inquire_context(&minor, context->id, NULL, &name, NULL, NULL, NULL, NULL, NULL);
    if (!GSS_ERROR(major) && name != GSS_C_NO_NAME) {
        major = gss_display_name(&minor, name, &text, NULL);
    }
    const bool known = !GSS_ERROR(major) && text.length > 0;
    if (known) {
        free(context->service);
        context->service = strndup(text.value, text.length);
    }
    (void)gss_release_buffer(&minor, &text);
    (void)gss_release_name(&minor, &name);
    context->facts.service = context->service;
    return !known || context->service != NULL ? WWS_OK : wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a name");
}
