--- Prints csrc/encoding/nbf_dictionary_{words,slots}.h from the strings of MC-NBFS:
-- `lua5.4 spec/support/nbf_dictionary.lua words <spec/vectors/encoding/nbfs-dictionary.tsv | clang-format`
local SLOTS <const> = 1024
local strings = {}
for line in io.lines() do
  local index, text = line:match "^%d+\t(%d+)\t(.*)$"
  if index then strings[tonumber(index)] = text end
end

local function load(text, from, len)
  return len > 0 and string.unpack("<I" .. len, text, from) or 0
end

-- wws_nbf_hash in csrc/encoding/nbf_hash.h
local function hash(text)
  local len = math.min(8, #text)
  local head, tail = load(text, 1, len), load(text, #text - len + 1, len)
  return ((head + #text) * 0x9E3779B97F4A7C15) ~ (tail * 0xC2B2AE3D27D4EB4F)
end

local slots = {}
for i = 0, SLOTS - 1 do slots[i] = 0 end
for i = 0, #strings do
  local at = hash(strings[i]) >> 54
  while slots[at] ~= 0 do at = (at + 1) % SLOTS end
  slots[at] = i + 1
end

local function print_words()
  print 'static const wws_nbf_word WORDS[] = {'
  for i = 0, #strings do
    local is_name = strings[i]:match "^[%a_][%w_.-]*$"
    print((is_name and 'NAME("%s")%s' or 'TEXT("%s")%s'):format(strings[i], i < #strings and "," or "};"))
  end
end

local function print_slots()
  print('static const uint16_t SLOTS[' .. SLOTS .. '] = {')
  for i = 0, SLOTS - 1 do io.write(slots[i], i < SLOTS - 1 and ", " or "};\n") end
end

print '/* Made by spec/support/nbf_dictionary.lua. */'
local printers = { words = print_words, slots = print_slots }
printers[arg[1]]()
