local probe = require "wws.probe"
local needs = require "spec.support.needs"
local peer = require "spec.interop.nbf.peer"
local random_xml = require "spec.support.random_xml"
local rows = require "spec.support.rows"

local WIDE = { document = 4194304, depth = 64, tree = 67108864, name = 65536, start_tag = 1048576 }

local function canonical(text)
  return assert(assert(probe.xml_tree(text, WIDE)):c14n("", {}))
end

local function documents()
  local list = {}
  for i, case in ipairs(random_xml.cases(150, 11)) do list[i] = case.document end
  local file = assert(io.open("spec/vectors/encoding/request.xml", "rb"))
  list[#list + 1] = file:read "*a"
  file:close()
  for _, row in ipairs(rows "spec/vectors/encoding/binary-vectors.tsv") do
    if not row[3]:find "^Array" and not row[3]:find "array" then list[#list + 1] = row[2] end
  end
  list[#list + 1] = "<a>" .. ("<b c='2147483648'>AQIDBAUGBwgJCgsMDQ4PEBESEw==</b>"):rep(2000) .. "</a>"
  list[#list + 1] = "<a b='" .. ("x y"):rep(2000) .. "'>" .. ("grün &amp; "):rep(20000) .. "</a>"
  list[#list + 1] = "<a>" .. ("AQIDBAUGBwgJCgsMDQ4P"):rep(10000) .. "</a>"
  return list
end

describe("interop: .NET's binary XML", function()
  if not needs(peer.missing()) then return end
  lazy_setup(peer.build)

  it("reads every document that our writer writes", function()
    local requests, expected = {}, {}
    for i, document in ipairs(documents()) do
      requests[i] = { "r", assert(probe.nbf_write(document)) }
      expected[i] = document
    end
    for i, text in ipairs((peer.ask(requests))) do
      assert.are.equal(canonical(expected[i]), canonical(text))
    end
  end)

  it("writes documents that our reader reads", function()
    local requests, expected = {}, documents()
    for i, document in ipairs(expected) do requests[i] = { "w", document } end
    for i, bytes in ipairs((peer.ask(requests))) do
      assert.are.equal(canonical(expected[i]), canonical(assert(probe.nbf_read(bytes, WIDE))))
    end
  end)

  it("makes the same text of values of every type", function()
    local requests = {}
    for seed = 1, 300 do requests[seed] = { "g", ("%d"):format(seed) } end
    local made, texts = peer.ask(requests)
    for seed, bytes in ipairs(made) do
      assert.are.equal(canonical(texts[seed]), canonical(assert(probe.nbf_read(bytes, WIDE))), "seed " .. seed)
    end
  end)

  it("reads sessions that our writer writes", function()
    local requests, expected, session = {}, documents(), probe.nbf_session()
    for i, document in ipairs(expected) do requests[i] = { "R", assert(session:write(document)) } end
    for i, text in ipairs((peer.ask(requests))) do
      assert.are.equal(canonical(expected[i]), canonical(text))
    end
  end)

  it("writes sessions that our reader reads", function()
    local requests, expected, session = {}, documents(), probe.nbf_session(65536)
    for i, document in ipairs(expected) do requests[i] = { "W", document } end
    for i, payload in ipairs((peer.ask(requests))) do
      assert.are.equal(canonical(expected[i]), canonical(assert(session:read(payload, WIDE))))
    end
  end)

  it("refuses what the table of malformed documents says it refuses", function()
    local requests, malformed = {}, rows "spec/vectors/encoding/binary-malformed.tsv"
    local base64 = require "spec.support.base64"
    for i, row in ipairs(malformed) do requests[i] = { "r", base64(row[1]) } end
    for i, answer in ipairs((peer.ask(requests))) do
      assert.is_truthy(answer:find "^error", malformed[i][2])
    end
  end)
end)
