-- A listener above somebody else's HTTP server: `handle` takes a request as a table and gives what to answer, so the
-- server beside it may answer what it likes, here a page for browsers at the same address. The server of this example
-- is thirty lines; 06_gateway has nginx. Requests and answers are told as they are: verbs, statuses, headers.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local ADD = "http://example.org/ICalculator/Add"

local acceptor = assert(blocking.listen("localhost", 0))
local url = ("http://localhost:%d/calculator"):format(acceptor.port)

local host = assert(wws.service_host { handled = true, {
  url = url,
  operations = { [ADD] = function(request)
    local a, b = request.body:match "<a>(%d+)</a><b>(%d+)</b>"
    return ("<AddResponse xmlns='http://example.org/'><AddResult>%d</AddResult></AddResponse>"):format(a + b)
  end },
} })

-- The HTTP server ----------------------------------------------------------------------------------------------------

local function read_request(stream)
  local bytes, deadline = "", blocking.now() + 10
  while not bytes:find("\r\n\r\n", 1, true) do
    local more = stream:read(4096, deadline)
    if not more or #bytes > 65536 then return nil end
    bytes = bytes .. more
  end
  local head, rest = bytes:match "^(.-\r\n)\r\n(.*)$"
  local method, path = head:match "^(%u+) (%S+) HTTP/1.1\r\n"
  local headers = {}
  for name, value in head:gmatch "\n([^:\r\n]+):%s*([^\r\n]*)" do headers[name:lower()] = value end
  local size = math.min(tonumber(headers["content-length"]) or 0, 65536)
  while #rest < size do
    local more = stream:read(size - #rest, deadline)
    if not more then return nil end
    rest = rest .. more
  end
  return { method = method, path = path, headers = headers, body = rest }
end

local PAGE = "<html><p>A calculator. Its operation is Add.</p></html>"

local function answer(request)
  if request.method == "GET" and request.path == "/calculator" then
    return 200, { ["Content-Type"] = "text/html" }, PAGE
  end
  return host:handle(request)
end

local function serve(stream)
  for request in function() return read_request(stream) end do
    local status, headers, body = answer(request)
    print(("%-5s %-12s -> %s %s"):format(request.method, request.path, status, headers["Content-Type"] or ""))
    local lines = { ("HTTP/1.1 %d Whatever"):format(status), ("Content-Length: %d"):format(#body) }
    for name, value in pairs(headers) do lines[#lines + 1] = name .. ": " .. value end
    stream:write(table.concat(lines, "\r\n") .. "\r\n\r\n" .. body, blocking.now() + 10)
  end
  stream:close()
end

blocking.spawn(function()
  for stream in function() return (acceptor:accept()) end do blocking.spawn(serve, stream) end
end)

-- Who comes ----------------------------------------------------------------------------------------------------------

local channel = assert(wws.connect(url, { timeout = 10 }))
print("Add: " .. assert(channel:request(ADD, "<Add xmlns='http://example.org/'><a>1</a><b>2</b></Add>")).body
  :match "<AddResult>(%d+)<")
assert(channel:close())

local function tell(method, path, content_type, body)
  local stream = assert(blocking.connect("localhost", acceptor.port, { deadline = blocking.now() + 10 }))
  local bytes = ("%s %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"):format(
    method, path, acceptor.port, content_type, #body, body)
  assert(stream:write(bytes, blocking.now() + 10))
  assert(stream:read(4096, blocking.now() + 10))
  stream:close()
end

tell("GET", "/calculator", "text/plain", "")
tell("PUT", "/calculator", "text/plain", "no message")
tell("POST", "/calculator", "text/plain", "no message")
tell("POST", "/elsewhere", "application/soap+xml", "<a/>")
tell("POST", "/calculator", "application/soap+xml", "<a/>")
acceptor:close()
host:close()
