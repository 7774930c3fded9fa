-- A duplex session over net.tcp: .NET message framing with an SSL upgrade, binary XML, requests in flight at once, and
-- messages that nobody asked for. Service and client live in this process.
local blocking = require "wws.io.blocking"
local wws = require "wws"
local certificate = require("examples.kit.certificate").make()

local served = { { type = "ssl", credential = certificate.credential } }
local trusting = { { type = "ssl", trust = certificate.trust } }

local listener = assert(wws.listener { security = served })
assert(listener:open "net.tcp://localhost:0/clock") -- port 0: any free one; without a port it is 808

blocking.spawn(function()
  for session in listener:channels() do
    assert(session:send("urn:clock/Welcome", "<welcome xmlns='urn:clock'>hello</welcome>"))
    for request in session:messages() do
      assert(session:reply(request, "urn:clock/Answer", "<time xmlns='urn:clock'>12:00</time>"))
    end
    session:close() -- the client has finished, and so have we
  end
end)

local channel = assert(wws.channel { security = trusting, timeout = 10 })
assert(channel:open(listener.url))
print("speaking", channel:get "encoding")
print("unasked", assert(channel:receive()).action)

local answers = 0
for _ = 1, 3 do -- three requests wait at once: each gets the reply that relates to it
  blocking.spawn(function()
    local reply = assert(channel:request("urn:clock/Ask", "<ask xmlns='urn:clock'/>"))
    answers = answers + 1
    print("answer", reply.body:match ">([^<]*)<")
  end)
end
while answers < 3 do blocking.step(0.01) end

assert(channel:close())
listener:close()
certificate.remove()
