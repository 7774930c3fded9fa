--- The service that the specs call: its actions, its bodies, a host that serves it and descriptions for both sides.
local certs = require "spec.support.certs"

local calculator = {}

calculator.ADD = "http://example.org/ICalculator/Add"
calculator.ADD_RESPONSE = "http://example.org/ICalculator/AddResponse"
calculator.CREDENTIAL = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key }
calculator.USERNAME, calculator.PASSWORD = "alice", "secret"

--- The body of a request.
-- @tparam number a
-- @tparam number b
-- @treturn string
function calculator.body(a, b)
  return ('<Add xmlns="http://example.org/"><a>%d</a><b>%d</b></Add>'):format(a, b)
end

--- The sum in a reply.
-- @tparam message reply
-- @treturn number
function calculator.sum(reply)
  return tonumber(reply.body:match "<AddResult[^>]*>(%d+)</AddResult>")
end

local function add(request)
  local a, b = request.body:match "<a[^>]*>(%d+)</a>%s*<b[^>]*>(%d+)</b>"
  local sum = ("%d"):format(a + b)
  return '<AddResponse xmlns="http://example.org/"><AddResult>' .. sum .. "</AddResult></AddResponse>",
    calculator.ADD_RESPONSE
end

calculator.operations = { [calculator.ADD] = add }

local function with_context(outer, bootstrap, options)
  local context = { type = "security_context", bootstrap = bootstrap }
  for name, value in pairs(options or {}) do context[name] = value end
  outer[#outer + 1] = context
  return outer
end

--- What a client says: TLS and a user name in each message.
-- @treturn table
function calculator.client_username()
  local credential = { type = "string", username = calculator.USERNAME, password = calculator.PASSWORD }
  return { { type = "ssl", trust = certs.ca }, { type = "username", credential = credential } }
end

--- What a client says: a context over TLS, established by user name.
-- @tparam ?table options settings of the security_context binding
-- @treturn table
function calculator.client_context(options)
  return with_context({ { type = "ssl", trust = certs.ca } }, calculator.client_username(), options)
end

--- What a server says: TLS and user names.
-- @treturn table
function calculator.server_username()
  return {
    { type = "ssl", credential = calculator.CREDENTIAL },
    {
      type = "username",
      validate_password = function(username, password)
        return username == calculator.USERNAME and password == calculator.PASSWORD
      end,
    },
  }
end

--- What a server says: contexts over TLS, established by user name.
-- @tparam ?table options settings of the security_context binding
-- @treturn table
function calculator.server_context(options)
  return with_context({ { type = "ssl", credential = calculator.CREDENTIAL } }, calculator.server_username(), options)
end

return calculator
