--- Redis' protocol, version 2, over a connection: commands out, replies in.
-- No client library that is kept up works over all four drivers (resty.redis knows cosockets only, redis-lua blocks),
-- and what a store needs of the protocol is this page.
local resp = {}

local BULK_MAX = 1048576
local ARRAY_MAX = 1024

--- @tparam table words of one command
-- @treturn string
function resp.command(words)
  local out = { ("*%d\r\n"):format(#words) }
  for i, word in ipairs(words) do
    word = type(word) == "number" and ("%.0f"):format(word) or word
    out[i + 1] = ("$%d\r\n%s\r\n"):format(#word, word)
  end
  return table.concat(out)
end

local read

local readers = {
  ["+"] = function(text) return text end,
  [":"] = function(text) return tonumber(text) end,
  ["-"] = function(text) return { error = text, word = text:match "^%S*" } end,
  ["$"] = function(text, connection, deadline)
    local length = tonumber(text)
    if length == -1 then return false end
    if not length or length < 0 or length > BULK_MAX then return nil, "a reply of an impossible length" end
    local bytes, why = connection:count(length + 2, deadline)
    if not bytes then return nil, why end
    return bytes:sub(1, -3)
  end,
  ["*"] = function(text, connection, deadline)
    local count = tonumber(text)
    if count == -1 then return false end
    if not count or count < 0 or count > ARRAY_MAX then return nil, "a reply of impossibly many parts" end
    local list = {}
    for i = 1, count do
      local item, why = read(connection, deadline)
      if item == nil then return nil, why end
      list[i] = item
    end
    return list
  end,
}

--- Reads one reply: a string, a number, false (none), a list, or `{ error=, word= }`.
-- @treturn[2] nil
-- @treturn[2] string why; the connection cannot be used again
function read(connection, deadline)
  local line, why = connection:line(deadline)
  if not line then return nil, why end
  local reader = readers[line:sub(1, 1)]
  if not reader then return nil, "no reply of Redis" end
  local reply, failure = reader(line:sub(2), connection, deadline)
  if reply == nil then return nil, failure or "no reply of Redis" end
  return reply
end

resp.read = read
return resp
