--- A service whose messages are streamed, and what speaks to it.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local streaming = {}

--- A function that gives `text` in pieces of `size` bytes.
function streaming.pieces(text, size)
  local at = 1
  return function()
    if at > #text then return nil end
    at = at + size
    return text:sub(at - size, at - 1)
  end
end

--- All that is left of a message's body.
function streaming.drain(message, max)
  local all = {}
  while true do
    local piece, err = message:read(max)
    if not piece then
      if err then return nil, err end
      return table.concat(all)
    end
    all[#all + 1] = piece
  end
end

--- An operation that sends back what it got.
function streaming.echo(request)
  local text, err = streaming.drain(request)
  if not text then return nil, { reason = err.code } end
  return streaming.pieces(text, 1000), "urn:echoResponse"
end

local operations = {
  ["urn:echo"] = streaming.echo,
  ["urn:ignore"] = function() return "<ignored/>" end,
  ["urn:broken"] = function()
    local given = 0
    return function()
      given = given + 1
      if given > 2 then error "the disk is gone" end
      return given == 1 and "<a>" or ("x!"):rep(35000)
    end
  end,
  ["urn:size"] = function(request)
    local text, err = streaming.drain(request)
    if not text then return nil, { reason = err.code } end
    return "<size>" .. #text .. "</size>"
  end,
}

--- Runs `body` with a host that serves meanwhile.
function streaming.hosted(options, body)
  local endpoint = { url = "http://localhost:0/s", operations = operations, transfer_mode = "streamed" }
  for name, value in pairs(options) do endpoint[name] = value end
  local host = assert(wws.service_host { endpoint })
  assert(host:open())
  local ok, err = pcall(body, host.urls[1], host)
  host:close()
  if not ok then error(err, 0) end
end

--- A channel that streams.
function streaming.connect(url, options, may_fail)
  local given = { transfer_mode = "streamed", timeout = 20 }
  for name, value in pairs(options or {}) do given[name] = value end
  local channel, err = wws.connect(url, given)
  if not may_fail then assert(channel, err) end
  return channel, err
end

local ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"%s><s:Header>'
  .. '<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">urn:echo</a:Action>'
  .. '<a:To xmlns:a="http://www.w3.org/2005/08/addressing">%s</a:To></s:Header><s:Body>%s</s:Body></s:Envelope>'
--- A request with that in its Body.
function streaming.message(url, content)
  return ENVELOPE:format("", url, content)
end

local HEAD = "POST /s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/soap+xml\r\n"
  .. "Connection: close\r\nContent-Length: %d\r\n\r\n"

local function read_all(stream)
  local all = {}
  while true do
    local bytes, why = stream:read(65536, blocking.now() + 20)
    if not bytes then
      if why ~= "closed" then error(why) end
      return table.concat(all)
    end
    all[#all + 1] = bytes
  end
end

local function post(url, message, held_back)
  local port = tonumber(url:match ":(%d+)/")
  local stream = assert(blocking.connect("localhost", port, { deadline = blocking.now() + 20 }))
  assert(stream:write(HEAD:format(port, #message + (held_back or 0)) .. message, blocking.now() + 20))
  local answer = read_all(stream)
  stream:close()
  return answer, answer:match "^HTTP/1.1 (%d+)"
end

--- Calls `body` with a function that posts the content of a Body and returns the response and its status.
function streaming.raw(options, body)
  streaming.hosted(options, function(url)
    body(function(content, declarations)
      return post(url, ENVELOPE:format(declarations or "", url, content))
    end)
  end)
end

--- Posts a message that goes silent in its body.
function streaming.slow(options, body)
  streaming.hosted(options, function(url)
    local answer, status = post(url, (ENVELOPE:format("", url, "<a>x</a>"):gsub("</s:Body>.*", "")), 500)
    body(status, answer)
  end)
end

return streaming
