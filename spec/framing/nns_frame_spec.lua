local hex = require "spec.support.hex"
local probe = require "wws.probe"

local DONE, ERROR, IN_PROGRESS = 0x14, 0x15, 0x16

describe("framing: frames of NegotiateStream", function()
  it("of a handshake are read back as they were written", function()
    for _, message in ipairs { DONE, ERROR, IN_PROGRESS } do
      for _, size in ipairs { 0, 1, 255, 256, 65535 } do
        local payload = ("t"):rep(size)
        local bytes = assert(probe.nns_write(message, payload))
        local read, token, used = probe.nns_handshake(bytes .. "more")
        assert.same({ message, #bytes }, { read, used })
        assert.is_true(token == payload)
      end
    end
    assert.equal("1601000002", hex.encode(assert(probe.nns_write(IN_PROGRESS, "ab")):sub(1, 5)))
  end)

  it("of a handshake wait for all of their bytes", function()
    local bytes = assert(probe.nns_write(DONE, "token"))
    for length = 0, #bytes - 1 do assert.is_false((probe.nns_handshake(bytes:sub(1, length)))) end
  end)

  it("of a handshake are of three kinds, whatever their version (attack F8)", function()
    assert.equal(DONE, (probe.nns_handshake "\20\9\7\0\0"))
    for _, byte in ipairs { 0, 0x13, 0x17, 0xff } do
      local read, err = probe.nns_handshake(string.char(byte))
      assert.is_nil(read)
      assert.equal("invalid_format", err.code)
    end
  end)

  it("of a handshake carry no token of more than 65535 bytes (attack F8)", function()
    local bytes, err = probe.nns_write(IN_PROGRESS, ("t"):rep(65536))
    assert.is_nil(bytes)
    assert.equal("quota_exceeded", err.code)
  end)

  it("of errors are read in either byte order, and written in the older one", function()
    for payload, number in pairs {
      ["000000008009030C"] = 0x8009030C, ["FFFFFFFF8009030C"] = 0x8009030C, ["0C030980FFFFFFFF"] = 0x8009030C,
      ["FE06000000000000"] = 1790, ["00000000000006FE"] = 1790, ["0000000000000000"] = 0, [""] = 0, ["FE06"] = 0,
    } do
      assert.equal(number, probe.nns_error(hex.decode(payload)), payload)
    end
    assert.equal("1501000008000000008009030c", hex.encode(probe.nns_error(0x8009030C)))
  end)

  it("of data have sizes from 5 to 65536 (attack F8)", function()
    for _, size in ipairs { 5, 21, 255, 256, 64572, 65536 } do assert.equal(size, probe.nns_data(probe.nns_size(size))) end
    assert.equal("41000000", hex.encode(probe.nns_size(65)))
    for _, bytes in ipairs { "\0\0\0\0", "\4\0\0\0", "\1\0\1\0", "\0\0\0\1", "\255\255\255\255" } do
      local size, err = probe.nns_data(bytes)
      assert.is_nil(size)
      assert.equal("invalid_format", err.code)
    end
    for length = 0, 3 do assert.equal(0, probe.nns_data(("\5"):rep(length))) end
  end)
end)

-- What .NET's two ends wrote to each other, by the name of the conversation.
local function conversations()
  local list, current = {}, nil
  for line in io.lines "spec/vectors/framing/negotiate-stream-capture.txt" do
    local name = line:match "^## (.+)$"
    if name then
      current = { name = name, C = {}, S = {} }
      list[#list + 1] = current
    end
    local side, bytes, rest = line:match "^([CS])\t(%x+)(.*)$"
    if side then
      table.insert(current[side], hex.decode(bytes))
      current.is_cut = current.is_cut or rest ~= ""
    end
  end
  return list
end

describe("framing: recorded NegotiateStream", function()
  local BARE = { ["ntlm raw none"] = true }

  -- Reads all that one end wrote: its handshake up to its end, then data.
  local function read(bytes, is_bare, is_last)
    local messages, sizes = {}, {}
    while bytes ~= "" do
      local message, _, used = probe.nns_handshake(bytes)
      if not message then break end
      messages[#messages + 1] = message
      bytes = bytes:sub(used + 1)
      if is_last(message, messages) then break end
    end
    while bytes ~= "" and not is_bare do
      local size = assert(probe.nns_data(bytes))
      assert.is_true(#bytes >= 4 + size)
      sizes[#sizes + 1] = size
      bytes = bytes:sub(5 + size)
    end
    return messages, sizes, bytes
  end

  local function read_heads(talk)
    local sizes = {}
    for _, bytes in ipairs(talk.C) do
      if #bytes == 4 then sizes[#sizes + 1] = assert(probe.nns_data(bytes)) end
    end
    return sizes
  end

  local function each(is_cut)
    local list = {}
    for _, talk in ipairs(conversations()) do
      if (talk.is_cut or false) == is_cut then list[#list + 1] = talk end
    end
    return list
  end

  it("has pieces of at most 64512 bytes, which protection makes longer", function()
    local cut = each(true)
    assert.equal(1, #cut)
    assert.same({ 64572, 70000 - 64512 + 60 }, read_heads(cut[1]))
  end)

  for _, talk in ipairs(each(false)) do
    it("is read to its end: " .. talk.name, function()
      local server = table.concat(talk.S)
      local messages, sizes, rest = read(server, BARE[talk.name], function(message) return message ~= IN_PROGRESS end)
      assert.is_true(messages[#messages] == DONE or messages[#messages] == ERROR)
      local turns = #messages
      assert.equal(BARE[talk.name] and "world" or "", rest)
      local of_client, client_sizes, client_rest = read(table.concat(talk.C), BARE[talk.name],
        function(_, so_far) return #so_far == turns end)
      assert.equal(turns, #of_client)
      assert.equal(BARE[talk.name] and "hello" or "", client_rest)
      assert.equal(#sizes > 0, #client_sizes > 0)
    end)
  end
end)
