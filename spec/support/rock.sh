#!/bin/sh
# Builds and installs from a copy with LuaRocks, offline, for Lua 5.4 and for the 5.1 family, and runs the installed tree.
set -eu
here=$PWD
rm -rf build/rock && mkdir -p build/rock/src
cp -r csrc lua rockspec Makefile build/rock/src
cat >build/rock/config.lua <<'L'
rocks_servers = {}
L
for pair in 5.4:lua5.4 5.1:luajit; do
  version=${pair%%:*} lua=${pair#*:}
  tree=$here/build/rock/tree-$version
  rm -rf build/rock/src/build
  (cd build/rock/src && MAKEFLAGS=-j2 LUAROCKS_CONFIG=$here/build/rock/config.lua \
    luarocks --lua-version="$version" make --tree "$tree" rockspec/wws-scm-1.rockspec >"$here/build/rock/$version.log" 2>&1) ||
    { cat "build/rock/$version.log"; exit 1; }
  symbols=$(nm -D --defined-only "$tree/lib/lua/$version/wws/core.so" | awk '$2 == "T" { print $3 }')
  [ "$symbols" = luaopen_wws_core ] || { echo "exported: $symbols"; exit 1; }
  LUA_PATH="$tree/share/lua/$version/?.lua;$tree/share/lua/$version/?/init.lua;;" LUA_CPATH="$tree/lib/lua/$version/?.so;;" \
    "$lua" examples/01_security_context.lua >build/rock/example.log 2>&1 || { cat build/rock/example.log; exit 1; }
  echo "ok $lua"
done
# what is installed for LuaJIT, inside nginx; the client and the backend use it, too
LUA_PATH="$tree/share/lua/5.1/?.lua;$tree/share/lua/5.1/?/init.lua;;" LUA_CPATH="$tree/lib/lua/5.1/?.so;;" WWS_TREE=$tree \
  luajit examples/06_gateway.lua >build/rock/gateway.log 2>&1 || { cat build/rock/gateway.log; exit 1; }
grep -q 'the context is cancelled' build/rock/gateway.log || { cat build/rock/gateway.log; exit 1; }
echo "ok nginx"
