-- Bodies that flow. Over HTTP with transfer_mode = "streamed" neither end holds a message whole: a body is written by a
-- function that returns the next piece, and read by message:read. Over net.tcp and pipes messages are held whole, as in
-- WWSAPI, but read in pieces all the same.
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

-- What flows is bounded, too: a message may have 4 MiB (max_streamed_message_size), its headers 16 KiB.
local listener = assert(wws.listener { transfer_mode = "streamed" })
assert(listener:open "http://localhost:0/stream")

blocking.spawn(function()
  for channel in listener:channels() do
    for request in channel:messages() do -- it can be answered before all of it came; then the rest is not read
      print(("http: the service read %d bytes, %d at a time at most"):format(count(request)))
      assert(channel:reply(request, FLOW .. "Response", flow()))
    end
    channel:close()
  end
end)

local channel = assert(wws.connect(listener.url, { transfer_mode = "streamed", timeout = 30 }))
local bytes, most = count(assert(channel:request(FLOW, flow())))
print(("http: the client read %d bytes, %d at a time at most"):format(bytes, most))
assert(bytes > #PIECE * COUNT and most <= 65536)
assert(channel:close())
listener:close()

-- Over net.tcp and pipes: the message is held whole by the core, and Lua has one piece of it at a time.
local made = io.popen "mktemp -d"
local directory = made:read "*l"
made:close()
local SIZE = 4 * 1024 * 1024
local function buffered(scheme, url)
  local service = assert(wws.listener { run_directory = directory, max_buffered_message_size = SIZE })
  assert(service:open(url))
  blocking.spawn(function()
    for session in service:channels() do
      for request in session:messages() do
        assert(session:reply(request, FLOW .. "Response", ("<got>%d</got>"):format((count(request)))))
      end
      session:close()
    end
  end)
  local client = assert(wws.connect(service.url, {
    run_directory = directory, max_buffered_message_size = SIZE, timeout = 30 }))
  local answer = assert(client:request(FLOW, "<data>" .. PIECE:rep(COUNT) .. "</data>"))
  print(scheme .. ": the service read " .. answer.body:match ">(%d+)<" .. " bytes in pieces")
  assert(client:close())
  service:close()
end
buffered("net.tcp", "net.tcp://localhost:0/stream")
buffered("net.pipe", "net.pipe://localhost/stream")
assert(os.remove(directory))
