-- XML to tables and back, and tables as bodies.
local probe = require "wws.probe"
local random_xml = require "spec.support.random_xml"
local world = require "spec.support.world"
local wws = require "wws"

local XSI = "http://www.w3.org/2001/XMLSchema-instance"
local XML = "http://www.w3.org/XML/1998/namespace"
local ROUNDS = os.getenv("WWS_STRESS") and 20 or 300

local seed = 42
local function chance(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local function pick(list) return list[chance(#list)] end

local TEXTS = { "text", "&<>\"'", " ", "\r\n\t", "é€𐍈", "]]>", "1", "<a/>" }
local NAMES = { "a", "b-c", "é", "_1", "x.y" }
local SPACES = { "urn:1", "urn:2", "http://example.org/?a=1;b='2'", "not a {uri} <>\"", XML }

-- A value as decode gives one: no two texts beside each other, nothing that is empty.
local function random_value(depth)
  local element, before = { name = pick(NAMES) }, nil
  if chance(2) == 1 then element.namespace = pick(SPACES) end
  for _ = 1, chance(4) - 1 do
    element.attributes = element.attributes or {}
    local name = pick(NAMES)
    if chance(2) == 1 then name = "{" .. pick(SPACES) .. "}" .. name end
    element.attributes[name] = pick(TEXTS)
  end
  if chance(8) == 1 then
    element[1] = wws.null
    return element
  end
  for _ = 1, chance(4) - 1 do
    if depth < 5 and chance(2) == 1 then
      element[#element + 1], before = random_value(depth + 1), nil
    elseif not before then
      before = pick(TEXTS)
      element[#element + 1] = before
    end
  end
  return element
end

local function canonical(document)
  local tree = assert(probe.xml_tree(document))
  local bytes = assert(tree:c14n("", {}))
  tree:clear()
  return bytes
end

-- What a document says, without prefixes and comments, in the shape of decode; from the nodes that c14n works on.
local function said(node)
  local element = { name = node.name, namespace = node.ns ~= "" and node.ns or nil }
  for name, value in pairs(node.attrs) do
    element.attributes = element.attributes or {}
    element.attributes[(name:gsub("^{}", ""))] = value
  end
  for _, child in ipairs(node) do
    local last = element[#element]
    if child.text and type(last) == "string" then
      element[#element] = last .. child.text
    elseif not child.comment then
      element[#element + 1] = child.text or said(child)
    end
  end
  return element
end

describe("wws.xml", function()
  it("has elements in the one shape", function()
    assert.same({
      name = "a", namespace = "urn:1", attributes = { x = "1 & 2", ["{urn:2}y"] = "2" },
      "t", { name = "b", namespace = "urn:1", "in" }, "u", { name = "c" },
    }, wws.xml.decode '<p:a xmlns:p="urn:1" xmlns:q="urn:2" q:y="2" x="1 &amp; 2">t<p:b>in</p:b>u<!-- no --><c/></p:a>')
  end)

  it("writes the same bytes for the same value, attributes and prefixes in canonical order", function()
    assert.equal('<a xmlns="urn:1" xmlns:p1="urn:0" xmlns:p2="urn:2" x="1" xml:lang="en" p1:z="true" p2:y="&quot;&lt;">' ..
      't&amp;<b xmlns="" xmlns:xsi="' .. XSI .. '" xsi:nil="true"></b><c p1:z="1.5"></c></a>',
      wws.xml.encode {
        name = "a", namespace = "urn:1", attributes = { x = 1, ["{urn:2}y"] = "\"<", ["{urn:0}z"] = true,
          ["{" .. XML .. "}lang"] = "en" },
        "t&", { name = "b", wws.null }, { name = "c", namespace = "urn:1", attributes = { ["{urn:0}z"] = 1.5 } },
      })
  end)

  it("gives back random values, and its bytes are their own exclusive canonical form", function()
    for _ = 1, ROUNDS do
      local value = random_value(1)
      local bytes = assert(wws.xml.encode(value))
      assert.same(value, assert(wws.xml.decode(bytes)))
      assert.equal(bytes, canonical(bytes))
      assert.same({ value, { name = "end" } }, wws.xml.decode(
        assert(wws.xml.encode({ value, { name = "end" } }, { fragment = true })), { fragment = true }))
    end
  end)

  it("keeps all that random documents say but prefixes and comments", function()
    for _, case in ipairs(random_xml.cases(ROUNDS, 7)) do
      local value = assert(wws.xml.decode(case.document))
      local tree = assert(probe.xml_tree(case.document))
      assert.same(said(tree:get()), value)
      tree:clear()
      local bytes = assert(wws.xml.encode(value))
      assert.same(value, wws.xml.decode(bytes))
      assert.equal(bytes, wws.xml.encode(wws.xml.decode(bytes)))
    end
  end)

  it("gives back the exclusive canonical form of documents with prefixes as it chooses them", function()
    for _, document in ipairs {
      "<a/>", "<a xmlns='urn:1' b='2'><c xmlns='' d='&#10;'/>\n<e><![CDATA[<]]></e></a>",
      "<a xmlns:p1='urn:1' p1:x='1'><b p1:y='2' xml:space='preserve'> </b></a>",
    } do
      assert.equal(canonical(document), canonical(assert(wws.xml.encode(wws.xml.decode(document)))))
    end
  end)

  it("has null for xsi:nil, and refuses it beside content", function()
    local nil_element = ("<a xmlns:i='%s' i:nil='%%s' b='1'>%%s</a>"):format(XSI)
    for _, word in ipairs { "true", "1", " true " } do
      assert.same({ name = "a", attributes = { b = "1" }, wws.null }, wws.xml.decode(nil_element:format(word, "")))
    end
    assert.same({ name = "a", attributes = { b = "1", ["{" .. XSI .. "}nil"] = "false" }, "x" },
      wws.xml.decode(nil_element:format("false", "x")))
    local value, err = wws.xml.decode("\n" .. nil_element:format("true", " "))
    assert.is_nil(value)
    assert.equal("invalid_format", err.code)
    assert.matches("line 2, column 1: an element with xsi:nil has content", err.message)
  end)

  it("leaves text text unless numbers are asked for, and then what is a number without loss", function()
    local function read(text)
      return wws.xml.decode("<a>" .. text .. "</a>", { numbers = true })[1]
    end
    assert.equal("1", wws.xml.decode("<a>1</a>")[1])
    for text, number in pairs { ["1"] = 1, ["-7"] = -7, ["+5"] = 5, [" 2.50\n"] = 2.5, ["1e3"] = 1000, [".5"] = 0.5,
                                ["9007199254740992"] = 9007199254740992 } do
      assert.equal(number, read(text))
    end
    for _, text in ipairs { "0x10", "1 2", "INF", "nan", "1e999", "9007199254740993123", "-", ".", "1e", "", "1_0" } do
      assert.are_not.equal("number", type(read(text)))
    end
    assert.same({ name = "a", "1", { name = "b", 2 } }, wws.xml.decode("<a>1<b>2</b></a>", { numbers = true }))
  end)

  it("writes numbers as XML Schema has them, and reads them back", function()
    for number, text in pairs { [1] = "1", [-0.5] = "-0.5", [2 ^ 53] = "9007199254740992", [1e300] = "1e+300",
                                [math.huge] = "INF", [-math.huge] = "-INF", [1e15] = "1000000000000000" } do
      assert.equal("<a>" .. text .. "</a>", wws.xml.encode { name = "a", number })
    end
    assert.equal("<a>NaN</a>", wws.xml.encode { name = "a", 0 / 0 })
    for _, number in ipairs { 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -123456.789 } do
      local bytes = assert(wws.xml.encode { name = "a", number })
      assert.equal(number, wws.xml.decode(bytes, { numbers = true })[1])
    end
  end)

  it("reads a fragment as a list, which nothing in it can leave", function()
    local function read(bytes) return wws.xml.decode(bytes, { fragment = true }) end
    assert.same({}, read "")
    assert.same({}, read " \n<!-- c -->")
    assert.same({ { name = "a" }, { name = "b", " " }, " t " }, read "\n<a/> <b> </b> t ")
    assert.same({ { name = "a" } }, read "<?xml version='1.0'?><a/>")
    for _, bytes in ipairs { "</w><w>", "</w>", "<a/></w><!--", "<a>", "</a>", "<![CDATA[", "&x;", "<!DOCTYPE a>", "<?x?>",
                             "<a/></w><w><b/>", "<p:a/>", "\255", "<a", "\0" } do
      local value, err = read(bytes)
      assert.is_nil(value, bytes)
      assert.equal("invalid_format", err.code)
    end
    assert.matches("line 2, column 6", select(2, read "<x/>\n<a b=1/>").message)
  end)

  it("names the path to what has the wrong shape", function()
    local null = wws.null
    for _, case in ipairs {
      { {}, "value.name" },
      { { name = 1 }, "value.name" },
      { { name = "a:b" }, "value" },
      { { name = "" }, "value" },
      { { name = "a", namespace = 1 }, "value.namespace" },
      { { name = "a", namespace = "http://www.w3.org/2000/xmlns/" }, "value" },
      { { name = "a", "x", { name = "b", attributes = 1 } }, "value[2].attributes" },
      { { name = "a", attributes = { "x" } }, "value.attributes" },
      { { name = "a", attributes = { x = {} } }, "value.attributes" },
      { { name = "a", attributes = { x = null } }, "value.attributes" },
      { { name = "a", attributes = { ["{urn:1"] = "" } }, "value.attributes" },
      { { name = "a", attributes = { xmlns = "urn:1" } }, "value" },
      { { name = "a", attributes = { ["xmlns:p"] = "urn:1" } }, "value" },
      { { name = "a", attributes = { x = 1, ["{}x"] = 2 } }, "value" },
      { { name = "a", attributes = { x = "\255" } }, "value" },
      { { name = "a", { name = "b", {} } }, "value[1][1].name" },
      { { name = "a", { name = "b", ns = "urn:1" } }, "value[1]" },
      { { name = "a", null, "x" }, "value[1]" },
      { { name = "a", "\0" }, "value[1]" },
      { { name = "a", "x", function() end }, "value[2]" },
      { { name = "a", [3] = "x" }, "value" },
    } do
      local bytes, err = wws.xml.encode(case[1])
      assert.is_nil(bytes)
      assert.equal("invalidarg", err.code)
      assert.equal(case[2], err.property)
      assert.equal(case[2] .. ": ", err.message:sub(1, #case[2] + 2))
    end
    assert.equal("value[1]", select(2, wws.xml.encode({ null }, { fragment = true })).property)
    assert.equal("value", select(2, wws.xml.encode({ { name = "a" }, x = 1 }, { fragment = true })).property)
  end)

  it("takes every name that its reader takes, and no other", function()
    local parts = { "a", "Z", "_", "-", ".", "5", ":", "·", "é", "×", "÷", "̀", "ͅ", "‿", "€", "⁰", "中", "﷐", "𐍈", "\243\176\128\128",
                    " ", "\194\128" }
    for _ = 1, ROUNDS do
      local name = pick(parts)
      for _ = 1, chance(3) - 1 do name = name .. pick(parts) end
      local bytes, err = wws.xml.encode { name = name }
      local value = not name:find "[: ]" and wws.xml.decode("<" .. name .. "/>") or nil
      assert.equal(value ~= nil, bytes ~= nil, name)
      assert.is_true(bytes ~= nil or err.code == "invalidarg")
    end
  end)

  it("has the caps of messages, both ways, and others on request", function()
    local function nested(depth)
      local value = { name = "a" }
      for _ = 2, depth do value = { name = "a", value } end
      return value
    end
    local cyclic = { name = "a" }
    cyclic[1] = cyclic
    local many = {}
    for i = 1, 129 do many["a" .. i] = "" end
    local spaces = {}
    for i = 1, 33 do spaces["{urn:" .. i .. "}a"] = "" end
    local text = ("x"):rep(65536 - 7)
    assert(wws.xml.encode(nested(32)))
    assert(wws.xml.decode(assert(wws.xml.encode(nested(256), { max_depth = 256 })), { max_depth = 256 }))
    assert.equal(text, wws.xml.decode(assert(wws.xml.encode { name = "a", text }))[1])
    for _, value in ipairs { nested(33), cyclic, { name = "a", text .. "x" }, { name = "a", attributes = many },
                             { name = "a", attributes = spaces }, { name = ("a"):rep(1025) },
                             { name = "a", attributes = { x = ("x"):rep(8192) } } } do
      local bytes, err = wws.xml.encode(value)
      assert.is_nil(bytes)
      assert.equal("quota_exceeded", err.code)
    end
    for _, bytes in ipairs { "<a>" .. text .. "x</a>", ("<a>"):rep(33) .. ("</a>"):rep(33) } do
      local value, err = wws.xml.decode(bytes)
      assert.is_nil(value)
      assert.equal("quota_exceeded", err.code)
    end
    assert(wws.xml.decode("<a>" .. text .. "x</a>", { max_size = 65537 }))
    assert.equal("quota_exceeded", select(2, wws.xml.decode("<a><b/></a>", { max_depth = 1 })).code)
    assert.same({ { name = "a" } }, wws.xml.decode("<a/>", { max_depth = 1, fragment = true }))
    assert.equal("quota_exceeded", select(2, wws.xml.decode("<a><b/></a>", { max_depth = 1, fragment = true })).code)
  end)

  it("trusts no metamethod", function()
    local function trap() error "a metamethod was called" end
    local trapped = { __index = trap, __len = trap, __pairs = trap, __ipairs = trap }
    local value = setmetatable({ name = "a", setmetatable({ name = "b" }, trapped) }, trapped)
    assert.equal("<a><b></b></a>", wws.xml.encode(value, setmetatable({ fragment = true }, trapped)))
  end)

  it("converts a text to its own encoding, and to none that there is not", function()
    assert.equal("<a/>", wws.xml.convert("<a/>", "text_utf8", "text_utf8"))
    assert.equal("invalid_format", select(2, wws.xml.convert("<a>", "text_utf8", "text_utf8")).code)
    assert.equal("invalidarg", select(2, wws.xml.convert("<a/>", "text_utf8", "utf-7")).code)
  end)

  for _, encoding in ipairs { "mtom_utf8", "mtom_utf16le", "mtom_utf16be" } do
    it("carries long base64 as parts in " .. encoding .. ", with the headers of MIME", function()
      local value = { name = "a", { name = "b", ("AAEC"):rep(400) }, { name = "c", "AAEC" }, { name = "d", "\195\164" } }
      local bytes = assert(wws.xml.encode(value, { encoding = encoding }))
      assert.matches("^MIME%-Version: 1%.0\r\nContent%-Type: multipart/related; ", bytes)
      assert.is_truthy(bytes:find(("\0\1\2"):rep(400) .. "\r\n--uuid:", 1, true))
      assert.same(value, wws.xml.decode(bytes, { encoding = encoding }))
      assert.equal(assert(wws.xml.encode(value)), (wws.xml.convert(bytes, encoding, "text_utf8")))
      assert.are_not.equal(bytes, wws.xml.encode(value, { encoding = encoding })) -- another boundary
      for _, bad in ipairs { "", "<a/>", bytes:sub(1, -5), (bytes:gsub("1%.0", "2.0", 1)),
                             (bytes:gsub("Content%-ID: <http://tempuri.org/1>", "Content-ID: <x>")) } do
        assert.equal("invalid_format", select(2, wws.xml.decode(bad, { encoding = encoding })).code)
      end
      local _, err = wws.xml.decode(bytes, { encoding = encoding, max_size = #bytes - 1 })
      assert.equal("quota_exceeded", err.code)
    end)
  end

  for _, encoding in ipairs { "text_utf16le", "text_utf16be" } do
    it("writes and reads " .. encoding, function()
      local value = { name = "first", "é€😀" }
      local bytes = assert(wws.xml.encode(value, { encoding = encoding }))
      assert.equal(encoding == "text_utf16le" and "<\0" or "\0<", bytes:sub(1, 2))
      assert.same(value, wws.xml.decode(bytes, { encoding = encoding }))
      assert.equal("<first>é€😀</first>", wws.xml.convert(bytes, encoding, "text_utf8"))
      assert.equal(bytes, wws.xml.convert("<first>é€😀</first>", "text_utf8", encoding))
      assert.equal("invalid_format", select(2, wws.xml.decode(bytes .. "x", { encoding = encoding })).code)
    end)
  end

  for _, encoding in ipairs { "binary", "binary_session" } do
    it("writes and reads " .. encoding, function()
      local value = { name = "first", namespace = "urn:x", attributes = { a = "1", ["{urn:y}b"] = "c" },
                      { name = "second", namespace = "urn:x", "17" }, "text & more" }
      local bytes = assert(wws.xml.encode(value, { encoding = encoding }))
      assert.is_nil(bytes:find("<", 1, true))
      assert.same(value, wws.xml.decode(bytes, { encoding = encoding }))
      local text = assert(wws.xml.convert(bytes, encoding, "text_utf8"))
      assert.equal(wws.xml.encode(value), text)
      assert.equal(bytes, wws.xml.convert(text, "text_utf8", encoding))
      assert.equal(bytes, wws.xml.convert(bytes, encoding, encoding))
      assert.same({ { name = "a" }, "t", { name = "b" } }, wws.xml.decode(
        assert(wws.xml.convert("<a/>t<b/>", "text_utf8", encoding, { fragment = true })),
        { encoding = encoding, fragment = true }))
    end)

    it("holds " .. encoding .. " to the rules of text", function()
      local prefix = encoding == "binary" and "" or "\0"
      for bytes, code in pairs {
        ["\64\1a"] = "invalid_format", ["\64\1a\1\64\1b\1"] = "invalid_format",
        ["\94\1e\1"] = "invalid_format", [""] = "invalid_format", ["<a/>"] = "invalid_format",
        ["\64\1a\64\1b\1\1"] = "quota_exceeded", ["\64\1a\153\60" .. ("x"):rep(60)] = "quota_exceeded",
        ["\64\1a\153\100" .. ("x"):rep(100)] = "quota_exceeded",
      } do
        local options = { encoding = encoding, max_depth = 1, max_size = 64 }
        local value, err = wws.xml.decode(prefix .. bytes, options)
        assert.is_nil(value)
        assert.equal(code, err.code)
        assert.equal(code, select(2, wws.xml.convert(prefix .. bytes, encoding, encoding, { max_depth = 1, max_size = 64 })).code)
      end
    end)
  end

  it("raises for wrong types and says which option is wrong", function()
    for _, call in ipairs {
      function() wws.xml.encode "a" end, function() wws.xml.encode() end, function() wws.xml.decode {} end,
      function() wws.xml.decode(1) end, function() wws.xml.decode("<a/>", "x") end,
      function() wws.xml.decode("<a/>", { max_size = "1" }) end, function() wws.xml.convert("<a/>", "text_utf8") end,
      function() wws.xml.decode("<a/>", { numbers = 1 }) end, function() wws.xml.encode(wws.null) end,
    } do
      assert.has_error(call)
    end
    for property, options in pairs { max_size = { max_size = 0 }, max_depth = { max_depth = 257 }, depth = { depth = 1 } } do
      local value, err = wws.xml.decode("<a/>", options)
      assert.is_nil(value)
      assert.equal("invalidarg", err.code)
      assert.equal(property, err.property)
    end
  end)
end)

describe("a body", function()
  local ADD, NS = world.ADD, world.NS

  local function number(element, index) return tonumber(element[index][1]) end

  local scene
  before_each(function()
    scene = world.scene { operations = {
      [ADD] = function(request)
        local add = assert(wws.xml.decode(request.body, { fragment = true }))[1]
        local sum = number(add, 1) + number(add, 2)
        return { name = "AddResponse", namespace = NS, { name = "AddResult", namespace = NS, sum } }
      end,
      ["urn:refuse"] = function()
        return nil, { code = "Sender", reason = "no", detail = { { name = "why", namespace = "urn:x", "because & so" } } }
      end,
      ["urn:wrong"] = function() return { name = "a", {} } end,
      ["urn:several"] = function() return { { name = "a" }, { name = "b", wws.null } } end,
    } }
  end)
  after_each(function() scene:close() end)

  it("may be a table, on both sides and in a fault's detail", function()
    local channel = scene:connect()
    local add = { name = "Add", namespace = NS, { name = "a", namespace = NS, 19 }, { name = "b", namespace = NS, 23 } }
    local reply = assert(channel:request(ADD, add))
    local value = assert(wws.xml.decode(reply.body, { fragment = true, numbers = true }))
    assert.same({ { name = "AddResponse", namespace = NS, { name = "AddResult", namespace = NS, 42 } } }, value)
    reply = assert(channel:request("urn:several", {}))
    assert.same({ { name = "a" }, { name = "b", wws.null } }, wws.xml.decode(reply.body, { fragment = true }))
    local nothing, err = channel:request("urn:refuse")
    assert.is_nil(nothing)
    assert.matches("because &amp; so", err.fault.detail)
    assert(channel:close())
  end)

  it("of the wrong shape fails with its path and leaves the channel usable", function()
    local channel = scene:connect()
    local nothing, err = channel:request(ADD, { name = "Add", { name = "a", attributes = 7 } })
    assert.is_nil(nothing)
    assert.equal("invalidarg", err.code)
    assert.equal("value[1].attributes", err.property)
    assert.equal("invalidarg", select(2, channel:send(ADD, { name = 1 })).code)
    assert.has_error(function() channel:request(ADD, true) end)
    nothing, err = channel:request("urn:wrong", "<x/>")
    assert.is_nil(nothing)
    assert.is_table(err.fault)
    assert(channel:request("urn:several"))
    assert(channel:close())
  end)
end)
