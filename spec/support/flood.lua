-- A program of its own, so that nothing else is in its memory: streams 100 MB through a channel to the URL that is its
-- argument, and through the host that is there, and back. It prints by how many KiB it grew meanwhile.
local streaming = require "spec.support.streaming"

local PIECE = "<i>" .. ("x"):rep(65000) .. "</i>"
local COUNT = 1613 -- 100 MiB
local MOST = 200e6

local function resident()
  for line in io.lines "/proc/self/status" do
    local size = line:match "^VmHWM:%s*(%d+)"
    if size then return tonumber(size) end
  end
end

local function hundred_megabytes()
  local given = 0
  return function()
    given = given + 1
    if given > COUNT + 2 then return nil end
    return given == 1 and "<d>" or given == COUNT + 2 and "</d>" or PIECE
  end
end

local function count(message)
  local size = 0
  while true do
    local piece, err = message:read()
    if not piece then return not err and size or nil, err end
    size = size + #piece
  end
end

local received

local function operation(request)
  received = assert(count(request))
  return hundred_megabytes()
end

local function is_whole(size) return size >= COUNT * #PIECE and size < COUNT * #PIECE + 1000 end

local options = { url = (...), max_streamed_message_size = MOST, operations = { ["urn:long"] = operation } }
streaming.hosted(options, function(url)
  local channel = streaming.connect(url, { max_streamed_message_size = MOST, timeout = 60 })
  local before = resident()
  local reply = assert(channel:request("urn:long", hundred_megabytes()))
  local answered = assert(count(reply))
  assert(is_whole(received) and is_whole(answered))
  print(resident() - before .. " KiB")
  assert(channel:close())
end)
