local probe = require "wws.probe"

describe("encoding: XML writer", function()
  it("escapes what canonical XML escapes, and nothing else", function()
    assert.equal("&amp;&lt;&gt;\"'&#xD;\n\té", probe.xml_put("text", "&<>\"'\r\n\té"))
    assert.equal("&amp;&lt;>&quot;'&#xD;&#xA;&#x9;é", probe.xml_put("value", "&<>\"'\r\n\té"))
  end)

  it("writes elements, attributes of ours included", function()
    assert.equal("<a>1 &lt; 2</a>", probe.xml_put("a", "1 < 2"))
    assert.equal('<u:a x="1"></u:a>', probe.xml_put('u:a x="1"', ""))
  end)

  it("refuses text that XML cannot carry", function()
    for _, text in ipairs { "\0", "\1", "\255", "\237\160\128", "\239\191\191" } do
      for _, what in ipairs { "text", "value", "a" } do
        assert.equal("invalidarg", select(2, probe.xml_put(what, text)).code)
      end
    end
  end)

  it("stays within its buffer", function()
    assert.equal("<a>&amp;</a>", probe.xml_put("a", "&", 12))
    assert.equal("quota_exceeded", select(2, probe.xml_put("a", "&", 11)).code)
  end)

  it("is read back as it was written, and is canonical", function()
    local text = "a&b<c>d\"e'f\rg\nh\ti é 𝄞 ]]>"
    local written = '<r v="' .. probe.xml_put("value", text) .. '">' .. probe.xml_put("text", text) .. "</r>"
    local tree = assert(probe.xml_tree(written))
    assert.equal(text, tree:text "")
    assert.equal(text, tree:get().attrs["{}v"])
    assert.equal(written, tree:c14n "")
  end)
end)

describe("encoding: cutting out", function()
  local ENVELOPE = '<s:E xmlns:s="urn:s" xmlns="urn:d" xmlns:x="urn:x&quot;"><s:Body xmlns:x="urn:x2"> '
  local BODY = "<op a=\"<x>\" xmlns:s='urn:other'>&#65;<x:y/></op> text <!-- <z> --><x:z/><![CDATA[<q>]]>"
  BODY = BODY:gsub('a="<x>" ', "a='>' ")
  local DOCUMENT = ENVELOPE .. BODY .. "</s:Body></s:E>"

  local function tree(raw) return assert(probe.xml_tree(DOCUMENT, nil, raw and 2 or 0, "Body")) end

  local function same_meaning(ours, path)
    local whole, cut = tree(false), assert(probe.xml_tree(ours))
    assert.equal(whole:c14n(path, { "s", "x", "#default" }), cut:c14n("", { "s", "x", "#default" }))
  end

  it("gives an element its declarations and leaves its bytes alone", function()
    local op = tree(false):self_contained "1.1"
    assert.equal("<op xmlns:x=\"urn:x2\" xmlns=\"urn:d\" a='>' xmlns:s='urn:other'>&#65;<x:y/></op>", op)
    same_meaning(op, "1.1")
    local body = tree(true):self_contained "1"
    assert.equal('<s:Body xmlns:s="urn:s" xmlns="urn:d" xmlns:x="urn:x2"> ' .. BODY .. "</s:Body>", body)
    same_meaning(body, "1")
  end)

  it("leaves the root as it is", function() assert.equal(DOCUMENT, tree(true):self_contained "") end)

  it("gives the content, read into nodes or not", function()
    local expected = " <op xmlns:x=\"urn:x2\" xmlns=\"urn:d\" a='>' xmlns:s='urn:other'>&#65;<x:y/></op>" ..
      ' text <!-- <z> --><x:z xmlns:x="urn:x2" xmlns:s="urn:s" xmlns="urn:d"/><![CDATA[<q>]]>'
    assert.equal(expected, tree(true):content "1")
    assert.equal(expected, tree(false):content "1")
  end)

  it("gives content without declarations byte by byte", function()
    local plain = assert(probe.xml_tree "<e><Body><a><b/></a>\n<c>1</c></Body></e>")
    assert.equal("<a><b/></a>\n<c>1</c>", plain:content "1")
    assert.equal("", plain:content "1.1.1")
  end)

  it("leaves declarations away that a short element cannot use", function()
    local function cut(inside)
      return assert(probe.xml_tree('<e xmlns:p="urn:p" xmlns:pq="urn:q">' .. inside .. "</e>")):self_contained "1"
    end
    assert.equal("<f>p2 xp</f>", cut "<f>p2 xp</f>")
    assert.equal('<f xmlns:p="urn:p" a="p:x"/>', cut '<f a="p:x"/>')
    assert.equal('<f xmlns:p="urn:p"><p:g/></f>', cut "<f><p:g/></f>")
    assert.equal('<f xmlns:pq="urn:q" pq:a=""/>', cut '<f pq:a=""/>')
    assert.equal('<f xmlns:p="urn:p" PrefixList="x p y"/>', cut '<f PrefixList="x p y"/>')
    assert.equal('<f xmlns:p="urn:p" xmlns:pq="urn:q">&#112;:x</f>', cut "<f>&#112;:x</f>")
    local long = ("x"):rep(5000)
    assert.equal('<f xmlns:p="urn:p" xmlns:pq="urn:q">' .. long .. "</f>", cut("<f>" .. long .. "</f>"))
  end)

  it("adds no declaration that is not in scope", function()
    local document = '<e xmlns="urn:d"><f xmlns=""><g/></f></e>'
    assert.equal("<g/>", assert(probe.xml_tree(document)):content "1")
  end)

  it("escapes names of namespaces", function()
    local cut = assert(probe.xml_tree('<e xmlns:x="urn:&quot;&lt;"><f/></e>')):content ""
    assert.equal('<f xmlns:x="urn:&quot;&lt;"/>', cut)
  end)

  it("caps the declarations in scope", function()
    local start, stop = {}, {}
    for i = 1, 10 do
      local list = {}
      for j = 1, 30 do list[j] = (' xmlns:p%d_%d="u"'):format(i, j) end
      start[i], stop[i] = "<e" .. table.concat(list) .. ">", "</e>"
    end
    local deep = assert(probe.xml_tree(table.concat(start) .. "<f/>" .. table.concat(stop)))
    assert.equal("quota_exceeded", select(2, deep:content "1.1.1.1.1.1.1.1.1").code)
    assert(deep:content "1.1.1.1.1.1.1")
  end)
end)
