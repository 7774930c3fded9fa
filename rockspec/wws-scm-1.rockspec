rockspec_format = "3.0"
package = "wws"
version = "scm-1"
source = { url = "git+file://." }
description = {
  summary = "Windows Web Services (WWSAPI) and WCF security for Lua",
  detailed = [[WS-Security, WS-SecureConversation security contexts, HTTP and TLS, client and server,
as Windows Web Services and WCF speak them, from Lua 5.4 and LuaJIT.]],
  license = "MIT",
  labels = { "soap", "wcf", "ws-security", "web-services" },
}
dependencies = { "lua >= 5.1, < 5.5" }
external_dependencies = {
  OPENSSL = { header = "openssl/ssl.h", library = "ssl" },
  LIBXML2 = { header = "libxml2/libxml/parser.h", library = "xml2" },
  KRB5 = { header = "gssapi/gssapi_krb5.h", library = "gssapi_krb5" },
}
-- Our own Makefile does it: hidden visibility and hardening need flags that LuaRocks's builtin type cannot pass.
build = {
  type = "make",
  build_target = "rock-core",
  build_variables = { LUA_CFLAGS = "-I$(LUA_INCDIR)", CFLAGS = "-O2 -g", WERROR = "" },
  install_target = "install",
  install_variables = { LUA_CFLAGS = "-I$(LUA_INCDIR)", CFLAGS = "-O2 -g", WERROR = "", LUADIR = "$(LUADIR)", LIBDIR = "$(LIBDIR)" },
}
test = { type = "command", command = "make spec" }
