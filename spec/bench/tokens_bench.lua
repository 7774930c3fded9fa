--- What a security context saves: the same call with a token in each message, by user name, Kerberos ticket and SAML
-- assertion with a proof key, and in a context that such a token established; what establishing one costs, and after how
-- many calls that is worth it. The server is a second process. WWS_BENCH_SECONDS is the length of a row.
local wws = require "wws"
local core = require "wws.core"
local assertions = require "spec.support.assertions"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local kdc = require "spec.support.kdc"
local rig = require "spec.bench.rig"
local soap = require "spec.support.soap"

local COUNT = 8 -- kept connections
local TITLES = { username = "user name", kerberos = "Kerberos ticket", saml = "SAML assertion" }

local realm = not kdc.missing() and kdc.start() or nil
local KINDS = { "username", "saml", realm and "kerberos" or nil }

local function start_server()
  local names = { "url" }
  for _ = 1, 2 * #KINDS do names[#names + 1] = "url" end
  local started, urls = rig.server({ "spec/bench/tokens_server.lua", realm and realm.service or nil }, names), {}
  for _, url in ipairs(started.lines) do urls[url:match "[^/]*$"] = url end
  return started, urls
end

local server, urls = start_server()

local ssl = { type = "ssl", trust = certs.ca }

local function assertion()
  local xml = assertions.make { now = os.time(), to = os.time() + 36000, audiences = {}, id = "_bench" }
  local reference = assertions.reference("_bench"):gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1)
  return assert(wws.xml_token { xml = xml, key = { type = "raw_symmetric", bytes = assertions.KEY },
    attached_reference = reference })
end

local TOKENS = {
  username = calculator.client_username()[2],
  saml = { type = "xml_token", token = assertion() },
  kerberos = realm and { type = "kerberos_apreq", credential = { type = "default", ccache = realm:kinit() } } or nil,
}

local function one_shot(kind) return { ssl, TOKENS[kind] } end

local function in_context(kind, settings)
  local context = { type = "security_context", bootstrap = one_shot(kind) }
  for name, value in pairs(settings or {}) do context[name] = value end
  return { ssl, context }
end

local function row(title, used, plain)
  local ratios = plain and ("%8.2f %8.2f"):format(used.client / plain.client, used.served / plain.served) or ""
  print(("  %-36s %9.0f %8.1f %8.1f %s"):format(title, used.rate, used.client, used.served, ratios))
  return used
end

local function calls_row(title, name, security, plain)
  local channels = {}
  for i = 1, COUNT do
    channels[i] = assert(wws.connect(urls[name], { security = security }))
    for _ = 1, 10 do rig.call(channels[i]) end
  end
  local used = server:measure(COUNT, function(i) rig.call(channels[i]) end)
  for i = 1, COUNT do assert(channels[i]:close()) end
  return row(title, used, plain)
end

--- Channels whose key is always due and who may not renew establish a context for each call.
local function establish_row(kind, plain)
  local env = core.env {}
  local security = in_context(kind, { support_renew = false, renewal_interval = 0.001 })
  local channels = {}
  for i = 1, COUNT do
    channels[i] = assert(wws.connect(urls[kind .. "-context"], { security = security, env = env }))
    rig.call(channels[i])
  end
  local used = server:measure(COUNT, function(i)
    env:advance(0.001)
    rig.call(channels[i])
  end)
  for i = 1, COUNT do channels[i]:abort() end
  return row(TITLES[kind] .. ": a context, one call", used, plain)
end

-- Both sides together, in microseconds.
local function cost(used) return used.client + used.served end

local good, why = xpcall(function()
  print(("What a context saves; %d kept connections; %g seconds a row; CPU in microseconds per call"):format(COUNT,
    rig.SECONDS))
  print(("  %-36s %9s %8s %8s %17s"):format("", "calls/s", "client", "server", "times no security"))
  local plain = calls_row("no message security", "plain", { ssl })
  local singles, contexts, established = {}, {}, {}
  for _, kind in ipairs(KINDS) do
    singles[kind] = calls_row(TITLES[kind] .. ": in each message", kind, one_shot(kind), plain)
  end
  for _, kind in ipairs(KINDS) do
    contexts[kind] = calls_row(TITLES[kind] .. ": in a context", kind .. "-context", in_context(kind), plain)
  end
  for _, kind in ipairs(KINDS) do established[kind] = establish_row(kind, plain) end
  for _, kind in ipairs(KINDS) do
    local saved, spent = cost(singles[kind]) - cost(contexts[kind]), cost(established[kind]) - cost(contexts[kind])
    print(("  %s: a call in a context costs %.2f times one with the token in it; establishing pays %s"):format(
      TITLES[kind], cost(contexts[kind]) / cost(singles[kind]),
      saved > 0 and ("after %.0f calls"):format(math.ceil(spent / saved)) or "never by speed alone"))
  end
end, function(err) return debug.traceback(tostring(err)) end)
if not good then io.stderr:write(why, "\n", server.process:errors(), "\n") end
server:stop()
if realm then realm:stop() end
os.exit(good)
