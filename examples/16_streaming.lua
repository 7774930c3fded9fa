-- Bodies that flow. With transfer_mode = "streamed" neither end holds a message whole: a body is written by a function
-- that returns the next piece, and read by message:read, over HTTP, net.tcp and pipes. Without it messages are held
-- whole (on net.tcp that is a session that stays), and are read in pieces all the same.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local FLOW = "http://example.org/Stream/Flow"
local PIECE, COUNT = ("abcdefgh"):rep(128), 2000 -- two megabytes

local function flow()
  local n = 0
  return function()
    n = n + 1
    if n == 1 then return "<data xmlns='http://example.org/'>" end
    if n <= COUNT + 1 then return PIECE end
    if n == COUNT + 2 then return "</data>" end -- and nil after it: that is the end
  end
end

local function count(message)
  local bytes, most = 0, 0
  while true do
    local piece, err = message:read(65536)
    assert(not err, err)
    if not piece then return bytes, most end
    bytes, most = bytes + #piece, math.max(most, #piece)
  end
end

local made = io.popen "mktemp -d"
local directory = made:read "*l" -- of the pipe
made:close()

-- The service reads all of a request, then answers with as much; what is answered before is not read to its end.
local function serve(url, options)
  options.run_directory = directory
  local listener = assert(wws.listener(options))
  assert(listener:open(url))
  blocking.spawn(function()
    for channel in listener:channels() do
      for request in channel:messages() do
        print(("  the service read %d bytes, %d at a time at most"):format(count(request)))
        local reply = options.transfer_mode == "streamed" and flow() or "<done xmlns='http://example.org/'/>"
        assert(channel:reply(request, FLOW .. "Response", reply))
      end
      channel:close()
    end
  end)
  return listener
end

-- What flows is bounded, too: a message may have 4 MiB (max_streamed_message_size), its headers 16 KiB.
for _, url in ipairs { "http://localhost:0/stream", "net.tcp://localhost:0/stream", "net.pipe://localhost/stream" } do
  print("streamed, " .. url:match "^[^:]+")
  local listener = serve(url, { transfer_mode = "streamed" })
  local channel = assert(wws.connect(listener.url, {
    transfer_mode = "streamed", run_directory = directory, timeout = 30 }))
  local bytes, most = count(assert(channel:request(FLOW, flow())))
  print(("  the client read %d bytes, %d at a time at most"):format(bytes, most))
  assert(bytes > #PIECE * COUNT and most <= 65536)
  assert(channel:close())
  listener:close()
end

-- What is held whole is bounded by max_buffered_message_size (64 KiB).
local SIZE = 4 * 1024 * 1024
print "whole, net.tcp"
local listener = serve("net.tcp://localhost:0/stream", { max_buffered_message_size = SIZE })
local channel = assert(wws.connect(listener.url, { max_buffered_message_size = SIZE, timeout = 30 }))
assert(channel:request(FLOW, "<data>" .. PIECE:rep(COUNT) .. "</data>"))
assert(channel:close())
listener:close()
assert(os.remove(directory))
