-- Sessions over net.tcp that WCF's client had with CoreWCF, played to both our ends.
local base64 = require "spec.support.base64"
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local core = require "wws.core"
local probe = require "wws.probe"
local recorded = require "spec.support.recorded_session"
local recording = require "spec.support.recording"
local replay = require "spec.support.replay"
local wws = require "wws"

local PATIENCE = 30 * (os.getenv "WWS_STRESS" and 10 or 1)
local BASE = "urn:wws:peers:calc/ICalculator/"
local SERVED = { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
local TRUSTING = { type = "ssl", trust = certs.ca }

local function result(name, value)
  return ("<%sResponse xmlns='urn:wws:peers:calc'><%sResult>%d</%sResult></%sResponse>"):format(name, name, value, name, name)
end

local function id_of(message) return message.text:match "MessageID>([^<]*)<" end
local function uuid_bytes(uri) return recording.from_hex((uri:match "urn:uuid:(.*)":gsub("%-", ""))) end
local function created(message) return replay.seconds(replay.text(message.text, "Created")) end

-- What a binding of WS-Security 1.0 leaves away, which means the same.
local OLD = { ["{}Type"] = true, ["{}ValueType"] = true }

local OPERATIONS = {
  [BASE .. "Add"] = function(request)
    local a, b = request.body:match "<a>(%d+)</a>%s*<b>(%d+)</b>"
    return result("Add", a + b)
  end,
  [BASE .. "Subtract"] = function(request)
    local a, b = request.body:match "<a>(%d+)</a>%s*<b>(%d+)</b>"
    return result("Subtract", a - b)
  end,
  [BASE .. "Fault"] = function(request)
    local reason = request.body:match "<reason>([^<]*)<"
    return nil, { reason = reason }
  end,
}

describe("sessions that WCF had", function()
  local host
  after_each(function()
    if host then host:close() end
    host = nil
  end)

  local function serve(path, options)
    local given = { url = "net.tcp://localhost:0/" .. path, to_header_matching_options = { "exact_path" },
                    operations = OPERATIONS }
    for key, value in pairs(options or {}) do given[key] = value end
    host = assert(wws.service_host { given })
    assert(host:open())
    return assert(blocking.connect("localhost", tonumber(host.urls[1]:match ":(%d+)/"), {}))
  end

  -- What the other side of the recording says, after what precedes its messages.
  local function sides(name, secured)
    local file = secured and ".tls1" or ""
    local client, server = recorded.read(name, "c2s" .. file), recorded.read(name, "s2c" .. file)
    if secured then return client, server end
    local preamble = client:match "^\0\1\0\1\2\2.-\3\8\12"
    return client:sub(#preamble), server, preamble:sub(1, -2)
  end

  for _, case in ipairs { { "tcp-none" }, { "tcp-ssl", true } } do
    local name, secured = case[1], case[2]

    it("are served as they were recorded: " .. name, function()
      local client, server, preamble = sides(name, secured)
      local stream = serve(name, { security = secured and { SERVED } or nil })
      local got = recorded.call(stream, preamble or recorded.preamble(name), client, secured)
      recorded.same(recorded.without_to(recorded.messages(server)), got)
      assert.equal(2, host:info().requests)
      stream:close()
    end)

    it("are had by our client as they were recorded: " .. name, function()
      local client, server = sides(name, secured)
      local theirs, answers = recorded.messages(client), recorded.messages(server)
      local driver, came = recorded.server({ answers[1].record, answers[2].record }, secured)
      local channel = assert(wws.connect(replay.text(theirs[1].text, "To"), { driver = driver, timeout = PATIENCE,
        security = secured and { TRUSTING } or nil }))
      for index, message in ipairs(theirs) do
        local reply = assert(channel:request(replay.action(message.text), replay.body(message.text),
          { message_id = id_of(message) }))
        assert.equal(index == 1 and "40" or "-39", reply.body:match "Result>([^<]*)<")
      end
      assert(channel:close())
      recorded.same(theirs, came)
    end)
  end

  it("are served and had with a fault: x-fault-tcp", function()
    local client, server, preamble = sides "x-fault-tcp"
    local stream = serve "tcp-none"
    local got = recorded.call(stream, preamble, client)
    assert.equal(2, #got)
    assert.equal("on purpose", got[2]:match "<%w+:Text[^>]*>([^<]*)<")
    stream:close()
    local theirs, answers = recorded.messages(client), recorded.messages(server)
    local driver = recorded.server { answers[1].record, answers[2].record }
    local channel = assert(wws.connect(replay.text(theirs[1].text, "To"), { driver = driver, timeout = PATIENCE }))
    local reply, err
    for _, message in ipairs(theirs) do
      reply, err = channel:request(replay.action(message.text), replay.body(message.text), { message_id = id_of(message) })
    end
    assert.is_nil(reply)
    assert.same({ "{urn:wws:peers:calc}Custom", "on purpose" }, { err.fault.code, err.fault.reason })
    assert.is_truthy(err.fault.detail:find("detail: on purpose", 1, true))
    assert(channel:close())
  end)

  -- A security context by user name, which WCF establishes in one framing session and uses in another.
  describe("with a security context: tcp-user,", function()
    local sessions = {}
    setup(function()
      for n = 1, 2 do
        sessions[n] = { client = recorded.messages(recorded.read("tcp-user", "c2s.tls" .. n)),
                        server = recorded.messages(recorded.read("tcp-user", "s2c.tls" .. n)) }
      end
    end)

    it("are served: what their client signed verifies", function()
      local env = core.env {}
      local username = { type = "username", validate_password = function(name, password)
        return password == "Password-" .. name
      end }
      local stream = serve("tcp-user", { env = env, security = { SERVED,
        { type = "security_context", secure_conversation_version = "february_2005", bootstrap = { SERVED, username } } } })
      env:set(created(sessions[1].client[1]))
      env:push(replay.draws(sessions[1].server[1].text))
      for n = 1, 2 do
        local got = recorded.call(stream, recorded.preamble "tcp-user", recorded.read("tcp-user", "c2s.tls" .. n), true)
        recorded.same(recorded.without_to(sessions[n].server), got, n == 1 and { "c:Identifier" } or { "AddResult", "SubtractResult" }, OLD)
      end
      assert.same({ 1, 2, 1, 0, 1 }, { host:info().established, host:info().requests, host:info().cancelled,
        host:info().active_contexts, host:info().accepted })
      stream:close()
    end)

    it("are had by our client: it signs what theirs signed", function()
      local env = core.env {}
      -- one session of ours: their second one has no words of the first one's dictionary
      local answers, theirs = { sessions[1].server[1].record }, { sessions[1].client[1] }
      for index, message in ipairs(sessions[2].server) do
        local payload = "\0" .. assert(probe.nbf_write(message.text))
        answers[index + 1] = assert(probe.nmf_write(6, payload))
        theirs[index + 1] = sessions[2].client[index]
      end
      local function prepare(index)
        if not theirs[index] then return end
        env:set(created(theirs[index]))
        env:push(uuid_bytes(id_of(theirs[index])))
      end
      local driver, came = recorded.server(answers, true, function(index) prepare(index + 1) end)
      local username = { type = "username", credential = { type = "string", username = "alice", password = "Password-alice" } }
      local channel = assert(wws.connect(replay.text(theirs[1].text, "To"), { driver = driver, timeout = PATIENCE, env = env,
        security = { TRUSTING, { type = "security_context", secure_conversation_version = "february_2005",
                                 bootstrap = { TRUSTING, username } } } }))
      prepare(1)
      env:push(base64((theirs[1].text:match "BinarySecret[^>]*>([^<]*)<")))
      for index = 2, 3 do
        local reply = assert(channel:request(replay.action(theirs[index].text), replay.body(theirs[index].text)))
        assert.equal(index == 2 and "40" or "-39", reply.body:match "Result>([^<]*)<")
      end
      assert(channel:close())
      recorded.same(theirs, came, { "a:MessageID", "SignatureValue", "DigestValue", "u:Created" }, OLD)
    end)
  end)
end)
