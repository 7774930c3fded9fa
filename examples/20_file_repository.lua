-- A file repository: a file goes up and comes down in chunks, over net.tcp and HTTPS, as binary XML, text and MTOM. The
-- sizes of messages are bounded, and what is larger is refused by the name of the limit.
local wws = require "wws"
local base64 = require "examples.kit.base64"
local certificate = require("examples.kit.certificate").make()

local NS = "http://example.org/files"
local PUT, GET = NS .. "/Put", NS .. "/Get"
local CHUNK = 48 * 1024
local LIMIT = 96 * 1024 -- bytes of a message; without a word it is 64 KiB

local function element(name, ...) return { name = name, namespace = NS, ... } end
local function read(message) return assert(wws.xml.decode(message.body, { fragment = true, max_size = LIMIT }))[1] end

-- The service keeps chunks by name and number ------------------------------------------------------------------------

local files = {}

local operations = {}

operations[PUT] = function(request)
  local put = read(request)
  local name, number, bytes = put[1][1], tonumber(put[2][1]), base64.decode(put[3][1])
  files[name] = files[name] or {}
  files[name][number] = bytes
  return element("PutResponse", element("Size", #bytes))
end

operations[GET] = function(request)
  local get = read(request)
  local file, number = files[get[1][1]], tonumber(get[2][1])
  if not file then
    return nil, { code = "Sender", reason = "There is no such file.", detail = element("FileNotFound", get[1][1]) }
  end
  local bytes = file[number]
  return element("GetResponse", element("Last", file[number + 1] and "false" or "true"),
    element("Data", base64.encode(bytes)))
end

local ssl = { type = "ssl", credential = certificate.credential }
local host = assert(wws.service_host {
  { url = "net.tcp://localhost:0/files", max_buffered_message_size = LIMIT, operations = operations },
  { url = "https://localhost:0/files/text", security = { ssl }, max_buffered_message_size = LIMIT,
    operations = operations },
  { url = "https://localhost:0/files/mtom", security = { ssl }, max_buffered_message_size = LIMIT,
    encoding = "mtom_utf8", operations = operations },
})
assert(host:open())

-- The tool -----------------------------------------------------------------------------------------------------------

local function put(channel, name, number, bytes)
  return channel:request(PUT, element("Put", element("Name", name), element("Number", number),
    element("Data", base64.encode(bytes))))
end

local function upload(channel, name, file)
  local count = 0
  for at = 1, #file, CHUNK do
    count = count + 1
    assert(put(channel, name, count, file:sub(at, at + CHUNK - 1)))
  end
  return count
end

local function download(channel, name)
  local chunks = {}
  repeat
    local get = element("Get", element("Name", name), element("Number", #chunks + 1))
    local got = read(assert(channel:request(GET, get)))
    chunks[#chunks + 1] = base64.decode(got[2][1])
  until got[1][1] == "true"
  return table.concat(chunks)
end

local file = {}
for i = 1, 200 do file[i] = string.char(i % 256, i * 7 % 256, i * 31 % 256):rep(400) end
file = table.concat(file)

local ways = {
  { host.urls[1], {} },
  { host.urls[2], { security = { { type = "ssl", trust = certificate.trust } } } },
  { host.urls[3], { security = { { type = "ssl", trust = certificate.trust } }, encoding = "mtom_utf8" } },
}
for number, way in ipairs(ways) do
  local url, options = way[1], way[2]
  options.max_buffered_message_size, options.timeout = LIMIT, 10
  local channel = assert(wws.connect(url, options))
  local name = "file " .. number
  local count = upload(channel, name, file)
  assert(download(channel, name) == file)
  print(("%s: %d bytes in %d chunks, there and back"):format(url, #file, count))

  local nothing, err = channel:request(GET, element("Get", element("Name", "none"), element("Number", 1)))
  assert(not nothing and err.fault, err)
  nothing, err = put(channel, name, 1, file:sub(1, 2 * CHUNK))
  assert(not nothing and err.code == "quota_exceeded", err)
  print("  " .. tostring(err))
  assert(channel:close())
end
host:close()
certificate.remove()
