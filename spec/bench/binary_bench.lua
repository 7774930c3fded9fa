-- Figures for binary XML, of 2 KB and of 1 MB of text, beside .NET's reader and writer where there is a .NET SDK.
-- Usage: lua spec/bench/binary_bench.lua; with WWS_BENCH_SECONDS below 2 it repeats less.
local probe = require "wws.probe"
local has_peer, peer = pcall(require, "spec.interop.nbf.peer")

local LIMITS = { document = 1e8, tree = 1e9 }
local SHARE = math.min(1, tonumber(os.getenv "WWS_BENCH_SECONDS" or 2) / 2)

local function file(path)
  local handle = assert(io.open(path, "rb"))
  local bytes = handle:read "*a"
  handle:close()
  return bytes
end

-- The best of several rounds, in microseconds.
local function best(times, body)
  local least = math.huge
  for _ = 1, 8 do
    local from = os.clock()
    body(times)
    least = math.min(least, (os.clock() - from) / times * 1e6)
  end
  return least
end

local function body_of(size)
  local parts, length = {}, 0
  for i = 1, math.huge do
    if length >= size then break end
    parts[i] = ('<Order xmlns:i="urn:i"><Id>%d</Id><Name i:kind="person">Some name of a customer &amp; more</Name>'
      .. "<Paid>true</Paid><Amount>%d.50</Amount><Key>urn:uuid:00112233-4455-6677-8899-aabbccddeeff</Key>"
      .. "<Data>AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=</Data></Order>"):format(i * 77, i)
    length = length + #parts[i]
  end
  return table.concat(parts)
end

local function message(size)
  local envelope = file "spec/vectors/encoding/request.xml"
  local header = envelope:match "^(.-<%w+:Body[^>]*>)"
  local tail = envelope:match "(</%w+:Body>.*)$"
  return header .. '<Orders xmlns="http://example.org/">' .. body_of(size - #header - #tail) .. "</Orders>" .. tail
end

local function small() return '<Orders xmlns="http://example.org/">' .. body_of(2048) .. "</Orders>" end

local function theirs(text)
  if not has_peer or peer.missing() then return end
  peer.build()
  local read, read_text, write, write_text = peer.ask({ { "b", text } })[1]:match "(%S+) (%S+) (%S+) (%S+)"
  return { read = tonumber(read), read_text = tonumber(read_text), write = tonumber(write),
           write_text = tonumber(write_text) }
end

local function line(what, ours, other)
  print(("  %-34s %10.2f us %s"):format(what, ours, other and ("%10.2f us %6.2f times"):format(other, other / ours)
    or "         -"))
end

for _, case in ipairs { { "2 KB of data", small(), 4000 }, { "a signed message of 8 KB", message(8192), 1000 },
                        { "1 MB of data", message(1048576), 8 } } do
  local what, text, times = case[1], case[2], math.max(2, math.ceil(case[3] * SHARE))
  local binary = assert(probe.nbf_write(text))
  local other = theirs(text) or {}
  print(("%s: %d bytes of text, %d of binary XML%s"):format(what, #text, #binary,
    other.read and "                 ours         .NET" or ""))
  line("decode, beside all nodes read", best(times, function(n) probe.nbf_read(binary, LIMITS, n) end), other.read)
  line("decode to text", best(times, function(n) probe.nbf_read(binary, LIMITS, n) end), other.read_text)
  line("decode and build the header", best(times, function(n)
    probe.nbf_read(binary, LIMITS, n)
    probe.xml_tree_times(text, LIMITS, 2, "Body", n)
  end), other.read)
  line("encode, beside nodes in memory", best(times, function(n) probe.nbf_write(text, n) end), other.write)
  line("encode from text", best(times, function(n) probe.nbf_write(text, n) end), other.write_text)
end
