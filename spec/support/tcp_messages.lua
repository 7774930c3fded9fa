--- Messages with security of their own over net.tcp sessions whose transport is secured: what must hold whatever the
-- transport is. A kind of transport has `upgrade`, `binding(side)`, `acceptor` (a listener's option), `accepting` and
-- `initiating` (see spec/support/relay.lua), and perhaps `message(side, password)`: what is there instead of a user name.
local assert = require "luassert"
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local core = require "wws.core"
local nns = require "spec.support.nns"
local probe = require "wws.probe"
local relay = require "spec.support.relay"
local tls_pair = require "spec.support.tls_pair"
local wws = require "wws"
local it, setup = require("busted").it, require("busted").setup -- busted gives no globals to required files

local tcp_messages = {}

local ENCODINGS = { "text_utf8", "binary", "binary_session" }
local PATIENCE = 30 * (os.getenv "WWS_STRESS" and 10 or 1)
local WHO, BODY = "urn:who", "<who xmlns='urn:wws'/>"
local PASSWORDS = { bob = "Password-bob", carol = "Password-carol" }

local function merge(base, more)
  for key, value in pairs(more or {}) do base[key] = value end
  return base
end

-- Transports ----------------------------------------------------------------------------------------------------------

local SSL = {
  upgrade = "application/ssl%-tls",
  binding = function(side)
    if side == "client" then return { type = "ssl", trust = certs.ca } end
    return { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
  end,
  accepting = function(stream)
    return nns.tls(blocking, stream, assert(tls_pair.server():connection()))
  end,
  initiating = function(stream)
    return nns.tls(blocking, stream, assert(tls_pair.client():connection "localhost"))
  end,
}

--- TLS.
-- @treturn table a kind
function tcp_messages.ssl() return SSL end

--- Windows authentication.
-- @tparam table given `client`, `server` (more of the bindings), `acceptor` (a listener's option), `principal` (what the
-- service calls the client); and for the relay, of the probe's: `accepts` (a credential), `initiator` (another) and its
-- `options`
-- @treturn table a kind
function tcp_messages.windows(given)
  return {
    upgrade = "application/negotiate",
    acceptor = given.acceptor,
    binding = function(side) return merge({ type = "tcp_sspi" }, given[side]) end,
    accepting = function(stream)
      local context = assert(probe.gss_context(given.accepts, { server = true }))
      return nns.new(blocking, stream, context, true)
    end,
    initiating = function(stream)
      local context = assert(probe.gss_context(given.initiator, merge({ target = "host/localhost" }, given.options)))
      return nns.new(blocking, stream, context)
    end,
    principal = given.principal,
  }
end

-- Both ends -----------------------------------------------------------------------------------------------------------

local function check_password(name, password)
  return PASSWORDS[name] ~= nil and wws.equal(PASSWORDS[name], password)
end

-- The message binding: a user name, or what the kind says (a Kerberos token).
local function message_binding(kind, side, password)
  if kind.message then return kind.message(side, password) end
  if side == "server" then return { type = "username", validate_password = check_password } end
  return { type = "username", credential = { type = "string", username = "bob", password = password or PASSWORDS.bob } }
end

local function secured(kind, side, context, password)
  local list = { kind.binding(side), message_binding(kind, side, password) }
  if not context then return list end
  return { kind.binding(side), merge({ type = "security_context", bootstrap = list }, context) }
end

-- Who sent it: by the message, and by the transport.
local function describe(request)
  local by_message = request:property "message_security_windows_token"
  local by_transport = request:property "transport_security_windows_token"
  return ("<w xmlns='urn:wws'>%s %s</w>"):format(by_message and by_message.principal or request:property "username",
    by_transport and by_transport.principal or "nobody")
end

local function serve(kind, context, options)
  local host = assert(wws.service_host { merge({ url = "net.tcp://localhost:0/who", acceptor = kind.acceptor,
    security = secured(kind, "server", context), operations = { [WHO] = describe } }, options) })
  assert(host:open())
  return host, host.urls[1]
end

local function open(kind, url, context, options, password)
  local channel = assert(wws.channel(merge({ timeout = PATIENCE, security = secured(kind, "client", context, password) },
    options)))
  assert(channel:open(url))
  return channel
end

local function check_call(kind, channel)
  local reply = assert(channel:request(WHO, BODY))
  assert.equal((kind.caller or "bob") .. " " .. (kind.principal or "nobody"), reply.body:match ">([^<]+)<")
end

-- What must hold ------------------------------------------------------------------------------------------------------

local checks = {}

--- A token in each message.
function checks.one_shot(kind, encoding)
  local host, url = serve(kind, nil, { encoding = encoding })
  local channel = open(kind, url, nil, { encoding = encoding })
  for _ = 1, 3 do check_call(kind, channel) end
  assert.equal(encoding, channel:get "encoding")
  assert(channel:close())
  host:close()
end

--- Established, renewed, cancelled.
function checks.context(kind, encoding, version)
  local env = core.env {}
  local both = { encoding = encoding, env = env }
  local settings = { secure_conversation_version = version }
  local host, url = serve(kind, settings, both)
  local channel = open(kind, url, merge({ renewal_interval = 60 }, settings), both)
  for n = 0, 2 do
    check_call(kind, channel)
    check_call(kind, channel)
    assert.same({ 1, 1, n }, { host:info().established, host:info().active_contexts, host:info().renewals })
    env:advance(61)
  end
  assert(channel:close())
  assert.same({ 1, 0 }, { host:info().cancelled, host:info().active_contexts })
  assert.equal(1, host:info().accepted)
  host:close()
end

--- A wrong password, by itself and where a context was to be established; the session goes on.
function checks.wrong_password(kind, encoding)
  for _, context in ipairs { false, {} } do
    local host, url = serve(kind, context, { encoding = encoding })
    local channel = open(kind, url, context, { encoding = encoding }, "wrong")
    for _ = 1, 2 do
      local reply, err = channel:request(WHO, BODY)
      assert.is_nil(reply)
      local inner = context and err.cause or err
      assert.equal("endpoint_access_denied", inner.code)
      local fault = err.fault or inner.fault
      assert.equal(not kind.message and "FailedAuthentication" or nil, fault and fault.subcode:match "}(.*)")
      assert.equal("open", channel:state())
    end
    assert.same({ 0, 0 }, { host:info().active_contexts, host:info().requests })
    assert(channel:close())
    host:close()
  end
end

--- A context that was established over one connection is used, renewed and cancelled over others.
function checks.other_connection(kind, encoding)
  local env = core.env {}
  local both = { encoding = encoding, env = env }
  local host, url = serve(kind, {}, both)
  local between = relay.start { url = url, upgrade = kind.upgrade, accepting = kind.accepting,
                                initiating = kind.initiating }
  local channel = open(kind, url, { renewal_interval = 60 }, merge({ driver = between.driver }, both))
  check_call(kind, channel)
  local forget = between:move() -- the first connection stays for a while
  check_call(kind, channel)
  forget()
  check_call(kind, channel)
  env:advance(61)
  between:move()()
  check_call(kind, channel)
  assert.same({ 1, 1, 3 }, { host:info().established, host:info().renewals, host:info().accepted })
  between:move()()
  assert(channel:close())
  assert.same({ 1, 0 }, { host:info().cancelled, host:info().active_contexts })
  between:close()
  host:close()
end

--- Declares the specs.
-- @tparam function make the kind, called when they run
function tcp_messages.specs(make)
  local kind
  setup(function() kind = make() end)

  for _, encoding in ipairs(ENCODINGS) do
    it("has who sent each of them, in " .. encoding, function() checks.one_shot(kind, encoding) end)

    it("has contexts established, renewed and cancelled, in " .. encoding, function()
      checks.context(kind, encoding, encoding == "binary" and "1.3" or "february_2005")
    end)
  end

  it("refuses a wrong password", function() checks.wrong_password(kind, "binary_session") end)

  for _, encoding in ipairs { "text_utf8", "binary" } do
    it("has contexts that go on over other connections, in " .. encoding, function()
      checks.other_connection(kind, encoding)
    end)
  end
end

return tcp_messages
