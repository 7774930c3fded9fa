-- Every cap of a channel and of a listener: what is exactly as large passes, one more does not, by default and as set.
local core = require "wws.core"
local listeners = require "wws.listener"
local probe = require "wws.probe"
local played = require "spec.support.service"

local STRESS = os.getenv "WWS_STRESS" and 20 or 1
local inside, raw = core.listener, core.server_channel

local MESSAGE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>urn:a</a:Action><a:MessageID>urn:1</a:MessageID>'
  .. "<a:To>http://localhost/</a:To></s:Header><s:Body><x>%s</x></s:Body></s:Envelope>"

-- A message of exactly `size` bytes.
local function message(size)
  return MESSAGE:format(("x"):rep(size - #MESSAGE + 2))
end

local function chunked(body)
  local pieces = {}
  for at = 1, #body, 1000 do
    local piece = body:sub(at, at + 999)
    pieces[#pieces + 1] = ("%x\r\n%s\r\n"):format(#piece, piece)
  end
  return table.concat(pieces) .. "0\r\n\r\n"
end

local START = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml\r\n"

-- The status that a listener answers to these bytes; `reply` is the body of its reply.
local function status_of(options, bytes, reply)
  local listener = assert(listeners.new(options))
  local machine = assert(inside.connection(listener))
  local out, kind, input, why = "", nil, nil, nil
  while true do
    local op, a = machine:step(kind, input)
    kind, input = nil, nil
    if op == "write" then
      out = out .. a
      if out:find "^HTTP/1.1 [2-5]" then break end
    elseif op == "read" then
      kind, input = "bytes", bytes:sub(1, a)
      bytes = bytes:sub(a + 1)
      assert(input ~= "", "the machine waits for more")
    elseif op == "request" then
      local channel = machine:request()
      raw.take(channel)
      local _
      _, why = raw.reply(channel, "urn:b", reply or "<y/>")
    elseif op ~= "close" then
      error(tostring(a))
    end
  end
  machine:close()
  return tonumber(out:match "^HTTP/1.1 (%d+)"), why or listener:info().last_error
end

local function padded_head(size, body)
  local rest = START .. ("Content-Length: %d\r\nX: "):format(#body)
  return rest .. ("x"):rep(size - #rest - 4) .. "\r\n\r\n" .. body
end

local function with_fields(count, start, body)
  local fields = {}
  for i = 1, count do fields[i] = ("X-%d: y\r\n"):format(i) end
  return start .. table.concat(fields) .. "\r\n" .. body
end

local function handled(options, body)
  local given = { on_request = function(channel)
    channel:reply(channel:receive(), "urn:b", "<y/>")
  end }
  for key, value in pairs(options) do given[key] = value end
  local listener = assert(listeners.new(given))
  local status = listener:handle { method = "POST", path = "/",
    headers = { ["Content-Type"] = "application/soap+xml" }, body = body }
  return status, listener:info().last_error
end

-- What a client makes of a response of `size` bytes that comes with `framing`.
local function response(size, framing)
  return function(request)
    local empty = played.reply(request, "<x></x>")
    local body = played.reply(request, "<x>" .. ("x"):rep(size - #empty) .. "</x>")
    local type_line = "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
    if framing == "chunks" then return type_line .. "Transfer-Encoding: chunked\r\n\r\n" .. chunked(body) end
    if framing == "close" then return type_line .. "\r\n" .. body end
    return type_line .. ("Content-Length: %d\r\n\r\n"):format(#body) .. body
  end
end

local function asked(options, answer, body)
  local session = {}
  answer = answer or function(request) return played.http(played.reply(request, "<x/>")) end
  local reply, err = played.request(played.open(nil, options), answer, session, { body = body })
  return reply and 200 or 0, err, session
end

local function request_body(size)
  local _, _, session = asked({ max_buffered_message_size = 1000000 }, nil, "<x></x>")
  return "<x>" .. ("x"):rep(size - #session.requests[1].body) .. "</x>"
end

local function response_head(size)
  return function(request)
    local body = played.reply(request, "<x/>")
    local rest = ("HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\nX: "):format(#body)
    return rest .. ("x"):rep(size - #rest - 4) .. "\r\n\r\n" .. body
  end
end

local SIZE, HEAD = "max_buffered_message_size", "max_http_request_headers_buffer_size"

-- name, property (nil: none), default, another value (nil: cannot be set), status of refusal, fn(options, size) -> status, err
local CAPS = {
  { "a listener's request by length", SIZE, 65536, 1000, 413, function(options, size)
    local body = message(size)
    return status_of(options, START .. ("Content-Length: %d\r\n\r\n"):format(size) .. body)
  end },
  { "a listener's request in chunks", SIZE, 65536, 1000, 413, function(options, size)
    return status_of(options, START .. "Transfer-Encoding: chunked\r\n\r\n" .. chunked(message(size)))
  end },
  { "a request above another HTTP server", SIZE, 65536, 1000, 413, function(options, size)
    return handled(options, message(size))
  end },
  { "a listener's reply", SIZE, 65536, 1000, 202, function(options, size)
    local body = MESSAGE:format ""
    local short = START .. ("Content-Length: %d\r\n\r\n"):format(#body) .. body
    local listener = assert(listeners.new { on_request = function(channel)
      channel:reply(channel:receive(), "urn:b", "<x></x>")
    end })
    local envelope = #select(3, listener:handle { method = "POST", path = "/",
      headers = { ["Content-Type"] = "application/soap+xml" }, body = body })
    return status_of(options, short, "<x>" .. ("x"):rep(size - envelope) .. "</x>")
  end },
  { "the head of a request", HEAD, 65536, 300, 431, function(options, size)
    return status_of(options, padded_head(size, message(400)))
  end },
  { "the head of a request, set higher", HEAD, 65536, 100000, 431, function(options, size)
    return status_of(options, padded_head(size, message(400)))
  end },
  { "the fields of a request", nil, 64, nil, 431, function(options, count)
    local body = message(400)
    return status_of(options, with_fields(count - 3, START .. ("Content-Length: %d\r\n"):format(#body), body))
  end },
  { "a channel's response by length", SIZE, 65536, 1000, 0, function(options, size)
    return asked(options, response(size))
  end },
  { "a channel's response in chunks", SIZE, 65536, 1000, 0, function(options, size)
    return asked(options, response(size, "chunks"))
  end },
  { "a channel's response until the end", SIZE, 65536, 1000, 0, function(options, size)
    return asked(options, response(size, "close"))
  end },
  { "a channel's request", SIZE, 65536, 2000, 0, function(options, size)
    return asked(options, nil, request_body(size))
  end },
  { "the head of a response", nil, 65536, nil, 0, function(options, size)
    return asked(options, response_head(size))
  end },
  { "the fields of a response", nil, 64, nil, 0, function(options, count)
    return asked(options, function(request)
      local body = played.reply(request, "<x/>")
      return with_fields(count - 2, "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
        .. ("Content-Length: %d\r\n"):format(#body), body)
    end)
  end },
}

describe("limits (attack E8): the cap on", function()
  for _, cap in ipairs(CAPS) do
    local name, property, default, other, refusal, try = (table.unpack or unpack)(cap, 1, 6) -- luacheck: ignore 143
    for _, value in ipairs { default, other } do
      local options = value ~= default and { [property] = value } or {}
      it(("%s is %d%s"):format(name, value, value == default and " by default" or " as set"), function()
        local status, err = try(options, value)
        assert.equal(200, status, tostring(err))
        status, err = try(options, value + 1)
        assert.equal(refusal, status)
        assert.equal("quota_exceeded", err.code, tostring(err))
        if property == SIZE then assert.equal(property, err.property, tostring(err)) end
      end)
    end
  end

  it("connections and handshakes is 1000 and 100 by default, and as set", function()
    for _, case in ipairs { { {}, 100 }, { { max_handshakes = 1000000 }, 1000 }, { { max_handshakes = 3 }, 3 },
      { { max_connections = 2 }, 2 } } do
      local listener, machines = assert(listeners.new(case[1])), {}
      for i = 1, case[2] do machines[i] = assert(inside.connection(listener)) end
      local machine, err = inside.connection(listener)
      assert.is_nil(machine)
      assert.equal("quota_exceeded", err.code)
      machines[1]:close()
      machines[1] = assert(inside.connection(listener))
      for i = 1, case[2] do machines[i]:close() end
      assert.same({ case[2] + 1, 1 }, { listener:info().accepted, listener:info().turned_away })
    end
  end)
end)

describe("silent connections", function()
  it("take no memory and keep no client out: who waits longest makes room (attack F2)", function()
    local sanitized = (os.getenv "LD_PRELOAD" or ""):find("san", 1, true) -- what is freed is kept for a while
    local many = STRESS > 1 and 400 or sanitized and 2000 or 20000
    local pipe = assert(io.popen(("%s spec/support/silence.lua %d"):format(jit and "luajit" or "lua5.4", many)))
    local connections, grown = pipe:read "*a":match "(%d+) connections, (%-?%d+) KiB"
    pipe:close()
    assert.is_true(tonumber(connections) <= 128)
    -- the second half of them: what each left behind would be seen, the allocator's ups and downs are not
    if many == 20000 then assert.is_true(tonumber(grown) < 10000, "memory grew by " .. grown .. " KiB") end
  end)
end)

-- One and the same message in each encoding, at a limit of XML and one past it.
describe("limits of XML (attacks E1, E8)", function()
  local function wide(text) return (text:gsub(".", "%0\0")) end
  local function turned(text) return (text:gsub(".", "\0%0")) end
  local MTOM = 'multipart/related; type="application/xop+xml"; start="<r>"; start-info="application/soap+xml"; boundary="b"'

  local ENCODINGS = {
    text_utf8 = { "application/soap+xml; charset=utf-8", function(text) return text end },
    text_utf16le = { "application/soap+xml; charset=utf-16", function(text) return "\255\254" .. wide(text) end },
    text_utf16be = { "application/soap+xml; charset=utf-16", function(text) return "\254\255" .. turned(text) end },
    binary = { "application/soap+msbin1", function(text) return (assert(probe.nbf_write(text))) end },
    mtom_utf8 = { MTOM, function(text)
      return '--b\r\nContent-ID: <r>\r\nContent-Transfer-Encoding: 8bit\r\nContent-Type: application/xop+xml; charset=utf-8; '
        .. 'type="application/soap+xml"\r\n\r\n' .. text .. "\r\n--b--\r\n"
    end },
  }

  local function attributes(count)
    local list = {}
    for i = 1, count do list[i] = ('a%d="b"'):format(i) end
    return table.concat(list, " ")
  end

  local LIMITS = { -- the most, and what is so much; Envelope and Body are two of the depths
    depth = { 32, function(n) return ("<d>"):rep(n - 3) .. "<d/>" .. ("</d>"):rep(n - 3) end },
    attributes = { 128, function(n) return ("<d %s/>"):format(attributes(n)) end },
    ["names' length"] = { 1024, function(n) return ("<%s/>"):format(("d"):rep(n)) end },
  }

  for encoding, how in pairs(ENCODINGS) do
    for name, limit in pairs(LIMITS) do
      it(("are those of %s in %s, too"):format(name, encoding), function()
        for more = 0, 1 do
          local listener = assert(listeners.new { encoding = encoding, on_request = function(channel)
            local request = channel:receive()
            if request then channel:reply(request, "urn:b", "<y/>") end
          end })
          local text = MESSAGE:gsub("<x>%%s</x>", (limit[2](limit[1] + more):gsub("%%", "%%%%")))
          local status = listener:handle { method = "POST", path = "/", headers = { ["Content-Type"] = how[1] }, body = how[2](text) }
          local err = listener:info().last_error
          if more == 0 then
            assert.equal(200, status, tostring(err))
          else
            assert.is_true(status >= 400, tostring(status))
            assert.equal("quota_exceeded", err.code, tostring(err))
          end
        end
      end)
    end
  end
end)
