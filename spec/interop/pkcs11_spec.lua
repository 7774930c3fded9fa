--- Keys that never leave a PKCS#11 token (SoftHSM): they sign messages and open TLS connections.
local certs = require "spec.support.certs"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local process = require "spec.support.process"
local soap = require "spec.support.soap"

local MODULE = "/usr/lib/softhsm/libsofthsm2.so"

local function shell(text, ...)
  local status, out, errors = process.run { "sh", "-ec", text, "sh", ... }
  assert(status == 0, text .. ": " .. out .. errors)
  return out
end

describe("interop: PKCS#11", function()
  local missing = process.run { "sh", "-c", "command -v softhsm2-util && command -v pkcs11-tool && test -e " .. MODULE } ~= 0
  if not needs(missing and "softhsm2 and opensc are not installed" or nil) then return end

  it("signs and connects with a key of SoftHSM", function()
    local holder = certs.issue("hsm-holder", { subject = "/CN=holder", usage = "clientAuth", issuer = certs.authority, key = "rsa" })
    local home = shell "mktemp -d":gsub("%s", "")
    local ok, err = pcall(function()
      local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"
      local out = shell([[
        home=$1 key=$2 pem=$3
        export SOFTHSM2_CONF=$home/conf LUA_PATH="$5" LUA_CPATH="$6"
        mkdir $home/tokens
        echo "directories.tokendir = $home/tokens" >$home/conf
        openssl pkcs8 -topk8 -nocrypt -in "$key" -out $home/key.pem
        openssl x509 -in "$pem" -outform DER -out $home/cert.der
        {
          softhsm2-util --init-token --free --label wws --pin 1234 --so-pin 1234
          softhsm2-util --import $home/key.pem --token wws --label holder --id a1 --pin 1234
          pkcs11-tool --module ]] .. MODULE .. [[ --token-label wws --login --pin 1234 --write-object $home/cert.der \
            --type cert --label holder --id a1
        } >$home/log 2>&1 || { cat $home/log >&2; exit 1; }
        $4 spec/interop/pkcs11/holder.lua "pkcs11:token=wws;object=holder?pin-value=1234&module-path=]] .. MODULE .. [["
      ]], home, holder.key, holder.pem, interpreter, package.path, package.cpath)
      local message, seen, again = out:match("^(.-)\n%-%-%-%-%-\n(%S+)\n(%S+)\n$")
      local own = probe.base64_write(assert(probe.certificate(certs.read(holder.pem))):der())
      assert.same({ own, own }, { seen, again })
      local file = assert(io.open(home .. "/message.xml", "wb"))
      file:write(message)
      file:close()
      shell([[xmlsec1 --verify --pubkey-cert-pem "$2" --id-attr:Id "$3:Timestamp" --id-attr:Id \
        http://www.w3.org/2005/08/addressing:To "$1/message.xml"]], home, holder.pem, soap.WSU)
      assert.is_truthy(message:find('URI="#_1"', 1, true))
    end)
    shell("rm -rf $1", home)
    if not ok then error(err, 0) end
  end)
end)
