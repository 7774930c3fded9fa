-- Whole conversations with a trace on both sides, and every secret of theirs looked for in all that can be seen: trace
-- events, errors, what tostring gives. The secrets are known from the wire, which the spec reads along.
local from_base64 = require "spec.support.base64"
local probe = require "wws.probe"
local wire = require "spec.support.wire"
local world = require "spec.support.world"
local wws = require "wws"

local WRONG = "Password-wrong-7f3a"

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function to_base64(bytes)
  local text = bytes:gsub("..?.?", function(three)
    local a, b, c = three:byte(1, 3)
    local bits, digits = a * 65536 + (b or 0) * 256 + (c or 0), {}
    for i = 4, 1, -1 do
      digits[i] = DIGITS:sub(bits % 64 + 1, bits % 64 + 1)
      bits = math.floor(bits / 64)
    end
    return table.concat(digits, "", 1, #three + 1)
  end)
  return text .. ("="):rep(-#text % 4)
end

local function utf16(bytes, is_big)
  return (bytes:gsub(".", is_big and "\0%0" or "%0\0"))
end

-- In base64 a text looks different at each of three places: of each what is sure, without the ends that others share.
local function base64_forms(bytes)
  local forms = {}
  for shift = 0, 2 do
    local text = to_base64(("\0"):rep(shift) .. bytes):gsub("=+$", "")
    forms[#forms + 1] = text:sub(shift == 0 and 1 or shift + 2, -2)
  end
  return forms
end

local function forms_of(secret)
  local forms = base64_forms(secret)
  for _, form in ipairs { secret, hex(secret), hex(secret):upper(), utf16(secret), utf16(secret, true) } do
    forms[#forms + 1] = form
  end
  for i = 1, 3 do
    forms[#forms + 1] = utf16(forms[i])
    forms[#forms + 1] = utf16(forms[i], true)
  end
  return forms
end

-- All strings in a value, tables taken apart; every key and value is also seen as it prints.
local function collect(seen, value, depth)
  seen[#seen + 1] = tostring(value)
  if type(value) == "table" and depth < 6 then
    for key, inner in pairs(value) do
      collect(seen, key, depth + 1)
      collect(seen, inner, depth + 1)
    end
  end
end

local FIELDS = { "code", "message", "step", "binding", "property", "expected", "got", "hint", "fault", "cause" }

local function collect_error(seen, err)
  while err do
    seen[#seen + 1] = tostring(err)
    for _, field in ipairs(FIELDS) do
      if field ~= "cause" then collect(seen, err[field], 0) end
    end
    err = err.cause
  end
end

local function in_elements(secrets, text, name)
  for content in text:gmatch("<[%w:]*" .. name .. "[^>]*>([^<]+)</") do
    secrets[#secrets + 1] = name == "Password" and content or from_base64(content)
  end
end

-- What the wire carried: passwords, entropy, proofs, signature values.
local function secrets_of(texts)
  local secrets = {}
  for _, text in ipairs(texts) do
    for _, name in ipairs { "Password", "BinarySecret", "SignatureValue" } do in_elements(secrets, text, name) end
  end
  return secrets
end

local function assert_unseen(seen, secrets)
  local all = table.concat(seen, "\n")
  for _, secret in ipairs(secrets) do
    assert.is_true(#secret >= 12)
    for _, form in ipairs(forms_of(secret)) do
      local at = all:find(form, 1, true)
      if at then error(("a secret (%s) is seen: …%s…"):format(hex(secret), all:sub(at - 200, at + 100)), 2) end
    end
  end
end

-- A conversation with everything in it; what could be seen of it, its events, and its secrets.
local function converse(context, envelope)
  local seen, events, texts, keys = {}, {}, {}, {}
  local function trace(event)
    events[#events + 1] = event
    collect(seen, event, 0)
  end
  local scene = world.scene {
    served = context, secured = context, both = { envelope_version = envelope, trace = trace },
    operations = {
      ["urn:revoke"] = function(request)
        collect(seen, request, 0)
        local revoked = request:property("security_context")
        collect(seen, revoked, 0)
        collect(seen, revoked:info(), 0)
        assert(revoked:revoke())
        return "<ok xmlns='urn:x'/>"
      end,
      ["urn:fail"] = function() return nil, { code = "Sender", reason = "not today" } end,
    },
  }
  local function note(reply, err)
    collect(seen, reply, 0)
    collect_error(seen, err)
    collect_error(seen, scene:info().last_error)
  end
  local function call(channel, action)
    note(channel:request(action or world.ADD, action and "<x xmlns='urn:x'/>" or world.BODY))
    collect(seen, channel, 0)
    if channel:security_context() then
      keys[#keys + 1] = probe.context_key(channel)
      collect(seen, channel:security_context(), 0)
      collect(seen, channel:security_context():info(), 0)
    end
  end
  local function run(channel, requests)
    call(channel)
    call(channel, "urn:fail")
    scene.env:advance(101)
    call(channel) -- renews
    call(channel, "urn:revoke")
    call(channel) -- is refused
    call(channel) -- establishes anew
    note(channel:close())
    for _, request in ipairs(requests) do
      texts[#texts + 1] = request.body
      texts[#texts + 1] = request.answer
    end
  end
  run(wire.channel(scene, { trace = trace }, { renewal_interval = 100 }))
  run(wire.channel(scene, { trace = trace }, { renewal_interval = 100 }, { "alice", WRONG }))
  run(scene:connect({ trace = trace }, { renewal_interval = 100 }), {}) -- over TLS: the keys are known all the same
  for _, value in ipairs { scene.host, scene.host.endpoints[1].listener, scene.env } do collect(seen, value, 0) end
  scene:close()
  local secrets = secrets_of(texts)
  for _, key in ipairs(keys) do secrets[#secrets + 1] = key end
  return { seen = seen, events = events, secrets = secrets, keys = keys, info = scene:info() }
end

describe("secrets (attack F18)", function()
  local conversations = {}

  local function conversation(mode, version, envelope)
    local name = table.concat({ mode, version, envelope }, " ")
    conversations[name] = conversations[name]
      or converse({ key_entropy_mode = mode, secure_conversation_version = version }, envelope)
    return conversations[name]
  end

  for _, mode in ipairs { "combined", "client_only", "server_only" } do
    for _, version in ipairs { "february_2005", "1.3" } do
      it(("are never seen: %s, %s"):format(mode, version), function()
        local had = conversation(mode, version, version == "1.3" and "soap_1_2" or "soap_1_1")
        assert.same({ 4, 2, 2, 2 },
          { had.info.established, had.info.renewals, had.info.revoked, had.info.cancelled })
        -- the lists are not empty by mistake
        local kinds = {}
        for _, secret in ipairs(had.secrets) do kinds[#secret] = (kinds[#secret] or 0) + 1 end
        assert.is_true(#had.keys >= 8)
        assert.is_truthy(kinds[#world.PASSWORDS.alice] and kinds[#WRONG] and kinds[32] and kinds[20])
        assert.is_true(#had.seen > 500)
        assert_unseen(had.seen, had.secrets)
      end)
    end
  end

  it("would be found: the look is as sharp as it has to be", function()
    local secret = "Password-alice"
    for _, leak in ipairs { secret, hex(secret), to_base64(secret), to_base64("x" .. secret .. "yz"),
                            to_base64("xy" .. secret), utf16(secret), utf16(to_base64(secret), true) } do
      assert.has_error(function() assert_unseen({ "before " .. leak .. " behind" }, { secret }) end)
    end
  end)

  it("are shown by their length and a keyed digest, which is the same wherever the same secret stands", function()
    local had = conversation("combined", "1.3", "soap_1_2")
    local marks, count = {}, 0
    for _, event in ipairs(had.events) do
      for mark in (event.message or ""):gmatch("Password[^>]*>%[(%d+ bytes, %x+)%]<") do
        marks[event.side .. " " .. mark] = true
        count = count + 1
      end
    end
    local names = {}
    for name in pairs(marks) do names[#names + 1] = name end
    table.sort(names)
    assert.equal(4, #names, table.concat(names, "; ")) -- two passwords, each on both sides
    for i = 1, 2 do
      assert.equal(names[i]:match(" (.*)"), names[i + 2]:match(" (.*)"))
    end
    assert.is_true(count >= 10)
    local lengths = { [names[1]:match(" (%d+) bytes")] = true, [names[2]:match(" (%d+) bytes")] = true }
    assert.same({ [tostring(#world.PASSWORDS.alice)] = true, [tostring(#WRONG)] = true }, lengths)
  end)

  it("are not seen of messages that cannot be read either", function()
    local seen = {}
    local scene = world.scene { host = { trace = function(event) collect(seen, event, 0) end } }
    local channel, requests = wire.channel(scene)
    assert(channel:request(world.ADD, world.BODY))
    local secrets = secrets_of { requests[1].body, requests[2].body }
    for _, request in ipairs { requests[1], requests[2] } do
      for _, cut in ipairs { 1, 2, 10, #request.body - 900, #request.body - 300, #request.body - 20 } do
        local body = request.body:sub(1, cut)
        wire.post(scene.host.endpoints[1].listener, { head = request.head, body = body })
        collect_error(seen, scene:info().last_error)
        wire.post(scene.host.endpoints[1].listener, { head = request.head, body = body .. request.body })
        collect_error(seen, scene:info().last_error)
      end
    end
    channel:abort()
    scene:close()
    assert.is_true(scene:info().refused >= 20)
    assert_unseen(seen, secrets)
  end)

  it("are not in a description that was refused, nor in what it prints", function()
    local seen = {}
    local function refuse(description)
      local ok, err = wws.describe(description, "client", "http")
      assert.is_nil(ok)
      collect_error(seen, err)
    end
    local password = world.PASSWORDS.alice
    refuse { { type = "ssl" }, { type = "username", credential = { type = "sting", username = "a", password = password } } }
    refuse { { type = "ssl" }, { type = "username", credential = { type = "string", username = "a",
                                                                   password = { password } } } }
    refuse { { type = "ssl" }, { type = "username", credential = { type = "string", username = "a", password = password,
                                                                   other = 1 } } }
    refuse { { type = "ssl" }, { type = "username", credential = { type = "string", password = password } } }
    refuse { { type = "username", credential = { type = "string", username = "alice", password = password } } }
    assert.is_true(#seen > 20)
    assert_unseen(seen, { password })
  end)
end)
