-- The main job, on this machine: a listener and a client on loopback, throwaway certificates. The client establishes a
-- security context with a user name, calls inside it, renews it, loses it to a revocation, establishes another, cancels
-- that one, and leaves a last one to the collector, which cancels it too.
local blocking = require "wws.io.blocking"
local wws = require "wws"
local now = require("wws.io.blocking").now

local ADD = "http://example.org/ICalculator/Add"
local REVOKE = "http://example.org/ICalculator/Revoke"

-- Certificates for a day, in a directory of their own ---------------------------------------------------------------

local function run(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  assert(ok == true or ok == 0, "this did not work: " .. command)
end

local function make_certificates()
  local pipe = assert(io.popen("mktemp -d"))
  local dir = pipe:read("*l")
  pipe:close()
  local extensions = assert(io.open(dir .. "/san", "w"))
  extensions:write("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
  extensions:close()
  local key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
  run(("openssl req -x509 %s -keyout %s/ca.key -out %s/ca.pem -days 1 -subj '/CN=wws demo CA'"):format(key, dir, dir))
  run(("openssl req %s -keyout %s/server.key -out %s/server.csr -subj /CN=localhost"):format(key, dir, dir))
  run(("openssl x509 -req -in %s/server.csr -CA %s/ca.pem -CAkey %s/ca.key -CAcreateserial -out %s/server.pem -days 1 "
    .. "-extfile %s/san"):format(dir, dir, dir, dir, dir))
  return dir
end

-- What is seen, in plain words --------------------------------------------------------------------------------------

local started = now()

local function say(what, ...)
  print(("%7.1f ms  "):format((now() - started) * 1000) .. what:format(...))
end

local WORDS = {
  establish = "establish: the client asks for a security context", renew = "renew: the context gets a new key",
  cancel = "cancel: the client gives the context back", revoke = "revoke: the listener takes the context back",
}

local function watch(event)
  local words = WORDS[event.step]
  if words and event.side == "client" then
    say("%-9s %-4s %5d bytes   %s", event.step, event.direction or "", event.bytes or 0, words)
  end
end

-- The service ---------------------------------------------------------------------------------------------------------

local dir = make_certificates()

local function served()
  local credential = { type = "pem", certificate = dir .. "/server.pem", private_key = dir .. "/server.key" }
  local ssl = { type = "ssl", credential = credential }
  return {
    ssl,
    { type = "security_context", secure_conversation_version = "1.3", bootstrap = {
      ssl,
      { type = "username", validate_password = function(username, password)
        return username == "alice" and wws.equal(password, "secret")
      end },
    } },
  }
end

local host = assert(wws.service_host { {
  url = "https://localhost:0/calculator", security = served(),
  operations = {
    [ADD] = function(request)
      local a, b = request.body:match("<a>(%d+)</a><b>(%d+)</b>")
      return ("<AddResponse xmlns='http://example.org/'><AddResult>%d</AddResult></AddResponse>"):format(a + b)
    end,
    [REVOKE] = function(request)
      assert(request:property("security_context"):revoke())
      return "<RevokeResponse xmlns='http://example.org/'/>"
    end,
  },
} })
assert(host:open())
local url = host.urls[1]
say("listening at %s", url)

-- The client ----------------------------------------------------------------------------------------------------------

local function open_channel()
  local ssl = { type = "ssl", trust = dir .. "/ca.pem" }
  local channel = assert(wws.channel {
    trace = watch, timeout = 10,
    security = {
      ssl,
      { type = "security_context", secure_conversation_version = "1.3", renewal_interval = 1, bootstrap = {
        ssl,
        { type = "username", credential = { type = "string", username = "alice", password = "secret" } },
      } },
    },
  })
  assert(channel:open(url))
  return channel
end

local function add(channel, a, b)
  local begun = now()
  local reply = assert(channel:request(ADD, ("<Add xmlns='http://example.org/'><a>%d</a><b>%d</b></Add>"):format(a, b)))
  say("call      %d + %d = %s, signed with the context's key, in %.2f ms", a, b,
    reply.body:match("<AddResult>(%d+)<"), (now() - begun) * 1000)
end

local function wait_until_old(seconds)
  say("wait      %.1f s, longer than the renewal interval", seconds)
  blocking.sleep(blocking.now() + seconds)
end

local channel = open_channel()
add(channel, 1, 2)
add(channel, 3, 4)
wait_until_old(1.2)
add(channel, 5, 6)
assert(channel:security_context():info().renewals == 1, "the context was not renewed")

say("revoke    the service revokes the context of this very call")
assert(channel:request(REVOKE, "<Revoke xmlns='http://example.org/'/>"))
local reply, err = channel:request(ADD, "<Add xmlns='http://example.org/'><a>1</a><b>1</b></Add>")
assert(not reply)
say("refused   %s", tostring(err))
add(channel, 7, 8)
assert(channel:close())

channel = open_channel()
add(channel, 9, 10)
say("drop      the channel is dropped without close; the collector finds it")
channel = nil -- luacheck: ignore
collectgarbage()
collectgarbage()
local patience = now() + 5
repeat host:step(0.05) until host:info().active_contexts == 0 or now() > patience

local info = host:info()
say("the listener counts %d established, %d renewed, %d cancelled, %d still held", info.established, info.renewals,
  info.cancelled, info.active_contexts)
host:close()
run("rm -r " .. dir)
assert(info.established == 3 and info.renewals == 1 and info.cancelled == 2 and info.active_contexts == 0)
print(("done in %.1f s"):format(now() - started))
