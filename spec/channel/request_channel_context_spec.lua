local probe = require "wws.probe"
local service = require "spec.support.service"

local inside = probe.channel
local NOW = 1795248000
local SC = "http://schemas.xmlsoap.org/ws/2005/02/sc"
local WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
local MS = "http://schemas.microsoft.com/ws/2006/05/security"

local function at(seconds)
  service.now = seconds
  probe.clock(seconds * 1000)
end

local function refuse(channel, answer, session)
  local reply, err = service.request(channel, answer, session or {})
  assert.is_nil(reply)
  assert.is_truthy(err)
  return err
end

local function actions(session)
  local list = {}
  for i, request in ipairs(session.requests) do list[i] = request.action:match("SCT[/%a]*$") or request.action end
  return list
end

local function close(channel, answer, session)
  assert(inside.begin_close(channel))
  return service.run(channel, answer, session)
end

local function fault(code, ns, more)
  return function(request) return service.http(service.fault(request, code, ns, more or {}), "500 x") end
end

local function secured_fault(code, ns)
  return function(request)
    return service.http(service.fault(request, code, ns, { security = service.timestamp(service.now) }), "500 x")
  end
end

-- An answer to the RST whose token is made of `parts`.
local function issuing(parts, change)
  return function(request)
    parts.from = service.now
    local body = service.token(parts)
    if change then body = change(body) end
    return service.http(service.reply(request, body,
      { action = request.action:gsub("/RST/", "/RSTR/"), security = service.timestamp(service.now) }))
  end
end

