-- A layer of one's own below the messages: a driver wraps the sockets of another one, and every byte of a channel or a
-- listener goes through it. The first layer counts; the second changes each byte on the way, so both ends need it.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local ECHO = "http://example.org/Echo"

-- A driver is a table of functions; a layer replaces what makes streams, and leaves the rest as it is.
local function layered(wrap)
  local driver = setmetatable({}, { __index = blocking })
  function driver.connect(...)
    local stream, err = blocking.connect(...)
    return stream and wrap(stream), err
  end
  function driver.listen(...)
    local acceptor, err = blocking.listen(...)
    if not acceptor then return nil, err end
    local over = setmetatable({}, { __index = acceptor })
    function over.accept(_, ...)
      local stream, why = acceptor:accept(...)
      return stream and wrap(stream), why
    end
    function over.close() return acceptor:close() end
    return over
  end
  return driver
end

local function stream_over(below, encode, decode)
  local stream = setmetatable({}, { __index = function(_, name)
    local method = below[name]
    if type(method) ~= "function" then return method end
    return function(_, ...) return method(below, ...) end
  end })
  function stream.read(_, ...)
    local bytes, err = below:read(...)
    return bytes and decode(bytes), err
  end
  function stream.write(_, bytes, ...) return below:write(encode(bytes), ...) end
  return stream
end

local function echo(url, served, used)
  local host = assert(wws.service_host {
    { url = url, driver = served, operations = { [ECHO] = function(request) return request.body end } },
  })
  assert(host:open())
  local channel = assert(wws.connect(host.urls[1], { driver = used, timeout = 5 }))
  local reply, err = channel:request(ECHO, "<text xmlns='http://example.org/'>what nobody else may read</text>")
  channel:close()
  host:close()
  return reply and reply.body, err
end

-- Counting: below HTTP and below net.tcp
local sent, received = 0, 0
local counting = layered(function(below)
  return stream_over(below, function(bytes)
    sent = sent + #bytes
    return bytes
  end, function(bytes)
    received = received + #bytes
    return bytes
  end)
end)
for _, url in ipairs { "http://localhost:0/echo", "net.tcp://localhost:0/echo" } do
  sent, received = 0, 0
  assert(echo(url, blocking, counting))
  print(("%-28s %d bytes sent, %d received"):format(url, sent, received))
  assert(sent > 0 and received > 0)
end

-- Changing: 255 minus each byte, both ways. (An example of a layer, not of encryption: that is what `ssl` is for.)
local function turn(bytes) return (bytes:gsub(".", function(c) return string.char(255 - c:byte()) end)) end
local function spied(found)
  return layered(function(below)
    local function spy(bytes)
      found.readable = found.readable or bytes:find("nobody else", 1, true) ~= nil
      return bytes
    end
    return stream_over(stream_over(below, spy, spy), turn, turn)
  end)
end
local found = {}
local text = assert(echo("http://localhost:0/echo", layered(function(below) return stream_over(below, turn, turn) end),
  spied(found)))
print(("a layer at both ends: the message is %q, on the wire it can%s be read"):format(text:match ">([^<]*)<",
  found.readable and "" or "not"))
assert(not found.readable)
