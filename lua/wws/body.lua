--- What may be given as the content of a message, made into text.
local core = require "wws.core"

local body = {}

local SIZE_TOP = 2 ^ 32 - 1

-- Elements that stand around it, of the 32 that a receiver goes into.
local BODY_DEPTH = 30 -- Envelope, Body
local DETAIL_DEPTH = 28 -- Fault and Detail besides

local function text_of(value, what, depth)
  if value == nil then return "" end
  if type(value) == "string" then return value end
  if type(value) == "table" then return core.xml_encode(value, SIZE_TOP, depth, true) end
  error(("the %s must be a string or a table, not a %s"):format(what, type(value)), 3)
end

--- The content of a body.
-- @tparam ?string|table|function value XML text, or an element or a list of them as `wws.xml` has them, or a function
-- that returns the next piece of the text and nil at its end
-- @treturn[1] string|function
-- @treturn[2] nil
-- @treturn[2] table the error
function body.text(value)
  local kind = type(value)
  if kind == "string" or kind == "function" then return value end
  return text_of(value, "body", BODY_DEPTH)
end

--- A fault whose detail is text.
-- @tparam table fault its `detail` may be anything that a body may be
-- @treturn[1] table `fault`, or a copy of it
-- @treturn[2] nil
-- @treturn[2] table the error
function body.fault(fault)
  local detail = rawget(fault, "detail")
  if type(detail) ~= "table" then return fault end
  local copy = {}
  for name, value in next, fault do copy[name] = value end
  local err
  copy.detail, err = text_of(detail, "detail", DETAIL_DEPTH)
  if not copy.detail then return nil, err end
  return copy
end

return body
