local blocking = require "wws.io.blocking"
local wws = require "wws"
local streaming = require "spec.support.streaming"
local world = require "spec.support.world"

local ECHO = "urn:echo"
local hosted, connect, pieces, drain = streaming.hosted, streaming.connect, streaming.pieces, streaming.drain

describe("streamed bodies", function()
  it("flow in both directions over one connection, byte by byte what was given", function()
    hosted({}, function(url, host)
      local channel = connect(url)
      local text = "<d xmlns='urn:d' a='&#38;\"'>&lt;<!-- c > --><![CDATA[<x>]]><e/>\n</d>"
      for _, size in ipairs { 1, 7, 1000 } do
        local reply = assert(channel:request(ECHO, pieces(text, size)))
        assert.is_nil(reply.body)
        assert.are.equal("invalid_operation", select(2, reply:xml()).code)
        assert.are.equal(text, (drain(reply, 5):gsub(" xmlns:[sa]=\"[^\"]*\"", "")))
        assert.is_nil(reply:read())
      end
      assert.are.equal(1, host:info().accepted)
      assert(channel:close())
    end)
  end)

  it("go to ends that hold messages whole, and come from them", function()
    hosted({ transfer_mode = "buffered" }, function(url)
      local channel = connect(url)
      local reply = assert(channel:request("urn:size", pieces("<a>" .. ("x"):rep(5000) .. "</a>", 999)))
      assert.is_true(tonumber(drain(reply):match ">(%d+)<") >= 5007) -- and its declarations
      assert.is_truthy(select(2, channel:request(ECHO, pieces("<a/>", 9))).fault) -- a function is not for such a listener
    end)
    hosted({}, function(url)
      local channel = assert(wws.connect(url, { max_buffered_message_size = 1e6 }))
      local reply = assert(channel:request(ECHO, "<a>" .. ("x"):rep(70000) .. "</a>"))
      assert.are.equal(70000, #reply.body:match ">(x+)<")
      local err = select(2, channel:request(ECHO, function() end))
      assert.are.equal("invalid_operation", err.code)
      assert.are.equal("transfer_mode", err.property)
    end)
  end)

  it("flow within a security context, whose own messages are whole", function()
    local options = { transfer_mode = "streamed" }
    local host, url = world.host(options, { [ECHO] = streaming.echo })
    local channel = world.channel { transfer_mode = "streamed" }
    assert(channel:open(url))
    local reply = assert(channel:request(ECHO, pieces("<a>b</a>", 2)))
    assert.is_truthy(drain(reply):find(">b</a>", 1, true))
    assert.are.equal(1, host:info().established)
    assert(channel:close())
    assert.are.equal(1, host:info().cancelled)
    host:close()
  end)

  it("stand for themselves: their top elements have the declarations around them", function()
    streaming.raw({}, function(call)
      local body = call('<m:a><m:b/></m:a><c xmlns:m="urn:other"/>', ' xmlns:m="urn:m" xmlns="urn:default"')
      assert.is_truthy(body:find '<m:a [^>]*xmlns:m="urn:m" xmlns="urn:default"><m:b/>', body)
      assert.is_nil(body:find('<c[^>]*xmlns:m="urn:m"'))
    end)
  end)

  it("are refused at the piece that is wrong", function()
    hosted({}, function(url)
      local channel = connect(url)
      for _, bad in ipairs { "<a></b>", "</s:Body>", "<a>&nope;</a>", "<?pi x?>", "<a b=1/>", "a\0b", "<x:y/>" } do
        local given = 0
        local reply, err = channel:request(ECHO, function()
          given = given + 1
          return given == 1 and "<ok/>" or given == 2 and bad .. (" "):rep(400) .. "<z/>" or "<more/>"
        end)
        assert.is_nil(reply)
        assert.are.equal("invalidarg", err.code, bad)
        assert.are.equal(2, given)
      end
      local err = select(2, channel:request(ECHO, pieces("<a>", 10)))
      assert.are.equal("invalidarg", err.code)
      assert(channel:request(ECHO, pieces("<a/>", 10)))
    end)
  end)

  it("that their function breaks off are cut off, not ended", function()
    hosted({}, function(url)
      local channel = connect(url)
      local err = select(2, channel:request(ECHO, function() error "oops" end))
      assert.are.equal("invalidarg", err.code)
      assert.is_truthy(err.got:find "oops")
      err = select(2, channel:request(ECHO, function() return nil, "no disk" end))
      assert.is_truthy(err.got:find "no disk")
      assert.are.equal("invalidarg", select(2, channel:request(ECHO, function() return {} end)).code)
      local reply = assert(channel:request("urn:broken", ""))
      local text, why = drain(reply)
      assert.is_nil(text)
      assert.are.equal("endpoint_disconnected", why.code)
      assert(channel:request(ECHO, pieces("<a/>", 10)))
    end)
  end)

  it("that are malformed fail where they are read, and can be answered with a fault", function()
    streaming.raw({}, function(call)
      for _, bad in ipairs { "<a></b>", "<a>", "<a>\1</a>", "</s:Body><s:Body>", "<a>&x;</a>" } do
        local answer, status = call(bad)
        assert.are.equal("500", status, bad)
        assert.is_truthy(answer:find("invalid_format", 1, true), answer)
      end
    end)
  end)

  it("have a limit at either end, exactly", function()
    local text = "<a>" .. ("x"):rep(3000) .. "</a>"
    hosted({ max_streamed_message_size = 3600 }, function(url)
      local reply, err = connect(url):request("urn:size", pieces("<a>" .. ("x"):rep(4000) .. "</a>", 500))
      assert.is_nil(reply)
      local why = err.fault and err.fault.reason or tostring(err) -- refused while it is read, or at once
      assert.is_truthy(why:find "quota_exceeded" or why:find "413", why)
    end)
    hosted({}, function(url)
      local size
      for most = 3300, 3900 do
        local reply, err = connect(url, { max_streamed_message_size = most }):request("urn:size", pieces(text, 10000))
        size = reply and most
        if reply then break end
        assert.are.equal("quota_exceeded", err.code)
        assert.are.equal("max_streamed_message_size", err.property)
      end
      assert.is_truthy(size)
      local one_more = pieces("<a>" .. ("x"):rep(3001) .. "</a>", 10000)
      local err = select(2, connect(url, { max_streamed_message_size = size }):request("urn:size", one_more))
      assert.are.equal("quota_exceeded", err.code)
    end)
  end)

  it("have headers of limited size before them", function()
    hosted({ max_streamed_start_size = 600 }, function(url)
      local channel = connect(url)
      assert(channel:request(ECHO, pieces("<a/>", 10)))
      local headers = { "<h xmlns='urn:h'>" .. ("x"):rep(600) .. "</h>" }
      local reply, err = channel:request(ECHO, pieces("<a/>", 10), { headers = headers })
      assert.is_nil(reply)
      assert.is_truthy(tostring(err):find "413", tostring(err))
    end)
  end)

  it("that nobody reads hold nobody up", function()
    hosted({}, function(url)
      local channel = connect(url)
      local long = "<a>" .. ("x"):rep(300000) .. "</a>"
      local unread = assert(channel:request(ECHO, pieces(long, 10000)))
      local reply = assert(channel:request(ECHO, pieces("<b/>", 10)))
      assert.are.equal("invalid_operation", select(2, unread:read()).code)
      assert.is_truthy(drain(reply))
      assert(channel:request("urn:ignore", pieces("<c/>", 10)))
      assert(channel:close())
    end)
  end)

  it("are read and answered by whoever accepts channels, too", function()
    local listener = assert(wws.listener { transfer_mode = "streamed" })
    assert(listener:open "http://localhost:0/s")
    local told = {}
    blocking.spawn(function()
      for channel in listener:channels() do
        local request = assert(channel:receive())
        local text = assert(drain(request, 3))
        told.ok, told.err = channel:reply(request, "urn:r", pieces(text, 4))
        told.late = select(2, request:read())
        told.broken = told.broken or select(2, channel:reply(request, "urn:r", function() end))
        channel:close()
      end
    end)
    local channel = connect(listener.url)
    local reply = assert(channel:request(ECHO, pieces("<a>b</a>", 2)))
    assert.is_truthy(drain(reply):find(">b</a>", 1, true))
    local deadline = blocking.now() + 20
    while not told.broken and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.01) end
    assert(channel:close())
    listener:close()
    assert.is_true(told.ok)
    assert.are.equal("invalid_operation", told.late.code)
    assert.are.equal("invalid_operation", told.broken.code)
  end)

  it("leave through somebody else's HTTP server by pieces", function()
    local replies = { pieces("<a>" .. ("x"):rep(100) .. "</a>", 10), pieces("<a></b>", 3) }
    local listener = assert(wws.listener { url = "http://localhost/s", transfer_mode = "streamed",
      on_request = function(channel) channel:reply(channel:receive(), "urn:r", table.remove(replies, 1)) end })
    local message = streaming.message("http://localhost/s", "<q/>")
    local request = { method = "POST", path = "/s", body = pieces(message, 50),
      headers = { ["Content-Type"] = "application/soap+xml", Host = "localhost" } }
    local status, _, body = listener:handle(request)
    assert.are.equal(200, status)
    local all = {}
    for piece in body do all[#all + 1] = piece end
    assert.is_true(#all > 10)
    assert.is_truthy(table.concat(all):find(("x"):rep(100) .. "</a></s:Body></s:Envelope>", 1, true))
    request.body = message
    body = select(3, listener:handle(request))
    local piece, err
    repeat piece, err = body() until not piece
    assert.are.equal("invalidarg", err.code)
    listener:close()
  end)

  it("enter through somebody else's HTTP server by pieces, at the pace of who reads them", function()
    local told, given = {}, 0
    local listener = assert(wws.listener { url = "http://localhost/s", transfer_mode = "streamed",
      on_request = function(channel)
        local request = assert(channel:receive())
        told.given = given -- when the front was there
        told.text, told.err = drain(request, 1000)
        channel:reply(request, "urn:r", told.err and "<wrong/>" or pieces(told.text, 5000))
        told.late = select(2, request:read())
      end })
    local function post(content, size, change)
      local message = streaming.message("http://localhost/s", content)
      local next_piece = pieces(change and change(message) or message, size)
      given = 0
      local status, _, body = listener:handle { method = "POST", path = "/s",
        headers = { ["Content-Type"] = "application/soap+xml", Host = "localhost" },
        body = function()
          local piece = next_piece()
          given = given + (piece and #piece or 0)
          return piece
        end }
      local all = { type(body) == "string" and body or nil }
      if type(body) == "function" then
        for piece in body do all[#all + 1] = piece end
      end
      return status, table.concat(all)
    end
    local long = "<a>" .. ("x!"):rep(100000) .. "</a>"
    local status, answer = post(long, 1000)
    assert.are.equal(200, status)
    assert.is_true(told.given < 3000)
    assert.is_truthy(answer:find(("x!"):rep(100000) .. "</a></s:Body></s:Envelope>", 1, true))
    assert.are.equal("invalid_operation", told.late.code)
    for _, size in ipairs { 1, 1e6 } do assert.is_truthy(select(2, post("<a>b</a>", size)):find(">b</a>", 1, true)) end
    for _, bad in ipairs { "<a></b>", "<a>", "</s:Body><s:Body>" } do
      assert.are.equal(200, (post(bad, 10)))
      assert.are.equal("invalid_format", told.err.code, bad)
    end
    assert.are.equal(200, (post(long, 1000, function(message) return message:sub(1, -30) end)))
    assert.are.equal("invalid_format", told.err.code)
    assert.are.equal(400, (post("", 10, function() return "no XML" end)))
    assert.are.equal(413, (post("", 1000, function(message) return message:gsub("<s:Header>", "%0" .. (" "):rep(99999)) end)))
    listener:close()
  end)

  it("come in time or not at all", function()
    streaming.slow({ receive_timeout = 0.3 }, function(status, answer)
      assert.are.equal("500", status)
      assert.is_truthy(answer:find("operation_timed_out", 1, true), answer)
    end)
  end)

  it("flow in binary, too, in little pieces and long ones", function()
    hosted({ encoding = "binary", max_buffered_message_size = 200000 }, function(url, host)
      local channel = connect(url, { encoding = "binary" })
      for _, size in ipairs { 1, 7, 5000 } do
        local text = "<d xmlns=\"urn:d\" a=\"&amp;\">&lt;<e></e>" .. ("12 "):rep(size) .. "&amp;</d>"
        local reply = assert(channel:request(ECHO, pieces(text, size)))
        assert.are.equal(text, (drain(reply, 5):gsub(" xmlns:[sa]=\"[^\"]*\"", "")))
      end
      assert.are.equal(1, host:info().accepted)
      local err = select(2, channel:request(ECHO, pieces("<a></b>", 3)))
      assert.are.equal("invalidarg", err.code)
      assert(channel:close())
      channel = assert(wws.connect(url, { encoding = "binary", max_buffered_message_size = 200000 }))
      assert.are.equal(70000, #assert(channel:request(ECHO, "<a>" .. ("x"):rep(70000) .. "</a>")).body:match ">(x+)<")
      local fault = select(2, connect(url, { encoding = "binary" }):request("urn:none", "<a/>")).fault
      assert.is_truthy(fault)
      assert(channel:close())
    end)
  end)

  it("are sent in UTF-8 or binary", function()
    local err = select(2, connect("http://localhost:1/", { encoding = "text_utf16le" }, true))
    assert.are.equal("notimpl", err.code)
    assert.are.equal("encoding", err.property)
  end)
end)
