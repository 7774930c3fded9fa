/** @file credential_lua.h  A certificate credential whose files were read, as lua/wws/pem.lua gives it. */
#ifndef WWS_LUA_CREDENTIAL_LUA_H
#define WWS_LUA_CREDENTIAL_LUA_H

#include "base/result.h"
#include "crypto/x509.h"
#include "lua/glue.h"

/** The string in field @p name of the table at @p index, or absent. Another type raises. Borrowed from the table. */
wws_span wws_lua_text_field(lua_State *L, int index, const char *name);

/**
 * Loads from `certificate`, `private_key`, `password` (PEM texts), `pkcs12`, `password`, `uri` (with what it names
 * in a PKCS#11 token), or finds by `subject` or `thumbprint` in `store`, with `password`; of the table at @p index.
 * @param out  the caller's; left alone when the table has neither
 * @return invalidarg about the ssl binding's credential
 */
WWS_MUST_CHECK wws_result wws_lua_certificate(lua_State *L, int index, wws_certificate **out, wws_error *err);
/** The same, but what is in a PEM text or a store needs no private key. */
WWS_MUST_CHECK wws_result wws_lua_certificate_alone(lua_State *L, int index, wws_certificate **out, wws_error *err);

/**
 * Loads a private key, with its certificate or without, from `private_key`, `certificate`, `password` (PEM texts),
 * `pkcs12`, `password`, or `uri`.
 * @param out  the caller's; left alone when the table has none
 * @return invalidarg about the key of an xml_token
 */
WWS_MUST_CHECK wws_result wws_lua_private_key(lua_State *L, int index, wws_certificate **out, wws_error *err);

#endif
