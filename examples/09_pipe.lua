-- A pipe: the sessions of net.tcp over a Unix-domain socket, so that a service talks to processes of its own machine
-- and user only. Service and client live in this process.
local wws = require "wws"

-- Without run_directory, pipes are in $XDG_RUNTIME_DIR/wws, else in /tmp/wws-UID: the directory is nobody else's.
local made = io.popen "mktemp -d"
local directory = made:read "*l"
made:close()

local host = assert(wws.service_host { {
  url = "net.pipe://localhost/greeter", -- the file greeter.pipe
  run_directory = directory,
  operations = {
    ["urn:greet"] = function(request)
      return ("<greeting xmlns='urn:greeter'>hello, %s</greeting>"):format(request.body:match ">([^<]*)<")
    end,
  },
} })
assert(host:open())

local channel = assert(wws.connect(host.urls[1], { run_directory = directory, timeout = 10 }))
print(channel:get "channel_binding", channel:get "encoding")
print(assert(channel:request("urn:greet", "<name xmlns='urn:greeter'>Ada</name>")).body:match ">([^<]*)<")
assert(channel:close())
host:close()

-- net.uds names the socket itself. Other users come in where the directory lets them, and allowed_peers lists them; the
-- kernel says who they are.
local listener = assert(wws.listener { allowed_peers = { 65534 } })
assert(listener:open("net.uds://" .. directory .. "/greeter.sock"))
print(listener.url)

-- What is there already is never taken over.
local second = assert(wws.listener {})
print(select(2, second:open("net.uds://" .. directory .. "/greeter.sock")).code)
listener:close()

assert(os.remove(directory)) -- nothing was left behind
