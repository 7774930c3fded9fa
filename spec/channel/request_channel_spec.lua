local probe = require "wws.probe"
local service = require "spec.support.service"

describe("channel: request channel", function()
  before_each(function()
    probe.clock(1795248000000, 0)
    service.now = 1795248000
  end)

  it("sends a message and takes its reply", function()
    local channel, session = service.open(), {}
    local reply = assert(service.request(channel, function(request)
      return service.http(service.reply(request, "<ok xmlns='urn:x'/>"))
    end, session))
    assert.is_truthy(reply.body:find("^<ok .*xmlns='urn:x'/>$"))
    assert.are.equal("urn:aResponse", reply.action)
    assert.are.same({ "connect", "write", "read", "done" }, session.actions)
    local head = session.requests[1].head
    assert.is_truthy(head:find("^POST /calculator HTTP/1.1\r\n"))
    assert.is_truthy(head:find("\r\nHost: localhost:8443\r\n", 1, true))
    assert.is_truthy(head:find("\r\nContent-Type: application/soap+xml; charset=utf-8\r\n", 1, true))
    assert.is_nil(head:find("Mozilla", 1, true))
    assert.is_nil(head:find("SOAPAction", 1, true))
  end)
end)
