local probe = require "wws.probe"
local base64 = require "spec.support.base64"
local rows = require "spec.support.rows"

-- .NET's session has a name of two thousand letters.
local function canonical(text) return assert(assert(probe.xml_tree(text, { name = 4096 })):c14n("", {})) end

-- A message of one element whose name is a string of that length, said inline in a table of the session.
local function adding(...)
  local table_ = {}
  for i, text in ipairs { ... } do table_[i] = string.char(#text) .. text end
  table_ = table.concat(table_)
  assert(#table_ < 128)
  return string.char(#table_) .. table_ .. "\64\1a\1"
end

describe("encoding: a session of binary messages", function()
  it("reads a session that .NET wrote", function()
    local session = probe.nbf_session()
    local strings = 0
    for _, row in ipairs(rows "spec/vectors/encoding/nbfse-session.tsv") do
      local text = assert(session:read(base64(row[1])))
      assert.are.equal(canonical(row[2]), canonical(text), row[4])
      strings = strings + select(2, row[3]:gsub("%d+=", ""))
      assert.are.equal(strings, (select(3, session:count())), row[4])
    end
  end)

  it("writes a session that reads back as the same, with every string sent once", function()
    local ours, theirs = probe.nbf_session(), probe.nbf_session()
    for _, row in ipairs(rows "spec/vectors/encoding/nbfse-session.tsv") do
      local payload = assert(ours:write(row[2]))
      assert.are.equal(canonical(row[2]), canonical(assert(theirs:read(payload))), row[4])
    end
    local sent, octets = ours:count()
    assert.are.same({ 0, 0, sent, octets }, { theirs:count() })
    assert.is_true(sent > 3)
    assert.is_true(octets <= 2048)
  end)

  it("says the strings of a message before it, and none of them again", function()
    local session = probe.nbf_session()
    assert.are.equal("\10\9aaaaaaaaa\66\1\1", (assert(session:write "<aaaaaaaaa/>"):gsub("^\10\9", "\10\9")))
    assert.are.equal("\0\66\1\1", assert(session:write "<aaaaaaaaa/>"))
    assert.are.equal("\3\2bb\66\3\1", assert(session:write "<bb/>"))
    assert.are.equal("\0\66\3\66\1\1\1", assert(session:write "<bb><aaaaaaaaa/></bb>"))
  end)

  it("names Action and To in its dictionary, and no other text", function()
    local session = probe.nbf_session()
    local message = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
      .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>urn:act</a:Action><a:To>urn:to</a:To>'
      .. '</s:Header><s:Body>urn:act urn:to</s:Body></s:Envelope>'
    local first = assert(session:write(message))
    assert.is_truthy(first:find("urn:act", 1, true))
    assert.are.equal(2, (session:count()))
    assert.are.equal(2, select(2, assert(session:write(message)):gsub("urn:", "")))
  end)

  it("stops adding strings when the peer could not take more, and writes them inline", function()
    local ours, theirs = probe.nbf_session(), probe.nbf_session()
    for i = 1, 60 do
      local document = ("<n%d%s/>"):format(i, ("x"):rep(60))
      assert.are.equal(canonical(document), canonical(assert(theirs:read(assert(ours:write(document))))))
    end
    local sent, octets = ours:count()
    assert.is_true(sent > 20 and sent < 60)
    assert.is_true(octets > 1900 and octets <= 2048)
  end)

  it("keeps its dictionary when a message cannot be written", function()
    local session = probe.nbf_session()
    local twin = probe.nbf_session()
    assert(twin:read(assert(session:write "<first/>")))
    assert.are.equal("invalid_format", select(2, session:write "<second><third></second>").code)
    assert.are.equal(1, (session:count()))
    assert.are.equal("<third></third>", assert(twin:read(assert(session:write "<third/>"))))
    assert.are.equal("<second></second>", assert(twin:read(assert(session:write "<second/>"))))
  end)

  it("takes strings up to its quota, and is lost beyond it (attack E5)", function()
    local session = probe.nbf_session(20)
    assert.are.equal("<a></a>", assert(session:read(adding("123456789"))))
    assert.are.equal("<a></a>", assert(session:read(adding("abcdefghi"))))
    local text, err = session:read(adding("z"))
    assert.is_nil(text)
    assert.are.equal("quota_exceeded", err.code)
    assert.are.equal("max_session_dictionary_size", err.property)
    err = select(2, session:read "\0\64\1a\1")
    assert.are.equal("object_faulted", err.code)
  end)

  it("takes no more strings than their least size allows (attack E5)", function()
    local session = probe.nbf_session(1048576)
    for _ = 1, 1024 / 64 do assert(session:read("\64" .. ("\0"):rep(64) .. "\64\1a\1")) end
    assert.are.equal("quota_exceeded", select(2, session:read "\1\0\64\1a\1").code)
  end)

  for what, payload in pairs {
    ["nothing"] = "", ["a table that is cut off"] = "\5\1a", ["a string that runs over the table"] = "\2\5aaaaa\64\1a\1",
    ["a size that is cut off"] = "\128", ["a size of 32 bits"] = "\255\255\255\255\15\64\1a\1",
    ["a document without its table"] = "\64\1a\1", ["a string of later messages"] = "\0\66\1\1",
    ["a table alone"] = "\2\1a\66\3\1",
  } do
    it("refuses " .. what .. ", and all after it", function()
      local session = probe.nbf_session()
      assert.are.equal("invalid_format", select(2, session:read(payload)).code)
      assert.are.equal("object_faulted", select(2, session:read "\0\64\1a\1").code)
    end)
  end

  it("gives back all memory, whenever it runs out", function()
    collectgarbage()
    collectgarbage()
    local blocks = probe.blocks()
    for limit = 1, 40 do
      probe.memory(limit)
      local session = probe.nbf_session()
      local payload = session:write "<first><second a='b'>AQIDBAUGBwgJCgsMDQ4PEBESEw==&amp;</second></first>"
      if payload then session:read(payload) end
      probe.memory()
      session:clear()
    end
    assert.is_true(probe.blocks() <= blocks) -- what others left behind may be collected in between
  end)
end)
