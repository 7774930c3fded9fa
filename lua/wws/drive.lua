--- Performs what a machine asks for: the one loop between the core and any I/O.
-- `host` is `{ driver=, stream=, deadline=, trace= }`; the stream lives in it, from one drive to the next.
-- @module wws.drive

local core = require "wws.core"
local tuning = require "wws.tuning"
local vaults = require "wws.store.vaults"

local HUGE = math.huge

-- Inputs the machine gets for what the driver said.
local function failed(why)
  if why == "timeout" then return "timeout" end
  return "broken", tostring(why)
end

local function until_when(host, timeout)
  local deadline = host.deadline
  if timeout and timeout < HUGE then
    local own = host.driver.now() + timeout
    if not deadline or own < deadline then return own end
  end
  return deadline ~= HUGE and deadline or nil
end

local function disconnect(machine, host)
  local stream = host.stream
  host.stream = nil
  if machine.attach then machine:attach(nil) end
  if stream then stream:close() end
end

local perform = {}

function perform.connect(machine, host, name, port, timeout)
  disconnect(machine, host)
  local terms = host.terms and host.terms(machine)
  local stream, why = host.driver.connect(name, port, {
    deadline = until_when(host, timeout),
    ip_version = terms and terms.ip_version,
    resolve_timeout = terms and terms.resolve_timeout,
    began = function(begun) host.stream = begun end, -- who gives the call up closes the stream
  })
  host.stream = stream
  if not stream then return failed(why) end
  local ok = not host.admits
  if not ok then ok, why = host.admits(stream) end
  if not ok then
    disconnect(machine, host)
    return "broken", why
  end
  if terms then tuning.apply(terms, stream) end
  -- the machine may outlive its owner to say goodbye: it then needs the connection, not its Lua
  if machine.attach and stream.socket then machine:attach(stream.socket) end
end

function perform.read(_, host, max, timeout)
  if not host.stream then return "broken", "closed" end
  local bytes, why = host.stream:read(max, until_when(host, timeout))
  if bytes then return "bytes", bytes end
  if why == "closed" then return "end" end
  return failed(why)
end

-- What is there already, without waiting; a driver whose streams cannot look knows of nothing.
function perform.look(_, host, max)
  local stream = host.stream
  if not stream then return "end" end
  if not stream.look then return "timeout" end
  local bytes, why = stream:look(max)
  if bytes then return "bytes", bytes end
  if why == "closed" then return "end" end
  return failed(why)
end

function perform.write(_, host, bytes, timeout)
  if not host.stream then return "broken", "closed" end
  local ok, why = host.stream:write(bytes, until_when(host, timeout))
  if not ok then return failed(why) end
end

-- A driver that cannot wait for a job looks at it now and then.
local function watch(driver, job, deadline)
  local pause = 0.0005
  while not job:done() do
    if deadline and driver.now() >= deadline then return nil, "timeout" end
    pause = math.min(2 * pause, 0.05)
    driver.sleep(math.min(driver.now() + pause, deadline or math.huge))
  end
  return true
end

-- Whose time is up goes on without the job, which ends behind.
function perform.job(_, host, job, timeout)
  local ok, why = job:start()
  if ok then
    local deadline = until_when(host, timeout)
    if host.driver.wait then
      ok, why = host.driver.wait(job, deadline)
    else
      ok, why = watch(host.driver, job, deadline)
    end
  end
  job:close()
  if not ok then return failed(why) end
end

-- The next piece of a body that its owner gives.
function perform.piece(_, host)
  local ok, piece, err = pcall(host.body)
  if not ok then return "broken", tostring(piece) end
  if piece == nil and err == nil then return "end" end
  if type(piece) == "string" then return "bytes", piece end
  return "broken", piece == nil and tostring(err) or "it gave a " .. type(piece) .. " instead of a string"
end

function perform.close(machine, host)
  disconnect(machine, host)
end

local function trace_raised(host, why)
  if not host.trace then return end
  pcall(host.trace, { step = "callback", time = os.time(), detail = "the callback raised: " .. tostring(why) })
end

-- Only true accepts; an error refuses. It is nobody's business but the trace's why.
function perform.callback(_, host, fn, ...)
  local ok, verdict = pcall(fn, ...)
  if not ok then trace_raised(host, verdict) end
  return ok and verdict == true and "accepted" or "refused"
end

-- What the user's function knows: a string, or nothing.
function perform.ask(_, host, fn, ...)
  local ok, answer = pcall(fn, ...)
  if not ok then trace_raised(host, answer) end
  if ok and type(answer) == "string" then return "bytes", answer end
  return "refused"
end

-- Which of a port's listeners is meant; nobody answers when none is.
function perform.route(machine, host, target)
  if host.route then host.route(machine, target) end
end

-- What the store said, in the machine's words (csrc/channel/vault.h).
local ANSWERS = { [true] = "accepted", [false] = "refused", full = "end", pending = "end" }

function perform.store(_, host, call, timeout)
  local answer, why = vaults.perform(host.vault, call, host.driver, until_when(host, timeout))
  if call.verb == "get" and type(answer) == "string" then return "bytes", answer end
  if answer ~= nil and ANSWERS[answer] then return ANSWERS[answer], tostring(answer) end
  return "broken", tostring(why)
end

function perform.event(_, host, event)
  if host.trace then pcall(host.trace, event) end
end

-- The server refused the certificate of a custom credential, and named whose it would have taken.
local function tell_issuers(machine, host)
  local list = core.channel.issuers(machine)
  if not list then return end
  local ok, why = pcall(host.issuers, list)
  if not ok then trace_raised(host, why) end
end

--- Steps `machine` until its call is over.
-- @tparam userdata machine
-- @tparam table host
-- @tparam[opt] string kind the first input
-- @tparam[opt] string bytes
-- @treturn[1] string "done" or "request"
-- @treturn[2] nil
-- @treturn[2] table the error
return function(machine, host, kind, bytes)
  local step = machine.step
  while true do
    local op, a, b, c, d = step(machine, kind, bytes)
    if op == "done" or op == "request" then return op end
    if not op then
      if host.issuers then tell_issuers(machine, host) end
      return nil, a
    end
    kind, bytes = perform[op](machine, host, a, b, c, d)
  end
end
