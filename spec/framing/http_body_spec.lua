local probe = require "wws.probe"
local both_ways = require("spec.support.feeding").both_ways

-- RFC 9112 section 7.1: every state against every kind of byte; all else is wrong
local LEGAL = {
  ["size first"] = { hex = "size" },
  ["size"] = { hex = "size", [";"] = "extension", ["\r"] = "size lf" },
  ["extension"] = { hex = "extension", [";"] = "extension", ["\r"] = "size lf", x = "extension", ["\t"] = "extension",
                    [":"] = "extension", token = "extension" },
  ["size lf"] = { ["\n"] = "data" },
  ["data"] = {},
  ["data cr"] = { ["\r"] = "data lf" },
  ["data lf"] = { ["\n"] = "size first" },
  ["trailer first"] = { hex = "trailer name", token = "trailer name", ["\r"] = "end lf" },
  ["trailer name"] = { hex = "trailer name", token = "trailer name", [":"] = "trailer" },
  ["trailer"] = { hex = "trailer", [";"] = "trailer", ["\r"] = "trailer lf", x = "trailer", ["\t"] = "trailer",
                  [":"] = "trailer", token = "trailer" },
  ["trailer lf"] = { ["\n"] = "trailer first" },
  ["end lf"] = { ["\n"] = "done" },
  ["done"] = {},
  ["wrong"] = {},
}

local function kind(byte)
  if byte:find "%x" then return "hex" end
  if byte:find "[;:\r\n\t]" then return byte end
  if byte:find "[%w!#$%%&'*+.^_`|~-]" then return "token" end
  return byte:find "[%z\1-\31\127]" and "control" or "x"
end

local function chunked(limit) return probe.http_body("chunked", 0, limit) end

