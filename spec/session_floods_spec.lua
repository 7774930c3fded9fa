-- Sessions over net.tcp that fail before they begin, thousands of them, at both ends.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local leftovers = require "spec.support.leftovers"
local wws = require "wws"

local PATIENCE = 30 * (os.getenv "WWS_STRESS" and 10 or 1)
local FAULTS = "http://schemas.microsoft.com/ws/2006/05/framing/faults/"

local function fault(name) return "\8" .. string.char(#FAULTS + #name) .. FAULTS .. name end

describe("failed sessions over net.tcp", function()
  it("leave nothing behind on a server (attack F14)", function()
    local host = assert(wws.service_host { { url = "net.tcp://localhost:0/x", close_timeout = 0.02, max_handshakes = 1000,
                                           operations = {} } })
    assert(host:open())
    local port = tonumber(host.urls[1]:match ":(%d+)/")
    local PREAMBLES = { "\0\2\0", "\0\1\0\1\9", "\0\1\0\1\2\2\255\255\3", "\0\1\0\1\2\2\5hello\3\8\12", "GET / HTTP/1.1\r\n\r\n",
                        "\0\1\0\1\2\2\255", "\0\1\0\1\2\2\32" .. host.urls[1]:sub(1, 20) }
    leftovers.check(function(n)
      local stream = assert(blocking.connect("127.0.0.1", port, { deadline = core.now() + PATIENCE }))
      assert(stream:write(PREAMBLES[n % #PREAMBLES + 1], core.now() + PATIENCE))
      if n % #PREAMBLES < 5 then stream:read(65536, core.now() + PATIENCE) end -- the last two are silent, and go
      stream:close()
    end, function() return host:info().connections == 0 end)
    assert.equal(0, host:info().handshakes)
    host:close()
  end)

  it("leave nothing behind on a client", function()
    local ANSWERS = { fault "EndpointNotFound", fault "ServerTooBusy", "", "\10", "\99", "\8\200cut" }
    local acceptor = assert(blocking.listen("localhost", 0))
    local turn = 0
    blocking.spawn(function()
      local stream = acceptor:accept()
      while stream do
        turn = turn + 1
        local number = turn
        blocking.spawn(function(mine)
          mine:read(65536, core.now() + PATIENCE)
          mine:write(ANSWERS[number % #ANSWERS + 1], core.now() + PATIENCE)
          mine:close()
        end, stream)
        stream = acceptor:accept()
      end
    end)
    local url = ("net.tcp://localhost:%d/x"):format(acceptor.port)
    leftovers.check(function()
      local channel = assert(wws.channel { timeout = PATIENCE })
      local ok, err = channel:open(url)
      assert(ok == nil and err.code ~= "operation_timed_out", tostring(err))
    end)
    acceptor:close()
  end)
end)
