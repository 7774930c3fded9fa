-- Sessions over net.tcp: a calculator that remembers what each session has added up, and one-way messages until the
-- client has no more. Service and clients live in this process.
local blocking = require "wws.io.blocking"
local wws = require "wws"

local NS = "http://example.org/ICalculator"

-- Each session has its own coroutine and its own sum -----------------------------------------------------------------

local calculator = assert(wws.listener {})
assert(calculator:open "net.tcp://localhost:0/calculator")

local function calculate(session)
  local sum = 0
  for request in session:messages() do
    sum = sum + tonumber(request.body:match ">(%-?%d+)<")
    assert(session:reply(request, request.action .. "Response", ("<sum xmlns='%s'>%d</sum>"):format(NS, sum)))
  end
  print("  service: a session ends at " .. sum)
  session:close()
end

blocking.spawn(function()
  for session in calculator:channels() do blocking.spawn(calculate, session) end
end)

local function add(channel, n)
  local reply = assert(channel:request(NS .. "/Add", ("<n xmlns='%s'>%d</n>"):format(NS, n)))
  return reply.body:match ">(%-?%d+)<"
end

print "two sessions, each with a state of its own"
local first = assert(wws.connect(calculator.url, { timeout = 10 }))
local second = assert(wws.connect(calculator.url, { timeout = 10 }))
for n = 1, 3 do print(("  first has %s, second has %s"):format(add(first, n), add(second, 10 * n))) end
assert(first:close())
assert(second:close())
calculator:close()

-- One-way: nothing comes back, and the end of the session is the end of the list -------------------------------------

print "one-way messages"
local orders = assert(wws.listener {})
assert(orders:open "net.tcp://localhost:0/orders")
local counted = blocking.queue()

blocking.spawn(function()
  local session = assert(orders:accept(10))
  local count = 0
  while true do
    local message, err = session:receive()
    if err then error(tostring(err)) end
    if not message then break end -- nil alone: the client has finished
    count = count + 1
  end
  session:close()
  counted:push(count)
end)

local channel = assert(wws.connect(orders.url, { timeout = 10 }))
for n = 1, 100 do assert(channel:send("http://example.org/PurchaseOrder", ("<order><n>%d</n></order>"):format(n))) end
assert(channel:close())
local count = assert(counted:pop(blocking.now() + 10))
print(("  the service took %d orders"):format(count))
assert(count == 100)
orders:close()
