--- Every message of WCF's recorded conversations: read, verified with the recorded keys, and its keys made again.
local infoset = require("spec.support.infoset")
local probe = require("wws.probe")
local recording = require("spec.support.recording")
local soap = require("spec.support.soap")

local CONVERSATIONS = {
  { name = "https-user-sct", version = soap.FEB2005 },
  { name = "https-user07-sct", version = soap.SC13 },
  { name = "https-sct-renew", version = soap.SC13 },
  { name = "https-sct-renew05", version = soap.FEB2005, plain = true },
  { name = "x-renewpatched-proactive", version = soap.SC13 },
  { name = "x-renewpatched-fault", version = soap.SC13 },
  { name = "x-fault-sct", version = soap.SC13 },
}

-- WCF without "basic security profile attributes" leaves these two out, where we always write them.
local BSP_ATTRIBUTES = { ["{}ValueType"] = true, ["{}Type"] = true }

local function open(bytes) return assert(probe.envelope(bytes, soap.SOAP12)) end

local function wants_of(kind) return { timestamp = true, username = kind == 1 or kind == 2, context = kind ~= 1 } end

local function read_request(conversation, keys, body)
  local kind = probe.rst_action(soap.action(body))
  local envelope = open(body)
  local plan = { sc_version = conversation.version }
  local token = body:match('SecurityContextToken u:Id="([^"]+)"')
  local header = assert(probe.security_read(envelope, plan, wants_of(kind), kind ~= 1 and keys[token] or nil))
  return kind, envelope, header
end

--- Our own message with the same content as the recorded one.
local function rewrite(conversation, keys, body, kind, envelope, header)
  local addressing = assert(envelope:addressing(soap.ADDRESSING_10))
  local parts = { timestamp = true }
  if header.username then parts.username, parts.password = header.username.username, header.username.password end
  if header.context then
    parts.token_id, parts.key = header.context.id, keys[header.context.id]
    parts.token_xml =
      assert(probe.context_token_write(conversation.version, header.context.id, header.context.identifier,
        header.context.instance))
  end
  probe.clock(header.timestamp.created)
  local content = envelope:body()
  if kind ~= 0 then content = assert(probe.rst_write(assert(probe.rst_read(envelope, kind, conversation.version)))) end
  local headers = probe.addressing_write({
    action = addressing.action,
    message_id = addressing.message_id,
    reply_to_anonymous = true,
    to = addressing.to,
  }, soap.ADDRESSING_10) .. probe.security_write({ sc_version = conversation.version }, parts)
  return probe.envelope_write(soap.SOAP12, soap.ADDRESSING_10, true, headers, content), body
end

