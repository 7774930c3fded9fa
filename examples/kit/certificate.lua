-- A certificate for localhost, or another name, that lasts a day, in a directory of its own. `credential` is what one
-- end shows, `trust` what the other believes; `remove` forgets all of it.
local function run(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  assert(ok == true or ok == 0, "this did not work: " .. command)
end

local function make(name)
  name = name or "localhost"
  local pipe = assert(io.popen "mktemp -d")
  local directory = pipe:read "*l"
  pipe:close()
  local pem, key = directory .. "/certificate.pem", directory .. "/key.pem"
  run(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s -out %s -days 1 "
    .. "-subj /CN=%s -addext subjectAltName=DNS:%s"):format(key, pem, name, name))
  return {
    directory = directory,
    credential = { type = "pem", certificate = pem, private_key = key },
    trust = pem,
    remove = function() run("rm -r " .. directory) end,
  }
end

return { make = make }
