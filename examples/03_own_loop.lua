-- Inside a loop of your own: under luv or cqueues, whichever is installed, else under the blocking driver. One thread
-- serves and calls: ten clients wait for answers that take 0.2 s each, while a clock in the same loop goes on ticking.
local wws = require "wws"

local SLOW = "http://example.org/ISlow/Echo"
local CLIENTS, ANSWER_AFTER = 10, 0.2

-- The loop: each `run` starts a function in a coroutine and runs the loop until it is empty ---------------------------

local loops = {}

function loops.luv(driver, main)
  local uv = require "luv"
  assert(driver.name == "luv")
  coroutine.wrap(main)()
  uv.run()
end

function loops.cqueues(driver, main)
  local controller = require("cqueues").new()
  assert(driver.name == "cqueues")
  controller:wrap(main)
  assert(controller:loop())
end

function loops.blocking(driver, main)
  print("neither luv nor cqueues is installed for this interpreter: the blocking driver has a loop of its own")
  driver.spawn(main)
  driver.run()
end

local function find_driver()
  for _, name in ipairs { "luv", "cqueues" } do
    local found, driver = pcall(require, "wws.io." .. name)
    if found then return driver end
    print(("no %s: %s"):format(name, (tostring(driver):match "[^\n]*")))
  end
  return require "wws.io.blocking"
end

-- What goes on in it ------------------------------------------------------------------------------------------------

local driver = find_driver()
wws.use(driver) -- from here on all channels, listeners and hosts wait in that loop

local function wait(seconds) driver.sleep(driver.now() + seconds) end

local function serve()
  local host = assert(wws.service_host { {
    url = "http://localhost:0/slow",
    operations = { [SLOW] = function(request)
      wait(ANSWER_AFTER)
      return request.body
    end },
  } })
  assert(host:open())
  return host
end

local ticks, answers = 0, 0

local function tick_until_done()
  while answers < CLIENTS do
    ticks = ticks + 1
    wait(0.02)
  end
end

local function call(url, number, done)
  local channel = assert(wws.connect(url, { timeout = 5 }))
  local reply = assert(channel:request(SLOW, "<n>" .. number .. "</n>"))
  assert(reply.body:find(">" .. number .. "<", 1, true))
  assert(channel:close())
  answers = answers + 1
  done:push(number)
end

local function main()
  local host, done, started = serve(), driver.queue(), driver.now()
  driver.spawn(tick_until_done)
  for number = 1, CLIENTS do driver.spawn(call, host.urls[1], number, done) end
  for _ = 1, CLIENTS do assert(done:pop(started + 10), "an answer did not come") end
  local took = driver.now() - started
  host:close()
  print(("under %s: %d answers that take %.1f s each came in %.2f s; meanwhile the clock ticked %d times")
    :format(driver.name, answers, ANSWER_AFTER, took, ticks))
end

loops[driver.name](driver, main)
assert(answers == CLIENTS and ticks > 1, "not all was answered")
