--- The files of a certificate credential: PEM texts, paths of files that hold them, a PKCS#12 file, a store; or what
-- the application gives when it is asked.
local core = require "wws.core"

local pem = {}

local function failure(code, message, step, property, fields)
  fields = fields or {}
  fields.step, fields.binding, fields.property = step, "ssl", property
  return nil, core.failure(code, message, fields)
end

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

local function itself(value) return value end

-- What stands in a credential of each type, and where it goes.
local FILES = {
  pem = { { "certificate", "certificate", pem.read }, { "private_key", "private_key", pem.read } },
  uri = { { "uri", "uri", itself } },
  pkcs12 = { { "file", "pkcs12", read_path } },
  subject = { { "store", "store", itself }, { "subject", "subject", itself } },
  thumbprint = { { "store", "store", itself }, { "thumbprint", "thumbprint", itself } },
}

local function read_files(credential, step, into)
  local places = FILES[credential.type]
  if not places then
    return failure("invalidarg", "a certificate credential cannot be of that type here", step, "credential.type",
      { expected = "pem, pkcs12, uri, subject, thumbprint", got = tostring(credential.type) })
  end
  for _, place in ipairs(places) do
    local name, target, read = place[1], place[2], place[3]
    local why
    if credential[name] then into[target], why = read(credential[name]) end
    if why then
      return failure("invalidarg", "a file of the certificate credential cannot be read", step, "credential." .. name,
        { got = why })
    end
  end
  into.password = credential.password
  return into
end

-- What the application gave is held to what a description may say.
local function check_given(given, step)
  local description, err = core.description({ { type = "ssl", credential = given } }, "client")
  if not description then
    return failure("invalidarg", "what the custom certificate credential gave is none: " .. err.message, step,
      "credential.get", { expected = err.expected, got = err.got })
  end
  return description:table()[1].credential
end

-- Nothing is an answer, too: then there is no certificate.
local function ask(credential, step, target, into)
  local ok, given, key, password = pcall(credential.get, target)
  if not ok or (given == nil and key ~= nil) then
    return failure("other", "the custom certificate credential failed", step, "credential.get",
      { got = tostring(ok and key or given) })
  end
  if given == nil then return into end
  if type(given) == "string" then
    given = { type = "pem", certificate = given, private_key = key, password = password }
  end
  local checked, err = check_given(given, step)
  if not checked then return nil, err end
  return read_files(checked, step, into)
end

--- Reads the files of a certificate credential.
-- @tparam table credential as the description has it
-- @tparam string step for the error
-- @tparam table into gets `certificate` and `private_key`, or `pkcs12`, or `store` and `subject` or `thumbprint`, with
-- `password`, or `uri`
-- @tparam ?string target the URL for which a custom credential is asked; without, there can be none
-- @treturn[1] table `into`
-- @treturn[2] nil
-- @treturn[2] table the error
function pem.load(credential, step, into, target)
  if credential.type == "custom" and target then return ask(credential, step, target, into) end
  return read_files(credential, step, into)
end

return pem
