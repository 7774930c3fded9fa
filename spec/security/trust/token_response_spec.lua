--- What an issuer's response makes: a token with the key that was asked for, or a refusal. Recorded ones make the keys
-- that .NET made of them.
local base64 = require "spec.support.base64"
local probe = require "wws.probe"
local recording = require "spec.support.recording"
local rstr = require "spec.support.rstr"
local service = require "spec.support.service"
local soap = require "spec.support.soap"

local FEB2005, SC13 = soap.FEB2005, soap.SC13
local CLIENT_ONLY, SERVER_ONLY, COMBINED = 1, 2, 3
local NONE, SYMMETRIC = 1, 2
local UUID = ("u"):rep(16)
local C32, S32 = ("c"):rep(32), ("s"):rep(32)
local SAML11 = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"

local channel

local function channel_of()
  channel = channel or assert(probe.channel.new(assert(probe.description(service.secured(), "client")), {}))
  return channel
end

-- A request whose entropy is that.
local function ask(terms, entropy)
  local given = { action = 1, version = FEB2005, entropy_mode = SERVER_ONLY, bearer = 3 }
  for name, value in pairs(terms) do given[name] = value end
  probe.random(UUID .. (entropy or C32))
  local request, action, body = probe.token_request(channel_of(), given)
  return assert(request, tostring(action)), action, body
end

local function answer(terms, parts, action)
  local version = terms.version or FEB2005
  return ask(terms):answer(action or rstr.ACTIONS[version], rstr.make(version, parts))
end

local function refused(terms, parts, text, action)
  local token, err = answer(terms, parts, action)
  assert.is_nil(token)
  assert.truthy(err.code == "security_verification_failure" or err.code == "invalid_format", err.code)
  assert.truthy(tostring(err):find(text, 1, true), tostring(err))
  assert.equal("read the issuer's response", err.step)
end

describe("security: RequestSecurityToken for any token", function()
  it("says what was asked for, in order", function()
    local _, action, body = ask { token_type = "urn:a&b", applies_to = "<e/>", key_type = SYMMETRIC, key_size = 128,
      entropy_mode = COMBINED, local_parameters = "<l/>", service_parameters = "<s/>" }
    local base = soap.trust[FEB2005]
    assert.equal(base .. "/RST/Issue", action)
    assert.equal(('<t:RequestSecurityToken Context="urn:uuid:75757575-7575-4575-b575-757575757575" xmlns:t="%s">'
      .. "<t:TokenType>urn:a&amp;b</t:TokenType><t:RequestType>%s/Issue</t:RequestType>"
      .. '<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><e/></wsp:AppliesTo>'
      .. '<t:Entropy><t:BinarySecret Type="%s/Nonce">Y2NjY2NjY2NjY2NjY2NjYw==</t:BinarySecret></t:Entropy>'
      .. "<t:KeyType>%s/SymmetricKey</t:KeyType><t:KeySize>128</t:KeySize><l/><s/></t:RequestSecurityToken>")
      :format(base, base, base, base), body)
  end)

  it("sets the service's parameters apart in 1.3, and leaves out what is not said", function()
    local _, action, body = ask { version = SC13, service_parameters = "<s/>" }
    assert.equal(soap.trust[SC13] .. "/RST/Issue", action)
    assert.truthy(body:find("/Issue</trust:RequestType><trust:SecondaryParameters><s/></trust:SecondaryParameters></", 1, true))
    for _, name in ipairs { "TokenType", "AppliesTo", "Entropy", "KeyType", "KeySize" } do
      assert.is_nil(body:find(name, 1, true))
    end
  end)

  local bearers = {
    { FEB2005, 3, "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey" },
    { SC13, 1, "http://docs.oasis-open.org/wssx/wstrust/200512/Bearer" },
    { SC13, 2, "http://docs.oasis-open.org/ws-sx/wstrust/200512/Bearer" },
    { SC13, 3, "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer" },
  }
  for _, case in ipairs(bearers) do
    it("asks for a bearer token by " .. case[3] .. ", and reads every spelling", function()
      local _, _, body = ask { version = case[1], key_type = NONE, bearer = case[2] }
      assert.truthy(body:find("KeyType>" .. case[3] .. "<", 1, true))
      for _, other in ipairs(bearers) do
        local terms = { version = case[1], key_type = NONE, bearer = case[2] }
        assert(answer(terms, { after = "<t:KeyType>" .. other[3] .. "</t:KeyType>" }))
      end
    end)
  end
end)

