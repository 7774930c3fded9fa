--- Conversations that WCF had, as spec/vectors/wcf keeps them: HTTP messages and what is known about their keys.
local recording = {}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

recording.read = read

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function from_hex(text) return (text:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)) end

recording.from_hex = from_hex

local value -- the reader calls itself

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
local WORDS = { ["true"] = true, ["false"] = false }

local function skip(text, at) return text:find("[^ \t\r\n]", at) or #text + 1 end

local function quoted(text, at)
  local last = at
  repeat
    last = assert(text:find('["\\]', last + 1), "unfinished string")
    local escaped = text:sub(last, last) == "\\"
    if escaped then last = last + 1 end
  until not escaped
  return (text:sub(at + 1, last - 1):gsub("\\(.)", function(c) return ESCAPES[c] or c end)), last + 1
end

local function list(text, at, close, item)
  local result = {}
  at = skip(text, at + 1)
  while text:sub(at, at) ~= close do
    at = skip(text, item(result, at))
    if text:sub(at, at) == "," then at = skip(text, at + 1) end
  end
  return result, at + 1
end

function value(text, at)
  at = skip(text, at)
  local first = text:sub(at, at)
  if first == '"' then return quoted(text, at) end
  if first == "[" then
    return list(text, at, "]", function(result, from)
      local item, after = value(text, from)
      result[#result + 1] = item
      return after
    end)
  end
  if first == "{" then
    return list(text, at, "}", function(result, from)
      local key, after = quoted(text, from)
      result[key], after = value(text, skip(text, after) + 1)
      return after
    end)
  end
  local word = assert(text:match("^[%w%.+-]+", at), "neither a value nor a word")
  if word == "null" then return nil, at + 4 end
  if WORDS[word] ~= nil then return WORDS[word], at + #word end
  return assert(tonumber(word)), at + #word
end

--- Reads JSON as the vectors use it; null fields are absent.
-- @tparam string text
-- @return the value
function recording.json(text) return (value(text, 1)) end

--- Splits the bytes of one direction into HTTP messages (all have a Content-Length).
-- @tparam string bytes
-- @treturn table a list of `{ start=, headers= (names in lower case), body= }`
function recording.http(bytes)
  local messages, at = {}, 1
  while at <= #bytes do
    local first, last = bytes:find("\r\n\r\n", at, true)
    assert(first, "an HTTP head without an end")
    local head = bytes:sub(at, first + 1)
    local message = { start = head:match("^[^\r]*"), headers = {}, head = head }
    for name, text in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]*)") do message.headers[name:lower()] = text end
    local length = tonumber(message.headers["content-length"] or 0)
    message.body = bytes:sub(last + 1, last + length)
    assert(#message.body == length, "an HTTP body without its end")
    messages[#messages + 1] = message
    at = last + length + 1
  end
  return messages
end

--- Loads one conversation.
-- @tparam string name a folder of spec/vectors/wcf
-- @treturn table `{ requests=, replies=, contexts=, keys= }`: HTTP messages in order; the entries of vectors.json that
-- tell of an RST, entropies and keys as bytes; and the key of each token by its wsu:Id
function recording.load(name)
  local folder = "spec/vectors/wcf/" .. name
  local result = {
    requests = recording.http(read(folder .. "/c2s.bin")),
    replies = recording.http(read(folder .. "/s2c.bin")),
    contexts = {},
    keys = {},
  }
  if exists(folder .. "/vectors.json") then
    for _, entry in ipairs(recording.json(read(folder .. "/vectors.json"))) do
      if entry.rst then
        for _, field in ipairs { "client_entropy", "server_entropy", "key" } do
          entry[field] = entry[field] and from_hex(entry[field])
        end
        result.contexts[#result.contexts + 1] = entry
        result.keys[entry.token] = entry.key
      end
    end
  end
  return result
end

return recording
