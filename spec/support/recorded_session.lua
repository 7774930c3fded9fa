--- Conversations over net.tcp that WCF had, as spec/vectors/wcf keeps them, and peers that say again what was said.
local assert = require "luassert"
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local infoset = require "spec.support.infoset"
local nns = require "spec.support.nns"
local probe = require "wws.probe"
local recording = require "spec.support.recording"
local tls_pair = require "spec.support.tls_pair"

local recorded_session = {}

local PATIENCE = 30 * (os.getenv "WWS_STRESS" and 10 or 1)
local END, SIZED, UPGRADE_RESPONSE, ACK, PREAMBLE_END = 7, 6, "\10", "\11", 12

-- A record's size, seven bits an octet; nil when it is not there yet.
local function read_size(bytes, at)
  local size, weight = 0, 1
  repeat
    local octet = bytes:byte(at)
    if not octet then return nil end
    size, weight, at = size + octet % 128 * weight, weight * 128, at + 1
  until octet < 128
  return size, at
end

-- The record that begins there: its kind, what it carries, where the next begins.
local function read_record(bytes, at)
  local kind = bytes:byte(at)
  if kind ~= SIZED then return kind, nil, at + 1 end
  local size, from = read_size(bytes, at + 1)
  if not size or #bytes < from + size - 1 then return nil end
  return kind, bytes:sub(from, from + size - 1), from + size
end

--- The messages among the records of one direction of one session, after its preamble.
-- @tparam string bytes
-- @treturn {{payload=string,record=string,text=string},...} what the record carries, the record, and the XML
function recorded_session.messages(bytes)
  local list, dictionary, at = {}, probe.nbf_session(), 1
  while at <= #bytes do
    local kind, payload, after = read_record(bytes, at)
    if kind == SIZED then
      list[#list + 1] = { payload = payload, record = bytes:sub(at, after - 1), text = assert(dictionary:read(payload)) }
    end
    at = after
  end
  return list
end

--- @tparam string name a folder of spec/vectors/wcf
-- @tparam string file
-- @treturn string
function recorded_session.read(name, file) return recording.read(("spec/vectors/wcf/%s/%s.bin"):format(name, file)) end

--- The preamble up to where TLS, or Windows authentication, begins.
function recorded_session.preamble(name)
  local bytes = recorded_session.read(name, "c2s")
  return bytes:sub(1, assert(select(2, bytes:find "\9.application/[%l%-]+")))
end

--- A connection as a party (spec/support/nns.lua) without any layer.
function recorded_session.plain(stream)
  return { connection = stream, write = function(_, bytes) return stream:write(bytes, core.now() + PATIENCE) end,
           read = function() return stream:read(65536, core.now() + PATIENCE) end }
end

--- Reads one record; an incomplete one waits for more.
-- @tparam table party
-- @treturn number its kind; nil when the peer has gone
-- @treturn ?string what it carries
function recorded_session.take(party)
  while true do
    party.rest = party.rest or ""
    if party.rest ~= "" then
      local kind, payload, after = read_record(party.rest, 1)
      if kind then
        party.rest = party.rest:sub(after)
        return kind, payload
      end
    end
    local bytes = party:read()
    if not bytes then return nil end
    party.rest = party.rest .. bytes
  end
end

--- A server that says what was recorded, to one client of ours.
-- @tparam {string,...} answers the records that answer one message after another
-- @tparam ?boolean secured by TLS
-- @tparam ?function before is called with each one's number before it is said
-- @treturn table a driver that leads there, whatever the address
-- @treturn {string,...} will have the messages that came, as XML
function recorded_session.server(answers, secured, before)
  local acceptor, came, dictionary = assert(blocking.listen("localhost", 0)), {}, probe.nbf_session()
  blocking.spawn(function()
    local stream = assert(acceptor:accept(core.now() + PATIENCE))
    acceptor:close()
    local party, preamble = recorded_session.plain(stream), ""
    local last = secured and "application/ssl%-tls$" or "\12$"
    while not preamble:find(last) do preamble = preamble .. assert(party:read()) end
    if secured then
      party:write(UPGRADE_RESPONSE)
      party = nns.tls(blocking, stream, assert(tls_pair.server():connection()))
      assert(party:handshake())
      assert(recorded_session.take(party) == PREAMBLE_END)
    end
    party:write(ACK)
    local kind, payload = recorded_session.take(party)
    while kind == SIZED do
      came[#came + 1] = assert(dictionary:read(payload))
      if before then before(#came) end
      party:write(assert(answers[#came], "a message too many"))
      kind, payload = recorded_session.take(party)
    end
    if kind == END then party:write "\7" end
    stream:close()
  end)
  local driver = setmetatable({ connect = function(host, _, options)
    return blocking.connect(host, acceptor.port, options)
  end }, { __index = blocking })
  return driver, came
end

--- One framing session of a client that says what was recorded. Like WCF it leaves TLS without a word.
-- @tparam table stream
-- @tparam string preamble
-- @tparam string bytes what follows it, under TLS when `secured`
-- @tparam ?boolean secured
-- @treturn {string,...} the messages that came back, as XML
function recorded_session.call(stream, preamble, bytes, secured)
  local party, dictionary, got = recorded_session.plain(stream), probe.nbf_session(), {}
  party:write(preamble)
  if secured then
    assert(party:read() == UPGRADE_RESPONSE)
    party = nns.tls(blocking, stream, assert(tls_pair.client():connection "localhost"))
    assert(party:handshake())
  end
  party:write(bytes)
  assert(recorded_session.take(party) == 11)
  local kind, payload = recorded_session.take(party)
  while kind == SIZED do
    got[#got + 1] = assert(dictionary:read(payload))
    kind, payload = recorded_session.take(party)
  end
  assert(kind == END, "the session did not end in order")
  return got
end

--- The same messages without a To that says no more than its absence does.
function recorded_session.without_to(messages)
  local list = {}
  for index, message in ipairs(messages) do
    list[index] = { text = (message.text:gsub("<a:To[^>]*>[^<]*/anonymous</a:To>", "")) }
  end
  return list
end

--- Asserts that messages say the same, but for what differs from one to the next.
-- @tparam {{text=string},...} theirs
-- @tparam {string,...} ours
-- @tparam ?{string,...} names of elements whose text must be the same, too
-- @tparam ?table without attributes to leave out
function recorded_session.same(theirs, ours, names, without)
  assert.equal(#theirs, #ours)
  for index, message in ipairs(theirs) do
    assert.equal(infoset.of(message.text, without), infoset.of(ours[index], without))
    for _, name in ipairs(names or {}) do
      local pattern = "<" .. name .. ">([^<]*)<"
      assert.equal(message.text:match(pattern), ours[index]:match(pattern))
    end
  end
end

return recorded_session
