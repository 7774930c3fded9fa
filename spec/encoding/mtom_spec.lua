local probe = require "wws.probe"

local ROOM = "spec/vectors/wcf/http-mtom/"
local MEDIA = "application/soap+xml"
local XOP = "http://www.w3.org/2004/08/xop/include"
local TYPE = 'multipart/related; type="application/xop+xml"; start="<root>"; boundary="b+1"; start-info="' .. MEDIA .. '"'
local ROOT = '<e xmlns:x="' .. XOP .. '"><d><x:Include href="cid:one"/></d></e>'
local ROOT_TYPE = 'application/xop+xml; charset=utf-8; type="' .. MEDIA .. '"'

local function file(name)
  local handle = assert(io.open(ROOM .. name, "rb"))
  local bytes = handle:read "*a"
  handle:close()
  return (bytes:gsub("\n$", name:find "type$" and "" or "\n"))
end

local function part(id, content, more)
  return ("\r\n--b+1\r\nContent-ID: <%s>\r\n%s\r\n%s"):format(id, more or "Content-Type: application/octet-stream\r\n",
    content)
end

local function root(content, headers)
  return part("root", content or ROOT, headers or ("Content-Type: " .. ROOT_TYPE .. "\r\n"))
end

local END = "\r\n--b+1--\r\n"

local function read(body, type, limits) return probe.mtom_read(type or TYPE, MEDIA, body, limits) end

local function around(include, attributes)
  return root(('<e xmlns:x="%s"%s>%s</e>'):format(XOP, attributes or "", include)) .. part("one", "abc") .. END
end

