local streaming = require "spec.support.streaming"

local PIECE = "<i>" .. ("x"):rep(65000) .. "</i>"
local COUNT = 1613 -- 100 MiB
local MOST = 200e6
local ROOM = 32 * 1024 -- KiB

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

describe("streamed bodies of 100 MB", function()
  for scheme, url in pairs { http = "http://localhost:0/s", ["net.tcp"] = "net.tcp://localhost:0/s" } do
    it("go through both ends in 32 MB of memory over " .. scheme, function()
      local received
      local function operation(request)
        received = assert(count(request))
        return hundred_megabytes()
      end
      local options = { url = url, max_streamed_message_size = MOST, operations = { ["urn:long"] = operation } }
      streaming.hosted(options, function(at)
        local channel = streaming.connect(at, { max_streamed_message_size = MOST, timeout = 60 })
        local before = resident()
        local reply = assert(channel:request("urn:long", hundred_megabytes()))
        local answered = assert(count(reply))
        assert.is_true(received >= COUNT * #PIECE and received < COUNT * #PIECE + 1000)
        assert.is_true(answered >= COUNT * #PIECE and answered < COUNT * #PIECE + 1000)
        assert.is_true(resident() - before < ROOM)
        assert(channel:close())
      end)
    end)
  end
end)
