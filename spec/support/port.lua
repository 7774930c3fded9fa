--- Loopback ports for programs that cannot choose a free one themselves.
local core = require "wws.core"

local port = {}

--- One that nothing listens on.
-- @treturn number
function port.free()
  local socket = assert(core.listen("127.0.0.1", 0))
  local number = socket:port()
  socket:close()
  return number
end

--- Does something listen there?
-- @tparam number number
-- @treturn boolean
function port.answers(number)
  local socket = core.connect("127.0.0.1", number)
  local deadline, up = core.now() + 0.5, false
  while socket and not up and core.now() < deadline do
    local ok, why = socket:connected()
    up = ok == true
    if not ok and why ~= "again" then break end
  end
  if socket then socket:close() end
  return up
end

--- Waits until it does, and the program lives.
-- @tparam number number
-- @tparam process program
-- @tparam string name for the error
function port.wait(number, program, name)
  local deadline = core.now() + 20
  while not port.answers(number) do
    assert(not program:status() and core.now() < deadline, "no " .. name .. ": " .. program:errors())
    os.execute "sleep 0.02"
  end
end

return port
