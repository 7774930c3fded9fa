--- Pipes: URLs of `net.pipe` and `net.uds` are Unix-domain sockets of this machine.
--
-- `net.uds:///run/service/x.sock` is the socket of that path. `net.pipe://localhost/a/b` is a file in a private
-- directory: the option `run_directory`, else `wws` in `$XDG_RUNTIME_DIR`, else `/tmp/wws-` and the user's id. It is
-- made with the mode 0700, and refused when it is anybody else's or open to others. The file is named `a+b.pipe`:
-- slashes are `+`, and what is neither letter, digit nor one of `-._~` is `%XX`; a name longer than 40 bytes is `=` and
-- 32 digits of its SHA-256.
--
-- Both ends ask the kernel who is at the other one: only processes of the same user and of root are talked to, and
-- those of the users that the option `allowed_peers` lists (`{ 990, 991 }`, or `"any"`). Other users need a `net.uds`
-- path in a directory that they may enter, for the directory of `net.pipe` is this user's alone.
--
-- A listener holds a lock file beside its socket: `.lock` is appended to the name. A socket that is there already is
-- refused; one whose lock nobody holds, and which nobody listens on, was left by a listener that died, and is replaced.
-- @module wws.pipes
local core = require "wws.core"

local pipes = {}

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

--- @tparam string url or a scheme
-- @local
function pipes.is(url)
  local scheme = url:lower():match "^net%.(%a+)"
  return scheme == "pipe" or scheme == "uds"
end

local TCP = { ssl = true, tcp_sspi = true }

--- Which channel binding's rules hold for a URL: a Unix socket takes those of tcp with the transports of tcp.
-- @tparam string url
-- @tparam table description as `description:table()` gives it
-- @treturn string "http", "tcp" or "namedpipe"
-- @local
function pipes.binding(url, description)
  local scheme = url:lower():match "^net%.(%a+):"
  if scheme == "uds" then
    for _, binding in ipairs(description) do
      if TCP[binding.type] then return "tcp" end
    end
  end
  return scheme == "tcp" and "tcp" or (scheme == "pipe" or scheme == "uds") and "namedpipe" or "http"
end

local EXPECTED = "\"any\", or a list of the ids of users"

local function read_peers(given)
  if given == nil then return {} end
  if given == "any" then return { any = true } end
  local peers = {}
  for key, user in next, type(given) == "table" and given or { false } do
    if type(key) ~= "number" or type(user) ~= "number" or user < 0 or user % 1 ~= 0 then
      return failure("invalidarg", "who else may be at the other end of a pipe is told by numbers",
        { property = "allowed_peers", expected = EXPECTED })
    end
    peers[user] = true
  end
  return peers
end

--- Reads the options that pipes have: `run_directory`, `allowed_peers`.
-- @treturn[1] table for the functions below
-- @treturn[2] nil
-- @treturn[2] table the error
-- @local
function pipes.read(options)
  local directory = rawget(options, "run_directory")
  if directory ~= nil and (type(directory) ~= "string" or directory:sub(1, 1) ~= "/") then
    return failure("invalidarg", "the directory of the pipes is an absolute path",
      { property = "run_directory", expected = "an absolute path" })
  end
  local peers, err = read_peers(rawget(options, "allowed_peers"))
  if not peers then return nil, err end
  return { directory = directory, peers = peers }
end

local function default_directory()
  local base = os.getenv "XDG_RUNTIME_DIR"
  if base and base:sub(1, 1) == "/" then return base:gsub("/+$", "") .. "/wws" end
  return ("/tmp/wws-%d"):format(core.unix_user())
end

local function refuse_directory(directory, why, step)
  local missing = why == "not found" and step == "open the channel"
  return failure(missing and "endpoint_not_found" or "endpoint_access_denied",
    missing and "no service of this user has a pipe: their directory is not there"
      or "the directory of the pipes cannot be used", { step = step, property = "run_directory",
      expected = "a directory of this user with the mode 0700", got = ("%s: %s"):format(directory, why) })
end

--- What a driver connects to, or listens at.
-- @tparam string url
-- @tparam table pipe what `read` gave
-- @tparam boolean listens whether the directory is to be made
-- @treturn[1] string `"unix:"` and the socket's path
-- @treturn[2] nil
-- @treturn[2] table the error
-- @local
function pipes.place(url, pipe, listens)
  local path, absolute = core.pipe_path(url)
  if not path then return nil, absolute end
  if absolute then return "unix:" .. path end
  local directory = pipe.directory or default_directory()
  local ok, why = core.unix_private(directory, listens)
  if not ok then return refuse_directory(directory, why, listens and "open the listener" or "open the channel") end
  return "unix:" .. directory .. "/" .. path
end

--- Is the process at the other end one that is talked to?
-- @tparam table peers of what `read` gave
-- @tparam table stream
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why not
-- @local
function pipes.admits(peers, stream)
  if peers.any then return true end
  if not stream.peer then
    return nil, "this driver does not know who is at the other end; allowed_peers = \"any\" takes anybody"
  end
  local user, why = stream:peer()
  if not user then return nil, tostring(why) end
  if user == 0 or user == core.unix_user() or peers[user] then return true end
  return nil, ("the peer is of the user %d, whom allowed_peers does not list"):format(user)
end

return pipes
