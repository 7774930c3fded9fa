--- The files of a certificate credential: PEM texts, paths of files that hold them, or a PKCS#12 file.
local core = require "wws.core"

local pem = {}

local function read_path(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local text = file:read("*a")
  file:close()
  if not text then return nil, path .. ": cannot be read" end
  return text
end

--- @tparam string value PEM text or a path
-- @treturn[1] string the text
-- @treturn[2] nil
-- @treturn[2] string why the file could not be read
function pem.read(value)
  if value:find("-----BEGIN", 1, true) then return value end
  return read_path(value)
end

-- What stands in a credential of each type, and where it goes. Other types the core refuses by name.
local FILES = {
  pem = { { "certificate", "certificate", pem.read }, { "private_key", "private_key", pem.read } },
  uri = { { "uri", "uri", function(uri) return uri end } },
  pkcs12 = { { "file", "pkcs12", read_path } },
}

--- Reads the files of a certificate credential.
-- @tparam table credential as the description has it
-- @tparam string step for the error
-- @tparam table into gets `certificate` and `private_key`, or `pkcs12`, and `password`
-- @treturn[1] table `into`
-- @treturn[2] nil
-- @treturn[2] table the error
function pem.load(credential, step, into)
  for _, place in ipairs(FILES[credential.type] or {}) do
    local name, target, read = place[1], place[2], place[3]
    local why
    if credential[name] then into[target], why = read(credential[name]) end
    if why then
      return nil, core.failure("invalidarg", "a file of the certificate credential cannot be read",
        { step = step, binding = "ssl", property = "credential." .. name, got = why })
    end
  end
  into.password = credential.password
  return into
end

return pem
