--- A plain HTTP client over the blocking driver: while it waits, what this process serves goes on.
local io_driver = require "wws.io.blocking"

local PATIENCE = 30 -- seconds

local function read_all(stream, deadline)
  local pieces = {}
  repeat
    local bytes, why = stream:read(65536, deadline)
    pieces[#pieces + 1] = bytes
    if not bytes and why ~= "closed" then return nil, why end
  until not bytes
  return table.concat(pieces)
end

--- @tparam number port on the loopback
-- @tparam string path
-- @tparam[opt] table options `method`, `headers` (lines), `body`, `abort_after` (seconds: hangs up then)
-- @treturn[1] string the response's body
-- @treturn[1] number its status
-- @treturn[1] string its head
-- @treturn[2] nil
-- @treturn[2] string why there is none
return function(port, path, options)
  options = options or {}
  local deadline = io_driver.now() + PATIENCE
  local stream, why = io_driver.connect("127.0.0.1", port, { deadline = deadline })
  if not stream then return nil, why end
  local body = options.body or ""
  local head = ("%s %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n"):format(
    options.method or "GET", path, port, #body, options.headers or "")
  assert(stream:write(head .. body, deadline))
  if options.abort_after then deadline = io_driver.now() + options.abort_after end
  local text
  text, why = read_all(stream, deadline)
  stream:close()
  if not text then return nil, why end
  local answered, rest = text:match "^(.-\r\n)\r\n(.*)$"
  if not answered then return nil, "no response: " .. text end
  if answered:lower():find("transfer-encoding: chunked", 1, true) then
    rest = rest:gsub("(%x+)\r\n(.-)\r\n", function(length, data) return data:sub(1, tonumber(length, 16)) end)
  end
  return rest, tonumber(answered:match "^HTTP/1.%d (%d+)"), answered
end
