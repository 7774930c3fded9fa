--- Bytes as hexadecimal text and back.
local hex = {}

--- @tparam string text pairs of digits; white space between them is skipped
-- @treturn string the bytes
function hex.decode(text)
  return (text:gsub("%s+", ""):gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

--- @tparam string bytes
-- @treturn string lower-case digits
function hex.encode(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

return hex
