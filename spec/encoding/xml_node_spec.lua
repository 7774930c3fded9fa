local probe = require "wws.probe"

local DOCUMENT = '<a xmlns="urn:d" xmlns:p="urn:p"><b/> <p:b q="0" p:q="1"/><b><c xmlns:p="urn:p2" xmlns=""/></b></a>'

describe("encoding: XML nodes", function()
  local tree = assert(probe.xml_tree(DOCUMENT))

  it("finds children by namespace and name, one after the other", function()
    assert.equal(DOCUMENT:find("<b/>", 1, true) - 1, tree:child("", "urn:d", "b"))
    assert.equal(DOCUMENT:find("<b><c", 1, true) - 1, tree:child("", "urn:d", "b", 2))
    assert.is_nil(tree:child("", "urn:d", "b", 3))
    assert.equal(DOCUMENT:find("<p:b", 1, true) - 1, tree:child("", "urn:p", "b"))
    assert.is_nil(tree:child("", "", "b"))
    assert.is_nil(tree:child("", "urn:d", "c"))
  end)

  it("finds attributes by namespace and name", function()
    assert.equal("0", tree:attribute("2", "", "q"))
    assert.equal("1", tree:attribute("2", "urn:p", "q"))
    assert.is_nil(tree:attribute("2", "urn:d", "q"))
  end)

  it("splits qualified names by the declarations in scope", function()
    assert.same({ "urn:p", "x" }, { tree:qname("2", " p:x\n") })
    assert.same({ "urn:p2", "x" }, { tree:qname("3.1", "p:x") })
    assert.same({ "urn:d", "x" }, { tree:qname("3", "x") })
    assert.same({ "", "x" }, { tree:qname("3.1", "x") })
    assert.same({ "http://www.w3.org/XML/1998/namespace", "lang" }, { tree:qname("", "xml:lang") })
    for _, text in ipairs { "", " ", "z:x", ":x", "p:", "p:x:y", "p:x y", "x y" } do
      assert.equal("invalid_format", select(2, tree:qname("", text)).code, text)
    end
  end)

  -- attack A13
  it("gives the text of elements that hold only text", function()
    local texts = assert(probe.xml_tree "<a><b>1&amp;2</b><b/><b>1<!-- -->2</b><b>1<c/></b></a>")
    assert.equal("1&2", texts:text "1")
    assert.equal("", texts:text "2")
    assert.matches("a comment", select(2, texts:text "3").message)
    assert.matches("another element", select(2, texts:text "4").message)
    assert.equal("invalid_format", select(2, texts:text "4").code)
  end)

  it("gives no text of what was not read", function()
    local raw = assert(probe.xml_tree("<a><Body>x</Body></a>", nil, 2, "Body"))
    assert.equal("invalid_format", select(2, raw:text "1").code)
  end)

  it("tells blank elements", function()
    local blanks = assert(probe.xml_tree("<a><b/><b> \n\t</b><b>x</b><b><c/></b></a>"))
    assert.same({ true, true, false, false },
      { blanks:is_blank "1", blanks:is_blank "2", blanks:is_blank "3", blanks:is_blank "4" })
    assert.is_true(assert(probe.xml_tree("<a><Body> </Body></a>", nil, 2, "Body")):is_blank "1")
    assert.is_false(assert(probe.xml_tree("<a><Body><x/></Body></a>", nil, 2, "Body")):is_blank "1")
  end)
end)
