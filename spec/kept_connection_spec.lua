-- A service that closes a connection which its client keeps: before the next request, or behind it.
local blocking = require "wws.io.blocking"
local played = require "spec.support.service"
local wws = require "wws"

local STRESS = os.getenv "WWS_STRESS" and 20 or 1

-- Serves each connection with `serve(stream, number)`.
local function service(serve)
  local acceptor = assert(blocking.listen("127.0.0.1", 0))
  local connections = 0
  blocking.spawn(function()
    while true do
      local stream = acceptor:accept()
      if not stream then return end
      connections = connections + 1
      serve(stream, connections)
    end
  end)
  return acceptor, function() return connections end
end

local function read_request(stream)
  local all = ""
  repeat
    local bytes = stream:read(65536, blocking.now() + 20 * STRESS)
    if not bytes then return nil end
    all = all .. bytes
    local head, body = all:match "^(.-\r\n\r\n)(.*)$"
  until head and #body >= tonumber(head:match "Content%-Length: (%d+)")
  return all
end

local function answer(stream, request)
  stream:write(played.http(played.reply({ action = "urn:a", id = request:match "<a:MessageID>([^<]*)<" }, "<ok/>")))
end

local function open(acceptor)
  return assert(wws.connect(("http://127.0.0.1:%d/"):format(acceptor.port), { timeout = 20 * STRESS }))
end

describe("a kept connection", function()
  it("that the service closed is seen before anything is sent over it", function()
    local requests, closed = 0, blocking.queue()
    local acceptor, connections = service(function(stream)
      answer(stream, assert(read_request(stream)))
      requests = requests + 1
      stream:close()
      closed:push(true)
    end)
    local channel = open(acceptor)
    for i = 1, 2 do
      assert(channel:request("urn:a", "<a/>"))
      closed:pop()
      blocking.sleep(blocking.now() + 0.05) -- the end of the stream is on its way
      assert.same({ i, i }, { requests, connections() })
    end
    channel:close()
    acceptor:close()
  end)

  it("that breaks behind a request does not make it run twice", function()
    local requests = 0
    local acceptor, connections = service(function(stream, number)
      for i = 1, 2 do
        local request = read_request(stream)
        if not request then break end
        requests = requests + 1
        if number > 1 or i == 1 then answer(stream, request) end
      end
      stream:close()
    end)
    local channel = open(acceptor)
    assert(channel:request("urn:a", "<a/>"))
    local reply, err = channel:request("urn:a", "<a/>")
    assert.is_nil(reply)
    assert.equal("endpoint_disconnected", err.code)
    assert.is_truthy(err.hint:find("whether the service acted on it is not known", 1, true))
    assert.same({ 2, 1 }, { requests, connections() })
    assert(channel:request("urn:a", "<a/>"))
    assert.same({ 3, 2 }, { requests, connections() })
    channel:close()
    acceptor:close()
  end)
end)
