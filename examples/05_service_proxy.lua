-- A service proxy: operations by name over a pool of channels, many calls at once, a call that is given up.
local blocking = require "wws.io.blocking"
local wws = require "wws"

-- A service behind a security context, with a certificate for a day ---------------------------------------------------

local function run(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  assert(ok == true or ok == 0, "this did not work: " .. command)
end

local pipe = assert(io.popen("mktemp -d"))
local dir = pipe:read("*l")
pipe:close()
run(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout %s/server.key "
  .. "-out %s/server.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost"):format(dir, dir))

local ssl = {
  type = "ssl", credential = { type = "pem", certificate = dir .. "/server.pem", private_key = dir .. "/server.key" },
}
local host = assert(wws.service_host { {
  url = "https://localhost:0/calculator",
  security = { ssl, { type = "security_context", bootstrap = { ssl, {
    type = "username", validate_password = function(_, password) return wws.equal(password, "secret") end,
  } } } },
  operations = {
    ["http://example.org/ICalculator/Add"] = function(request)
      local a, b = request.body:match("<a>(%d+)</a><b>(%d+)</b>")
      blocking.sleep(blocking.now() + 0.1) -- it thinks; others are served meanwhile
      return ("<AddResponse xmlns='http://example.org/'><AddResult>%d</AddResult></AddResponse>"):format(a + b)
    end,
    ["http://example.org/ICalculator/Sleep"] = function()
      blocking.sleep(blocking.now() + 0.6)
      return "<SleepResponse xmlns='http://example.org/'/>"
    end,
  },
} })
assert(host:open())

-- The proxy -----------------------------------------------------------------------------------------------------------

local trusted = { type = "ssl", trust = dir .. "/server.pem" }
local proxy = assert(wws.service_proxy {
  url = host.urls[1],
  security = { trusted, { type = "security_context", bootstrap = { trusted, {
    type = "username", credential = { type = "string", username = "alice", password = "secret" },
  } } } },
  operations = {
    Add = {
      action = "http://example.org/ICalculator/Add", reply_action = "http://example.org/ICalculator/AddResponse",
    },
    Sleep = "http://example.org/ICalculator/Sleep",
  },
  call_timeout = 10,
})
assert(proxy:open())

local function add(a, b)
  local reply = assert(proxy:call("Add", ("<Add xmlns='http://example.org/'><a>%d</a><b>%d</b></Add>"):format(a, b)))
  return tonumber(reply.body:match("<AddResult>(%d+)<"))
end

print(("1 + 2 = %d"):format(add(1, 2)))

local began, sums, done = blocking.now(), {}, blocking.queue()
for i = 1, 5 do
  blocking.spawn(function()
    sums[i] = add(i, i)
    done:push(true)
  end)
end
for _ = 1, 5 do done:pop(blocking.now() + 10) end
print(("five calls at once: %s, in %.2f s"):format(table.concat(sums, ", "), blocking.now() - began))

local _, err = proxy:call("Ad")
print(tostring(err))

_, err = proxy:call("Sleep", nil, { timeout = 0.1 })
print(tostring(err))
local info = proxy:info()
print(("it goes on behind: %d call pending, %d channels idle"):format(info.pending, info.idle))

assert(proxy:close()) -- waits for it
info = host:info()
print(("%d requests in %d contexts, %d cancelled"):format(info.requests, info.established, info.cancelled))
assert(info.requests == 7 and info.established == 5 and info.cancelled == 5)
host:close()
run("rm -r " .. dir)
