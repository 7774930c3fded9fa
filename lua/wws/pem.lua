--- Certificates and keys as a description names them: PEM text, or the path of a file that holds it.
local pem = {}

--- @tparam string value PEM text or a path
-- @treturn[1] string the text
-- @treturn[2] nil
-- @treturn[2] string why the file could not be read
function pem.read(value)
  if value:find("-----BEGIN", 1, true) then return value end
  local file, why = io.open(value, "rb")
  if not file then return nil, why end
  local text = file:read("*a")
  file:close()
  if not text then return nil, value .. ": cannot be read" end
  return text
end

return pem