describe("channel: a client's security context", function()
  before_each(function() at(NOW) end)

  it("is established at the first send, used by the next, and cancelled by close", function()
    local channel, session = service.open(service.secured()), {}
    assert.is_nil(inside.context(channel))
    assert(service.request(channel, service.good, session))
    assert(service.request(channel, service.good, session))
    assert.are.equal("active", inside.context(channel).state)
    assert.are.equal("done", close(channel, service.good, session))
    assert.are.same({ "SCT", "urn:a", "urn:a", "SCT/Cancel" }, actions(session))
    assert.are.equal(1, session.connections)
    assert.are.equal("close", session.actions[#session.actions - 1])
    assert.is_nil(inside.context(channel))
    assert.is_nil(session.requests[4].body:find("Username", 1, true))
    assert.is_truthy(session.requests[4].body:find("SignatureValue", 1, true))
  end)

  it("is not asked for by open and close alone", function()
    local session = {}
    assert.are.equal("done", close(service.open(service.secured()), service.good, session))
    assert.are.same({}, session.requests)
  end)

  it("is not cancelled by a faulted channel", function()
    local channel, session = service.open(service.secured()), {}
    assert(service.request(channel, service.good, session))
    inside.abort(channel)
    assert.is_nil(inside.context(channel))
    assert.are.equal("done", close(channel, service.good, session))
    assert.are.equal(2, #session.requests)
  end)

  it("is closed whatever the answer to Cancel is", function()
    for _, answer in ipairs { fault("BadContextToken", SC), function() return "" end,
      function() return service.http("x") end,
                              function() return { "timeout" } end } do
      local channel, session = service.open(service.secured()), {}
      assert(service.request(channel, service.good, session))
      assert.are.equal("done", close(channel, answer, session))
      assert.are.equal("closed", inside.state(channel))
    end
  end)

  it("is cancelled over a new connection when the old one is gone", function()
    local channel, session = service.open(service.secured()), {}
    assert(service.request(channel, service.good, session))
    session.look = { "end" }
    assert.are.equal("done", close(channel, service.good, session))
    assert.are.equal(2, session.connections)
    assert.are.same({ "SCT", "urn:a", "SCT/Cancel" }, actions(session))
  end)

  describe("renewal", function()
    it("comes at renewal_interval", function()
      local channel, session = service.open(service.secured { renewal_interval = 100 }), {}
      assert(service.request(channel, service.good, session))
      at(NOW + 99)
      assert(service.request(channel, service.good, session))
      at(NOW + 100)
      assert.are.equal("renew_due", inside.context(channel).state)
      assert(service.request(channel, service.good, session))
      assert.are.same({ "SCT", "urn:a", "urn:a", "SCT/Renew", "urn:a" }, actions(session))
      local info = inside.context(channel)
      assert.are.equal(1, info.renewals)
      assert.are.equal("urn:uuid:i4", info.instance)
      assert.are.equal(NOW, info.created)
      assert.are.equal(NOW + 100, info.renewed)
      local renew = session.requests[4].body
      assert.is_truthy(renew:find("UsernameToken", 1, true))
      assert.is_truthy(renew:find("SignatureValue", 1, true))
      assert.is_truthy(session.requests[5].body:find("<c:Instance>urn:uuid:i4</c:Instance>", 1, true))
    end)

    it("comes at 60 % of the life that the service gave, when that is sooner, whatever its clock says", function()
      for _, shift in ipairs { 0, 250, -250 } do
        at(NOW)
        local channel, session = service.open(service.secured()), {}
        local function shifted(request)
          service.now = service.now + shift
          local bytes = service.good(request)
          service.now = service.now - shift
          return (bytes:gsub("(Expires>)[^<]*(</u:Expires></t:Lifetime)", function(first, last)
            return first .. os.date("!%Y-%m-%dT%H:%M:%SZ", service.now + shift + 1000) .. last
          end):gsub("Content%-Length: %d+", function() return "X-Length: 1" end)
            :gsub("^HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n"))
        end
        assert(service.request(channel, { shifted, service.good }, session))
        at(NOW + 599)
        assert.are.equal("active", inside.context(channel).state)
        at(NOW + 600)
        assert.are.equal("renew_due", inside.context(channel).state)
      end
    end)

    it("is an establishment where it is not supported, and once the rollover is over", function()
      local channel, session = service.open(service.secured { renewal_interval = 100, support_renew = false }), {}
      assert(service.request(channel, service.good, session))
      at(NOW + 100)
      assert(service.request(channel, service.good, session))
      assert.are.same({ "SCT", "urn:a", "SCT", "urn:a" }, actions(session))

      at(NOW)
      channel, session = service.open(service.secured()), {}
      assert(service.request(channel, service.good, session))
      at(NOW + 54000 + 299)
      assert(service.request(channel, service.good, session))
      assert.are.equal("SCT/Renew", actions(session)[3])
      at(NOW + 54000 * 2 + 299 + 300)
      assert(service.request(channel, service.good, session))
      assert.are.equal("SCT", actions(session)[5])
    end)

    it("follows RenewNeeded at the next send", function()
      local channel, session = service.open(service.secured()), {}
      assert(service.request(channel, service.good, session))
      local err = refuse(channel, { [3] = secured_fault("RenewNeeded", SC) }, session)
      assert.are.equal("security_token_expired", err.code)
      assert.is_truthy(err.hint:find("the next send renews", 1, true))
      assert.are.equal("open", inside.state(channel))
      assert(service.request(channel, service.good, session))
      assert.are.same({ "SCT", "urn:a", "urn:a", "SCT/Renew", "urn:a" }, actions(session))
    end)

    it("that is refused leaves the next send to establish anew", function()
      local channel, session = service.open(service.secured { renewal_interval = 100 }), {}
      assert(service.request(channel, service.good, session))
      at(NOW + 100)
      local err = refuse(channel, { [3] = secured_fault("InvalidRequest",
        "http://schemas.xmlsoap.org/ws/2005/02/trust") }, session)
      assert.are.equal("renew the security context", err.step)
      assert.are.equal("the next send establishes a new context", err.hint)
      assert.is_truthy(err.cause.message:find("InvalidRequest", 1, true))
      assert.is_nil(inside.context(channel))
      assert(service.request(channel, service.good, session))
      assert.are.same({ "SCT", "urn:a", "SCT/Renew", "SCT", "urn:a" }, actions(session))
    end)

    it("that got lost is tried again with the old key", function()
      local channel, session = service.open(service.secured { renewal_interval = 100 }), {}
      assert(service.request(channel, service.good, session))
      local key = probe.context_key(channel)
      at(NOW + 100)
      assert.are.equal("operation_timed_out", refuse(channel, { [3] = { "timeout" } }, session).code)
      assert.are.equal(key, probe.context_key(channel))
      assert(service.request(channel, service.good, session))
      assert.are.same({ "SCT", "urn:a", "SCT/Renew", "SCT/Renew", "urn:a" }, actions(session))
    end)

    it("happens once a call, even where keys live no time", function()
      local channel, session = service.open(service.secured { renewal_interval = 0.001 }), {}
      at(NOW)
      for _ = 1, 3 do assert(service.request(channel, service.good, session)) end
      assert.is_true(#session.requests <= 6)
    end)
  end)

  for name, ns in pairs { BadContextToken = SC, SecuritySessionAborted = MS } do
    it("is dropped by " .. name .. ": the call fails, the channel stays open, the next send establishes", function()
      local channel, session = service.open(service.secured()), {}
      assert(service.request(channel, service.good, session))
      local err = refuse(channel, { [3] = fault(name, ns) }, session)
      assert.is_truthy(err.hint:find("establishes a new one", 1, true))
      assert.is_false(err.fault.secured)
      assert.are.equal("open", inside.state(channel))
      assert.is_nil(inside.context(channel))
      assert(service.request(channel, service.good, session))
      assert.are.same({ "SCT", "urn:a", "urn:a", "SCT", "urn:a" }, actions(session))
    end)
  end

  it("survives faults of the application, and those of others with the same name", function()
    local channel, session = service.open(service.secured()), {}
    assert(service.request(channel, service.good, session))
    refuse(channel, { [3] = secured_fault("Mine", "urn:mine") }, session)
    refuse(channel, { [4] = secured_fault("BadContextToken", "urn:mine") }, session)
    assert(service.request(channel, service.good, session))
    assert.are.same({ "SCT", "urn:a", "urn:a", "urn:a", "urn:a" }, actions(session))
  end)

  describe("that could not be established", function()
    it("says so, with the bootstrap's error as its cause", function()
      local err = refuse(service.open(service.secured()), fault("FailedAuthentication", WSSE))
      assert.are.equal("endpoint_access_denied", err.code)
      assert.are.equal("establish the security context", err.step)
      assert.are.equal("security_context", err.binding)
      assert.are.equal("bootstrap", err.property)
      assert.are.equal("username", err.cause.binding)
      assert.are.equal("credential", err.cause.property)
      assert.is_nil(tostring(err):find("Password-alice", 1, true))
    end)

    it("suspects the version when the service calls the RST a bad token", function()
      local err = refuse(service.open(service.secured()), fault("BadContextToken", SC))
      assert.are.equal("endpoint_fault_received", err.code)
      assert.are.equal("secure_conversation_version", err.property)
    end)

    it("fails the call, and the next one tries again", function()
      local channel, session = service.open(service.secured()), {}
      assert.are.equal("establish the security context", refuse(channel, { "" }, session).step)
      assert.are.equal("security_verification_failure", refuse(channel, { [2] = function(request)
        return service.http(service.reply(request, service.token {}, { action = "x" }))
      end }, session).code)
      assert(service.request(channel, service.good, session))
      assert.are.same({ "SCT", "SCT", "SCT", "urn:a" }, actions(session))
    end)
  end)

  -- attack C6, and whatever else a response can be made to say
  describe("is refused with", function()
    local short = ("A"):rep(22) .. "=="
    for name, case in pairs {
      ["a key shorter than asked for"] = { { size = 128 } },
      ["a key longer than the suite has"] = { { size = 512 } },
      ["a key size that is no size"] = { { size = 7 } },
      ["no proof"] = { { proof = "" } },
      ["no entropy of the service"] = { { entropy = "" } },
      ["the key itself where both were to give entropy"] = { { entropy = "", proof = "<t:BinarySecret>" .. short
        .. "</t:BinarySecret>" } },
      ["a computed key nobody asked for"] = { {}, nil, { key_entropy_mode = "client_only" } },
      ["a computed key in server mode"] = { {}, nil, { key_entropy_mode = "server_only" } },
      ["a Context that was not asked for"] = { {}, function(body)
        return (body:gsub("Response xmlns", "Response Context='urn:x' xmlns", 1))
      end },
      ["a token of the other version"] = { {}, function(body)
        return (body:gsub('xmlns:c="[^"]*"', 'xmlns:c="http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512"'))
      end },
      ["another token type"] = { {}, function(body) return (body:gsub("sc/sct<", "sc/dk<")) end },
      ["a token without an Id"] = { {}, function(body) return (body:gsub(' u:Id="uuid%-1"', "")) end },
      ["a token with the Timestamp's Id"] = { { id = "_0" } },
      ["a token without Identifier"] = { {}, function(body) return (body:gsub("<c:Identifier>.*</c:Identifier>",
        "")) end },
      ["no token"] = { {}, function(body)
        return (body:gsub("<t:RequestedSecurityToken>.*</t:RequestedSecurityToken>", ""))
      end },
      ["a life that ends before it begins"] = { { life = -1 } },
      ["no life at all left"] = { { life = 0 } },
      ["a response in a collection"] = { {}, function(body)
        return "<t:RequestSecurityTokenResponseCollection xmlns:t='http://schemas.xmlsoap.org/ws/2005/02/trust'>"
          .. body
          .. "</t:RequestSecurityTokenResponseCollection>"
      end },
      ["a request for a response"] = { {}, function(body) return (body:gsub("RequestSecurityTokenResponse",
        "RequestSecurityToken")) end },
      ["nothing in the body"] = { {}, function() return "" end },
    } do
      it(name, function()
        local channel = service.open(service.secured(case[3]))
        local err = refuse(channel, issuing(case[1], case[2]))
        assert.are.equal("establish the security context", err.step)
        assert.is_truthy(err.cause.message ~= "")
        assert.is_nil(inside.context(channel))
      end)
    end
  end)

  describe("key", function()
    it("is the client's entropy in client_only mode", function()
      local channel, session = service.open(service.secured { key_entropy_mode = "client_only" }), {}
      local drawn = ("k"):rep(32)
      probe.random(("m"):rep(16) .. drawn)
      assert(service.request(channel, { issuing({ proof = "", entropy = "" }, function(body)
        return (body:gsub("<t:RequestedProofToken></t:RequestedProofToken>", ""))
      end), service.good }, session))
      assert.are.equal(drawn, probe.context_key(channel))
    end)

    it("is the service's secret in server_only mode, without entropy of ours", function()
      local channel, session = service.open(service.secured { key_entropy_mode = "server_only" }), {}
      local secret = ("A"):rep(43) .. "="
      assert(service.request(channel, { issuing { entropy = "", proof = "<t:BinarySecret>" .. secret
        .. "</t:BinarySecret>" },
        service.good }, session))
      assert.are.equal(("\0"):rep(32), probe.context_key(channel))
      assert.is_nil(session.requests[1].body:find("Entropy", 1, true))
    end)

    for _, bits in ipairs { 128, 192, 256 } do
      it("has the size that was asked for: " .. bits, function()
        local channel, session = service.open(service.secured({ key_size = bits }, {
          algorithm_suite_name = "basic128" })), {}
        assert(service.request(channel, { issuing { size = bits }, service.good }, session))
        assert.are.equal(bits / 8, #probe.context_key(channel))
        assert.is_truthy(session.requests[1].body:find("<t:KeySize>" .. bits .. "</t:KeySize>", 1, true))
      end)
    end
  end)

  it("is given up to the reaper with all that a Cancel needs", function()
    local channel, session = service.open(service.secured()), {}
    assert.is_false(probe.owes_cancel(channel))
    assert(service.request(channel, service.good, session))
    assert.is_true(probe.owes_cancel(channel))
    probe.detach(channel)
    assert.are.equal("done", close(channel, service.good, session))
    assert.are.equal("SCT/Cancel", actions(session)[3])
    assert.is_false(probe.owes_cancel(channel))
  end)

  it("shows in the trace, without its secrets", function()
    local channel, session = service.open(service.secured(), nil, nil, ("k"):rep(32)), {}
    assert(service.request(channel, service.good, session))
    assert.are.equal("done", close(channel, service.good, session))
    local seen = {}
    for i, event in ipairs(session.events) do
      seen[i] = event.step .. (event.direction and " " .. event.direction or "")
      assert.are.equal("client", event.side)
      local text = (event.message or "") .. (event.detail or "")
      assert.is_nil(text:find("Password-alice", 1, true))
      assert.is_nil(text:find(("A"):rep(43), 1, true))
    end
    assert.are.same({ "connect", "establish out", "establish in", "request out", "reply in", "cancel out",
      "cancel in" }, seen)
    assert.are.equal("urn:uuid:00000000-0000-0000-0000-000000000001", session.events[4].context)
    assert.is_truthy(session.events[2].message:find("alice", 1, true))
  end)

  it("lets go of all memory, whenever it runs out", function()
    service.trust()
    collectgarbage()
    collectgarbage()
    local before = probe.blocks()
    local succeeded
    for n = 0, 1500 do
      probe.memory(n)
      local frozen = probe.description(service.secured(), "client")
      local channel = frozen and inside.new(frozen, {}, nil, ("k"):rep(32))
      local done = channel and inside.open(channel, "https://h/", { trust_pem = service.trust() })
      if done then
        probe.unplug_tls(channel)
        done = service.request(channel, service.good, {})
      end
      if done then close(channel, service.good) end
      probe.memory()
      succeeded = done and true or false
      done, frozen, channel = nil, nil, nil -- luacheck: ignore
      if n % 20 == 0 or succeeded then
        collectgarbage()
        collectgarbage()
        assert.are.equal(before, probe.blocks())
      end
      if succeeded then break end
    end
    assert.is_true(succeeded)
  end)
end)
