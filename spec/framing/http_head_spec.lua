local probe = require "wws.probe"
local heads = require "spec.support.http_heads"
local http_node = require "spec.support.http_node"
local needs = require "spec.support.needs"

local function request(...) return "POST /a HTTP/1.1\r\nHost: h\r\n" .. table.concat({ ... }, "\r\n") .. "\r\n\r\n" end

local function response(status, ...)
  return "HTTP/1.1 " .. status .. "\r\n" .. table.concat({ ... }, "\r\n") .. "\r\n\r\n"
end

local function read_response(bytes) return assert(probe.http_head(bytes, "response")) end

-- A head grows byte by byte. What is legal says "more" until its end; what is not may be refused at any byte.
local function byte_by_byte(bytes, role)
  for len = 0, #bytes do
    local head, err = probe.http_head(bytes:sub(1, len), role)
    if head ~= false then return head, err end
  end
  return false
end

describe("framing: HTTP request head", function()
  for _, case in ipairs(heads) do
    local verdict = case[3] and "takes " or "refuses "
    local function judge(head, err)
      if case[3] then return assert(head) end
      assert.is_nil(head)
      assert.is_true(err.code == "invalid_format" or err.code == "quota_exceeded")
      assert.equal("read the HTTP head", err.step)
    end
    it(verdict .. case[1] .. ", at once", function() judge(probe.http_head(case[2], "request")) end)
    it(verdict .. case[1] .. ", byte by byte", function()
      if #case[2] < 5000 then judge(byte_by_byte(case[2], "request")) end
    end)
  end

  it("takes it apart and leaves what follows", function()
    local head = request("Content-Type: \t text/xml; charset=utf-8 ", "Content-Length: 5", "X-Empty:")
    assert.same({
      used = #head, method = "POST", target = "/a", minor = 1, status = 0, framing = "length", length = 5,
      keep_alive = true, expect_continue = false,
      fields = { { "Host", "h" }, { "Content-Type", "text/xml; charset=utf-8" }, { "Content-Length", "5" },
                 { "X-Empty", "" } },
    }, probe.http_head(head .. "helloGET /", "request"))
  end)

  it("finds fields in any case and counts them", function()
    local head = request("X-A: 1", "x-a: 2")
    assert.same({ "1", 2 }, { probe.http_head(head, "request", nil, "X-a") })
    assert.same({ "h", 1 }, { probe.http_head(head, "request", nil, "HOST") })
    local value, count = probe.http_head(head, "request", nil, "X")
    assert.is_nil(value)
    assert.equal(0, count)
  end)

  for _, case in ipairs {
    { 1, nil, true }, { 1, "close", false }, { 1, "Close", false }, { 1, "upgrade, close", false },
    { 1, "keep-alive, close", false }, { 1, "keep-alive", true }, { 1, "closed", true },
    { 0, nil, false }, { 0, "keep-alive", true }, { 0, "Keep-Alive , x", true }, { 0, "close", false },
  } do
    it(("keeps HTTP/1.%d with Connection %s: %s"):format(case[1], tostring(case[2]), tostring(case[3])), function()
      local head = "GET / HTTP/1." .. case[1] .. "\r\nHost: h\r\n" ..
        (case[2] and "Connection: " .. case[2] .. "\r\n" or "") .. "\r\n"
      assert.equal(case[3], probe.http_head(head, "request").keep_alive)
    end)
  end

  it("sees Expect: 100-continue, over HTTP/1.1", function()
    local expects = "Host: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n"
    assert.is_true(probe.http_head("POST / HTTP/1.1\r\n" .. expects, "request").expect_continue)
    assert.is_false(probe.http_head("POST / HTTP/1.0\r\n" .. expects, "request").expect_continue)
    assert.is_false(probe.http_head(request "Expect: more", "request").expect_continue)
  end)

  for name, case in pairs {
    ["TLS"] = { "\22\3\1", "the client speaks TLS to a plain listener", "a TLS handshake record" },
    ["HTTP/2"] = { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2" },
    ["something else"] = { "\0\1\0\1", "does not begin as HTTP/1 does" },
  } do
    it("says that it is " .. name .. " before a head is whole", function()
      local _, err = probe.http_head(case[1], "request")
      assert.matches(case[2], err.message, 1, true)
      assert.equal(case[3], err.got)
    end)
  end

  it("caps the head where it is told to", function()
    local head = request("X-A: " .. ("x"):rep(100))
    assert(probe.http_head(head, "request", #head))
    assert.equal("quota_exceeded", select(2, probe.http_head(head, "request", #head - 1)).code)
    assert.is_false(probe.http_head(head:sub(1, 50), "request", 51))
    assert.equal("quota_exceeded", select(2, probe.http_head(head:sub(1, 51), "request", 51)).code)
  end)
end)

describe("framing: HTTP response head", function()
  it("takes it apart", function()
    local head = response("200 OK", "Content-Length: 0", "Server: x")
    assert.same({
      used = #head, minor = 1, status = 200, framing = "length", length = 0, keep_alive = true, expect_continue = false,
      fields = { { "Content-Length", "0" }, { "Server", "x" } },
    }, probe.http_head(head, "response"))
    assert.is_table(byte_by_byte(head, "response"))
  end)

  for _, case in ipairs {
    { "200 OK", "Content-Length: 5", "length", true },
    { "200 OK", "Transfer-Encoding: chunked", "chunked", true },
    { "200 OK", "X: y", "until close", false },
    { "200", "Content-Length: 5", "length", true },
    { "200 ", "Content-Length: 5", "length", true },
    { "500 \195\169chec", "Content-Length: 5", "length", true },
    { "100 Continue", "X: y", "none", true },
    { "204 No Content", "X: y", "none", true },
    { "304 Not Modified", "Content-Length: 5", "none", true },
    { "200 OK", "Connection: close\r\nContent-Length: 5", "length", false },
  } do
    it(("frames %s with %s: %s"):format(case[1], case[2]:gsub("\r\n", ", "), case[3]), function()
      local head = read_response(response(case[1], case[2]))
      assert.same({ case[3], case[4] }, { head.framing, head.keep_alive })
    end)
  end

  for name, bytes in pairs {
    ["both framings"] = response("200 OK", "Content-Length: 0", "Transfer-Encoding: chunked"),
    ["two lengths"] = response("200 OK", "Content-Length: 0", "Content-Length: 1"),
    ["another coding"] = response("200 OK", "Transfer-Encoding: gzip, chunked"),
    ["a folded line"] = response("200 OK", "X: y", " z"),
    ["a bare LF"] = "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
    ["a control character in the reason"] = "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n",
    ["a status of two digits"] = response("20 OK", "Content-Length: 0"),
    ["a status of four digits"] = response("2000 OK", "Content-Length: 0"),
    ["a status below 100"] = response("099 OK", "Content-Length: 0"),
    ["no status"] = "HTTP/1.1\r\n\r\n",
    ["HTTP/1.2"] = "HTTP/1.2 200 OK\r\n\r\n",
    ["HTTP/2"] = "HTTP/2 200\r\n\r\n",
    ["a web page"] = "<!DOCTYPE html><html></html>\r\n\r\n",
    ["another protocol"] = "220 mail.example ESMTP\r\n\r\n",
    ["an alert of TLS"] = "\21\3\1\0\2\2\10",
  } do
    it("refuses " .. name, function()
      for _, head in ipairs { { probe.http_head(bytes, "response") }, { byte_by_byte(bytes, "response") } } do
        assert.is_nil(head[1])
        assert.equal("invalid_format", head[2].code)
      end
    end)
  end

  it("says that the peer answers with TLS, and what to look at", function()
    local _, err = probe.http_head("\21", "response")
    assert.matches("the peer answers with TLS", err.message)
    assert.equal("a TLS alert record", err.got)
    assert.matches("https", err.hint)
  end)

  it("knows at the first wrong byte that this is no HTTP", function()
    assert.is_false(probe.http_head("HTT", "response"))
    assert.matches("does not begin as HTTP/1", select(2, probe.http_head("HTX", "response")).message)
  end)
end)

describe("framing: HTTP media types", function()
  it("reads the type and its parameters", function()
    local value = 'Application/SOAP+xml ; Charset="utf-8";action="urn:a;b=c" ; type = x;last=1'
    assert.equal("Application/SOAP+xml", probe.http_media_type(value))
    assert.equal("utf-8", probe.http_parameter(value, "charset"))
    assert.equal("urn:a;b=c", probe.http_parameter(value, "ACTION"))
    assert.equal("1", probe.http_parameter(value, "last"))
    assert.is_nil(probe.http_parameter(value, "b"))
    assert.is_nil(probe.http_parameter(value, "charse"))
    assert.is_nil(probe.http_parameter("text/xml", "xml"))
    assert.equal("", probe.http_media_type "")
    assert.equal("", probe.http_parameter('text/xml; charset=""', "charset"))
    assert.equal("", probe.http_parameter("text/xml; charset=", "charset"))
    assert.equal("utf-8", probe.http_parameter('text/xml; charset="utf-8', "charset"))
  end)
end)

describe("framing: HTTP heads written", function()
  it("are read back", function()
    local bytes = probe.http_request_line("POST", "/a?b=c") .. probe.http_field("Host", "h") ..
      probe.http_field("Content-Length", "0") .. "\r\n"
    assert.equal("POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", bytes)
    assert(probe.http_head(bytes, "request"))
    for _, status in ipairs { 100, 200, 202, 400, 404, 413, 415, 500, 503, 599 } do
      assert.equal(status, read_response(probe.http_status_line(status) .. "\r\n").status)
    end
  end)

  it("carry nothing that would end a line", function()
    for _, text in ipairs { "a\r\nX: y", "a\nb", "a\rb", "a\0b", "a\127" } do
      assert.equal("invalidarg", select(2, probe.http_field("X", text)).code)
      assert.equal("invalidarg", select(2, probe.http_request_line("POST", text)).code)
    end
    assert.equal("invalidarg", select(2, probe.http_request_line("POST", "/a b")).code)
    assert.equal("X: a\tb\r\n", probe.http_field("X", "a\tb"))
  end)
end)

describe("framing: HTTP request head beside Node's", function()
  if not needs(http_node.missing()) then return end

  it("has Node's verdict, or a reason to differ", function()
    local verdicts = http_node.verdicts(heads)
    for i, case in ipairs(heads) do
      local expected = http_node.expected(case)
      if expected ~= "either" then
        assert.equal(expected and "takes" or "refused", verdicts[i], "Node: " .. case[1])
      end
      assert.equal(case[3] ~= case[4], case[5] ~= nil, "a reason for: " .. case[1])
    end
  end)
end)
