local wws = require "wws"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local needs = require "spec.support.needs"
local peer = require "spec.interop.wss4j.peer"
local process = require "spec.support.process"
local reaping = require "spec.support.reaping"

local VERSIONS = { "february_2005", "1.3" }
local SOAP = { soap_1_1 = "1.1", soap_1_2 = "1.2" }
local TIMESTAMP = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd:Timestamp"
local USER = { "--user", calculator.USERNAME, calculator.PASSWORD }

local function joined(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, value in ipairs(list) do all[#all + 1] = value end
  end
  return all
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

--- Moves the creation time of the timestamp by one millisecond or more, after it was signed.
local function flipped(message)
  local changed, count = message:gsub("(<%w*:?Created>[^<]-)(%d)Z<", function(before, last)
    return ("%s%dZ<"):format(before, (last + 1) % 10)
  end, 1)
  assert(count == 1)
  return changed
end

local function with(description, name, value)
  description[name] = value
  for _, binding in ipairs(description) do
    if binding.bootstrap then binding.bootstrap[name] = value end
  end
  return description
end

-- The suite that speaks WCF's reading of SHA-256, for the channel and for the bootstrap.
local function by_sha256(description)
  local suite = require("wws.doc").wcf_sha256 "basic256_sha256"
  description.algorithm_suite, description[2].bootstrap.algorithm_suite = suite, suite
  return description
end

describe("interop: WSS4J's server", function()
  if not needs(peer.missing()) then return end
  local server, url, directory

  before_each(function()
    peer.compile()
    directory = os.tmpname()
    os.execute("rm " .. directory .. " && mkdir " .. directory)
    server = peer.start(joined({ "serve", certs.server_pkcs12, certs.PASSWORD, "--dump", directory }, USER))
    url = "https://localhost:" .. assert(server:expect "^READY (%d+)") .. "/calculator"
  end)

  after_each(function()
    server:stop()
    os.execute("rm -r " .. directory)
  end)

  local function connect(security, envelope)
    return assert(wws.connect(url, { security = security, envelope_version = envelope, timeout = 20 }))
  end

  local function add(channel, a, b)
    local reply = assert(channel:request(calculator.ADD, calculator.body(a, b)))
    assert.equal(a + b, calculator.sum(reply))
  end

  for envelope in pairs(SOAP) do
    it("reads our user name, in " .. envelope, function()
      local channel = connect(calculator.client_username(), envelope)
      add(channel, 1, 2)
      add(channel, 3, 4)
      assert(channel:close())
      assert(server:expect "^call timestamp=true username=alice context=null")
    end)

    for _, version in ipairs(VERSIONS) do
      it(("reads our issue, calls, renew and cancel, in %s and version %s"):format(envelope, version), function()
        local channel = connect(
          calculator.client_context { secure_conversation_version = version, renewal_interval = 0.5 }, envelope)
        add(channel, 1, 2)
        assert(server:expect "^issue timestamp=true username=alice context=null")
        assert(server:expect "^call timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
        os.execute "sleep 0.6"
        add(channel, 3, 4)
        assert(server:expect "^renew timestamp=true username=alice context=urn:%S+ signed=%[Timestamp%]")
        assert(server:expect "^call timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
        assert(channel:close())
        assert(server:expect "^cancel 1 timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
        assert.is_nil(server:output():match "refused")
      end)
    end
  end

  it("reads every layout and both versions of the header", function()
    local settings = { security_header_layout = { "strict", "lax", "lax_with_timestamp_first", "lax_with_timestamp_last" },
      security_header_version = { "1.0", "1.1" } }
    for name, values in pairs(settings) do
      for _, value in ipairs(values) do
        local channel = connect(with(calculator.client_context(), name, value), "soap_1_2")
        add(channel, 1, 2)
        assert(channel:close())
        assert(server:expect "^issue timestamp=true username=alice context=null")
        assert(server:expect "^call timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
      end
    end
    assert.is_nil(server:output():match "refused")
  end)

  it("reads a context under the suite that WCF means by basic256_sha256", function()
    local channel = connect(by_sha256(calculator.client_context { renewal_interval = 0.5 }), "soap_1_2")
    add(channel, 1, 2)
    assert(server:expect "^call timestamp=true username=null context=urn:%S+ signed=%[Timestamp%] by=%[hmac%-sha256, sha256%]")
    os.execute "sleep 0.6"
    add(channel, 3, 4)
    assert(server:expect "^renew timestamp=true username=alice context=urn:%S+ signed=%[Timestamp%] by=%[hmac%-sha256, sha256%]")
    assert(channel:close())
    assert(server:expect "^cancel 1 timestamp=true username=null context=urn:%S+ signed=%[Timestamp%] by=%[hmac%-sha256, sha256%]")
    assert.is_nil(server:output():match "refused")
  end)

  for _, version in ipairs(VERSIONS) do
    it("gives and renews contexts that the caller keeps, in version " .. version, function()
      local channel = connect(calculator.client_username(), "soap_1_2")
      local options = { request_action = "new_context", trust_version = version, issued_token_key_entropy = "combined",
                        issued_token_key_size = 256 }
      local function use(token)
        local other = connect({ calculator.client_username()[1], { type = "xml_token", token = token } }, "soap_1_2")
        add(other, 1, 2)
        assert(server:expect "^call timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
        assert(other:close())
      end
      local first = assert(wws.request_security_token(channel, options))
      assert(server:expect "^issue timestamp=true username=alice context=null")
      use(first)
      options.request_action, options.existing_token = "renew_context", first
      local second = assert(wws.request_security_token(channel, options))
      assert(server:expect "^renew timestamp=true username=alice context=urn:%S+ signed=%[Timestamp%]")
      assert.not_equal(first:get "symmetric_key", second:get "symmetric_key")
      use(second)
      assert.is_nil(server:output():match "refused")
      assert(channel:close())
    end)
  end

  it("gets a valid Cancel from each of 50 channels that were dropped", function()
    local identifiers = {}
    do
      local channels = {}
      for i = 1, 50 do
        channels[i] = connect(calculator.client_context())
        add(channels[i], i, 1)
      end
    end
    reaping.collect()
    for i = 1, 50 do
      local identifier = assert(server:expect("^cancel " .. i .. " .* context=(%S+) signed=%[Timestamp%]"))
      assert.is_nil(identifiers[identifier])
      identifiers[identifier] = true
    end
    assert.is_nil(server:output():match "refused")
  end)

  it("refuses our message once its timestamp is flipped, and so does xmlsec1", function()
    local channel = connect(calculator.client_context { secure_conversation_version = "1.3" })
    add(channel, 1, 2)
    local identifier = assert(server:expect "^call .* context=(%S+)")
    local file, key = directory .. "/0002.xml", directory .. "/0002.key"
    local message = read(file)
    local base64 = select(2, process.run({ "base64", "-w0", key }))
    local function check(text)
      local line = peer.line { "check", "--context", "1.3", identifier, base64 }
      return process.run(line, { input = text })
    end
    local function xmlsec(text)
      local changed = assert(io.open(file, "wb"))
      changed:write(text)
      changed:close()
      return process.run { "xmlsec1", "--verify", "--hmackey", key, "--id-attr:Id", TIMESTAMP, file }
    end
    assert.equal(0, (check(message)))
    assert.equal(0, (xmlsec(message)))
    local status, output = check(flipped(message))
    assert.equal(1, status)
    assert.equal("REFUSED The signature or decryption was invalid\n", output)
    assert.equal(1, (xmlsec(flipped(message))))
    assert(channel:close())
  end)
end)

describe("interop: WSS4J's client", function()
  if not needs(peer.missing()) then return end
  local host

  after_each(function()
    if host then host:close() end
    host = nil
  end)

  local function serve(security, envelope)
    host = assert(wws.service_host {
      { url = "https://localhost:0/calculator", security = security, envelope_version = envelope,
        operations = calculator.operations },
    })
    assert(host:open())
    return host.urls[1]
  end

  local function call(url, ...)
    peer.compile()
    local client = peer.start(joined({ "call", url, certs.ca }, USER, { ... }), {
      idle = function() host:step(0.02) end,
    })
    local status = client:wait()
    local output = client:output()
    client:stop()
    return output, status
  end

  for envelope, number in pairs(SOAP) do
    it("is read with its user name, in " .. envelope, function()
      local url = serve(calculator.server_username(), envelope)
      assert.equal("OK\n", (call(url, "--soap", number)))
    end)

    for _, version in ipairs(VERSIONS) do
      for _, prefixes in ipairs { "--calls", "--no-prefixes" } do
        it(("is read in a context, in %s and version %s, %s"):format(envelope, version,
          prefixes == "--calls" and "with PrefixLists" or "without them"), function()
          local url = serve(calculator.server_context { secure_conversation_version = version }, envelope)
          local more = prefixes == "--calls" and { "--calls", "3" } or { prefixes }
          local output = call(url, "--soap", number, "--version", version, (unpack or table.unpack)(more))
          assert.equal(table.concat({
            "issued",
            "a flipped timestamp: refused as BadContextToken",
            "an unknown context: refused as BadContextToken",
            "renewed",
            "cancelled",
            "after the cancel: refused as BadContextToken",
            "OK\n",
          }, "\n"), output)
        end)
      end
    end
  end

  it("is read in a context under the suite that WCF means by basic256_sha256, and not without the suite", function()
    local url = serve(by_sha256(calculator.server_context()), "soap_1_2")
    local output = call(url, "--soap", "1.2", "--version", "february_2005", "--sha256")
    assert.is_truthy(output:find("issued\n.*renewed\n.*cancelled\n.*OK\n$"), output)
    output = call(url, "--soap", "1.2", "--version", "february_2005")
    assert.equal("issued\nFAILED Client$Refused: InvalidSecurity\n", output)
  end)

  it("is read with its timestamp last by the layouts that let it stand there, by no other", function()
    local layouts = { lax = true, lax_with_timestamp_last = true, lax_with_timestamp_first = false, strict = false }
    for layout, reads in pairs(layouts) do
      local url = serve(with(calculator.server_context(), "security_header_layout", layout), "soap_1_2")
      local output = call(url, "--soap", "1.2", "--version", "february_2005", "--last")
      if reads then
        assert.is_truthy(output:find("issued\n.*renewed\n.*cancelled\n.*OK\n$"), layout .. ": " .. output)
      else
        assert.is_nil(output:find("OK\n", 1, true))
        assert.equal("security_header_layout", host:info().endpoints[1].last_error.property)
      end
      host:close()
      host = nil
    end
  end)

  it("is refused with a wrong password", function()
    local url = serve(calculator.server_username())
    local output, status = call(url, "--user", "alice", "wrong")
    assert.equal(1, status)
    assert.equal("FAILED Client$Refused: FailedAuthentication\n", output)
  end)
end)