describe("security: RequestSecurityTokenResponse with any token", function()
  for _, version in ipairs { FEB2005, SC13 } do
    local label = version == SC13 and " (1.3)" or " (February 2005)"

    it("makes a bearer token" .. label, function()
      for _, terms in ipairs { { version = version }, { version = version, key_type = NONE } } do
        local token = assert(answer(terms, { times = "<u:Created>2026-11-21T08:00:00Z</u:Created>"
          .. "<u:Expires>2026-11-21T09:00:00Z</u:Expires>" }))
        assert.equal("none", token:get "key_type")
        assert.equal(rstr.TOKEN, token:get "serialized_xml")
        assert.equal(1795248000, token:get "valid_from_time")
        assert.equal(1795251600, token:get "valid_till_time")
        assert.is_nil(token:get "attached_reference_xml")
      end
    end)

    it("keeps the references that an issuer gives, also without a key" .. label, function()
      local reference = "<o:SecurityTokenReference xmlns:o='" .. soap.WSSE .. "'><o:Reference URI='%s'/></o:SecurityTokenReference>"
      local parts = { after = "<t:RequestedAttachedReference>" .. reference:format "#t1" .. "</t:RequestedAttachedReference>"
        .. "<t:RequestedUnattachedReference>" .. reference:format "urn:1" .. "</t:RequestedUnattachedReference>" }
      for _, key in ipairs { "", rstr.proof(S32) } do
        parts.keys = key
        local token = assert(answer({ version = version }, parts))
        assert.equal(reference:format "#t1", token:get "attached_reference_xml")
        assert.equal(reference:format "urn:1", token:get "unattached_reference_xml")
        assert.is_nil(token:get "valid_from_time")
        assert.is_nil(token:get "valid_till_time")
      end
    end)

    it("makes the key in each entropy mode" .. label, function()
      local server = assert(answer({ version = version }, { keys = rstr.proof(S32, "SymmetricKey") }))
      assert.equal(S32, server:get "symmetric_key")
      local client = assert(answer({ version = version, entropy_mode = CLIENT_ONLY }, {}))
      assert.equal(C32, client:get "symmetric_key")
      local both = assert(answer({ version = version, entropy_mode = COMBINED }, { keys = rstr.computed(S32) }))
      assert.equal(probe.rstr_key(C32, 256, { computed_key = true, entropy = S32 }, COMBINED, "basic256"),
        both:get "symmetric_key")
      local short = assert(answer({ version = version, entropy_mode = COMBINED, key_size = 128 }, { keys = rstr.computed(S32) }))
      assert.equal(16, #short:get "symmetric_key")
    end)

    it("names a token whose issuer did not" .. label, function()
      local saml = '<Assertion xmlns="%s" %s="_a"></Assertion>'
      local cases = {
        { rstr.TOKEN, "<o:Reference URI=\"#t1\">" },
        { saml:format("urn:oasis:names:tc:SAML:1.0:assertion", "AssertionID"), "1.0#SAMLAssertionID\">_a<", "_a" },
        { saml:format("urn:oasis:names:tc:SAML:2.0:assertion", "ID"), "1.1#SAMLID\">_a<", "_a" },
        { ('<c:SecurityContextToken xmlns:c="%s" xmlns:u="%s" u:Id="s"><c:Identifier>urn:1</c:Identifier>'
          .. "<c:Instance>urn:2</c:Instance></c:SecurityContextToken>"):format(soap.sc[version], soap.WSU),
          '/sct" URI="#s"', 'URI="urn:1"' },
      }
      for _, case in ipairs(cases) do
        local token = assert(answer({ version = version }, { token = case[1], keys = rstr.proof(S32) }))
        assert.truthy(token:get("attached_reference_xml"):find(case[2], 1, true), token:get "attached_reference_xml")
        local unattached = token:get "unattached_reference_xml"
        assert.equal(case[3] ~= nil, unattached ~= nil)
        if case[3] then assert.truthy(unattached:find(case[3], 1, true), unattached) end
      end
      refused({ version = version }, { token = "<x xmlns='urn:x'/>", keys = rstr.proof(S32) }, "neither an id nor")
    end)

    it("takes the declarations along that a token needs" .. label, function()
      local body = rstr.make(version, { token = "<x:t a='x:y'/>" }):gsub("<t:RequestSecurityTokenResponse ", "%0xmlns:x='urn:x' ")
      local token = assert(ask({ version = version }):answer(rstr.ACTIONS[version], body))
      assert.truthy(token:get("serialized_xml"):find('xmlns:x="urn:x"', 1, true))
    end)

    it("may echo the Context that was asked, and no other" .. label, function()
      local _, _, body = ask { version = version }
      assert(answer({ version = version }, { context = body:match 'Context="([^"]*)"' }))
      refused({ version = version }, { context = "urn:uuid:another" }, "Context of another")
    end)

    it("may name its kind by any name of it" .. label, function()
      for _, name in ipairs { SAML11, "urn:oasis:names:tc:SAML:1.0:assertion" } do
        assert(answer({ version = version, token_type = SAML11 }, { before = "<t:TokenType>" .. name .. "</t:TokenType>" }))
      end
      refused({ version = version, token_type = SAML11 },
        { before = "<t:TokenType>urn:oasis:names:tc:SAML:2.0:assertion</t:TokenType>" }, "another type")
    end)

    local TWO = "<u:Created>2026-11-21T08:00:00Z</u:Created><u:Expires>2026-11-21T%s:00:00Z</u:Expires>"
    local ENCRYPTED = "<t:RequestedProofToken><e:EncryptedKey xmlns:e='http://www.w3.org/2001/04/xmlenc#'/></t:RequestedProofToken>"
    local ENTROPY = "<t:Entropy>" .. rstr.secret(S32, "Nonce") .. "</t:Entropy>"
    local wrong = {
      { "no token", {}, { token = false }, "no RequestedSecurityToken" },
      { "two tokens", {}, { token = "<a/><b/>" }, "exactly one element" },
      { "an empty place for one", {}, { token = "" }, "exactly one element" },
      { "two places for one", {}, { after = "<t:RequestedSecurityToken><a/></t:RequestedSecurityToken>" }, "twice" },
      { "no key where one was asked for", { key_type = SYMMETRIC }, {}, "does not make the token's key" },
      { "a key where none was asked for", { key_type = NONE }, { keys = rstr.proof(S32) }, "was to have no key" },
      { "only entropy", {}, { keys = ENTROPY }, "does not make the token's key" },
      { "only a computed key", {}, { keys = rstr.computed(S32):gsub("<t:Entropy>.*", "") }, "does not make" },
      { "a computed key of its own", {}, { keys = rstr.computed(S32) }, "does not make the token's key" },
      { "a key of its own instead of ours", { entropy_mode = CLIENT_ONLY }, { keys = rstr.proof(S32) }, "does not make" },
      { "entropy beside ours", { entropy_mode = CLIENT_ONLY }, { keys = ENTROPY }, "does not make" },
      { "a key of its own instead of both's", { entropy_mode = COMBINED }, { keys = rstr.proof(S32) }, "does not make" },
      { "nothing instead of both's", { entropy_mode = COMBINED }, {}, "does not make" },
      { "a secret beside both's", { entropy_mode = COMBINED },
        { keys = rstr.computed(S32):gsub("</t:ComputedKey>", "%0" .. rstr.secret(S32)) }, "exactly one proof" },
      { "an unknown computation", { entropy_mode = COMBINED }, { keys = rstr.computed(S32):gsub("PSHA1", "MINE") }, "unknown way" },
      { "an encrypted key", {}, { keys = ENCRYPTED }, "comes encrypted" },
      { "a nonce for a key", {}, { keys = rstr.proof(S32, "Nonce") }, "wrong Type" },
      { "a private key", {}, { keys = rstr.proof(S32, "AsymmetricKey") }, "wrong Type" },
      { "an empty key", {}, { keys = rstr.proof("") }, "base64" },
      { "a key too short", {}, { keys = rstr.proof("short") }, "does not make" },
      { "a key shorter than asked for", { key_size = 256 }, { keys = rstr.proof(("s"):rep(16)) }, "does not make" },
      { "a size smaller than asked for", { key_size = 256, entropy_mode = COMBINED },
        { keys = rstr.computed(S32), after = "<t:KeySize>128</t:KeySize>" }, "does not make" },
      { "a size that is not its key's", {}, { keys = rstr.proof(S32), after = "<t:KeySize>512</t:KeySize>" }, "does not make" },
      { "a key of another type", { key_type = SYMMETRIC }, { keys = rstr.proof(S32),
        after = "<t:KeyType>http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey</t:KeyType>" }, "another type" },
      { "an asymmetric key", {}, { after = "<t:KeyType>%T/PublicKey</t:KeyType>" }, "another type" },
      { "a life that ends before it begins", {}, { times = TWO:format "07" }, "ends before it begins" },
      { "a time that is none", {}, { times = "<u:Expires>soon</u:Expires>" }, "time" },
      { "a comment in a secret", {}, { keys = rstr.proof(S32):gsub("</t:B", "<!-- -->%0") }, "" },
      { "a token that is no context", { action = 2 }, { keys = rstr.proof(S32) }, "not a SecurityContextToken",
        soap.trust[version] .. "/RSTR/SCT" },
      { "the action of another request", {}, {}, "not one to a request", soap.trust[version] .. "/RSTR/SCT" },
      { "the action of the other version", {}, {}, "not one to a request", rstr.ACTIONS[version == SC13 and FEB2005 or SC13] },
    }
    for _, case in ipairs(wrong) do
      it("with " .. case[1] .. " is refused" .. label, function()
        local terms = { version = version }
        for name, value in pairs(case[2]) do terms[name] = value end
        refused(terms, case[3], case[4], case[5])
      end)
    end

    it("that is a request, or of the other version, or in the wrong wrapping is refused" .. label, function()
      local other = version == SC13 and FEB2005 or SC13
      local _, _, request = ask { version = version }
      local one = rstr.make(version, {})
      for _, body in ipairs { request, rstr.make(other, {}), one .. one, "", "text", "<a/>",
                              version == SC13 and rstr.make(SC13, { bare = true }) or rstr.make(SC13, {}) } do
        local token, err = ask({ version = version }):answer(rstr.ACTIONS[version], body)
        assert.is_nil(token)
        assert.equal("invalid_format", err.code)
      end
    end)

    it("does not show secrets in errors" .. label, function()
      local function look(...)
        local text = ""
        local _, err = answer(...)
        while err do
          for _, field in ipairs { "message", "got", "expected", "hint" } do text = text .. tostring(err[field]) end
          err = err.cause
        end
        for _, secret in ipairs { probe.base64_write(S32), S32, "hush" } do assert.is_nil(text:find(secret, 1, true)) end
      end
      for _, case in ipairs(wrong) do
        local terms = { version = version }
        for name, value in pairs(case[2]) do terms[name] = value end
        look(terms, case[3], case[5])
      end
    end)
  end

  it("of 1.3 may bear an older server's action", function()
    for _, action in ipairs { "/RSTRC/IssueFinal", "/RSTR/IssueFinal", "/RSTR/Issue" } do
      assert(answer({ version = SC13 }, {}, soap.trust[SC13] .. action))
    end
  end)

  it("lets go of all memory, whenever it runs out", function()
    channel_of()
    local body = rstr.make(SC13, { keys = rstr.computed(S32), token = rstr.TOKEN })
    collectgarbage()
    collectgarbage()
    local before, made = probe.blocks(), nil
    for n = 0, 200 do
      probe.memory(n)
      probe.random(UUID .. C32)
      local request = probe.token_request(channel, { action = 1, version = SC13, entropy_mode = COMBINED, bearer = 3,
                                                     token_type = "urn:t" })
      made = request and request:answer(rstr.ACTIONS[SC13], body)
      probe.memory()
      if request then request:close() end
      if made then break end
    end
    assert.is_truthy(made)
    made = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal(before, probe.blocks())
  end)
end)

describe("security: recorded responses", function()
  local NAMES = { ["sc-feb2005"] = FEB2005, ["sc-13"] = SC13 }
  -- As a message gives it: with the declarations of its envelope.
  local function body_of(text)
    local body, declared = text:match "<s:Body[^>]*>(.*)</s:Body>", ""
    for prefix, uri in text:match("<s:Envelope([^>]*)>"):gmatch 'xmlns:(%w+)="([^"]*)"' do
      local is_there = body:match("^<[^>]*>"):find("xmlns:" .. prefix .. "=", 1, true)
      declared = is_there and declared or ('%s xmlns:%s="%s"'):format(declared, prefix, uri)
    end
    return (body:gsub("^<[%w:]+", "%0" .. declared))
  end


  for name, version in pairs(NAMES) do
    it("give the keys and names that are known: " .. name, function()
      local folder = "spec/vectors/security/" .. name .. "/"
      local keys = {}
      for kind, what, text in recording.read(folder .. "keys.txt"):gmatch "(%a+) (%a+) %a+%s+(%S+)" do
        keys[kind .. what] = base64(text)
      end
      local issued = recording.read(folder .. "2-rstr-issue.xml")
      local first = assert(ask({ action = 2, version = version, entropy_mode = COMBINED }, keys.issueclient)
        :answer(soap.action(issued), body_of(issued)))
      assert.equal(keys.issuecomputed, first:get "symmetric_key")
      assert.truthy(first:get("attached_reference_xml"):find("#uuid-", 1, true))
      local renewed = recording.read(folder .. "6-rstr-renew.xml")
      local request, _, body = ask({ action = 3, version = version, entropy_mode = COMBINED, existing = first }, keys.renewclient)
      assert.truthy(body:find(first:get "unattached_reference_xml", 1, true))
      local second = assert(request:answer(soap.action(renewed), body_of(renewed)))
      assert.equal(keys.renewcomputed, second:get "symmetric_key")
      assert.truthy(second:get("unattached_reference_xml"):find("Instance", 1, true))
    end)
  end

  for name, version in pairs { ["https-user-sct"] = FEB2005, ["https-user07-sct"] = SC13, ["https-sct-renew05"] = FEB2005 } do
    it("of .NET give the keys that it signed with: " .. name, function()
      local talk = recording.load(name)
      local entropy = base64(talk.requests[1].body:match "BinarySecret[^>]*>([^<]+)<")
      local token = assert(ask({ action = 2, version = version, entropy_mode = COMBINED }, entropy)
        :answer(soap.action(talk.replies[1].body), body_of(talk.replies[1].body)))
      assert.equal(talk.contexts[1].key, token:get "symmetric_key")
    end)
  end
end)
