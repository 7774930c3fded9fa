-- Figures for reading and canonicalising one SOAP message. Usage: lua spec/bench/xml_bench.lua; with
-- WWS_BENCH_SECONDS below 2 it repeats less.
local probe = require "wws.probe"

local function file(path)
  local handle = assert(io.open(path, "rb"))
  local bytes = handle:read "*a"
  handle:close()
  return bytes
end

local function line(what, times, seconds, bytes)
  print(("%-44s %9.2f us  %8.1f MB/s"):format(what, seconds / times * 1e6, bytes * times / seconds / 1e6))
end

local SHARE = math.min(1, tonumber(os.getenv "WWS_BENCH_SECONDS" or 2) / 2)

local function timed(what, times, bytes, body)
  times = math.max(2, math.ceil(times * SHARE))
  body(math.ceil(times / 10))
  local from = os.clock()
  body(times)
  line(what, times, os.clock() - from, #bytes)
end

local function large(message, size)
  local filler = ("<item key=\"value\">some text &amp; more</item>"):rep(math.ceil(size / 44))
  return (message:gsub("(<%w+:Body[^>]*>)", function(start) return start .. "<list>" .. filler .. "</list>" end, 1))
end

local message = file "spec/vectors/encoding/request.xml"
local LIMITS = { document = 1e8 }

for _, case in ipairs { { message, 20000 }, { large(message, 100000), 500 }, { large(message, 5000000), 10 } } do
  local document, times = case[1], case[2]
  print(("%d bytes"):format(#document))
  timed("  events into nothing", times, document, function(n) assert(probe.xml_check(document, LIMITS, n)) end)
  timed("  tree of the header", times, document, function(n)
    assert(probe.xml_tree_times(document, LIMITS, 2, "Body", n))
  end)
end

local tree = assert(probe.xml_tree(message))
local timestamp = tree:c14n "1.3.1"
timed("exclusive c14n of the Timestamp", 100000, timestamp, function(n) tree:c14n("1.3.1", {}, n) end)
local whole = tree:c14n ""
timed("exclusive c14n of the message", 20000, whole, function(n) tree:c14n("", {}, n) end)

local attributes = {}
for i = 1, 20000 do attributes[i] = (' x%d="1"'):format(i) end
local refused = "<a" .. table.concat(attributes) .. "/>"
timed("20,000 attributes, refused", 1000, refused, function(n)
  for _ = 1, n do assert(not probe.xml_check(refused, LIMITS)) end
end)
