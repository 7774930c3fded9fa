local blocking = require "wws.io.blocking"
local world = require "spec.support.world"
local wws = require "wws"

-- Runs `fn` in a coroutine; gives up after five seconds.
local function within(fn)
  local done, failure
  blocking.spawn(function()
    local ok, err = pcall(fn)
    done, failure = true, not ok and err
  end)
  local deadline = blocking.now() + 5
  while not done and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.01) end
  assert(done, "it never came back")
  if failure then error(failure, 0) end
end

describe("regress: a listener closed by a callback of its own", function()
  it("issues no context once it is closed (attack G1)", function()
    local host
    local served = world.served()
    served[2].bootstrap[2].validate_password = function()
      host:close()
      return true
    end
    host = world.host { security = served }
    within(function()
      local reply, err = world.call(host.urls[1], { timeout = 3 })
      assert.is_nil(reply)
      assert.is_truthy(err)
    end)
    assert.equal(0, host:info().established)
  end)

  it("answers that the endpoint is unavailable above somebody else's HTTP server", function()
    local listener
    listener = assert(wws.listener {
      url = "http://localhost:80/plain",
      security = {
        transport_protection_level = "none",
        { type = "username", validate_password = function()
          listener:close()
          return true
        end },
      },
    })
    local now = os.date("!%Y-%m-%dT%H:%M:%S.000Z")
    local wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    local wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    local body = table.concat({
      '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>',
      '<a:Action s:mustUnderstand="1">urn:a</a:Action><a:To s:mustUnderstand="1">http://localhost:80/plain</a:To>',
      '<o:Security s:mustUnderstand="1" xmlns:o="%s" xmlns:u="%s"><u:Timestamp><u:Created>%s</u:Created></u:Timestamp>',
      "<o:UsernameToken><o:Username>a</o:Username><o:Password>p</o:Password></o:UsernameToken></o:Security></s:Header>",
      "<s:Body/></s:Envelope>",
    })
      :format(wsse, wsu, now)
    local status, _, answer = listener:handle { method = "POST", path = "/plain",
                                     headers = { ["Content-Type"] = "application/soap+xml" }, body = body }
    assert.equal(500, status)
    assert.is_truthy(answer:find("Receiver</", 1, true))
    assert.is_truthy(answer:find(":EndpointUnavailable</", 1, true))
    assert.is_truthy(answer:find("http://www.w3.org/2005/08/addressing/fault<", 1, true))
    assert.is_falsy(answer:find("Security", 1, true))
  end)
end)
