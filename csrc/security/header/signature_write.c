/* Our own endorsing signatures: SignedInfo is made canonical at once, so that it is written as it is signed. */
#include "base/base64.h"
#include "crypto/hmac.h"
#include "encoding/xml_writer.h"
#include "security/header/signature.h"

enum { SIGNED_INFO_MAX = 2048, DIGEST_TEXT = WWS_BASE64_LEN(WWS_DIGEST_MAX), RSA_MAX = 2048 };

/** SignedInfo while it is written: its canonical octets. */
typedef struct signed_info {
    char bytes[SIGNED_INFO_MAX];
    size_t len;
} signed_info;

static void put(signed_info *out, const char *text)
{
    const size_t len = strlen(text);
    if (len < sizeof out->bytes - out->len) {
        memcpy(out->bytes + out->len, text, len);
        out->len += len;
    }
}

#define START "<SignedInfo"
#define DECLARATION " xmlns=\"" WWS_NS_DS "\""

static wws_result digest_text(const wws_env *env, const wws_digest *digest, char out[DIGEST_TEXT + 1], wws_error *err)
{
    wws_buf text;
    wws_buf_init(&text, env->alloc, DIGEST_TEXT);
    const wws_result result = wws_base64_write(&text, wws_digest_peek(digest), err);
    if (result == WWS_OK) {
        memcpy(out, text.bytes, text.len);
        out[text.len] = '\0';
    }
    wws_buf_clear(&text);
    return result;
}

static wws_result put_reference(signed_info *out, const wws_env *env, const wws_suite *suite, const char *uri,
                                wws_span octets, wws_error *err)
{
    char text[DIGEST_TEXT + 1];
    wws_digest digest;
    WWS_TRY(wws_digest_of(wws_algorithm_digest(suite->digest), octets, &digest, err));
    WWS_TRY(digest_text(env, &digest, text, err));
    put(out, "<Reference URI=\"");
    put(out, uri);
    put(out, "\"><Transforms><Transform Algorithm=\"");
    put(out, wws_algorithm_uri(suite->canonicalization));
    put(out, "\"></Transform></Transforms><DigestMethod Algorithm=\"");
    put(out, wws_algorithm_uri(suite->digest));
    put(out, "\"></DigestMethod><DigestValue>");
    put(out, text);
    put(out, "</DigestValue></Reference>");
    return WWS_OK;
}

/* All that goes in is ours and short: the longest URIs leave a third of the room. */
static wws_result make_signed_info(signed_info *out, const wws_env *env, const wws_suite *suite,
                                   const wws_signing *with, wws_error *err)
{
    out->len = 0;
    put(out, START DECLARATION "><CanonicalizationMethod Algorithm=\"");
    put(out, wws_algorithm_uri(suite->canonicalization));
    put(out, "\"></CanonicalizationMethod><SignatureMethod Algorithm=\"");
    put(out, wws_algorithm_uri(with->signer == NULL ? suite->symmetric_signature : suite->asymmetric_signature));
    put(out, "\"></SignatureMethod>");
    WWS_TRY(put_reference(out, env, suite, "#" WWS_TIMESTAMP_ID, with->timestamp, err));
    if (with->to.at != NULL) {
        WWS_TRY(put_reference(out, env, suite, "#" WWS_TO_ID, with->to, err));
    }
    put(out, "</SignedInfo>");
    return WWS_OK;
}

static wws_result put_symmetric(wws_buf *out, const wws_suite *suite, wws_span key, wws_span octets, wws_error *err)
{
    wws_digest hmac;
    WWS_TRY(wws_hmac_of(wws_algorithm_digest(suite->symmetric_signature), key, octets, &hmac, err));
    return wws_base64_write(out, wws_digest_peek(&hmac), err);
}

static wws_result put_asymmetric(wws_buf *out, const wws_env *env, const wws_suite *suite,
                                 const wws_certificate *signer, wws_span octets, wws_error *err)
{
    wws_buf value;
    wws_buf_init(&value, env->alloc, RSA_MAX);
    wws_result result = wws_rsa_sign(signer, wws_algorithm_digest(suite->asymmetric_signature), octets, &value, err);
    if (result == WWS_OK) {
        result = wws_base64_write(out, wws_buf_peek(&value), err);
    }
    wws_buf_clear(&value);
    return result;
}

static wws_result put_key_info(wws_buf *out, const wws_signing *with, wws_error *err)
{
    if (with->reference_xml.at != NULL) {
        return wws_buf_append(out, with->reference_xml, err);
    }
    WWS_TRY(wws_xml_put(out, "<o:SecurityTokenReference><o:Reference ValueType=\"", err));
    WWS_TRY(wws_xml_put(out, with->value_type, err));
    WWS_TRY(wws_xml_put(out, "\" URI=\"#", err));
    WWS_TRY(wws_xml_put_value(out, with->reference_id, err));
    return wws_xml_put(out, "\"></o:Reference></o:SecurityTokenReference>", err);
}

wws_result wws_signature_write_with(wws_buf *out, const wws_env *env, const wws_suite *suite, const wws_signing *with,
                                    wws_error *err)
{
    const size_t skipped = sizeof START DECLARATION - 1;
    signed_info info;
    WWS_TRY(make_signed_info(&info, env, suite, with, err));
    const wws_span octets = {(const uint8_t *)info.bytes, info.len};
    WWS_TRY(wws_xml_put(out, "<Signature" DECLARATION ">" START, err));
    WWS_TRY(wws_buf_append(out, (wws_span){octets.at + skipped, octets.len - skipped}, err));
    WWS_TRY(wws_xml_put(out, "<SignatureValue>", err));
    WWS_TRY(with->signer == NULL ? put_symmetric(out, suite, with->key, octets, err)
                                 : put_asymmetric(out, env, suite, with->signer, octets, err));
    WWS_TRY(wws_xml_put(out, "</SignatureValue><KeyInfo>", err));
    WWS_TRY(put_key_info(out, with, err));
    return wws_xml_put(out, "</KeyInfo></Signature>", err);
}

wws_result wws_signature_write(wws_buf *out, const wws_env *env, const wws_suite *suite, wws_span key,
                               wws_span timestamp_octets, wws_span reference_id, const char *value_type, wws_error *err)
{
    const wws_signing with = {
        .key = key, .timestamp = timestamp_octets, .reference_id = reference_id, .value_type = value_type};
    return wws_signature_write_with(out, env, suite, &with, err);
}
