local ROOM = 32 * 1024 -- KiB

describe("streamed bodies of 100 MB", function()
  for _, url in ipairs { "http://localhost:0/s", "net.tcp://localhost:0/s" } do
    it("go through both ends in 32 MB of memory, at " .. url, function()
      local pipe = assert(io.popen(("%s spec/support/flood.lua %s 2>&1"):format(jit and "luajit" or "lua5.4", url)))
      local said = pipe:read "*a"
      pipe:close()
      local grown = assert(tonumber(said:match "^(%d+) KiB"), said)
      assert.is_true(grown < ROOM, "it grew by " .. said)
    end)
  end
end)
