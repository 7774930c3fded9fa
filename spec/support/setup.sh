#!/bin/sh
# Installs what `make demo`, `make test` or all checks need on Debian 12; says what and how. Usage: setup.sh demo|test|check
# A package counts as there when dpkg knows it, or when the command that it is for answers.
set -eu
demo="gcc make pkg-config lua5.4 liblua5.4-dev libssl-dev libxml2-dev libkrb5-dev openssl"
test="$demo
  luajit2:luajit libluajit2-5.1-dev lua-busted lua-cqueues lua-luv
  xmlsec1 libwss4j-java libjaxws-java libmetro-policy-java default-jdk-headless:javac nodejs:node curl
  nginx libnginx-mod-http-lua redis-server
  krb5-kdc krb5-user krb5-admin-server krb5-pkinit gss-ntlmssp tshark faketime
  apache2-bin libapache2-mod-auth-gssapi
  squid tinyproxy-bin:tinyproxy python3-gssapi gsoap:soapcpp2 libgsoap-dev zlib1g-dev
  mono-mcs libmono-system-servicemodel4.0a-cil
  libengine-pkcs11-openssl softhsm2 opensc:pkcs11-tool"
check="$test clang clang-format clang-tidy libclang-rt-14-dev cppcheck pmccabe lua-check lua-ldoc lua-discount luarocks liblua5.1-0-dev gcovr valgrind"
case "${1:-}" in
demo) wanted=$demo ;;
test) wanted=$test ;;
check) wanted=$check ;;
*) echo "usage: $0 demo|test|check" >&2; exit 2 ;;
esac
missing=
for entry in $wanted; do
  package=${entry%%:*} command=${entry#*:}
  if [ "$command" != "$entry" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "wws needs these packages, under Debian's names:$missing" >&2
  echo "Install what your system calls them, then run make again." >&2
  exit 1
fi
root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "wws needs:$missing (run as root: apt-get install$missing)" >&2; exit 1; }
  root=sudo
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$root apt-get update -qq
# shellcheck disable=SC2086
$root apt-get install -y -qq --no-install-recommends $missing >/dev/null
