/** @file trust_parts.h  What requests and responses have in common: secrets, key sizes, targets. Of this room only. */
#ifndef WWS_SECURITY_TRUST_TRUST_PARTS_H
#define WWS_SECURITY_TRUST_TRUST_PARTS_H

#include "security/token/reference.h"
#include "security/trust/rst.h"

enum { WWS_KEY_BITS_MIN = 64, WWS_KEY_BITS_MAX = WWS_SECRET_MAX * 8 };

/** The only child of that name in the version's trust namespace; NULL when there is none. @return invalid_format */
WWS_MUST_CHECK wws_result wws_trust_child(const wws_xml_node *node, int version, const char *local,
                                          const wws_xml_node **out, wws_error *err);
/** The trimmed text of that child; absent when there is none. */
WWS_MUST_CHECK wws_result wws_trust_text(const wws_xml_node *node, int version, const char *local, wws_arena *arena,
                                         wws_span *out, wws_error *err);
/** TokenType, when there is one, must be that of the version's context token. */
WWS_MUST_CHECK wws_result wws_trust_check_token_type(const wws_xml_node *node, int version, wws_arena *arena,
                                                     wws_error *err);
/** The BinarySecret inside @p parent. @param allow_nonce false: Type may only be absent or SymmetricKey */
WWS_MUST_CHECK wws_result wws_trust_secret(const wws_xml_node *parent, int version, bool allow_nonce, wws_arena *arena,
                                           wws_secret *out, wws_error *err);
/** KeySize in bits; 0 when there is none. */
WWS_MUST_CHECK wws_result wws_trust_key_size(const wws_xml_node *node, int version, wws_arena *arena, uint32_t *out,
                                             wws_error *err);
/** AppliesTo of any WS-Policy version as canonical XML; absent when there is none. */
WWS_MUST_CHECK wws_result wws_trust_applies_to(const wws_xml_node *node, wws_arena *arena, wws_span *out,
                                               wws_error *err);

/** The one RequestSecurityTokenResponse: bare in the older version, alone in a collection in the newer. */
WWS_MUST_CHECK wws_result wws_trust_response(const wws_xml_node *body, int version, const wws_xml_node **out,
                                             wws_error *err);
/** Proof, entropy, lifetime and key size of a response. @pre out->version is set, its times are never */
WWS_MUST_CHECK wws_result wws_trust_grant(const wws_xml_node *node, wws_arena *arena, wws_rstr *out, wws_error *err);

/** Appends `<t:local>`, or `</t:local>` when @p is_end, with the version's prefix. */
WWS_MUST_CHECK wws_result wws_trust_put_tag(wws_buf *out, int version, bool is_end, const char *local, wws_error *err);
/** Appends an element with text. */
WWS_MUST_CHECK wws_result wws_trust_put(wws_buf *out, int version, const char *local, wws_span text, wws_error *err);
/** Appends the outermost start tag, with the declaration of the trust namespace and Context when it is there. */
WWS_MUST_CHECK wws_result wws_trust_put_root(wws_buf *out, int version, const char *local, wws_span context,
                                             wws_error *err);
/** Appends KeySize; nothing for 0. */
WWS_MUST_CHECK wws_result wws_trust_put_key_size(wws_buf *out, int version, uint32_t bits, wws_error *err);
/** Appends BinarySecret with a wsu:Id. @param type its Type, or NULL for none */
WWS_MUST_CHECK wws_result wws_trust_put_secret(wws_buf *out, const wws_env *env, int version, const wws_secret *secret,
                                               const char *type, wws_error *err);

#endif
