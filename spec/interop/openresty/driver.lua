--- What runs inside nginx to try its driver: each check is a function that raises when something is wrong.
-- luacheck: globals ngx
local openresty = require "wws.io.openresty"
local wws = require "wws"

local now, SOON, LATE = openresty.now, 0.05, 10
local checks, shared = {}, {}

local function equal(expected, got, what)
  if expected ~= got then error(("%s: expected %s, got %s"):format(what, tostring(expected), tostring(got)), 2) end
end

local function connect(port)
  return assert(openresty.connect("localhost", port, { deadline = now() + LATE }))
end

function checks.queues()
  local queue = openresty.queue()
  queue:push(1)
  queue:push(2)
  equal(2, queue:count(), "count")
  equal(1, queue:pop(), "first")
  equal(2, queue:pop(now()), "second")
  local before = now()
  local value, why = queue:pop(now() + SOON)
  equal(nil, value, "nothing")
  equal("timeout", why, "time-out")
  assert(now() - before >= SOON, "too early")
  openresty.spawn(function()
    openresty.sleep(now() + SOON)
    queue:push "late"
    queue:close()
  end)
  equal("late", queue:pop(now() + LATE), "from another")
  equal("closed", select(2, queue:pop(now() + LATE)), "closed")
  equal("closed", select(2, queue:push(1)), "push")
end

function checks.timers()
  local queue = openresty.queue()
  assert(openresty.defer(function(value) queue:push(value) end, "deferred"))
  equal("deferred", queue:pop(now() + LATE), "deferred")
end

function checks.streams(port)
  local stream = connect(port)
  local text = ("0123456789"):rep(100000)
  assert(stream:write(text, now() + LATE))
  local got = {}
  local size = 0
  while size < #text do
    local bytes = assert(stream:read(65536, now() + LATE))
    got[#got + 1], size = bytes, size + #bytes
  end
  equal(text, table.concat(got), "echo")
  local bytes, why = stream:read(10, now() + SOON)
  equal(nil, bytes, "bytes")
  equal("timeout", why, "time-out")
  assert(stream:write("again", now() + LATE))
  equal("again", stream:read(10, now() + LATE), "after a time-out")
  equal("timeout", select(2, stream:read(10, now() - 1)), "too late")
  assert(stream:write("bye", now() + LATE))
  equal("bye", stream:read(10, now() + LATE), "goodbye")
  equal("closed", select(2, stream:read(10, now() + LATE)), "end")
  stream:close()
  stream:close()
  equal("aborted", select(2, stream:read(10)), "closed here")
  equal("aborted", select(2, stream:write "x"), "closed here")
end

function checks.refused()
  local stream, why = openresty.connect("127.0.0.1", 1, { deadline = now() + LATE })
  equal(nil, stream, "stream")
  equal("refused", why, "reason")
  equal("timeout", select(2, openresty.connect("127.0.0.1", 1, { deadline = now() - 1 })), "too late")
  assert(select(2, openresty.connect("nobody.invalid", 1, { deadline = now() + LATE })):find "resolve", "unknown name")
  assert(select(2, openresty.listen()):find "nginx", "listen")
end

function checks.unix()
  local directory = ngx.var.arg_directory
  local stream = assert(openresty.connect("unix:" .. directory .. "/echo", nil, { deadline = now() + LATE }))
  assert(stream:write("one", now() + LATE))
  equal("one", stream:read(10, now() + LATE), "echo")
  local again = assert(openresty.unpark(assert(stream:park(10))))
  assert(again:write("bye", now() + LATE))
  equal("bye", again:read(10, now() + LATE), "after parking")
  again:close()
end

function checks.pipe()
  local url = "net.uds://" .. ngx.var.arg_directory .. "/service"
  local channel, err = wws.connect(url, { timeout = LATE })
  equal(nil, channel, "a channel that cannot know its peer")
  assert(tostring(err):find("allowed_peers", 1, true), err)
  channel = assert(wws.connect(url, { timeout = LATE, allowed_peers = "any" }))
  equal("ok", assert(channel:request("urn:x", "<x/>")).body:match ">(%a+)<", "answer")
  assert(channel:close())
end

function checks.parking(port)
  local stream = connect(port)
  assert(stream:write("one", now() + LATE))
  equal("one", stream:read(10, now() + LATE), "before")
  local place = assert(stream:park(10))
  equal("aborted", select(2, stream:write "x"), "parked")
  local again = assert(openresty.unpark(place))
  assert(again:write("two", now() + LATE))
  equal("two", again:read(10, now() + LATE), "after")
  assert(again:write("bye", now() + LATE)) -- the peer closes behind this
  equal("bye", again:read(10, now() + LATE), "goodbye")
  place = again:park(10)
  openresty.sleep(now() + SOON)
  equal(nil, place and openresty.unpark(place), "a connection that its peer closed")
end

function checks.parking_for_others(port)
  if not shared.place then
    local stream = connect(port)
    assert(stream:write("mine", now() + LATE))
    equal("mine", stream:read(10, now() + LATE), "echo")
    shared.place = assert(stream:park(10))
  else
    local stream = assert(openresty.unpark(shared.place))
    assert(stream:write("yours", now() + LATE))
    equal("yours", stream:read(10, now() + LATE), "echo")
    stream:close()
  end
end

function checks.waits_and_is_left()
  shared.queue = openresty.queue()
  shared.queue:pop(now() + LATE)
end

-- What is pushed does not go to a request that its client left.
function checks.takes_what_others_left()
  openresty.spawn(function()
    openresty.sleep(now() + SOON)
    shared.queue:push "for the living"
  end)
  equal("for the living", shared.queue:pop(now() + LATE), "value")
end

function checks.jobs()
  local probe = require "wws.probe"
  local job = probe.job()
  assert(job:start())
  equal("timeout", select(2, openresty.wait(job, now() + SOON)), "not yet")
  probe.release()
  assert(openresty.wait(job, now() + LATE))
  job:close()
end

--- content_by_lua
return function(name, port)
  local ok, err = pcall(checks[name], port)
  ngx.say(ok and "ok" or tostring(err))
end
