--- XML to tables and back.
--
-- An element is `{ name =, namespace =, attributes = { ["{namespace}name"] = value }, … }`: its list part holds its
-- children and texts in order. `namespace` and `attributes` are absent when there is none; an attribute without a
-- namespace goes by its name alone. An element with `xsi:nil` is `{ name =, wws.null }`. White space between elements
-- is text like any other. Comments and prefixes are not kept, so a text that means one (`xsi:type="xs:int"`) loses it.
-- @module wws.xml
local core = require "wws.core"

local xml = {}

--- What an element holds that is there and has no value. The same as `cjson.null` and `ngx.null`.
xml.null = core.null

local ENCODINGS = {
  text_utf8 = true, text_utf16le = true, text_utf16be = true, binary = true, binary_session = true,
  mtom_utf8 = true, mtom_utf16le = true, mtom_utf16be = true,
}

local PERFORMED = "text_utf8, text_utf16le, text_utf16be, binary, binary_session, or one of mtom_utf8, mtom_utf16le, "
  .. "mtom_utf16be"

local KINDS = { encoding = "string", max_size = "number", max_depth = "number", numbers = "boolean",
                fragment = "boolean" }

local MAX_SIZE, MAX_DEPTH = 65536, 32
local SIZE_TOP, DEPTH_TOP = 2 ^ 32 - 1, 256

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function check_encoding(name, property)
  if ENCODINGS[name] then return true end
  return failure("invalidarg", "there is no such encoding",
    { property = property, expected = PERFORMED, got = name })
end

local function check_range(options, name, top)
  local value = options[name]
  if value >= 1 and value <= top and value % 1 == 0 then return true end
  return failure("invalidarg", name .. " is not within its bounds",
    { property = name, expected = ("a whole number from 1 to %.0f"):format(top), got = tostring(value) })
end

-- Every option with its default; a wrong type raises.
local function read_options(given)
  local options = { encoding = "text_utf8", max_size = MAX_SIZE, max_depth = MAX_DEPTH, numbers = false,
                    fragment = false }
  if given ~= nil and type(given) ~= "table" then error("options must be a table, not a " .. type(given), 3) end
  for name, value in next, given or {} do
    local kind = KINDS[name]
    if not kind then
      return failure("invalidarg", "there is no such option",
        { property = tostring(name), expected = "encoding, max_size, max_depth, numbers or fragment" })
    end
    if type(value) ~= kind then error(("%s must be a %s, not a %s"):format(name, kind, type(value)), 3) end
    options[name] = value
  end
  local ok, err = check_range(options, "max_size", SIZE_TOP)
  if ok then ok, err = check_range(options, "max_depth", DEPTH_TOP) end
  if not ok then return nil, err end
  return options
end

-- The caps of a document hold for its text, whatever its encoding.
local function to_text(bytes, encoding, read)
  if encoding == "text_utf8" then return bytes end
  return core.xml_to_text(bytes, encoding, read.max_size, read.max_depth)
end

local function from_text(text, encoding, read)
  if encoding == "text_utf8" then return text end
  return core.xml_from_text(text, encoding, read.max_size)
end

--- Writes a value as XML. The same value gives the same bytes; as text they are their own exclusive canonical form.
-- Numbers and booleans are written as XML Schema has them.
-- @tparam table value an element; with `fragment` also a list of elements and texts
-- @tparam[opt] table options `encoding` ("text_utf8" by default, "text_utf16le", "text_utf16be", "binary",
-- "binary_session": the first message of a session; "mtom_utf8", "mtom_utf16le", "mtom_utf16be": with the headers of
-- MIME), `max_size` (65536 bytes), `max_depth` (32, at most 256), `fragment` (false)
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] table the error: `quota_exceeded`, `invalidarg`, whose `property` is the path to what is
-- wrong, such as `value[2].attributes`
-- @source WsCreateWriter, WsWriteType; XML 1.0, [MC-NBFX]
function xml.encode(value, options)
  if type(value) ~= "table" then error("the value must be a table, not a " .. type(value), 2) end
  local read, ok, err
  read, err = read_options(options)
  if not read then return nil, err end
  ok, err = check_encoding(read.encoding, "encoding")
  if not ok then return nil, err end
  local text
  text, err = core.xml_encode(value, read.max_size, read.max_depth, read.fragment)
  if not text then return nil, err end
  return from_text(text, read.encoding, read)
end

--- Reads XML under the same caps as messages.
-- @tparam string bytes
-- @tparam[opt] table options those of `encode`; `numbers`: an element's text that is a number becomes one, a whole
-- number only up to 2^53; `fragment`: any number of top elements may stand in it, as in `message.body`, and the result
-- is the list of them, without the white space between
-- @treturn[1] table the element, or the list
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_format` (with line and column, or the byte), `quota_exceeded`, `invalidarg`,
-- `notimpl`
-- @source WsCreateReader, WsReadType; XML 1.0, [MC-NBFX]
function xml.decode(bytes, options)
  if type(bytes) ~= "string" then error("the XML must be a string, not a " .. type(bytes), 2) end
  local read, ok, err, list
  read, err = read_options(options)
  if not read then return nil, err end
  ok, err = check_encoding(read.encoding, "encoding")
  if not ok then return nil, err end
  bytes, err = to_text(bytes, read.encoding, read)
  if not bytes then return nil, err end
  list, err = core.xml_decode(bytes, read.max_size, read.max_depth, read.fragment, read.numbers)
  if not list then return nil, err end
  return read.fragment and list or list[1]
end

--- Turns XML of one encoding into that of another. Into its own it is checked and comes back as it is.
-- @tparam string bytes
-- @tparam string from an encoding
-- @tparam string to an encoding
-- @tparam[opt] table options `max_size`, `max_depth`, `fragment`
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_format` (with line and column, or the byte), `quota_exceeded`, `invalidarg`,
-- `notimpl`
-- @source WsWriteXmlBuffer, WsReadXmlBuffer; XML 1.0, [MC-NBFX], [MC-NBFS]
function xml.convert(bytes, from, to, options)
  for name, value in next, { bytes = bytes, from = from, to = to } do
    if type(value) ~= "string" then error(("'%s' must be a string, not a %s"):format(name, type(value)), 2) end
  end
  if from == nil or to == nil or bytes == nil then error("'bytes', 'from' and 'to' must be strings", 2) end
  local read, ok, err
  read, err = read_options(options)
  if not read then return nil, err end
  ok, err = check_encoding(from, "from")
  if ok then ok, err = check_encoding(to, "to") end
  if not ok then return nil, err end
  local text
  text, err = to_text(bytes, from, read)
  if not text then return nil, err end
  ok, err = core.xml_decode(text, read.max_size, read.max_depth, read.fragment, false, true)
  if not ok then return nil, err end
  if from == to then return bytes end
  return from_text(text, to, read)
end

return xml
