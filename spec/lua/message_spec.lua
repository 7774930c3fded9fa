local calculator = require "spec.support.calculator"
local wws = require "wws"

local ADDRESSING = "http://www.w3.org/2005/08/addressing"

-- Calls a service of its own and gives what `look` saw of the request there, and the reply.
local function exchange(look, options)
  local seen
  local host = assert(wws.service_host {
    {
      url = options.url or "http://localhost:0/message",
      security = options.server,
      understands = { "{urn:wws:spec}Extra" },
      operations = {
        ["urn:wws:spec/Call"] = function(request)
          seen = look(request)
          return options.reply or "<reply/>"
        end,
      },
    },
  })
  assert(host:open())
  local channel = assert(wws.connect(host.urls[1], { security = options.client }))
  local reply = assert(channel:request("urn:wws:spec/Call", options.body or "<call/>", options.request))
  channel:close()
  host:close()
  return seen, reply, host.urls[1]
end

local EXTRA = '<x:Extra xmlns:x="urn:wws:spec" x:a="1">more</x:Extra>'

describe("lua: a message", function()
  it("shows its addressing", function()
    local seen, reply, url = exchange(function(request)
      return { action = request.action, id = request.message_id, to = request.to, reply_to = request.reply_to,
        from = request.from, fault_to = request.fault_to, relates_to = request.relates_to,
        is_fault = request.is_fault, nothing = request.no_such_field, number = request[1] }
    end, { request = { message_id = "urn:uuid:6a1b1f0e-0000-4000-8000-000000000001" } })
    assert.same({ action = "urn:wws:spec/Call", id = "urn:uuid:6a1b1f0e-0000-4000-8000-000000000001", to = url,
      reply_to = ADDRESSING .. "/anonymous", is_fault = false }, seen)
    assert.equal("urn:wws:spec/CallResponse", reply.action)
    assert.equal("urn:uuid:6a1b1f0e-0000-4000-8000-000000000001", reply.relates_to)
  end)

  it("shows its headers and its whole envelope", function()
    local seen = exchange(function(request)
      return { headers = request.headers, extra = request:header("urn:wws:spec", "Extra"),
        to = request:header(ADDRESSING, "To"), none = request:header("urn:wws:spec", "Other"), xml = request:xml() }
    end, { request = { headers = { EXTRA } } })
    assert.is_truthy(seen.extra:find(">more</x:Extra>", 1, true))
    assert.is_truthy(seen.extra:find('xmlns:x="urn:wws:spec"', 1, true))
    assert.is_truthy(seen.to:find('xmlns:a="' .. ADDRESSING .. '"', 1, true))
    assert.is_nil(seen.none)
    assert.is_true(#seen.headers >= 4)
    assert.is_truthy(seen.xml:find("<s:Envelope", 1, true))
    assert.is_truthy(seen.xml:find("<call/>", 1, true) or seen.xml:find("<call></call>", 1, true))
  end)

  it("gives its body whole, as often as asked, and in pieces", function()
    local body = "<list>" .. ("<item>0123456789</item>"):rep(200) .. "</list>"
    local seen = exchange(function(request)
      local pieces, piece = {}, request:read(100)
      while piece do
        assert(#piece <= 100)
        pieces[#pieces + 1] = piece
        piece = request:read(100)
      end
      return { first = request.body, second = request.body, pieces = table.concat(pieces), over = request:read() }
    end, { body = body })
    assert.equal(body:gsub("^<list>", "", 1), seen.first:gsub("^<list[^>]*>", "", 1))
    assert.equal(seen.first, seen.second)
    assert.equal(seen.first, seen.pieces)
    assert.is_nil(seen.over)
  end)

  it("has the properties of the bindings it passed", function()
    local look = function(request)
      return { username = request:property "username", level = request:property "protection_level",
        errors = {
          select(2, request:property "saml_assertion"), select(2, request:property "encoded_cert"),
          select(2, request:property "message_security_windows_token"), select(2, request:property "no such thing"),
        } }
    end
    local seen = exchange(look, { url = "https://localhost:0/message", server = calculator.server_username(),
      client = calculator.client_username() })
    assert.equal(calculator.USERNAME, seen.username)
    assert.equal("sign_and_encrypt", seen.level)
    assert.equal(4, #seen.errors)
    for _, err in ipairs(seen.errors) do assert.equal("invalidarg", err.code) end
    assert.equal("saml_assertion", seen.errors[1].property)
  end)

  it("leads to the security context it came under", function()
    local seen = exchange(function(request)
      local context = assert(request:property "security_context")
      return { identifier = context:get "identifier", username = context:get "username", state = context:info().state }
    end, { url = "https://localhost:0/message", server = calculator.server_context(),
      client = calculator.client_context() })
    assert.is_truthy(seen.identifier:match "^urn:uuid:" or seen.identifier:match "^uuid")
    assert.equal(calculator.USERNAME, seen.username)
  end)

  it("can be closed, and says so afterwards", function()
    local _, reply = exchange(function() return true end, {})
    assert.is_truthy(tostring(reply):match "^wws.message %(no fault, %d+ bytes%)$")
    assert.is_true(reply:close())
    assert.is_true(reply:close())
    assert.is_nil(reply.body)
    for _, method in ipairs { "xml", "read" } do
      local value, err = reply[method](reply)
      assert.is_nil(value)
      assert.equal("invalid_operation", err.code)
    end
    assert.equal("invalid_operation", select(2, reply:header("a", "b")).code)
    assert.equal("invalid_operation", select(2, reply:property("username")).code)
    assert.equal("wws.message (closed)", tostring(reply))
  end)

  it("never shows its content when it is printed", function()
    local _, reply = exchange(function() return true end, { reply = "<secret>hush</secret>" })
    assert.is_nil(tostring(reply):find("hush", 1, true))
  end)

  it("raises for arguments of a wrong type", function()
    local _, reply = exchange(function() return true end, {})
    assert.has_error(function() reply:header("a") end)
    assert.has_error(function() reply:property(7) end)
    assert.has_error(function() reply:read(0) end)
    assert.has_error(function() reply.xml({}) end)
  end)
end)
