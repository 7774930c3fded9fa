--- A capture of connections over TCP, written by hand from what each end said.
local pcap = {}

local CLIENT, SERVER = "\127\0\0\1", "\127\0\0\2"
local CLIENT_PORT = 40000 -- of the first connection
local MOST = 65000 -- bytes of a segment, as on a loopback: not all dissectors put segments together
local FIN, SYN, PSH, ACK = 1, 2, 8, 16

local function little(value, size)
  local bytes = {}
  for index = 1, size do
    bytes[index] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(bytes)
end

local function big(value, size) return little(value, size):reverse() end

local function checksum(bytes)
  local sum = 0
  for at = 1, #bytes, 2 do sum = sum + bytes:byte(at) * 256 + (bytes:byte(at + 1) or 0) end
  while sum > 65535 do sum = sum % 65536 + math.floor(sum / 65536) end
  return 65535 - sum
end

local function segment(flow, flags, bytes)
  local from, to = flow.from, flow.to
  local acknowledged = flags == SYN and 0 or to.sent
  local head = big(from.port, 2) .. big(to.port, 2) .. big(from.sent, 4) .. big(acknowledged, 4) .. "\80"
    .. string.char(flags) .. big(65535, 2)
  local pseudo = from.address .. to.address .. "\0\6" .. big(20 + #bytes, 2)
  local tcp = head .. big(checksum(pseudo .. head .. "\0\0\0\0" .. bytes), 2) .. "\0\0" .. bytes
  local ip = "\69\0" .. big(20 + #tcp, 2) .. "\0\1\64\0\64\6"
  local addresses = from.address .. to.address
  return ip .. big(checksum(ip .. "\0\0" .. addresses), 2) .. addresses .. tcp
end

-- The packets of one connection.
local function add_connection(packets, flows, said)
  local function add(side, flags, bytes)
    packets[#packets + 1] = segment(flows[side], flags, bytes)
    flows[side].from.sent = flows[side].from.sent + math.max(#bytes, flags % 4 > 0 and 1 or 0) -- SYN and FIN count
  end
  add("C", SYN, "")
  add("S", SYN + ACK, "")
  add("C", ACK, "")
  for _, one in ipairs(said) do
    for first = 1, #one[2], MOST do add(one[1], PSH + ACK, one[2]:sub(first, first + MOST - 1)) end
  end
  add("C", FIN + ACK, "")
  add("S", FIN + ACK, "")
end

--- Writes the file.
-- @tparam string path
-- @tparam number port the server's
-- @tparam {{{string,string},...},...} connections what was said over each, in order: `"C"` or `"S"`, and what that end
-- wrote
function pcap.write(path, port, connections)
  local packets = {}
  for index, said in ipairs(connections) do
    local client = { address = CLIENT, port = CLIENT_PORT + index, sent = 1000 }
    local server = { address = SERVER, port = port, sent = 2000 }
    add_connection(packets, { C = { from = client, to = server }, S = { from = server, to = client } }, said)
  end
  local file = assert(io.open(path, "wb"))
  file:write(little(0xa1b2c3d4, 4), little(2, 2), little(4, 2), little(0, 8), little(262144, 4), little(101, 4)) -- raw IP
  for index, packet in ipairs(packets) do
    file:write(little(1700000000, 4), little(index, 4), little(#packet, 4), little(#packet, 4), packet)
  end
  file:close()
end

return pcap
