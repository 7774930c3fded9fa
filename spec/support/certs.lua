--- Throwaway certificates, made with the openssl command once and kept in build/certs.
-- They are valid from 2020 to 2099, so that a spec may move its clock. All fields are paths but `PASSWORD`.
local process = require("spec.support.process")

local VERSION = "3" -- count up when what is made here changes
local ROOT = "build/certs/" .. VERSION .. "/"
local FROM, TO = "20200101000000Z", "20991231235959Z"

local CONFIG = [[
[ca]
default_ca = here
[here]
database = %s/index
new_certs_dir = %s
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
x509_extensions = extensions
[any]
organizationName = optional
commonName = optional
[req]
distinguished_name = empty
prompt = no
[empty]
[extensions]
%s
]]

local certs = { PASSWORD = "throwaway" }

local function run(...)
  local status, _, errors = process.run({ ... })
  assert(status == 0, table.concat({ ... }, " ") .. ": " .. errors)
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function extensions_of(options)
  local lines = { "basicConstraints = critical, CA:" .. (options.is_ca == true and "TRUE" or options.is_ca or "FALSE"),
                  "subjectKeyIdentifier = hash" }
  if options.is_ca then lines[#lines + 1] = "keyUsage = critical, keyCertSign, cRLSign" end
  if options.usage then lines[#lines + 1] = "extendedKeyUsage = " .. options.usage end
  if options.must_staple then lines[#lines + 1] = "tlsfeature = status_request" end
  if options.extension then lines[#lines + 1] = options.extension end
  if options.names then lines[#lines + 1] = "subjectAltName = " .. options.names end
  return table.concat(lines, "\n")
end

local function make_key(path, kind)
  if kind == "rsa" or kind == "weak" then
    local bits = kind == "weak" and 1024 or 2048
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" .. bits, "-out", path)
  else
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
  end
end

-- A directory of its own for each run, moved into place whole: two interpreters may be at it at once.
local function in_work_directory(target, fill)
  local unique = os.tmpname()
  local work = target .. ".work" .. unique:gsub("%W", "")
  os.remove(unique)
  run("mkdir", "-p", work)
  fill(work)
  run("sh", "-c", 'mv -T "$0" "$1" 2>/dev/null || rm -rf "$0"', work, target)
end

local function configure(work, options)
  write(work .. "/index", "")
  write(work .. "/config", CONFIG:format(work, work, extensions_of(options)))
end

local function make(work, options)
  configure(work, options)
  make_key(work .. "/key.pem", options.key)
  run("openssl", "req", "-new", "-config", work .. "/config", "-key", work .. "/key.pem", "-out", work .. "/request",
      "-subj", options.subject)
  local issuer = options.issuer or { key = work .. "/key.pem" }
  run("openssl", "ca", "-batch", "-notext", "-config", work .. "/config", "-in", work .. "/request", "-out",
      work .. "/certificate.pem", "-startdate", options.from or FROM, "-enddate", options.to or TO, "-md",
      options.digest or "sha256", "-keyfile", issuer.key, issuer.pem and "-cert" or "-selfsign", issuer.pem)
end

--- A certificate and its key, made at the first call under this name.
-- @tparam string name of the files
-- @tparam table options `subject` ("/CN=…"), `names` (subjectAltName in OpenSSL's words), `usage` (extended key
-- usage), `is_ca` (true, or more than "TRUE" in OpenSSL's words), `must_staple`, `extension` (one more line), `issuer`
-- (what this function returned; without, it signs itself), `from`, `to`, `digest`, `key` ("rsa", or "weak" for 1024 bits
-- of it)
-- @treturn table `pem`, `key`: paths
function certs.issue(name, options)
  local home = ROOT .. name
  local made = { pem = home .. "/certificate.pem", key = home .. "/key.pem" }
  if not exists(made.pem) then
    in_work_directory(home, function(work) make(work, options) end)
  end
  return made
end

--- A revocation list of an authority.
-- @tparam string name of the file
-- @tparam table issuer
-- @tparam {string,...} revoked paths of certificates
-- @tparam ?string to until when it holds
-- @treturn string path
function certs.revocation_list(name, issuer, revoked, to)
  local home = ROOT .. name
  if not exists(home .. "/list.pem") then
    in_work_directory(home, function(work)
      local function ca(...)
        run("openssl", "ca", "-config", work .. "/config", "-keyfile", issuer.key, "-cert", issuer.pem, ...)
      end
      configure(work, {})
      for _, certificate in ipairs(revoked) do ca("-revoke", certificate) end
      ca("-gencrl", "-crl_lastupdate", FROM, "-crl_nextupdate", to or TO, "-out", work .. "/list.pem")
    end)
  end
  return home .. "/list.pem"
end

local function index_line(certificate, state)
  local _, serial = process.run { "openssl", "x509", "-noout", "-serial", "-in", certificate }
  local revoked = state == "R" and "260101000000Z,keyCompromise" or ""
  return ("%s\t%s\t%s\t%s\tunknown\t/CN=any\n"):format(state, TO, revoked, serial:match "serial=(%x+)")
end

--- An OCSP response about a certificate, made by the openssl responder: valid for a hundred years from now on.
-- @tparam string name of the file
-- @tparam table certificate what `issue` returned
-- @tparam ?table options `status` ("good", "revoked", "unknown"), `issuer`, `signer` (the issuer without), `minutes`
-- (that it holds), `digest`
-- @treturn string path
function certs.ocsp(name, certificate, options)
  options = options or {}
  local home = ROOT .. name
  local issuer = options.issuer or certs.authority
  local signer = options.signer or issuer
  if not exists(home .. "/response.der") then
    in_work_directory(home, function(work)
      local states = { good = "V", revoked = "R" }
      local state = states[options.status or "good"]
      write(work .. "/index", state and index_line(certificate.pem, state) or "")
      run("openssl", "ocsp", "-issuer", issuer.pem, options.digest or "-sha1", "-cert", certificate.pem, "-no_nonce",
          "-reqout", work .. "/request.der")
      run("openssl", "ocsp", "-index", work .. "/index", "-CA", issuer.pem, "-rsigner", signer.pem, "-rkey", signer.key,
          "-reqin", work .. "/request.der", "-respout", work .. "/response.der",
          options.minutes and "-nmin" or "-ndays", options.minutes or 100 * 365)
    end)
  end
  return home .. "/response.der"
end

--- Several files after one another in one.
-- @tparam string name of the file
-- @tparam {string,...} paths
-- @treturn string path
function certs.join(name, paths)
  local path, texts = ROOT .. name .. ".pem", {}
  for index, part in ipairs(paths) do texts[index] = certs.read(part) end
  write(path, table.concat(texts))
  return path
end

--- @tparam string path
-- @treturn string its content
function certs.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local authority = certs.issue("ca", { subject = "/CN=wws throwaway authority", is_ca = true })
local other = certs.issue("other-ca", { subject = "/CN=another throwaway authority", is_ca = true })
local server = certs.issue("server", { subject = "/CN=localhost", names = "DNS:localhost,IP:127.0.0.1,IP:::1",
                                       usage = "serverAuth", issuer = authority })
local client = certs.issue("client", { subject = "/CN=alice", usage = "clientAuth", issuer = authority })

certs.authority, certs.other_authority, certs.server, certs.client = authority, other, server, client
certs.ca, certs.other_ca = authority.pem, other.pem
certs.server_pem, certs.server_key = server.pem, server.key
certs.client_pem, certs.client_key = client.pem, client.key

local function make_pkcs12(work)
  run("openssl", "pkcs12", "-export", "-in", server.pem, "-inkey", server.key, "-certfile", authority.pem, "-name",
      "server", "-passout", "pass:" .. certs.PASSWORD, "-out", work .. "/server.p12")
end

certs.server_pkcs12 = ROOT .. "server-pkcs12/server.p12"
if not exists(certs.server_pkcs12) then in_work_directory(ROOT .. "server-pkcs12", make_pkcs12) end

return certs
