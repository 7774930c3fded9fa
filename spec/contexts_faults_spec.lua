-- The faults around security contexts, as a client's errors show them: in both envelopes and both versions.
local core = require "wws.core"
local world = require "spec.support.world"

local SC = { february_2005 = "http://schemas.xmlsoap.org/ws/2005/02/sc",
             ["1.3"] = "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512" }
local TRUST = "http://schemas.xmlsoap.org/ws/2005/02/trust" -- that of February in both versions, as WCF does it
local WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
local MS = "http://schemas.microsoft.com/ws/2006/05/security"

for version, sc in pairs(SC) do
  for _, envelope in ipairs { "soap_1_1", "soap_1_2" } do
    describe(("contexts: faults of %s over %s"):format(version, envelope), function()
      local scene, answer

      -- `given` as scenes take it, with the version and the envelope of this pass.
      local function play(given)
        given = given or {}
        given.channel = { trace = function(event)
          if event.step == "fault" then answer = event.message end
        end }
        given.both = { envelope_version = envelope }
        for _, side in ipairs { "served", "secured" } do
          given[side] = given[side] or {}
          given[side].secure_conversation_version = version
        end
        scene = world.scene(given)
        return scene
      end

      after_each(function() scene:close() end)

      local function call(channel, action)
        return channel:request(action or world.ADD, action and "<x xmlns='urn:x'/>" or world.BODY)
      end

      -- SOAP 1.1 has one code; the error shows it as SOAP 1.2 would say it.
      local function assert_fault(err, side, namespace, name, secured)
        assert.same({ side, "{" .. namespace .. "}" .. name }, { err.fault.code, err.fault.subcode })
        local element = envelope == "soap_1_1" and "faultcode" or "Value"
        local prefix, code = answer:match("<[%w:]*" .. element .. "[^>]*>([%w]+):(" .. name .. ")<")
        assert.equal(name, code)
        assert.is_truthy(answer:find(("xmlns:%s=\"%s\""):format(prefix, namespace), 1, true))
        assert.equal(envelope == "soap_1_2", answer:find("Subcode", 1, true) ~= nil)
        assert.equal(secured, err.fault.secured)
        assert.is_truthy(#err.fault.reason > 10)
        assert.is_truthy(tostring(err):find(name, 1, true))
        assert.is_truthy(err.hint and #err.hint > 10 or err.cause and err.cause.hint)
      end

      local function refuse(channel, action)
        local reply, err = call(channel, action)
        assert.is_nil(reply)
        assert.equal("open", channel:state())
        return err
      end

      it("BadContextToken, for a context that was revoked", function()
        local channel = play { operations = { ["urn:revoke"] = function(request)
          assert(request:property("security_context"):revoke())
          return "<ok xmlns='urn:x'/>"
        end } }:connect()
        assert(call(channel, "urn:revoke"))
        assert_fault(refuse(channel), "Sender", sc, "BadContextToken", false)
        assert(call(channel))
        channel:close()
      end)

      it("RenewNeeded, for a key that expired", function()
        local ahead = core.env {}
        local channel = play { served = { renewal_interval = 100 }, host = { env = ahead } }:establish()
        ahead:advance(110)
        assert_fault(refuse(channel), "Sender", sc, "RenewNeeded", true)
        assert(call(channel))
        assert.equal(1, channel:security_context():info().renewals)
        channel:close()
      end)

      it("UnableToRenew, from a listener that renews nothing", function()
        local channel = play { served = { support_renew = false }, secured = { renewal_interval = 10 } }:establish()
        scene.env:advance(11)
        assert_fault(refuse(channel), "Sender", sc, "UnableToRenew", true)
        assert(call(channel))
        channel:close()
      end)

      it("InvalidRequest, for what the listener does not grant", function()
        local channel = play { served = { key_entropy_mode = "server_only" } }:connect()
        assert_fault(refuse(channel), "Sender", TRUST, "InvalidRequest", true)
        channel:close()
      end)

      it("ServerTooBusy, at a quota", function()
        local first = play { served = { max_active_contexts = 1 } }:establish()
        local second = scene:connect()
        assert_fault(refuse(second), "Receiver", MS, "ServerTooBusy", true)
        first:close()
        assert(call(second))
        second:close()
      end)

      it("FailedAuthentication, for a wrong password", function()
        local channel = play():connect(nil, nil, { "alice", "Password-wrong" })
        assert_fault(refuse(channel), "Sender", WSSE, "FailedAuthentication", false)
        channel:close()
      end)

      it("InvalidSecurity, for a clock that is wrong", function()
        local early = core.env {}
        early:advance(-1200)
        local channel = play():connect { env = early }
        assert_fault(refuse(channel), "Sender", WSSE, "InvalidSecurity", false)
        channel:close()
      end)
    end)
  end
end
