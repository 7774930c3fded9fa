-- Bodies as Lua tables: a host and its client in one process. An element is { name =, namespace =, attributes =, … },
-- its list part holds its children and texts in order; wws.xml turns it into XML and back.
local wws = require "wws"

local NS = "http://example.org/weather"
local FORECAST = NS .. "/Forecast"

-- Certificates for a day, in a directory of their own ---------------------------------------------------------------

local function run(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  assert(ok == true or ok == 0, "this did not work: " .. command)
end

local pipe = assert(io.popen("mktemp -d"))
local dir = pipe:read("*l")
pipe:close()
run(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s/key.pem -out %s/cert.pem -days 1 "
  .. "-subj /CN=localhost -addext subjectAltName=DNS:localhost"):format(dir, dir))

-- The service -------------------------------------------------------------------------------------------------------

local function element(name, ...) return { name = name, namespace = NS, ... } end

-- message.body may have several elements, or white space around its one: it is read as a fragment, a list.
local function read(message)
  return assert(wws.xml.decode(message.body, { fragment = true, numbers = true }))[1]
end

local host = assert(wws.service_host { {
  url = "https://localhost:0/weather",
  security = { { type = "ssl", credential = { type = "pem", certificate = dir .. "/cert.pem",
                                              private_key = dir .. "/key.pem" } } },
  operations = {
    [FORECAST] = function(request)
      local days = read(request)[2][1]
      if days > 7 then
        return nil, { code = "Sender", reason = "nobody knows", detail = element("MostDays", 7) }
      end
      local reply = element("ForecastResponse")
      for day = 1, days do
        reply[day] = element("Day", element("High", 20.5 + day), element("Rain", day == 2 and wws.null or day * 10))
        reply[day].attributes = { number = day }
      end
      return reply
    end,
  },
} })
assert(host:open())

-- The client --------------------------------------------------------------------------------------------------------

local channel = assert(wws.channel { security = { { type = "ssl", trust = dir .. "/cert.pem" } }, timeout = 10 })
assert(channel:open(host.urls[1]))

local reply = assert(channel:request(FORECAST, element("Forecast", element("Town", "Delft"), element("Days", 3))))
for _, day in ipairs(read(reply)) do
  local rain = day[2][1]
  print(("day %s: %.1f degrees, %s"):format(day.attributes.number, day[1][1],
    rain == wws.null and "rain unknown" or rain .. " mm of rain"))
end

local nothing, err = channel:request(FORECAST, element("Forecast", element("Town", "Delft"), element("Days", 30)))
assert(not nothing)
print(err.fault.reason, assert(wws.xml.decode(err.fault.detail, { fragment = true }))[1][1] .. " days at most")

nothing, err = channel:request(FORECAST, element("Forecast", { name = "Town", atributes = {} }))
assert(not nothing)
print(err)

assert(channel:close())
host:close()
run("rm -r " .. dir)
