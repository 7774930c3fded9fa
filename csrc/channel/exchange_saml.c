/* The assertion of a message: verified, held against its conditions, and its key against the message. Every failure
 * looks and costs alike to whoever sent it. */
#include "channel/exchange.h"
#include "encoding/xml_writer.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

const wws_saml_terms *wws_exchange_saml_terms(const wws_exchange *exchange)
{
    const bool boot = exchange->kind == WWS_RST_ISSUE || exchange->kind == WWS_RST_RENEW;
    return boot ? &exchange->listener->bootstrap_saml : &exchange->listener->saml;
}

/* The listener's own address, unless others were named. */
static bool is_audience(const void *state, wws_span uri)
{
    const wws_exchange *exchange = state;
    const wws_saml_terms *terms = wws_exchange_saml_terms(exchange);
    for (size_t i = 0; i < terms->audience_count; i++) {
        if (wws_span_equal(terms->audiences[i], uri)) {
            return true;
        }
    }
    return terms->audiences == NULL && exchange->listener->has_url && uri.len > 0 &&
           wws_listener_match_to(exchange->listener, uri, NULL) == WWS_OK;
}

/* A bearer's assertion is a password: it has to come through TLS, and nothing can be signed with it. */
static wws_result check_bearer(const wws_exchange *exchange, wws_error *err)
{
    if (exchange->header.signatures[WWS_ENDORSER_ASSERTION].node != NULL) {
        return wws_fail(err, REFUSED, "a bearer assertion has no key that could have signed the message");
    }
    return exchange->message->protection_level == WWS_PROTECTION_SIGN_AND_ENCRYPT
               ? WWS_OK
               : wws_fail(err, REFUSED, "a bearer assertion did not come through TLS");
}

static wws_result check_symmetric(const wws_exchange *exchange, const wws_saml *saml, wws_error *err)
{
    const wws_message_plan *plan = wws_exchange_plan(exchange);
    const wws_security_header *header = &exchange->header;
    wws_secret key;
    WWS_TRY(wws_saml_key(exchange->env, saml, wws_exchange_saml_terms(exchange)->decryption, &plan->suite,
                         &exchange->message->envelope.arena, &key, err));
    const wws_result code = wws_signature_verify(exchange->env, &header->signatures[WWS_ENDORSER_ASSERTION],
                                                 &plan->suite, wws_secret_peek(&key), &header->timestamp, err);
    wws_secret_wipe(&key);
    return code;
}

static wws_result check_holder(const wws_exchange *exchange, const wws_saml *saml, wws_error *err)
{
    const wws_message_plan *plan = wws_exchange_plan(exchange);
    const wws_security_header *header = &exchange->header;
    const wws_signature *signature = &header->signatures[WWS_ENDORSER_ASSERTION];
    wws_certificate *signer = NULL;
    if (signature->node == NULL) {
        return wws_fail(err, REFUSED, "the message is not signed with the key that the assertion confirms");
    }
    WWS_TRY(wws_saml_signer(exchange->env, saml, &plan->suite, &exchange->message->envelope.arena, &signer, err));
    if (signer == NULL) {
        return check_symmetric(exchange, saml, err);
    }
    const wws_result code = wws_signature_verify_by(exchange->env, signature, &plan->suite, signer, &header->timestamp,
                                                    exchange->message->addressing.to_node, err);
    wws_certificate_free(signer);
    return code;
}

/* A renewal shows the assertion of its context again, which the context's own key proves to be no replay. */
static wws_result check_use(wws_exchange *exchange, const wws_saml *saml, wws_error *err)
{
    const wws_message_plan *plan = wws_exchange_plan(exchange);
    if ((!saml->once && !wws_exchange_saml_terms(exchange)->single_use) || exchange->kind == WWS_RST_RENEW) {
        return WWS_OK;
    }
    const wws_time end = saml->not_on_or_after;
    const wws_time until = end > WWS_TIME_NEVER - plan->skew ? WWS_TIME_NEVER : end + plan->skew;
    wws_buf name;
    wws_buf_init(&name, exchange->env->alloc, saml->issuer.len + saml->id.len + 1);
    wws_result code = wws_buf_append(&name, saml->issuer, err);
    if (code == WWS_OK) {
        code = wws_buf_append(&name, (wws_span){(const uint8_t *)"", 1}, err);
    }
    if (code == WWS_OK) {
        code = wws_buf_append(&name, saml->id, err);
    }
    if (code == WWS_OK) {
        code = wws_used_tokens_add(&exchange->listener->used, wws_buf_peek(&name), until, err);
    }
    wws_buf_clear(&name);
    return code;
}

static wws_result keep(wws_exchange *exchange, const wws_saml *saml, wws_error *err)
{
    wws_message *message = exchange->message;
    wws_digest identity;
    WWS_TRY(wws_saml_identity(exchange->env, saml, &identity, err));
    WWS_TRY(wws_buf_append(&message->saml_identity, wws_digest_peek(&identity), err));
    return wws_xml_put_self_contained(&message->saml_assertion, saml->node, wws_buf_peek(&message->envelope.bytes),
                                      err);
}

static wws_result check(wws_exchange *exchange, wws_error *err)
{
    const wws_saml_terms *terms = wws_exchange_saml_terms(exchange);
    const wws_message_plan *plan = wws_exchange_plan(exchange);
    wws_arena *arena = &exchange->message->envelope.arena;
    wws_saml saml;
    WWS_TRY(wws_saml_read(exchange->header.assertion, arena, &saml, err));
    WWS_TRY(wws_saml_verify(exchange->env, &saml, terms, arena, err));
    WWS_TRY(wws_saml_check(&saml, terms, wws_env_now(exchange->env), plan->skew, is_audience, exchange, arena, err));
    WWS_TRY(saml.confirmation == WWS_SAML_BEARER ? check_bearer(exchange, err) : check_holder(exchange, &saml, err));
    WWS_TRY(keep(exchange, &saml, err));
    return check_use(exchange, &saml, err);
}

wws_result wws_exchange_check_assertion(wws_exchange *exchange, wws_error *err)
{
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_FAILED_AUTHENTICATION);
    const wws_result code = check(exchange, err);
    if (code != WWS_OK) {
        wws_error_at(err, "check the assertion");
        wws_error_about(err, wws_binding_name(WWS_BINDING_SAML), NULL);
    }
    return code;
}
