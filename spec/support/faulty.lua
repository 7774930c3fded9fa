--- A driver over another one, of which one operation fails.
local faulty = {}

--- A driver whose `place`th connect, accept, read or write answers nil and a text; all else is done by `inner`.
-- @tparam table inner a driver
-- @tparam number place counted from 1
-- @tparam string text
-- @treturn table the driver; its `failed()` tells whether that place was reached
function faulty.driver(inner, place, text)
  local count = 0

  local function due()
    count = count + 1
    return count == place
  end

  local function wrap_stream(stream)
    local wrapped = {}
    wrapped.read = function(_, max, deadline)
      if due() then return nil, text end
      return stream:read(max, deadline)
    end
    wrapped.write = function(_, bytes, deadline)
      if due() then return nil, text end
      return stream:write(bytes, deadline)
    end
    return setmetatable(wrapped, {
      __index = function(_, name)
        local value = stream[name]
        if type(value) ~= "function" then return value end
        return function(_, ...) return value(stream, ...) end
      end,
    })
  end

  local driver = setmetatable({}, { __index = inner })

  function driver.failed()
    return count >= place
  end

  function driver.connect(...)
    if due() then return nil, text end
    local stream, why = inner.connect(...)
    if not stream then return nil, why end
    return wrap_stream(stream)
  end

  function driver.listen(...)
    local acceptor, why = inner.listen(...)
    if not acceptor then return nil, why end
    return setmetatable({
      accept = function(_, ...)
        local stream, reason = acceptor:accept(...)
        if not stream then return nil, reason end
        return wrap_stream(stream)
      end,
      close = function() return acceptor:close() end,
    }, { __index = acceptor })
  end

  return driver
end

return faulty
