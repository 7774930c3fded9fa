--- A listener or a service host behind nginx, which terminates TLS and speaks HTTP: `content_by_lua` in two words.
--
--    content_by_lua_block { require("wws.ngx").serve(require("my.service")) }
--
-- A client's certificate counts when nginx verified it (`ssl_verify_client`, `ssl_client_certificate`). A message must
-- fit what nginx lets in (`client_max_body_size`) as well as what the listener does (`max_buffered_message_size`).
-- @module wws.ngx
local served = {}

local ngx = ngx -- luacheck: globals ngx
local PIECE = 65536 -- bytes of a spooled body read at once, before the worker's other requests get their turn

-- A body that nginx keeps in a file was written a moment ago: a piece of it is a copy from memory, but a large whole
-- would hold the worker up.
local function file_pieces(path)
  local file, why = io.open(path, "rb")
  if not file then error("the request's body cannot be read: " .. tostring(why), 0) end
  local first = true
  return function()
    if not first then ngx.sleep(0) end
    first = false
    local piece = file and file:read(PIECE)
    if file and not piece then
      file:close()
      file = nil
    end
    return piece
  end
end

local function body_of()
  ngx.req.read_body()
  local bytes = ngx.req.get_body_data()
  if bytes then return bytes end
  local path = ngx.req.get_body_file()
  return path and file_pieces(path) or ""
end

local function tls_of(var)
  if var.https ~= "on" then return nil end
  local verified = var.ssl_client_verify == "SUCCESS"
  return {
    client_certificate = verified and var.ssl_client_raw_cert or nil,
    connection_id = var.connection,
    protocol = var.ssl_protocol,
    cipher = var.ssl_cipher,
  }
end

--- The request at hand, as `listener:handle` wants it.
-- @treturn table
-- @source none of WWSAPI's
function served.request()
  local var = ngx.var
  return {
    method = ngx.req.get_method(),
    path = var.request_uri,
    headers = ngx.req.get_headers(),
    body = body_of(),
    tls = tls_of(var),
  }
end

local function send_pieces(body)
  for piece in body do
    ngx.print(piece)
    ngx.flush(true)
  end
end

-- nginx writes pages of its own for errors without a body; a service's answer is all there is.
local function send(status, headers, body)
  ngx.status = status
  ngx.header["Content-Type"] = ""
  for name, value in pairs(headers) do ngx.header[name] = value end
  if type(body) == "function" then
    send_pieces(body)
  else
    ngx.header["Content-Length"] = #body
    ngx.print(body)
  end
  return ngx.exit(ngx.OK)
end

--- Answers the request at hand.
-- @tparam userdata|table target a listener with `on_request` and `url`, or a service host with `handled`
-- @source none of WWSAPI's
function served.serve(target)
  local status, headers, body = target:handle(served.request())
  if status then return send(status, headers, body) end
  ngx.log(ngx.ERR, tostring(headers))
  return send(503, {}, "")
end

return served