describe("security: what WCF recorded", function()
  for _, conversation in ipairs(CONVERSATIONS) do
    local recorded = recording.load(conversation.name)

    it("verifies every request of " .. conversation.name, function()
      local signed = 0
      for _, request in ipairs(recorded.requests) do
        local kind, _, header = read_request(conversation, recorded.keys, request.body)
        probe.clock(header.timestamp.created + 1000)
        assert.is_true(probe.timestamp_check(header.timestamp.created, header.timestamp.expires, {}))
        if kind ~= 1 then signed = signed + 1 end
        if header.username then assert.same({ username = "alice", password = "Password-alice" }, header.username) end
      end
      assert.equal(#recorded.requests - 1, signed)
    end)

    it("makes the keys of " .. conversation.name, function()
      local made, entropies = 0, {}
      for i, request in ipairs(recorded.requests) do
        local kind, version = probe.rst_action(soap.action(request.body))
        local reply = open(recorded.replies[i].body)
        assert(probe.security_read(reply, { sc_version = conversation.version }, { timestamp = true }))
        if kind == soap.ISSUE or kind == soap.RENEW then
          made = made + 1
          assert.equal(conversation.version, version)
          local known = recorded.contexts[made]
          local rst = assert(probe.rst_read(open(request.body), kind, version))
          local rstr = assert(probe.rstr_read(reply, kind, version))
          assert.equal(known.client_entropy, rst.entropy)
          assert.equal(known.server_entropy, rstr.entropy)
          assert.equal(known.identifier, rstr.identifier)
          assert.equal(known.instance, rstr.instance)
          assert.equal(known.token, rstr.id)
          assert.equal(known.key, assert(probe.rstr_key(rst.entropy, rst.key_size, rstr, 3, "basic256")))
          assert.is_nil(entropies[rst.entropy])
          entropies[rst.entropy] = true
        elseif kind == soap.CANCEL then
          assert.is_true(assert(probe.rstr_read(reply, kind, version)).cancelled)
        end
      end
      assert.equal(#recorded.contexts, made)
    end)

    it("names the context that " .. conversation.name .. " renews and cancels", function()
      for _, request in ipairs(recorded.requests) do
        local kind, envelope, header = read_request(conversation, recorded.keys, request.body)
        if kind == soap.RENEW or kind == soap.CANCEL then
          local rst = assert(probe.rst_read(envelope, kind, conversation.version))
          assert.equal(header.context.identifier, rst.target_identifier)
          assert.equal(header.context.instance, rst.target_instance)
        end
      end
    end)

    it("writes the requests of " .. conversation.name .. " with the same infoset", function()
      for _, request in ipairs(recorded.requests) do
        local kind, envelope, header = read_request(conversation, recorded.keys, request.body)
        local ours, theirs = rewrite(conversation, recorded.keys, request.body, kind, envelope, header)
        local without = conversation.plain and BSP_ATTRIBUTES or nil
        assert.equal(infoset.of(theirs, without), infoset.of(ours, without))
      end
    end)

    it("writes the responses of " .. conversation.name .. " with the same infoset", function()
      for i, request in ipairs(recorded.requests) do
        local kind, version = probe.rst_action(soap.action(request.body))
        if kind ~= 0 then
          local theirs = recorded.replies[i].body
          local envelope = open(theirs)
          local addressing = assert(envelope:addressing(soap.ADDRESSING_10))
          local rstr = assert(probe.rstr_read(envelope, kind, version))
          local headers = probe.addressing_write(
            { action = addressing.action, relates_to = addressing.relates_to },
            soap.ADDRESSING_10
          ) .. probe.security_write({}, { timestamp = true })
          local ours = probe.envelope_write(soap.SOAP12, soap.ADDRESSING_10, true, headers,
            assert(probe.rstr_write(rstr)))
          local without = conversation.plain and BSP_ATTRIBUTES or nil
          assert.equal(infoset.of(theirs, without), infoset.of(ours, without))
        end
      end
    end)
  end

  it("signs as WCF did, octet by octet", function()
    local recorded = recording.load("x-renewpatched-proactive")
    for _, request in ipairs(recorded.requests) do
      local conversation = { version = soap.SC13 }
      local kind, envelope, header = read_request(conversation, recorded.keys, request.body)
      if kind ~= 1 then
        local ours = rewrite(conversation, recorded.keys, request.body, kind, envelope, header)
        for _, name in ipairs { "DigestValue", "SignatureValue" } do
          local pattern = "<" .. name .. ">([^<]+)<"
          assert.equal(request.body:match(pattern), ours:match(pattern))
        end
      end
    end
  end)

  it("reads the one-shot user name and the refused ones", function()
    for _, name in ipairs { "https-user", "x-user-badpass" } do
      for _, request in ipairs(recording.load(name).requests) do
        local header = assert(probe.security_read(open(request.body), {}, { timestamp = true, username = true }))
        assert.equal("alice", header.username.username)
      end
    end
    local request = recording.load("x-sct-badpass").requests[1]
    local _, _, header = read_request({ version = soap.SC13 }, {}, request.body)
    assert.equal("alice", header.username.username)
  end)

  it("reads the faults that CoreWCF sent", function()
    local cases = {
      { "x-user-badpass", 1, "Sender", "{" .. soap.WSSE .. "}InvalidSecurity", "endpoint_fault_received" },
      { "x-sct-badpass", 1, "Sender", "{" .. soap.WSSE .. "}InvalidSecurity", "endpoint_fault_received" },
      { "x-fault-sct", 3, "{urn:wws:peers:calc}Custom", nil, "endpoint_fault_received" },
      { "x-renewpatched-fault", 5, "Sender", "{" .. soap.sc[soap.SC13] .. "}RenewNeeded", "security_token_expired" },
    }
    for _, case in ipairs(cases) do
      local reply = recording.load(case[1]).replies[case[2]]
      local envelope = open(reply.body)
      assert.is_true(envelope:is_fault())
      local fault = assert(probe.fault_read(envelope))
      assert.equal(case[3], fault.code)
      assert.equal(case[4], fault.subcode)
      assert.equal(case[5], probe.fault_result(fault))
    end
  end)
end)