describe("framing: HTTP body", function()
  it("has a next state for every state and byte", function()
    for state, row in pairs(LEGAL) do
      for code = 0, 255 do
        local byte = string.char(code)
        assert.equal(row[kind(byte)] or "wrong", probe.http_chunk_next(state, byte), state .. " " .. code)
      end
    end
  end)

  it("is done at once without a body", function()
    assert.same({ "", "GET" }, { probe.http_body("none"):feed "GET" })
    assert.same({ "", "GET" }, { probe.http_body("length", 0):feed "GET" })
    assert.equal("", probe.http_body("none"):finish())
  end)

  both_ways("reads a length and leaves what follows", function(feed)
    local decoder = probe.http_body("length", 5)
    local body, rest = feed(decoder, "hello")
    assert.same({ "hello", "" }, { body, rest })
    assert.same({ "hello", "POST" }, { probe.http_body("length", 5):feed "helloPOST" })
  end)

  both_ways("reads until the end of the stream", function(feed)
    local decoder = probe.http_body "until close"
    assert.is_false(feed(decoder, "hello"))
    assert.equal("hello", decoder:finish())
  end)

  for name, case in pairs {
    ["chunks"] = { "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world" },
    ["sizes in any case and with zeros"] = { "0A\r\n0123456789\r\n00a\r\n0123456789\r\n000\r\n\r\n",
                                             "01234567890123456789" },
    ["extensions"] = { "5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n", "hello" },
    ["trailers"] = { "5\r\nhello\r\n0\r\nX-A: b\r\nExpires: never\r\n\r\n", "hello" },
    ["chunks that look like chunks"] = { "7\r\n0\r\n\r\n0\r\r\n0\r\n\r\n", "0\r\n\r\n0\r" },
    ["nothing in chunks"] = { "0\r\n\r\n", "" },
  } do
    both_ways("reads " .. name, function(feed)
      local body, rest = feed(chunked(), case[1])
      assert.same({ case[2], "" }, { body, rest })
    end)
  end

  it("leaves what is pipelined behind the last chunk", function()
    assert.same({ "a", "POST /" }, { chunked():feed "1\r\na\r\n0\r\n\r\nPOST /" })
  end)

  for name, bytes in pairs {
    ["a size of nothing"] = "\r\n",
    ["a signed size"] = "+5\r\nhello\r\n0\r\n\r\n",
    ["a prefixed size"] = "0x5\r\nhello\r\n0\r\n\r\n",
    ["a size with a space before"] = " 5\r\nhello\r\n0\r\n\r\n",
    ["a size with a space behind"] = "5 \r\nhello\r\n0\r\n\r\n",
    ["a size that ends with a bare LF"] = "5\nhello\r\n0\r\n\r\n",
    ["a size that ends with a bare CR"] = "5\rhello\r\n0\r\n\r\n",
    ["a negative size"] = "-1\r\n",
    ["letters past f"] = "5g\r\nhello\r\n",
    ["NUL in an extension"] = "5;\0\r\nhello\r\n",
    ["a bare LF in an extension"] = "5;a\nhello\r\n",
    ["data longer than its size"] = "5\r\nhello!\r\n0\r\n\r\n",
    ["data shorter than its size"] = "6\r\nhello\r\n0\r\n\r\n",
    ["data that ends with a bare LF"] = "5\r\nhello\n0\r\n\r\n",
    ["a trailer that ends with a bare LF"] = "0\r\nA: b\n\r\n",
    ["a folded trailer"] = "0\r\nA: b\r\n c\r\n\r\n",
    ["a trailer behind a space"] = "0\r\n A: b\r\n\r\n",
    ["a trailer without a name"] = "0\r\n: b\r\n\r\n",
    ["a trailer with a space before its colon"] = "0\r\nA : b\r\n\r\n",
    ["a request in the place of a trailer"] = "0\r\nGET / HTTP/1.1\r\n\r\n",
    ["NUL before a trailer"] = "0\r\n\0A: b\r\n\r\n",
    ["a size of 2^64"] = "10000000000000000\r\nx",
  } do
    both_ways("refuses " .. name, function(feed)
      local decoder = chunked()
      local body, err = feed(decoder, bytes)
      assert.is_nil(body)
      assert.equal("invalid_format", err.code)
      assert.equal("invalid_format", select(2, decoder:feed "0\r\n\r\n").code)
      assert.equal("endpoint_disconnected", select(2, decoder:finish()).code)
    end)
  end

  -- attack E6: signed and unsigned sums around 2^31, 2^63 and 2^64
  for _, size in ipairs { "7fffffff", "80000000", "ffffffff", "7fffffffffffffff", "8000000000000000",
                          "ffffffffffffffff",
                          "fffffffffffffff0" } do
    both_ways("refuses a chunk of 0x" .. size .. " before it comes", function(feed)
      local decoder = chunked(1000)
      assert.equal("quota_exceeded", select(2, feed(decoder, size .. "\r\n")).code)
      decoder = chunked(1000)
      assert.is_false(decoder:feed "5\r\nhello\r\n")
      assert.equal("quota_exceeded", select(2, feed(decoder, size .. "\r\n")).code)
    end)
  end

  it("holds to its limit, exactly", function()
    assert.equal("12345", (probe.http_body("length", 5, 5):feed "12345"))
    local _, err = probe.http_body("length", 6, 5):feed ""
    assert.same({ "quota_exceeded", "max_buffered_message_size", "at most 5 bytes" },
      { err.code, err.property, err.expected })
    assert.equal("12345", (chunked(5):feed "2\r\n12\r\n3\r\n345\r\n0\r\n\r\n"))
    assert.equal("quota_exceeded", select(2, chunked(5):feed "2\r\n12\r\n4\r\n").code)
    local open = probe.http_body("until close", 0, 5)
    assert.is_false(open:feed "12345")
    assert.equal("quota_exceeded", select(2, open:feed "6").code)
  end)

  it("caps extensions and trailers", function()
    local _, err = chunked():feed("5;" .. ("x"):rep(10000))
    assert.equal("quota_exceeded", err.code)
    assert.matches("extensions", err.message)
    assert.equal("quota_exceeded", select(2, chunked():feed("0\r\n" .. ("A: b\r\n"):rep(10000))).code)
    assert.equal("quota_exceeded", select(2, chunked():feed("0\r\nA: " .. ("x"):rep(10000))).code)
    assert.equal("quota_exceeded", select(2, chunked():feed(("0"):rep(300) .. "5\r\n")).code)
    assert.is_string((chunked():feed(("1;" .. ("x"):rep(200) .. "\r\na\r\n"):rep(1000) .. "0\r\n\r\n")))
  end)

  -- attack F1: the end of the stream ends every state at once
  it("tells a stream that ends in the middle", function()
    local bytes = "5;x\r\nhello\r\n0\r\nA: b\r\n\r\n"
    for cut = 0, #bytes - 1 do
      local decoder = chunked()
      assert.is_false(decoder:feed(bytes:sub(1, cut)))
      assert.equal("endpoint_disconnected", select(2, decoder:finish()).code)
    end
    local decoder = probe.http_body("length", 5)
    decoder:feed "hell"
    assert.equal("endpoint_disconnected", select(2, decoder:finish()).code)
  end)

  it("writes chunks that it reads", function()
    local bytes = probe.http_chunk "hello" .. probe.http_chunk(("x"):rep(300)) .. probe.http_chunk()
    assert.equal("5\r\nhello\r\n12c\r\n" .. ("x"):rep(300) .. "\r\n0\r\n\r\n", bytes)
    assert.equal("hello" .. ("x"):rep(300), (chunked():feed(bytes)))
  end)

  it("writes no empty chunk, which would be the end", function()
    assert.equal("invalidarg", select(2, probe.http_chunk "").code)
  end)

  it("says when there is no memory, and no more", function()
    local decoder = probe.http_body("length", 5)
    probe.memory(0)
    local body, err = decoder:feed "hello"
    probe.memory()
    assert.is_nil(body)
    assert.equal("outofmemory", err.code)
    assert.equal("hello", (decoder:feed "hello"))
  end)
end)
