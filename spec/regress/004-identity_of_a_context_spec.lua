local certs = require "spec.support.certs"
local refusals = require "spec.support.refusals"
local replay = require "spec.support.replay"
local world = require "spec.support.world"

describe("regress: who sends within a security context", function()
  it("must show the client certificate that established it (attack G4)", function()
    local served = refusals.new()
    local mine, other = certs.read(certs.client_pem), certs.read(certs.server_pem)
    local function play(number, certificate)
      local message = refusals.request(number)
      served.env:set(replay.seconds(replay.text(message, "Created")))
      served.env:push(replay.draws(refusals.conversation.replies[number].body))
      served.answers = { { "urn:answer", "<ok/>" } }
      return served:post(message, { tls = { client_certificate = certificate } })
    end
    assert.equal(200, (play(refusals.ISSUE, mine)))
    assert.equal(200, (play(refusals.ADD, mine)))
    local status, _, body = play(refusals.SUBTRACT, other)
    refusals.assert_refused(served, refusals.INVALID_SECURITY, status, body, "another client certificate")
    status, _, body = play(refusals.SUBTRACT, nil)
    refusals.assert_refused(served, refusals.INVALID_SECURITY, status, body, "another client certificate")
    assert.equal(200, (play(refusals.SUBTRACT, mine)))
  end)

  it("must be the user who established it, where a message names one besides (attack G4)", function()
    local seen = {}
    local function username(name)
      return { type = "username", credential = { type = "string", username = name, password = world.PASSWORDS[name] } }
    end
    local served = world.served()
    served[3] = { type = "username", validate_password = function(name, password)
      return world.PASSWORDS[name] == password
    end }
    local host, url = world.host({ security = served }, { [world.ADD] = function(request)
      seen[#seen + 1] = request:property "username"
      return world.add(request)
    end })
    for _, name in ipairs { "alice", "bob" } do
      local secured = world.secured()
      secured[3] = username(name)
      local reply, err, channel = world.call(url, { security = secured })
      if name == "alice" then assert(reply, err) else assert.is_nil(reply) end
      channel:close()
    end
    assert.same({ "alice" }, seen)
    host:close()
  end)
end)
