-- Every record in every state of the machines that speak message framing: what the protocol allows goes on, all else
-- ends the connection.
local certs = require "spec.support.certs"
local core = require "wws.core"
local listeners = require "wws.listener"
local probe = require "wws.probe"

local URL = "net.tcp://localhost/x"
local ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
  .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>urn:a</a:Action>%s</s:Header>'
  .. "<s:Body><x>1</x></s:Body></s:Envelope>"
local REQUEST = ENVELOPE:format("<a:MessageID>urn:1</a:MessageID><a:To>" .. URL .. "</a:To>")
local REPLY = ENVELOPE:format "<a:RelatesTo>urn:1</a:RelatesTo>"

local function sized(bytes) return string.char(#bytes % 128 + 128, math.floor(#bytes / 128)) .. bytes end

-- Each record with something in it that is right where it may come. @return 13 and 255, which are none, too
local function records(mode, message)
  local fault = "http://schemas.microsoft.com/ws/2006/05/framing/faults/ServerTooBusy"
  return {
    [0] = "\0\1\0", "\1" .. string.char(mode), "\2" .. string.char(#URL) .. URL, "\3\3",
    "\4\39application/soap+xml; charset=utf-8    ", "\5" .. sized(message) .. "\0", "\6" .. sized(message), "\7",
    "\8" .. string.char(#fault) .. fault, "\9\23application/ssl-tls1234", "\10", "\11", "\12", "\13", [255] = "\255",
  }
end

local function each(list, body)
  for number = 0, 255 do
    if list[number] then body(number, list[number]) end
  end
end

-- ---- servers ----

local inside, raw_channel = core.listener, core.server_channel

local function answer(machine)
  local raw = machine:request()
  if raw:step() == "request" then
    raw_channel.take(raw)
    raw_channel.leave(raw)
  end
  machine:answer(raw)
end

-- Steps until the machine wants to read, is over, or has seen the client's End.
local function run(machine, kind, bytes)
  local op = machine:step(kind, bytes)
  while op and op ~= "read" do
    if op == "request" then
      answer(machine)
    elseif op == "done" and machine:state() ~= "open" then
      return
    end
    op = machine:step()
  end
end

local function server(options)
  local given = { url = URL, env = core.env {}, encoding = "text_utf8" }
  for name, value in pairs(options) do given[name] = value end
  local listener = assert(listeners.new(given))
  if given.security then assert(listener:open "net.tcp://localhost:0/x") end -- then its certificate is loaded
  local machine = assert(inside.session(listener))
  run(machine)
  return machine, listener
end

local SESSION, ONCE = { [6] = true, [7] = true }, { [5] = true }
local OPEN = { ONCE, SESSION, SESSION }
local AFTER = { { [7] = true }, SESSION, SESSION }

-- Where a server stands: what came before, and what may come.
local function stages(mode)
  local of = records(mode, REQUEST)
  local list, before = {}, ""
  for _, stage in ipairs {
    { "at first", "", { [0] = true } }, { "after the version", of[0], { [1] = true } },
    { "after the mode", of[1], { [2] = true } }, { "after the Via", of[2], { [3] = true } },
    { "after the encoding", of[3], { [12] = true } }, { "in the session", of[12], OPEN[mode] },
    { "after a message", mode == 1 and of[5] or of[6], AFTER[mode] },
  } do
    before = before .. stage[2]
    list[#list + 1] = { name = stage[1], before = before, legal = stage[3] }
  end
  return list
end

describe("channel: a server's framing machine", function()
  for mode, mode_name in ipairs { "singleton", "duplex", "simplex" } do
    for _, transfer_mode in ipairs { "buffered", mode == 1 and "streamed" or nil } do
      for _, stage in ipairs(stages(mode)) do
        it(("accepts %s in %s mode, %s, what may come and nothing else"):format(stage.name, mode_name, transfer_mode), function()
          each(records(mode, REQUEST), function(number, bytes)
            local machine, listener = server { transfer_mode = transfer_mode }
            run(machine, "bytes", stage.before)
            assert.are_not.equal("closed", machine:state())
            run(machine, "bytes", bytes)
            assert.are.equal(stage.legal[number] or false, machine:state() ~= "closed", number)
            machine:close()
            listener:close()
          end)
        end)
      end
    end
  end

  it("begins anew after both Ends, and not before", function()
    for mode = 1, 3 do
      local of = records(mode, REQUEST)
      each(of, function(number, bytes)
        local machine, listener = server {}
        run(machine, "bytes", of[0] .. of[1] .. of[2] .. of[3] .. of[12] .. (mode == 1 and of[5] or of[6]) .. of[7])
        assert.are.equal("ended", machine:state())
        assert.is_false(machine:restart())
        assert(machine:finish())
        machine:pending()
        assert.are.equal(mode ~= 3, machine:restart()) -- a simplex session has no End of ours
        if mode ~= 3 then
          run(machine)
          run(machine, "bytes", bytes)
          assert.are.equal(number == 0, machine:state() ~= "closed", number)
        end
        machine:close()
        listener:close()
      end)
    end
  end)

  it("takes no preamble's end before the upgrade that it demands, and nothing with the request for it", function()
    local ssl = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } }
    local of = records(1, REQUEST)
    of[9], of[250] = "\9\19application/ssl-tls", "\9\19application/ssl-tls\12"
    each(of, function(number, bytes)
      local machine, listener = server { security = ssl }
      run(machine, "bytes", of[0] .. of[1] .. of[2] .. of[3])
      run(machine, "bytes", bytes)
      assert.are.equal(number == 9, machine:state() ~= "closed", number)
      machine:close()
      listener:close()
    end)
  end)
end)

-- ---- clients ----

local client = core.channel

-- Steps a call until it wants to read or is over. @return "read" | "done" | nil, err
local function call(channel, kind, bytes)
  local op, err = channel:step(kind, bytes)
  while op == "connect" or op == "write" or op == "close" do op, err = channel:step() end
  return op, err
end

local function open(options)
  local given = { encoding = "text_utf8" }
  for name, value in pairs(options) do given[name] = value end
  local channel = assert(client.new(assert(probe.description(nil, "client")), given))
  assert(client.open(channel, URL, {}))
  return channel
end

local FAULTED = "endpoint_too_busy"

describe("channel: a client's framing machine", function()
  for _, stage in ipairs {
    { "for the acknowledgement", "", { [11] = "read", [8] = FAULTED } },
    { "for the reply", "\11", { [5] = "read", [7] = "invalid_format", [8] = FAULTED } }, -- a request wants a message
    { "for the End", "\11\5" .. sized(REPLY) .. "\0", { [7] = "done", [8] = FAULTED } },
  } do
    for _, transfer_mode in ipairs { "streamed_output", "streamed" } do
      it(("takes %s of a singleton, %s, what may come and nothing else"):format(stage[1], transfer_mode), function()
        each(records(1, REPLY), function(number, bytes)
          local channel = open { transfer_mode = transfer_mode }
          assert(client.begin(channel, "urn:a", "<x/>", { message_id = "urn:1" }, false))
          local op, err = call(channel)
          assert.are.equal("read", op)
          if stage[2] ~= "" then op, err = call(channel, "bytes", stage[2]:sub(1, 1)) end
          if #stage[2] > 1 then op, err = call(channel, "bytes", stage[2]:sub(2)) end
          local flows = transfer_mode == "streamed" and #stage[2] > 1
          if flows then -- the front is there: whoever reads the body sees what follows
            assert.are.equal("done", op)
            local message = client.take(channel)
            assert(client.begin_read(channel, message))
            assert(client.piece(channel, 1000))
            assert(client.begin_read(channel, message))
            op, err = call(channel)
          end
          assert.are.equal("read", op, err)
          op, err = call(channel, "bytes", bytes)
          if flows and op == "read" then op, err = call(channel, "bytes", "") end
          local wanted = stage[3][number] or "invalid_format"
          if wanted == "read" and transfer_mode == "streamed" and number == 5 then wanted = "done" end
          assert.are.equal(wanted, op or err.code, number)
        end)
      end)
    end
  end

  it("takes of a session what may come and nothing else", function()
    for _, stage in ipairs { { "", { [11] = "done", [8] = FAULTED } }, { "\11", { [6] = "message", [7] = "end", [8] = FAULTED } },
                             { "\11\7", {} } } do
      each(records(2, ENVELOPE:format ""), function(number, bytes)
        local channel = open {}
        assert(client.begin_session(channel, false))
        assert.are.equal("read", (call(channel)))
        if stage[1] == "" then
          local op, err = call(channel, "bytes", bytes)
          assert.are.equal(stage[2][number] or "invalid_format", op or err.code, number)
          return
        end
        assert.are.equal("done", (call(channel, "bytes", "\11")))
        if #stage[1] > 1 then client.feed(channel, "bytes", stage[1]:sub(2)) end
        client.feed(channel, "bytes", bytes)
        local message, why = client.receive(channel)
        local got = message and "message" or why and why.code or message == nil and "end" or "nothing"
        assert.are.equal(stage[2][number] or "invalid_format", got, number)
      end)
    end
  end)
end)
