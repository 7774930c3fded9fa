--- A request above somebody else's HTTP server whose body comes by pieces, read at the pace of the application.
local core = require "wws.core"

local inside = core.listener
local raw_channel = core.server_channel
local entered = {}

local function feed_on(input, body)
  local kind, err
  repeat
    kind, err = input:feed((body()))
  until kind ~= "more"
  return kind, err
end

-- What is about a security context is needed whole.
local function hold(listener, incoming, input, body)
  local kind, err = input:keep()
  if kind then kind, err = feed_on(input, body) end
  if not kind then return nil, err end
  return inside.exchange(listener, incoming, input:text(), false, input:is_text())
end

local function gone()
  return nil, core.failure("invalid_operation", "the request was answered: the rest of its body is gone")
end

local function pull(input, body, max)
  while true do
    local piece = input:piece(max)
    if piece ~= false then return piece end
    local kind, err = input:feed((body()))
    if not kind then return nil, err end
  end
end

local function new_reader(input, machine, body)
  local self, begun = {}, false
  local function finish(ok, ...)
    self.busy = false
    if not ok then error((...), 0) end
    return ...
  end
  local function read(max)
    if not begun then
      local ok, err = input:flow(machine)
      if not ok then return nil, err end
      begun = true
    end
    return pull(input, body, max)
  end
  function self.read(_, max)
    if raw_channel.state(machine) ~= "offered" then return gone() end
    if self.busy then
      return nil, core.failure("invalid_operation", "another coroutine is reading the request")
    end
    self.busy = true
    return finish(pcall(read, max))
  end
  return self
end

--- Reads as much of a request as is needed to judge it.
-- @tparam userdata listener
-- @tparam table incoming what HTTP said
-- @tparam function body gives the next piece, and nil at the end
-- @treturn[1] userdata the judged request
-- @treturn[1] ?table what reads on in it: `read`, and `busy` while somebody waits there
-- @treturn[2] nil alone when such a message is held whole
-- @treturn[3] nil
-- @treturn[3] table the error: of its form, or no memory
function entered.judge(listener, incoming, body)
  local input = inside.entered(listener, incoming.content_type)
  if not input then return nil end
  local kind, err = feed_on(input, body)
  local text
  if kind then text, err = input:text() end
  if not text then return nil, err end
  local machine
  machine, err = inside.exchange(listener, incoming, text, kind == "front", input:is_text())
  if machine == false then return hold(listener, incoming, input, body) end
  if not machine then return nil, err end
  return machine, kind == "front" and new_reader(input, machine, body) or nil
end

return entered
