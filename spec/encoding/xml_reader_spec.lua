local probe = require "wws.probe"

local function repeated(format, count)
  local parts = {}
  for i = 1, count do parts[i] = format:format(i) end
  return table.concat(parts)
end

local function nested(depth) return ("<a>"):rep(depth) .. ("</a>"):rep(depth) end

describe("encoding: XML reader", function()
  it("tells names, declarations, attributes and exact offsets", function()
    assert.same({
      "start 1 39-72 {urn:a}a:r xmlns:a=urn:a {}:b=1&2",
      "start 2 72-76 {}:c",
      "end 76-76",
      "start 2 76-80 {}:d",
      "text te",
      "end 82-88",
      "comment",
      "end 98-104",
    }, probe.xml_events('<?xml version="1.0" encoding="UTF-8"?>\n<a:r xmlns:a="urn:a" b="1&amp;2">' ..
      "<c/><d >te</d  ><!-- c --></a:r>\n"))
  end)

  it("counts offsets from the byte order mark on, in bytes", function()
    local document = "\239\187\191<!-- é --><é>é<b\n/></é> "
    local events = assert(probe.xml_events(document))
    local from, content = events[1]:match "^start 1 (%d+)%-(%d+)"
    assert.equal("<é>", document:sub(from + 1, content))
    from, content = events[3]:match "^start 2 (%d+)%-(%d+)"
    assert.equal("<b\n/>", document:sub(from + 1, content))
    assert.equal(("end %d-%d"):format(content, content), events[4])
    assert.equal(("end %d-%d"):format(content, #document - 1), events[5])
  end)

  it("gives values as XML normalises them", function()
    local tree = assert(probe.xml_tree("<a b='1&amp;2' " ..
      "c=' x\n\ty ' d='&#10;&#38;#38;&#x26;amp;' e='é&lt;&quot;' f=''/>"))
    assert.same({ ["{}b"] = "1&2", ["{}c"] = " x  y ", ["{}d"] = "\n&#38;&amp;", ["{}e"] = "é<\"", ["{}f"] = "" },
      tree:get().attrs)
  end)

  local good, bad = {}, {}

  for name, document in pairs {
    ["a declaration"] = '<?xml version="1.0"?><a/>',
    ["a declaration with everything"] = "<?xml version='1.0'  encoding = \"utf-8\" standalone='yes' ?>\r\n<a/>\n",
    ["a byte order mark and a declaration"] = '\239\187\191<?xml version="1.0" encoding="Utf-8"?><a/>',
    ["white space and comments around the root"] = "\n<!-- <!DOCTYPE a> --> <a/> <!-- -->\n",
    ["a DOCTYPE that is only text"] = "<a><![CDATA[<!DOCTYPE a><?x y?>]]></a>",
    ["a namespace that is no URI"] = '<a xmlns="not a {uri}"/>',
    ["a > in a value"] = '<a b=">" c=\'">\'/>',
  } do
    good[#good + 1] = document
    it("accepts " .. name, function() assert(probe.xml_events(document)) end)
  end

  for _, case in ipairs {
    { "nothing", "", "empty" },
    { "text", "hello", "start with markup" },
    { "white space before the declaration", ' <?xml version="1.0"?><a/>', "processing instruction" },
    { "UTF-16 by its mark", "\255\254<\0a\0/\0>\0", "UTF%-16" },
    { "UTF-16 without a mark", "\0<\0a\0/\0>", "UTF%-16" },
    { "another encoding declared", '<?xml version="1.0" encoding="iso-8859-1"?><a/>', "encoding" },
    { "UTF-16 declared in UTF-8", '<?xml version="1.0" encoding="utf-16"?><a/>', "encoding" },
    { "XML 1.1", '<?xml version="1.1"?><a/>', "XML 1%.0" },
    { "a declaration without a version", '<?xml encoding="utf-8"?><a/>', "malformed" },
    { "a declaration with something else", '<?xml version="1.0" x="y"?><a/>', "malformed" },
    { "a declaration without an end", '<?xml version="1.0"' .. (" "):rep(300) .. "?><a/>", "malformed" },
    { "two byte order marks", "\239\187\191\239\187\191<a/>", "start with markup" },
    { "EBCDIC", "\76\111\167\148", "start with markup" },
    { "a DOCTYPE", "<!DOCTYPE a><a/>", "line 1, column 1: a document type declaration is not allowed" },
    { "a DOCTYPE behind comments", "<!-- x -->\n <!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
      "line 2, column 2: a document" },
    { "a processing instruction before the root", "<?x y?><a/>", "processing instruction" },
    { "a processing instruction inside", "<a><?x y?></a>", "line 1, column 4: a processing instruction" },
    { "a processing instruction at the end", "<a/><?x y?>", "processing instruction" },
    { "NUL behind the root", "<a/>\0<b/>", "NUL" },
    { "an undeclared entity", "<a>&foo;</a>", "entity" },
    { "an undeclared entity in a value", "<a b='&foo;'/>", "entity" },
    { "a bare ampersand", "<a> & </a>", "name is missing" },
    { "bytes that are not UTF-8", "<a>\255</a>", "character that XML does not allow" },
    { "an overlong form", "<a>\192\175</a>", "character that XML does not allow" },
    { "a control character", "<a>\1</a>", "character that XML does not allow" },
    { "a reference to one", "<a>&#1;</a>", "line 1" },
    { "an end without a start", "</a>", "line 1" },
    { "ends in the wrong order", "<a><b></a></b>", "end tag" },
    { "an end that is missing", "<a><b></b>", "ends too early, after 10 bytes" },
    { "a start that does not end", "<a", "ends too early" },
    { "two roots", "<a/><b/>", "outside the root" },
    { "text behind the root", "<a/>x", "outside the root" },
    { "an attribute twice", "<a b='1' b='2'/>", "twice" },
    { "an attribute twice by namespace", "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", "twice under two prefixes" },
    { "a prefix on an element that is not declared", "<p:a/>", "prefix that is not declared" },
    { "a prefix on an attribute that is not declared", "<a p:b=''/>", "prefix that is not declared" },
    { "a prefix used beside its scope", "<a><b xmlns:p='u'/><p:c/></a>", "prefix that is not declared" },
    { "a prefix undeclared", "<a xmlns:p=''/>", "declaration that is not allowed" },
    { "the prefix xml for something else", "<a xmlns:xml='urn:x'/>", "declaration that is not allowed" },
    { "a name of three parts", "<a:b:c xmlns:a='u'/>", "qualified name" },
    { "an ampersand in a namespace name", "<a xmlns='u?a&amp;b'/>", "ampersand" },
    { "]]> in text", "<a>]]></a>", "%]%]>" },
    { "a CDATA section without end", "<a><![CDATA[</a>", "ends too early" },
    { "-- in a comment", "<a><!-- a -- b --></a>", "hyphens" },
  } do
    bad[#bad + 1] = case[2]
    it("refuses " .. case[1], function()
      local events, err = probe.xml_events(case[2])
      assert.is_nil(events)
      assert.equal("invalid_format", err.code)
      assert.matches(case[3], err.message)
    end)
  end

  it("reads each document as if it were the first, when its parser is kept", function()
    local file = assert(io.open("spec/vectors/encoding/request.xml", "rb"))
    local message = file:read "*a"
    file:close()
    local documents = { "<p:a xmlns:p='u'><p:b>", "<p:c/>", "<a xmlns='u' b='&amp;'><c", "<a/>" }
    for _, first in ipairs(bad) do
      documents[#documents + 1] = first
      for _, second in ipairs(good) do documents[#documents + 1] = second end
      documents[#documents + 1] = message
    end
    documents[#documents + 1] = "<a>" .. repeated("<b%d/>", 2000) .. "</a>" -- more names than a kept parser has
    documents[#documents + 1] = message
    local seen = probe.xml_events_kept(documents)
    for i, document in ipairs(documents) do
      local events, err = probe.xml_events(document)
      assert.same(events or err.message, seen[i])
    end
    assert.equal(#documents, #seen)
  end)

  it("names the encoding it got, and what it expected", function()
    local _, err = probe.xml_events '<?xml version="1.0" encoding="iso-8859-1"?><a/>'
    assert.same({ "utf-8", "iso-8859-1" }, { err.expected, err.got })
  end)

  it("says where, in the words of nobody but us", function()
    local _, err = probe.xml_events "<a>\n  <secret-element>\n</other-secret></a>"
    assert.matches("^line 3, column %d+: an end tag that does not match its start tag$", err.message)
  end)

  -- attack E1, E8: each limit at the cap and one past it
  for _, case in ipairs {
    { "depth", nested, 32, "deep" },
    { "attributes", function(n) return "<a" .. repeated(' x%d="1"', n) .. "/>" end, 128, "attributes" },
    { "namespaces", function(n) return "<a" .. repeated(' xmlns:x%d="u"', n) .. "/>" end, 32, "namespace" },
    { "start_tag", function(n) return '<a b="' .. ("x"):rep(n - 9) .. '"/>' end, 8192, "start tag" },
    { "name", function(n) return "<" .. ("x"):rep(n) .. "/>" end, 1024, "name" },
    { "document", function(n) return "<a>" .. ("x"):rep(n - 7) .. "</a>" end, 65536, "longer than 65536" },
  } do
    local name, document, cap, word = case[1], case[2], case[3], case[4]
    it(("caps %s at %d"):format(name, cap), function()
      assert(probe.xml_events(document(cap)))
      local events, err = probe.xml_events(document(cap + 1))
      assert.is_nil(events)
      assert.equal("quota_exceeded", err.code)
      assert.matches(word, err.message)
    end)
    it(("caps %s where it is set"):format(name), function()
      assert(probe.xml_events(document(20), { [name] = 20 }))
      assert.equal("quota_exceeded", select(2, probe.xml_events(document(21), { [name] = 20 })).code)
    end)
  end

  it("keeps its scratch memory whatever the limits say", function()
    local wide = { attributes = 100000, namespaces = 100000, start_tag = 1e7, document = 1e7 }
    assert(probe.xml_events("<a" .. repeated(' x%d="1"', 256) .. "/>", wide))
    assert.equal("quota_exceeded", select(2, probe.xml_events("<a" .. repeated(' x%d="1"', 257) .. "/>", wide)).code)
    assert(probe.xml_events("<a" .. repeated(' xmlns:x%d="u"', 128) .. "/>", wide))
    local past = "<a" .. repeated(' xmlns:x%d="u"', 129) .. "/>"
    assert.equal("quota_exceeded", select(2, probe.xml_events(past, wide)).code)
  end)

  it("refuses 20,000 attributes and a bomb in next to no time", function()
    local attributes = "<a" .. repeated(' x%d="1"', 20000) .. "/>"
    local limits = { document = 1e7, start_tag = 1e7 }
    local bomb = "<!DOCTYPE a [<!ENTITY a \"" .. ("a"):rep(50000) .. "\">]><a>" .. ("&a;"):rep(100000) .. "</a>"
    local from = os.clock()
    for _ = 1, 20 do
      assert.equal("quota_exceeded", select(2, probe.xml_check(attributes, limits)).code)
      assert.equal("invalid_format", select(2, probe.xml_check(bomb, limits)).code)
    end
    assert.is_true(os.clock() - from < 1)
  end)

  it("reads documents beyond what libxml2 looks ahead", function()
    local document = "<a>" .. ("<b>" .. ("x"):rep(1000) .. "</b>"):rep(12000) .. "</a>"
    assert(probe.xml_check(document, { document = #document }))
    document = "<a>" .. ("x"):rep(11000000) .. "</a>"
    assert(probe.xml_check(document, { document = #document }))
  end)

  it("stops where an event refuses", function()
    local document = "<a>1<b/><!-- --></a>"
    local count = #probe.xml_events(document)
    for i = 1, count do
      local events, err = probe.xml_events(document, nil, i)
      assert.is_nil(events)
      assert.equal("this event refuses", err.message)
    end
    assert(probe.xml_events(document, nil, count + 1))
  end)
end)

describe("encoding: XML tree", function()
  it("joins text, keeps comments and white space", function()
    local root = assert(probe.xml_tree "<a> 1&amp;<![CDATA[2&]]>&#51;<!-- -->4\n<b/></a>"):get()
    assert.equal(" 1&2&3", root[1].text)
    assert.is_true(root[2].comment)
    assert.equal("4\n", root[3].text)
    assert.equal("b", root[4].name)
  end)

  it("keeps the body's range, and none of its nodes", function()
    local document = '<s:Envelope xmlns:s="urn:s"><s:Header><h/></s:Header>' ..
      '<s:Body> <x a="1"/>text</s:Body></s:Envelope>'
    local root = assert(probe.xml_tree(document, nil, 2, "Body")):get()
    local header, body = root[1], root[2]
    assert.same({ false, true }, { header.is_raw, body.is_raw })
    assert.equal("h", header[1].name)
    assert.equal(0, #body)
    assert.equal(' <x a="1"/>text', document:sub(body.content_from + 1, body.content_to))
    assert.equal('<s:Body> <x a="1"/>text</s:Body>', document:sub(body.from + 1, body.to))
  end)

  it("takes no raw element elsewhere", function()
    local root = assert(probe.xml_tree("<e><Header><Body><x/></Body></Header></e>", nil, 2, "Body")):get()
    assert.equal("x", root[1][1][1].name)
  end)

  it("still checks what is inside the raw element", function()
    assert.equal("invalid_format", select(2, probe.xml_tree("<e><Body><x></Body></e>", nil, 2, "Body")).code)
    assert.equal("quota_exceeded",
      select(2, probe.xml_tree("<e><Body>" .. nested(31) .. "</Body></e>", nil, 2, "Body")).code)
  end)

  it("caps its memory, which a body does not take", function()
    local filler = ("<x/>"):rep(2000)
    assert.equal("quota_exceeded", select(2, probe.xml_tree("<e><h>" .. filler .. "</h></e>", { tree = 100000 })).code)
    assert(probe.xml_tree("<e><Body>" .. filler .. "</Body></e>", { tree = 100000 }, 2, "Body"))
  end)

  it("takes text in many portions in linear memory", function()
    local text = ("&amp;"):rep(10000)
    local tree = assert(probe.xml_tree("<a>" .. text .. "</a>", { tree = 60000 }))
    assert.equal(("&"):rep(10000), tree:text "")
  end)

  it("survives every allocation that fails", function()
    local document = '<a xmlns:p="u" p:b="1">t&amp;u<c>' .. ("x"):rep(5000) .. "</c></a>"
    collectgarbage() collectgarbage()
    local before, n = probe.blocks(), 0
    repeat
      probe.memory(n)
      local tree, err = probe.xml_tree(document)
      probe.memory()
      if tree then tree:clear() else assert.equal("outofmemory", err.code) end
      n = n + 1
    until tree or n > 100
    collectgarbage() collectgarbage()
    assert.is_true(n > 1 and n < 100)
    assert.equal(before, probe.blocks())
  end)
end)
