-- An intermediary between two net.tcp sessions: it hands messages on without changing who they are. The service sees
-- the client's own message id, and the client gets a reply that relates to it, though neither knows of the other.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local ASK = "http://example.org/IClock/Ask"

-- The service
local service = assert(wws.listener {})
assert(service:open "net.tcp://localhost:0/clock")
blocking.spawn(function()
  for session in service:channels() do
    for request in session:messages() do
      print("service:      " .. request.message_id, request:header("http://example.org/", "Trail"):match ">([^<]*)<")
      assert(session:reply(request, ASK .. "Response", "<time xmlns='http://example.org/'>12:00</time>"))
    end
    session:close()
  end
end)

-- The intermediary: what comes from one side goes to the other, with its id; its own header says that it passed.
local between = assert(wws.listener {})
assert(between:open "net.tcp://localhost:0/clock")
blocking.spawn(function()
  for session in between:channels() do
    local onward = assert(wws.connect(service.url, { timeout = 10 }))
    for request in session:messages() do
      print("intermediary: " .. request.message_id)
      local reply, err = onward:request(request.action, request.body, {
        message_id = request.message_id,
        headers = { "<Trail xmlns='http://example.org/'>passed an intermediary</Trail>" },
      })
      if reply then
        assert(session:reply(request, reply.action, reply.body))
      else
        assert(session:fault(request, err.fault or { code = "Receiver", reason = "the service cannot be reached" }))
      end
    end
    onward:close()
    session:close()
  end
end)

-- The client
local channel = assert(wws.connect(between.url, { timeout = 10 }))
local id = "urn:uuid:9f1b6a3e-7c55-4c39-9a5e-1f0d5b4b6f01"
local reply = assert(channel:request(ASK, "<ask xmlns='http://example.org/'/>", { message_id = id }))
print("client:       " .. reply.relates_to, reply.body:match ">([^<]*)<")
assert(reply.relates_to == id)
assert(channel:close())
between:close()
service:close()
