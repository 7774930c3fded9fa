-- Bytes as base64 text and back: what xs:base64Binary holds.
local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local letters, values = {}, {}
for i = 1, 64 do
  letters[i - 1] = ALPHABET:sub(i, i)
  values[ALPHABET:byte(i)] = i - 1
end

local base64 = {}

function base64.encode(bytes)
  local text = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    text[#text + 1] = letters[math.floor(n / 262144)] .. letters[math.floor(n / 4096) % 64]
      .. (b and letters[math.floor(n / 64) % 64] or "=") .. (c and letters[n % 64] or "=")
  end
  return table.concat(text)
end

function base64.decode(text)
  local bytes = {}
  for four in text:gsub("%s", ""):gmatch "..?.?.?" do
    local a, b, c, d = four:byte(1, 4)
    local n = values[a] * 262144 + values[b] * 4096 + (values[c] or 0) * 64 + (values[d] or 0)
    local three = string.char(math.floor(n / 65536), math.floor(n / 256) % 256, n % 256)
    bytes[#bytes + 1] = three:sub(1, #(four:gsub("=", "")) - 1)
  end
  return table.concat(bytes)
end

return base64
