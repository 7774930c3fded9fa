-- Headers of one's own: sent with a message, with an address, and read by the other end; a header that must be
-- understood and is not; and what a message looks like as an envelope.
local wws = require "wws"

local NS, ORDER = "http://example.org/orders", "http://example.org/orders/Order"

local function header(name, text, attributes)
  return assert(wws.xml.encode { name = name, namespace = NS, attributes = attributes, text })
end

local SOAP = "http://www.w3.org/2003/05/soap-envelope"
local must = { ["{" .. SOAP .. "}mustUnderstand"] = "true" }

local function order(request)
  local priority = request:header(NS, "Priority") -- the XML of the header; nil when it is not there
  print("service: priority " .. (priority and assert(wws.xml.decode(priority))[1] or "as ever"))
  print("service: tenant " .. assert(wws.xml.decode(request:header(NS, "Tenant")))[1])
  return { name = "Ordered", namespace = NS, #request.headers .. " headers came" }
end

local host = assert(wws.service_host {
  { url = "http://localhost:0/orders", understands = { "{" .. NS .. "}Priority" }, operations = { [ORDER] = order } },
  { url = "http://localhost:0/strict", operations = { [ORDER] = order } },
})
assert(host:open())

-- The headers of an address (its reference parameters) go with every message to it.
local function at(url) return { url = url, headers = { header("Tenant", "blue") } } end

local channel = assert(wws.connect(at(host.urls[1]), { timeout = 10 }))
local reply = assert(channel:request(ORDER, "<Order xmlns='" .. NS .. "'/>"))
print("client:  " .. assert(wws.xml.decode(reply.body, { fragment = true }))[1][1])

-- mustUnderstand: the first endpoint says that it does, the second does not and refuses.
local urgent = { headers = { header("Priority", "high", must) } }
reply = assert(channel:request(ORDER, "<Order xmlns='" .. NS .. "'/>", urgent))
print("client:  " .. assert(wws.xml.decode(reply.body, { fragment = true }))[1][1])
assert(channel:close())

channel = assert(wws.connect(at(host.urls[2]), { timeout = 10 }))
local nothing, err = channel:request(ORDER, "<Order xmlns='" .. NS .. "'/>", urgent)
assert(not nothing)
print("client:  " .. err.code .. ": " .. err.fault.reason)
assert(channel:close())
host:close()

-- The whole of it, as it was received; and as binary XML would have it.
print(reply:xml())
print(("%d bytes of text, %d of binary XML"):format(#reply:xml(),
  #assert(wws.xml.convert(reply:xml(), "text_utf8", "binary"))))
