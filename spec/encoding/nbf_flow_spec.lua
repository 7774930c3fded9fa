local probe = require "wws.probe"
local base64 = require "spec.support.base64"
local hex = require "spec.support.hex"
local random_xml = require "spec.support.random_xml"
local rows = require "spec.support.rows"

local ROOM = "spec/vectors/encoding/"
local LARGE = { document = 1048576 }
local SIZES = { 1, 3, 64, 1e6 }

local function canonical(text)
  return assert(assert(probe.xml_tree("<w>" .. text .. "</w>", LARGE)):c14n("", {}))
end

describe("encoding: binary XML that flows", function()
  it("is read as what is whole is, however it is cut", function()
    for _, row in ipairs(rows(ROOM .. "binary-vectors.tsv")) do
      local bytes = base64(row[1])
      local whole = assert(probe.nbf_read(bytes, LARGE))
      for _, size in ipairs(SIZES) do
        local text, err = probe.nbf_flow_read(bytes, size)
        assert.are.equal(whole, text, err)
      end
    end
  end)

  it("is refused where what is whole is", function()
    for _, row in ipairs(rows(ROOM .. "binary-malformed.tsv")) do
      local bytes = base64(row[1])
      local whole, why = probe.nbf_read(bytes)
      for _, size in ipairs(SIZES) do
        local text, err = probe.nbf_flow_read(bytes, size)
        assert.are.equal(whole, text, row[2])
        if not whole then
          assert.are.equal("invalid_format", err.code)
          local at, where = err.message:match "^byte (%d+)", why.message:match "^byte (%d+)"
          assert.is_true(not at or at == where or err.message:find("to its end", 1, true) ~= nil, err.message)
        end
      end
    end
  end)

  it("is written so that it means what was given, however that is cut", function()
    for _, row in ipairs(rows(ROOM .. "binary-vectors.tsv")) do
      if row[2]:find "^<.*>$" then -- a document
        for _, size in ipairs(SIZES) do
          local bytes = assert(probe.nbf_flow_write(row[2], size))
          assert.are.equal(canonical(row[2]), canonical(assert(probe.nbf_read(bytes, LARGE))), row[3])
        end
      end
    end
  end)

  it("keeps characters, references and line ends whole where a long text is cut", function()
    for _, unit in ipairs { "\195\164\226\130\172\240\159\152\128", "&#x20AC;&amp;a", "ab\r\n", "0123456789" } do
      local text = "<a>" .. unit:rep(3000) .. "</a>"
      for _, size in ipairs { 1, 4095, 4097, 5000 } do
        local bytes = assert(probe.nbf_flow_write(text, size))
        assert.are.equal(canonical(text), canonical(assert(probe.nbf_read(bytes, LARGE))), unit)
      end
    end
  end)

  it("carries random documents both ways", function()
    for seed, case in ipairs(random_xml.cases(40, 7)) do
      local text = case.document
      local bytes = assert(probe.nbf_flow_write(text, 1 + seed % 9))
      assert.are.equal(canonical(text), canonical(assert(probe.nbf_flow_read(bytes, 1 + seed % 5))))
    end
  end)

  it("has a most for what must be whole", function()
    local err = select(2, probe.nbf_flow_write("<a><!--" .. ("x"):rep(1200000) .. "--></a>", 10000))
    assert.are.equal("quota_exceeded", err.code)
    local bytes = assert(probe.nbf_write("<a b='" .. ("x!"):rep(25000) .. "'/>"))
    assert.is_truthy(probe.nbf_flow_read(bytes, 1000, 60000))
    err = select(2, probe.nbf_flow_read(bytes, 1000, 20000))
    assert.are.equal("quota_exceeded", err.code)
    assert.are.equal("quota_exceeded", select(2, probe.nbf_flow_read(hex.decode(("400161"):rep(300)), 7)).code)
  end)

  it("has no most for texts, which are read as they come", function()
    for _, unit in ipairs { "\195\164\226\130\172\240\159\152\128", "AAEC", "&amp;x" } do
      local text = "<a><b></b>" .. unit:rep(30000) .. "<c></c></a>"
      for _, document in ipairs { text, (text:gsub("<c></c>", "")) } do
        local bytes = assert(probe.nbf_write(document))
        for _, size in ipairs { 997, 4096, 20000 } do
          assert.are.equal(document, assert(probe.nbf_flow_read(bytes, size, 5000)))
          local err = select(2, probe.nbf_flow_read(bytes:sub(1, -3), size, 5000))
          assert.are.equal("invalid_format", err.code)
        end
      end
    end
    local wrong = hex.decode "400161" .. "\157\32\78\0\0" .. ("x"):rep(19999) .. "\255"
    assert.are.equal("invalid_format", select(2, probe.nbf_flow_read(wrong, 5000, 5000)).code)
  end)

  it("is not over before its elements are", function()
    for _, document in ipairs { "40 01 61", "40 01 61 99 02 78", "40" } do
      for size = 1, 9 do
        assert.are.equal("invalid_format", select(2, probe.nbf_flow_read(hex.decode((document:gsub(" ", ""))), size)).code)
      end
    end
    assert.are.equal("invalid_format", select(2, probe.nbf_flow_write("<a><b></b>", 2)).code)
    assert.are.equal("invalid_format", select(2, probe.nbf_flow_write("<a></a><b", 2)).code)
  end)

  it("lets go of all memory, whenever it runs out", function()
    local text = "<a b='c'><d>" .. ("x"):rep(9000) .. "</d></a>"
    local bytes = assert(probe.nbf_write(text))
    for _, body in ipairs { function() return probe.nbf_flow_write(text, 5000) end,
                            function() return probe.nbf_flow_read(bytes, 5000) end } do
      collectgarbage() collectgarbage()
      local before, n = probe.blocks(), 0
      local result, err
      repeat
        probe.memory(n)
        result, err = body()
        probe.memory()
        if not result then assert.are.equal("outofmemory", err.code) end
        n = n + 1
      until result or n > 100
      assert.is_truthy(result)
      collectgarbage() collectgarbage()
      assert.are.equal(before, probe.blocks())
    end
  end)
end)
