-- message_properties of a security context: the two messages that obtain it are held to them, at both ends.
local world = require "spec.support.world"

local LIMITS = {
  ["message_properties.heap_properties.max_size"] = function(n) return { heap_properties = { max_size = n } } end,
  ["message_properties.max_processed_headers"] = function(n) return { max_processed_headers = n } end,
  ["message_properties.xml_reader_properties.max_depth"] = function(n)
    return { xml_reader_properties = { max_depth = n } }
  end,
  ["message_properties.xml_reader_properties.max_attributes"] = function(n)
    return { xml_reader_properties = { max_attributes = n } }
  end,
  ["message_properties.xml_reader_properties.max_namespaces"] = function(n)
    return { xml_reader_properties = { max_namespaces = n } }
  end,
}

-- A call with those properties at one end; the error that names them, wherever in the chain it is.
local function call(side, properties)
  local context = { message_properties = properties }
  local host, url = world.host { security = world.served(side == "server" and context or nil) }
  local channel = world.channel { security = world.secured(side == "client" and context or nil) }
  assert(channel:open(url))
  local reply, err = channel:request(world.ADD, world.BODY)
  local said = side == "server" and host:info().endpoints[1].last_error or err
  channel:close()
  host:close()
  return reply, said, err
end

local function about(err)
  while not (err.property or ""):find "^message_properties" and err.cause do err = err.cause end
  return err
end

describe("contexts: limits of the messages that obtain them", function()
  for name, properties in pairs(LIMITS) do
    for _, side in ipairs { "client", "server" } do
      it(("hold at the %s: %s, at its value and one below"):format(side, name), function()
        local most = 65536
        local reply, said = call(side, properties(1))
        assert.is_nil(reply)
        said = about(said)
        assert.same({ "quota_exceeded", "security_context", name, "1 at most" },
          { said.code, said.binding, said.property, said.expected })
        -- depth and attributes are told where they were first too many: the whole of it takes some steps
        for _ = 1, 20 do
          most = tonumber(said.got)
          reply, said = call(side, properties(most))
          if reply then break end
          said = about(said)
        end
        assert.is_truthy(reply)
        assert.is_nil((call(side, properties(most - 1))))
      end)
    end
  end

  it("are the client's fault to hear of as an invalid request, and leave its channel open", function()
    local _, _, err = call("server", { max_processed_headers = 1 })
    assert.matches("InvalidRequest", err.fault.subcode)
  end)

  it("say nothing about messages of the application", function()
    local host, url = world.host { security = world.served { message_properties = { max_processed_headers = 7 } } }
    local channel = world.channel()
    assert(channel:open(url))
    local headers = {}
    for i = 1, 10 do headers[i] = ("<h%d xmlns='urn:h'/>"):format(i) end
    assert(channel:request(world.ADD, world.BODY, { headers = headers }))
    channel:close()
    host:close()
  end)
end)
