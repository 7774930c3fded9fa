-- The engine against the openssl command: bytes that the same library made, but steered by others' code.
local blocking = require("wws.io.blocking")
local certs = require("spec.support.certs")
local probe = require("wws.probe")
local process = require("spec.support.process")
local tls_pair = require("spec.support.tls_pair")

local PATIENCE = 20

local function send(tls, stream)
  local bytes = assert(tls:take())
  if #bytes > 0 then return stream:write(bytes, blocking.now() + PATIENCE) end
end

local function receive(tls, stream)
  local bytes, why = stream:read(16384, blocking.now() + PATIENCE)
  if bytes then return tls:feed(bytes) end
  assert.not_equal("timeout", why)
  tls:feed_end()
  return true
end

local function shake(tls, stream)
  while true do
    local done, err = tls:handshake()
    send(tls, stream)
    if done ~= false then return done, err end
    receive(tls, stream)
  end
end

local function read_all(tls, stream, enough)
  local text = ""
  while not text:find(enough) do
    local bytes, ended = tls:read()
    send(tls, stream)
    if not bytes then return nil, ended end
    text = text .. bytes
    if ended then break end
    if bytes == "" then receive(tls, stream) end
  end
  return text
end

local function with_s_server(arguments, body)
  local command = { "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certs.server_pem, "-key",
                    certs.server_key, "-www" }
  for _, argument in ipairs(arguments) do command[#command + 1] = argument end
  local server = process.start(command)
  local port = assert(server:expect("^ACCEPT .*:(%d+)$", PATIENCE))
  local ok, failure = pcall(body, tonumber(port))
  server:stop()
  assert(ok, failure)
end

-- @treturn page of s_server's about this connection, the engine
local function get_page(config, port)
  local stream = assert(blocking.connect("127.0.0.1", port, { deadline = blocking.now() + PATIENCE }))
  local tls = assert(config:connection("localhost"))
  local done, err = shake(tls, stream)
  local page
  if done then
    assert(tls:write("GET / HTTP/1.0\r\n\r\n"))
    send(tls, stream)
    page, err = read_all(tls, stream, "</pre>")
  end
  stream:close()
  return page, err, tls
end

describe("crypto: TLS engine and openssl s_server", function()
  for version, flag in pairs { ["TLSv1.2"] = "-tls1_2", ["TLSv1.3"] = "-tls1_3" } do
    it("speak " .. version .. " and resume", function()
      with_s_server({ flag }, function(port)
        local client = tls_pair.client()
        local page, err = get_page(client, port)
        assert.is_nil(err)
        assert.matches("Protocol  : " .. version, page, 1, true)
        assert.matches("\nNew, " .. version, page, 1, true)
        local _, _, tls = get_page(client, port)
        assert.is_true(tls:resumed())
      end)
    end)
  end

  it("agree on a client's certificate, and on its absence", function()
    with_s_server({ "-Verify", "1", "-verify_return_error", "-CAfile", certs.ca }, function(port)
      local page = get_page(tls_pair.client({ certificate = tls_pair.certificate(certs.client) }), port)
      assert.matches("Subject: CN=alice", page, 1, true)
      local _, err = get_page(tls_pair.client(), port)
      assert.equal("endpoint_access_denied", err.code)
      assert.equal("alert 116", err.got)
    end)
  end)

  it("agree on the missing certificate in TLS 1.2", function()
    with_s_server({ "-Verify", "1", "-verify_return_error", "-CAfile", certs.ca, "-tls1_2" }, function(port)
      local _, err = get_page(tls_pair.client(), port)
      assert.equal("endpoint_access_denied", err.code)
      assert.matches("requires a client certificate", err.message)
      assert.equal("alert 40", err.got)
    end)
  end)

  it("do not agree on TLS 1.1", function()
    with_s_server({ "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0" }, function(port)
      local _, err = get_page(tls_pair.client(), port)
      assert.equal("the server speaks none of our TLS versions", err.message)
      assert.is_string((get_page(tls_pair.client({ disallowed = 0 }), port)))
    end)
  end)
end)

-- Serves one connection of s_client and returns what it printed.
local function with_s_client(options, arguments, input)
  local acceptor = assert(blocking.listen("127.0.0.1", 0))
  if not input then arguments[#arguments + 1] = "-ign_eof" end
  local command = { "openssl", "s_client", "-connect", "127.0.0.1:" .. acceptor.port, "-servername", "localhost",
                    "-CAfile", certs.ca, "-verify_hostname", "localhost", "-verify_return_error" }
  for _, argument in ipairs(arguments) do command[#command + 1] = argument end
  local client = process.start(command, { input = input or "hello\n" })
  local stream = assert(acceptor:accept(blocking.now() + PATIENCE))
  local tls = assert(tls_pair.server(options):connection())
  local done, err = shake(tls, stream)
  local got
  if done then
    got, err = read_all(tls, stream, "\n")
    if got then tls:write("welcome\n") end
    tls:close()
    send(tls, stream)
  end
  stream:close()
  acceptor:close()
  client:wait(PATIENCE)
  local output = client:output() .. client:errors()
  client:stop()
  return got, err, output, tls
end

describe("crypto: TLS engine and openssl s_client", function()
  for version, flag in pairs { ["TLSv1.2"] = "-tls1_2", ["TLSv1.3"] = "-tls1_3" } do
    it("speak " .. version, function()
      local got, err, output = with_s_client({}, { flag })
      assert.is_nil(err)
      assert.equal("hello\n", got)
      assert.matches("welcome", output)
      assert.matches("Verify return code: 0 (ok)", output, 1, true)
      assert.matches("Secure Renegotiation IS" .. (version == "TLSv1.2" and "" or " NOT") .. " supported", output)
    end)
  end

  it("agree on a client's certificate", function()
    local got, _, _, tls = with_s_client({ require_client_certificate = true, trust = certs.ca },
                                         { "-cert", certs.client_pem, "-key", certs.client_key })
    assert.equal("hello\n", got)
    assert.equal("CN=alice", probe.x509_subject(tls:peer_certificate()))
  end)

  it("tell a client without a certificate by alert, and whom the server trusts", function()
    local got, err, output = with_s_client({ require_client_certificate = true, trust = certs.ca }, {})
    assert.is_nil(got)
    assert.matches("the client sent none", err.message)
    assert.matches("certificate required", output)
    assert.matches("CN = wws throwaway authority", output)
  end)

  it("refuse renegotiation", function()
    local _, err, output = with_s_client({}, { "-tls1_2" }, "R\n")
    assert.matches("the client broke the TLS connection off", err.message)
    assert.matches("RENEGOTIATING", output)
    assert.matches("no renegotiation", output)
  end)
end)