describe("encoding: MTOM", function()
  it("reads what WCF wrote", function()
    for _, name in ipairs { "0048-req", "0048-res" } do
      local text = assert(read(file(name .. ".bin"), file(name .. ".type")))
      assert.matches("^<s:Envelope .*</s:Envelope>$", text)
      assert(probe.xml_check(text, {}))
    end
  end)

  it("puts base64 where a part is referred to", function()
    local octets = "\0\1\r\n--b+\r\n--b+1x\r\n--b+1 x\255"
    assert.equal('<e xmlns:x="' .. XOP .. '"><d>AAENCi0tYisNCi0tYisxeA0KLS1iKzEgeP8=</d></e>',
      assert(read(root() .. part("one", octets) .. END)))
    assert.equal('<e xmlns:x="' .. XOP .. '"><d></d></e>', assert(read(root() .. part("one", "") .. END)))
  end)

  for what, body in pairs {
    ["the root last"] = part("one", "abc") .. root() .. END,
    ["parts that nobody refers to"] = part("two", "x") .. root() .. part("one", "abc") .. part("three", "y") .. END,
    ["no line end before the first boundary"] = (root() .. part("one", "abc") .. END):sub(3),
    ["no line end behind the last boundary"] = (root() .. part("one", "abc") .. END):sub(1, -3),
    ["white space behind boundaries"] = (root() .. part("one", "abc") .. END):gsub("b%+1\r", "b+1 \t\r"),
    ["headers in other letters, and folded"] = root(nil,
      'content-type: application/xop+xml;\r\n charset=UTF-8;\r\n\ttype="' .. MEDIA .. '"\r\nX-Other: y\r\n')
      .. part("one", "abc", "CONTENT-TRANSFER-ENCODING: Binary\r\n") .. END,
    ["an id with percent signs"] = root((ROOT:gsub("cid:one", "CID:%%6F%%6ee"))) .. part("one", "abc") .. END,
    ["an Include that is not empty-tagged"] = root((ROOT:gsub("/></d>", "></x:Include></d>"))) .. part("one", "abc") .. END,
    ["an Include with attributes of others"] = root((ROOT:gsub("href", 'a="b" href'))) .. part("one", "abc") .. END,
  } do
    it("takes " .. what, function()
      assert.matches(">YWJj<", (assert(read(body))))
    end)
  end

  it("takes the first part as the root where no start is said", function()
    local type = TYPE:gsub('start="<root>"; ', "")
    assert.matches(">YWJj<", (assert(read(root() .. part("one", "abc") .. END, type))))
    assert.is_nil(read(part("one", "abc") .. root() .. END, type))
  end)

  it("finds references whose namespace is spelt with character references", function()
    local spelt = ROOT:gsub("http", "&#104;ttp")
    assert.matches(">YWJj<", (assert(read(root(spelt) .. part("one", "abc") .. END))))
  end)

  for what, body in pairs {
    ["nothing"] = "", ["no boundary"] = "abc", ["text before the first boundary"] = "x" .. root() .. part("one", "a") .. END,
    ["only the last boundary"] = END, ["no last boundary"] = root() .. part("one", "abc"),
    ["a last part that is cut off"] = root() .. "\r\n--b+1\r\nContent-ID: <one>",
    ["a boundary with another letter"] = (root() .. part("one", "abc") .. END):gsub("b%+1\r", "b+1x\r"),
    ["something behind the last boundary"] = root() .. part("one", "abc") .. END .. "more",
    ["a missing part"] = root() .. END, ["a part of another id"] = root() .. part("One", "abc") .. END,
    ["two parts of one id"] = root() .. part("one", "abc") .. part("one", "def") .. END,
    ["two roots"] = root() .. root() .. part("one", "abc") .. END,
    ["no root"] = part("one", "abc") .. END,
    ["the root in base64"] = root(nil, "Content-Type: " .. ROOT_TYPE .. "\r\nContent-Transfer-Encoding: base64\r\n")
      .. part("one", "abc") .. END,
    ["a part in quoted-printable"] = root() .. part("one", "abc", "Content-Transfer-Encoding: quoted-printable\r\n") .. END,
    ["a root of another type"] = root(nil, "Content-Type: application/octet-stream\r\n") .. part("one", "abc") .. END,
    ["a root of another SOAP version"] = root(nil, 'Content-Type: application/xop+xml; type="text/xml"\r\n')
      .. part("one", "abc") .. END,
    ["a root in another charset"] = root(nil, "Content-Type: " .. ROOT_TYPE:gsub("utf%-8", "iso-8859-1") .. "\r\n")
      .. part("one", "abc") .. END,
    ["a header without a colon"] = root() .. part("one", "abc", "nonsense\r\n") .. END,
    ["a header twice"] = root() .. part("one", "abc", "Content-ID: <two>\r\n") .. END,
    ["a part referred to twice"] = around('<d><x:Include href="cid:one"/></d><d><x:Include href="cid:one"/></d>'),
    ["the root referring to itself"] = around '<d><x:Include href="cid:root"/></d>',
    ["an Include beside a text"] = around '<d> <x:Include href="cid:one"/></d>',
    ["an Include before a text"] = around '<d><x:Include href="cid:one"/>x</d>',
    ["an Include beside an element"] = around '<d><f/><x:Include href="cid:one"/></d>',
    ["an Include before an element"] = around '<d><x:Include href="cid:one"/><f/></d>',
    ["an Include beside a comment"] = around '<d><!-- --><x:Include href="cid:one"/></d>',
    ["an Include with a text in it"] = around '<d><x:Include href="cid:one">x</x:Include></d>',
    ["an Include with an element in it"] = around '<d><x:Include href="cid:one"><f/></x:Include></d>',
    ["an Include without href"] = around "<d><x:Include/></d>",
    ["an Include of a file"] = around '<d><x:Include href="file:///etc/passwd"/></d>',
    ["an Include of a URL"] = around '<d><x:Include href="http://localhost/"/></d>',
    ["an Include of no id"] = around '<d><x:Include href="cid:"/></d>',
    ["an Include with half a percent sign"] = around '<d><x:Include href="cid:on%6"/></d>',
    ["an Include with an attribute of XOP's"] = around '<d><x:Include x:href="cid:one" href="cid:one"/></d>',
    ["another element of XOP's"] = around '<d><x:Other href="cid:one"/></d>',
    ["an Include as the root"] = root('<x:Include xmlns:x="' .. XOP .. '" href="cid:one"/>') .. part("one", "abc") .. END,
    ["text that is not well-formed"] = around '<d><x:Include href="cid:one"/>',
  } do
    it("refuses " .. what .. " (attack E7)", function()
      local text, err = read(body)
      assert.is_nil(text)
      assert.equal("invalid_format", err.code)
    end)
  end

  for what, type in pairs {
    ["another type"] = "application/soap+xml", ["no type"] = TYPE:gsub('type="application/xop%+xml"; ', ""),
    ["no boundary"] = TYPE:gsub('boundary="b%+1"; ', ""), ["an empty boundary"] = TYPE:gsub("b%+1", ""),
    ["a boundary of 71 letters"] = TYPE:gsub("b%+1", ("b"):rep(71)), ["a boundary with a bad letter"] = TYPE:gsub("b%+1", "b*1"),
    ["another SOAP version"] = TYPE:gsub("start%-info=.*", 'start-info="text/xml"'),
    ["a start that is not there"] = TYPE:gsub("<root>", "<toor>"),
  } do
    it("refuses a Content-Type with " .. what .. " (attack E7)", function()
      local text, err = read(root() .. part("one", "abc") .. END, (type:gsub("", "")))
      assert.is_nil(text)
      assert.equal("invalid_format", err.code)
    end)
  end

  it("holds its caps before it takes memory (attacks E1, E7)", function()
    local many = {}
    for i = 1, 1001 do many[i] = part(tostring(i), "") end
    local _, err = read(root() .. table.concat(many) .. END)
    assert.equal("quota_exceeded", err.code)
    _, err = read(root() .. part("one", "abc", "X: " .. ("y"):rep(9000) .. "\r\n") .. END)
    assert.equal("quota_exceeded", err.code)
    _, err = read(root() .. part("one", ("x"):rep(8000)) .. END, nil, { document = 8192 })
    assert.equal("quota_exceeded", err.code)
    assert.is_string(read(root() .. part("one", ("x"):rep(8000)) .. END, nil, { document = 16384 }))
    local deep = ("<a>"):rep(40) .. '<x:Include href="cid:one"/>' .. ("</a>"):rep(40)
    _, err = read(around(deep))
    assert.equal("quota_exceeded", err.code)
  end)

  local function envelope(body)
    return '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><h>' .. ("AAAA"):rep(300)
      .. "</h></s:Header><s:Body>" .. body .. "</s:Body></s:Envelope>"
  end

  it("writes base64 of 768 octets and more as parts, nothing else, and reads it back", function()
    for count, text in ipairs {
      [0] = envelope("<d>" .. ("AAAA"):rep(255) .. "</d>"),
      envelope("<d>" .. ("AAAA"):rep(256) .. "</d>"),
      envelope("<d>" .. ("AAAA"):rep(256) .. "</d><d a='b'>" .. ("QUJD"):rep(400) .. "QQ==</d>"),
      [3] = nil,
    } do
      local body, type = probe.mtom_write(text, MEDIA, "utf-8", "uuid:b+id=1")
      assert.equal(count + 2, select(2, body:gsub("\r\n%-%-uuid:b%+id=1", "")))
      assert.equal(count, select(2, body:gsub("<xop:Include", "")))
      assert.equal(text, probe.mtom_read(type, MEDIA, body))
    end
    for _, text in ipairs { envelope("<d>" .. ("AAAA"):rep(255) .. "</d>"), envelope(("AAAA"):rep(300)),
                            envelope("<d>" .. ("AAAA"):rep(300) .. "<e/></d>"), envelope("<d>" .. ("AAAA"):rep(300) .. " </d>"),
                            envelope("<d>" .. ("AAAA"):rep(300) .. "AB==</d>"), envelope("<d>" .. ("AAAA"):rep(300) .. "A</d>"),
                            envelope("<d a='" .. ("AAAA"):rep(300) .. "'/>") } do
      local body, type = probe.mtom_write(text, MEDIA, "utf-8", "uuid:b+id=1")
      assert.is_nil(body:find("xop:Include", 1, true))
      assert.equal(text, probe.mtom_read(type, MEDIA, body))
    end
  end)

  it("writes UTF-16 too", function()
    local text = envelope("<d>" .. ("AAAA"):rep(256) .. "</d><e>é€😀</e>")
    for _, charset in ipairs { "utf-16le", "utf-16be" } do
      local body, type = probe.mtom_write(text, MEDIA, charset, "uuid:b+id=1")
      assert.equal(text, probe.mtom_read(type, MEDIA, body))
    end
  end)

  it("writes no message that has its own boundary in it", function()
    local body, err = probe.mtom_write(envelope "<d>uuid:b</d>", MEDIA, "utf-8", "uuid:b")
    assert.is_nil(body)
    assert.equal("invalid_format", err.code)
  end)

  it("gives back all memory, whenever it runs out", function()
    collectgarbage()
    collectgarbage()
    local blocks = probe.blocks()
    local text = envelope("<d>" .. ("AAAA"):rep(300) .. "</d>")
    local whole, type = probe.mtom_write(text, MEDIA, "utf-16le", "uuid:b+id=1")
    for limit = 1, 40 do
      probe.memory(limit)
      probe.mtom_write(text, MEDIA, "utf-16le", "uuid:b+id=1")
      probe.memory(limit)
      probe.mtom_read(type, MEDIA, whole)
      probe.memory()
    end
    assert.is_true(probe.blocks() <= blocks)
  end)
end)
