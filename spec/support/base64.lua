--- Base64 to bytes, for vectors.
local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- @tparam string text
-- @treturn string bytes
return function(text)
  local bits, count, bytes = 0, 0, {}
  for c in text:gmatch("[%w+/]") do
    bits, count = bits * 64 + ALPHABET:find(c, 1, true) - 1, count + 6
    if count >= 8 then
      count = count - 8
      bytes[#bytes + 1] = string.char(math.floor(bits / 2 ^ count))
      bits = bits % 2 ^ count
    end
  end
  return table.concat(bytes)
end
