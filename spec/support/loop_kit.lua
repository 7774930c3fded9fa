--- What the specs that run under each driver make: hosts, channels, peers, coroutines beside one another.
local world = require "spec.support.world"
local wws = require "wws"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1
local loop_kit = { SLOW = "urn:wws:spec/Slow" }
local SLOW = loop_kit.SLOW

--- @tparam table io the driver: everything is made with it in its options
-- @treturn table
function loop_kit.new(io)
  local tools = {}

  function tools.host(operations, options)
    local endpoint = { url = "https://localhost:0/calculator", security = world.served(),
                       operations = { [world.ADD] = world.add } }
    for action, operation in pairs(operations or {}) do endpoint.operations[action] = operation end
    for name, value in pairs(options or {}) do endpoint[name] = value end
    local host = assert(wws.service_host { endpoint, driver = io })
    assert(host:open())
    return host, host.urls[1]
  end

  --- A host whose operation SLOW answers after `seconds`.
  function tools.slow_host(seconds, options)
    return tools.host({ [SLOW] = function(request)
      io.sleep(io.now() + seconds)
      return request.body
    end }, options)
  end

  function tools.plain_host(seconds)
    return tools.slow_host(seconds, { url = "http://localhost:0/service", security = {} })
  end

  function tools.open(url, options)
    local given = { driver = io }
    for name, value in pairs(options or {}) do given[name] = value end
    if url:find "^http:" then given.security = given.security or {} end
    local channel = world.channel(given)
    assert(channel:open(url))
    return channel
  end

  --- Runs the functions beside one another; gives what each returned, raises what one raised.
  function tools.together(functions)
    local over, results, failure = io.queue(), {}, nil
    for index, fn in ipairs(functions) do
      io.spawn(function()
        local ok, result = pcall(fn)
        results[index] = result
        if not ok then failure = failure or result end
        over:push(true)
      end)
    end
    for _ = 1, #functions do assert(over:pop(io.now() + 15 * STRESS), "a coroutine did not come to its end") end
    if failure then error(failure, 0) end
    return results
  end

  --- A peer that takes connections and talks to each with `talk(stream)`. Returns its URL and how to end it.
  function tools.peer(talk)
    local acceptor, streams = assert(io.listen("localhost", 0)), {}
    io.spawn(function()
      local stream = acceptor:accept()
      while stream do
        streams[#streams + 1] = stream
        io.spawn(talk, stream)
        stream = acceptor:accept()
      end
    end)
    return ("http://localhost:%d/"):format(acceptor.port), function()
      acceptor:close()
      for _, stream in ipairs(streams) do stream:close() end
    end
  end

  return tools
end

return loop_kit
