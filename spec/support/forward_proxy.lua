--- An HTTP proxy in the specs' own loop: tunnels by CONNECT, forwards requests that name the whole URL, and asks for
-- whatever authentication a spec wants. It keeps all that it saw in clear.
local blocking = require "wws.io.blocking"

local forward_proxy = {}
forward_proxy.__index = forward_proxy

local function read_message(stream, left)
  local all = left or ""
  while true do
    local head, body = all:match "^(.-\r\n\r\n)(.*)$"
    local length = head and (tonumber(head:match "\r\nContent%-Length: (%d+)") or 0)
    if head and #body >= length then return head, body:sub(1, length), body:sub(length + 1) end
    local bytes = stream:read(65536)
    if not bytes then return nil end
    all = all .. bytes
  end
end

local function field(head, name)
  return head:match("\r\n" .. name:gsub("%p", "%%%0") .. ": ([^\r\n]*)")
end

local function pipe(from, to)
  while true do
    local bytes = from:read(65536)
    if not bytes or not to:write(bytes) then break end
  end
  to:close()
end

local function answer(stream, status, more, body)
  stream:write(("HTTP/1.1 %d Told\r\nConnection: keep-alive\r\n%sContent-Length: %d\r\n\r\n%s"):format(status, more or "",
    #(body or ""), body or ""))
end

function forward_proxy:tunnel(stream, target)
  local driver = self.driver
  local host, port = target:match "^%[?(.-)%]?:(%d+)$"
  local service = driver.connect(self.resolves and self.resolves[host] or host, tonumber(port))
  if not service then return answer(stream, 502) end
  stream:write("HTTP/1.1 200 Connection established\r\n\r\n" .. (self.early or ""))
  self.tunnels = self.tunnels + 1
  driver.spawn(function() pipe(service, stream) end)
  pipe(stream, service)
end

-- True when the connection is over.
function forward_proxy:forward(stream, connection, head, body)
  local host, port, path = head:match "^POST http://%[?([^/]-)%]?:(%d+)(/%S*)"
  if not host then return answer(stream, 400) end
  if not connection.service then
    connection.service = self.driver.connect(self.resolves and self.resolves[host] or host, tonumber(port))
  end
  if not connection.service then return answer(stream, 502) end
  local sent = head:gsub("^POST %S+", "POST " .. path:gsub("%%", "%%%%"), 1):gsub("\r\nProxy%-Authorization: [^\r\n]*", "")
  self.forwarded[#self.forwarded + 1] = sent .. body
  connection.service:write(sent .. body)
  local back, content, rest = read_message(connection.service, connection.rest)
  connection.rest = rest
  if back and not self.silent then back = back:gsub("\r\n", "\r\nConnection: keep-alive\r\n", 1) end
  return not back or not stream:write(back .. content)
end

function forward_proxy:serve(stream, number)
  local connection, rest = { number = number, stream = stream }, nil
  while true do
    local head, body
    head, body, rest = read_message(stream, rest)
    if not head then break end
    self.requests[#self.requests + 1] = head
    local method, target = head:match "^(%u+) (%S+)"
    local refusal, ends = nil, false
    if self.authorize then
      refusal, ends = self.authorize(field(head, "Proxy-Authorization"), connection, method, target)
    end
    if refusal then
      answer(stream, refusal.status or 407, refusal.headers, refusal.body)
    elseif method == "CONNECT" then
      self:tunnel(stream, target)
      break
    else
      ends = self:forward(stream, connection, head, body)
    end
    if ends then break end
  end
  if connection.service then connection.service:close() end
  stream:close()
end

--- Starts one.
-- @tparam ?table given `authorize(value, connection, method, target) -> nil to let pass, or { headers=, status=, body= }`
-- and whether the connection ends then; `driver`; `early`: bytes behind the answer to CONNECT; `resolves`: addresses of names;
-- `silent`: it does not say that it keeps connections
-- @treturn table `port`, `server` ("localhost:port"), `requests` (heads), `forwarded`, `tunnels`, `connections`
function forward_proxy.start(given)
  local self = setmetatable({ requests = {}, forwarded = {}, tunnels = 0, connections = 0 }, forward_proxy)
  for name, value in pairs(given or {}) do self[name] = value end
  self.driver = self.driver or blocking
  local driver = self.driver
  self.acceptor = assert(driver.listen("127.0.0.1", 0))
  self.port = self.acceptor.port
  self.server = "127.0.0.1:" .. self.port
  driver.spawn(function()
    while true do
      local stream = self.acceptor:accept()
      if not stream then return end
      self.connections = self.connections + 1
      local number = self.connections
      driver.spawn(function() self:serve(stream, number) end)
    end
  end)
  return self
end

function forward_proxy:stop()
  self.acceptor:close()
end

return forward_proxy
