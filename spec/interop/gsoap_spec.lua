-- gSOAP with its WS-Security plugin, at both ends: user names and time-stamps over TLS, in both envelopes.
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local needs = require "spec.support.needs"
local process = require "spec.support.process"
local wws = require "wws"

local BUILD = [[
set -e; dir=$1 version=$2 here=$PWD gsoap=/usr/share/gsoap
stamp=$(cat $here/spec/interop/gsoap/calc.* | sha256sum)
[ "$(cat $dir/stamp 2>/dev/null)" = "$stamp" ] && exit 0
mkdir -p $dir && cd $dir
soapcpp2 -c -L -x -w -$version -I$gsoap:$gsoap/import $here/spec/interop/gsoap/calc.h
gcc -O0 -w -DWITH_OPENSSL -DWITH_DOM -I. -I$gsoap/plugin -I$gsoap -I$gsoap/custom -o calc $here/spec/interop/gsoap/calc.c \
  soapC.c soapClient.c soapServer.c $gsoap/plugin/wsseapi.c $gsoap/plugin/smdevp.c $gsoap/plugin/mecevp.c \
  $gsoap/plugin/wsaapi.c $gsoap/plugin/threads.c $gsoap/custom/struct_timeval.c -lgsoapssl -lssl -lcrypto -lz -lpthread
echo "$stamp" >stamp
]]
local VERSIONS = { soap_1_1 = "1", soap_1_2 = "2" }

local function program(version)
  local dir = "build/peers/gsoap" .. VERSIONS[version]
  local status, output, errors = process.run { "sh", "-c", BUILD, "sh", dir, VERSIONS[version] }
  assert(status == 0, output .. errors)
  return dir .. "/calc"
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

describe("interop: gSOAP", function()
  if not needs(process.run { "soapcpp2", "-V" } ~= 0 and "gSOAP is not installed" or nil) then return end

  for version in pairs(VERSIONS) do
    describe("in " .. version, function()
      local host, server

      after_each(function()
        if host then host:close() end
        if server then server:stop() end
        host, server = nil, nil
      end)

      local function run_client(password)
        host = assert(wws.service_host {
          { url = "https://localhost:0/calculator", security = calculator.server_username(), envelope_version = version,
            operations = { [calculator.ADD] = function(request)
              local a, b = request.body:match "a>(%d+)<.*b>(%d+)<"
              return ('<AddResponse xmlns="%s"><AddResult>%d</AddResult></AddResponse>'):format("http://example.org/",
                a + b), calculator.ADD_RESPONSE
            end } },
        })
        assert(host:open())
        return process.run({ program(version), "client", host.urls[1], certs.ca, "alice", password, 3 }, {
          idle = function() host:step(0.02) end })
      end

      it("is a client that ours lets in", function()
        local status, output, errors = run_client "secret"
        assert.equal("sum 2\nsum 3\nsum 4\n", output .. errors)
        assert.equal(0, status)
      end)

      it("is a client that ours refuses with another password", function()
        local status, output = run_client "wrong"
        assert.equal(1, status)
        assert.matches("security token could not be authenticated", output)
      end)

      local function start_server()
        local pem = os.tmpname()
        local file = assert(io.open(pem, "w"))
        file:write(read(certs.server_pem), read(certs.server_key))
        file:close()
        server = process.start { program(version), "server", pem, "secret" }
        local port = assert(server:expect "^port (%d+)", server:errors())
        os.remove(pem)
        return ("https://localhost:%d/calculator"):format(port)
      end

      it("is a server that lets ours in, and whose time-stamps ours reads", function()
        local channel = assert(wws.connect(start_server(), { security = calculator.client_username(),
          envelope_version = version, timeout = 20 }))
        for i = 1, 3 do
          local reply = assert(channel:request(calculator.ADD, calculator.body(i, 2)))
          assert.equal(i + 2, tonumber(reply.body:match "AddResult>(%d+)<"))
          assert.is_truthy(server:expect "^user alice")
        end
        assert(channel:close())
      end)

      it("is a server that refuses another password, and ours says so", function()
        local security = calculator.client_username()
        security[2].credential.password = "wrong"
        local channel = assert(wws.connect(start_server(), { security = security, envelope_version = version,
          timeout = 20 }))
        local reply, err = channel:request(calculator.ADD, calculator.body(1, 2))
        assert.is_nil(reply)
        assert.matches("FailedAuthentication", err.fault.subcode or err.fault.code)
        channel:close()
      end)
    end)
  end
end)
