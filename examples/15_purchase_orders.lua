-- Purchase orders, with channels and listeners themselves: an Order, its status, and a typed fault for an order that
-- nobody placed. The same service three times: without security, over TLS, and over TLS with a user name.
local blocking = require "wws.io.blocking"
local wws = require "wws"
local certificate = require("examples.kit.certificate").make()

local NS = "http://example.com"
local ORDER, ORDERED = NS .. "/Order", NS .. "/OrderConfirmation"
local STATUS, STATUS_IS = NS .. "/GetOrderStatus", NS .. "/GetOrderStatusResponse"

local function element(name, ...) return { name = name, namespace = NS, ... } end
local function read(xml) return assert(wws.xml.decode(xml, { fragment = true, numbers = true }))[1] end

-- The service: one loop takes a channel (over HTTP: a request) after another -----------------------------------------

local answers = {}

answers[ORDER] = function(channel, request)
  local body, customer = read(request.body), request:property "username"
  print(("  service: %s orders %d of %s"):format(customer or "somebody", body[1][1], body[2][1]))
  return channel:reply(request, ORDERED, element("OrderConfirmation", element("OrderID", 123),
    element("ExpectedShipDate", "2026-12-01")))
end

answers[STATUS] = function(channel, request)
  local order = read(request.body)[1][1]
  if order ~= 123 then
    return channel:fault(request, {
      code = "Sender", reason = "There is no such order.",
      detail = element("OrderNotFound", element("OrderID", order)),
    })
  end
  return channel:reply(request, STATUS_IS,
    element("GetOrderStatusResponse", element("OrderID", order), element("Status", "Pending")))
end

local function serve(url, security)
  local listener = assert(wws.listener { security = security })
  assert(listener:open(url))
  blocking.spawn(function()
    for channel in listener:channels() do
      for request in channel:messages() do -- what fails verification was answered already and is not seen here
        local answer = answers[request.action]
        assert(answer and answer(channel, request) or channel:fault(request, "no such operation"))
      end
      channel:close()
    end
  end)
  return listener
end

-- The client ---------------------------------------------------------------------------------------------------------

local function order(url, security)
  local channel = assert(wws.connect(url, { security = security, timeout = 10 }))
  local wanted = element("Order", element("Quantity", 100), element("Product", "pencils"))
  local reply = assert(channel:request(ORDER, wanted))
  local id = read(reply.body)[1][1]
  reply = assert(channel:request(STATUS, element("GetOrderStatus", element("OrderID", id))))
  print(("  client: order %d is %s"):format(id, read(reply.body)[2][1]))
  local nothing, err = channel:request(STATUS, element("GetOrderStatus", element("OrderID", 321)))
  assert(not nothing and err.fault, err)
  local detail = read(err.fault.detail)
  print(("  client: %s %d: %s"):format(detail.name, detail[1][1], err.fault.reason))
  assert(channel:close())
end

-- The pairs ----------------------------------------------------------------------------------------------------------

local ssl, trusting = { type = "ssl", credential = certificate.credential }, { type = "ssl", trust = certificate.trust }
local checked = { type = "username", validate_password = function(name, password)
  return name == "alice" and wws.equal(password, "secret")
end }

local function alice(password)
  return { type = "username", credential = { type = "string", username = "alice", password = password } }
end

local pairs_of = {
  { "http, nothing secured", "http://localhost:0/example", nil, nil },
  { "https", "https://localhost:0/example", { ssl }, { trusting } },
  { "https with a user name", "https://localhost:0/example", { ssl, checked }, { trusting, alice "secret" } },
}

for _, one in ipairs(pairs_of) do
  print(one[1])
  local listener = serve(one[2], one[3])
  order(listener.url, one[4])
  if one[3] and one[3][2] then
    local ok, err = pcall(order, listener.url, { trusting, alice "a guess" })
    assert(not ok)
    print("  client: " .. tostring(err))
  end
  listener:close()
end
certificate.remove()
