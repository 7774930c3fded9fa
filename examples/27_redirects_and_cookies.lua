-- What HTTP brings along: cookies that a server sets are sent back (cookie_mode), and redirections that keep the
-- message are followed when both the setting and a callback say so. The server here is the smallest that can be one.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><a:Action '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing">urn:Answer</a:Action><a:RelatesTo '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing">%s</a:RelatesTo></s:Header><s:Body><visits>%s</visits></s:Body>'
  .. "</s:Envelope>"

local function answer(path, head, body)
  if path == "/old" then return "307 Temporary Redirect", "Location: /new\r\n", "" end
  local visits = (head:match "Cookie: visits=(%d+)" or 0) + 1
  return "200 OK", ("Content-Type: application/soap+xml\r\nSet-Cookie: visits=%d\r\n"):format(visits),
    ENVELOPE:format(body:match "MessageID>([^<]*)<", visits)
end

local function serve(stream)
  local bytes = ""
  for more in function() return (stream:read(65536, blocking.now() + 10)) end do
    bytes = bytes .. more
    local head, rest = bytes:match "^(.-\r\n)\r\n(.*)$"
    if head and #rest >= tonumber(head:match "Content%-Length: (%d+)") then
      local path = head:match "^POST (%S+)"
      local status, headers, body = answer(path, head, rest)
      print(("  server: %s %s"):format(path, status))
      stream:write(("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s"):format(status, headers, #body, body),
        blocking.now() + 10)
      bytes = ""
    end
  end
  stream:close()
end

local acceptor = assert(blocking.listen("localhost", 0))
blocking.spawn(function()
  for stream in function() return (acceptor:accept()) end do blocking.spawn(serve, stream) end
end)
local url = ("http://localhost:%d"):format(acceptor.port)

print "cookies: each channel keeps its own"
local channel = assert(wws.connect(url .. "/new", { timeout = 10 }))
for visit = 1, 2 do
  local reply = assert(channel:request("urn:Ask", "<ask/>"))
  print("  client: visit " .. reply.body:match ">([^<]*)<")
  assert(reply.body:find(">" .. visit .. "<", 1, true))
end
assert(channel:close())
channel = assert(wws.connect(url .. "/new", { timeout = 10, cookie_mode = "manual" }))
for _ = 1, 2 do assert(assert(channel:request("urn:Ask", "<ask/>")).body:find(">1<", 1, true)) end
print "  client: with cookie_mode = \"manual\" every visit is the first"
assert(channel:close())

print "a redirection: not followed, followed, and refused by the callback"
local function through(options)
  options.timeout = 10
  local redirected = assert(wws.connect(url .. "/old", options))
  local reply, err = redirected:request("urn:Ask", "<ask/>")
  redirected:close()
  print("  client: " .. (reply and "an answer, at last" or tostring(err)))
  return reply
end
assert(not through {})
assert(through { enable_http_redirect = true, http_redirect_callback = function(from, to)
  print(("  client: from %s to %s"):format(from:match "[^/]*$", to:match "[^/]*$"))
  return true
end })
assert(not through { enable_http_redirect = true, http_redirect_callback = function() return false end })
acceptor:close()
