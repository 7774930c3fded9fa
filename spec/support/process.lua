--- Programs started beside a spec: their output line by line while they run, their end by process id.
-- Output goes through files, so that reading never blocks and a listener in the same process can go on serving.
local process = {}
process.__index = process

local LIMIT = 300 -- seconds after which a forgotten program is ended by `timeout`

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local function write_file(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

--- One argument, quoted for the shell.
-- @tparam string argument
-- @treturn string
function process.quote(argument)
  return "'" .. tostring(argument):gsub("'", [['\'']]) .. "'"
end

local function command_line(arguments)
  local words = {}
  for index, argument in ipairs(arguments) do words[index] = process.quote(argument) end
  return table.concat(words, " ")
end

local function sleep()
  os.execute("sleep 0.02")
end

--- Starts a program.
-- @tparam {string,...} arguments the program and its arguments
-- @tparam ?table options `input` (bytes for its standard input), `idle` (called while waiting, instead of sleeping),
-- `environment` (a string such as `"A=1 B=2"`), `limit` (seconds after which it is ended)
-- @treturn process
function process.start(arguments, options)
  options = options or {}
  local base = os.tmpname()
  local self = setmetatable({ base = base, idle = options.idle or sleep, at = 1 }, process)
  write_file(base .. ".in", options.input or "")
  local run = ("env %s timeout %d %s"):format(options.environment or "", options.limit or LIMIT,
    command_line(arguments))
  local script = ("%s <%s.in >%s.out 2>%s.err & echo $! >%s.pid; wait $!; echo $? >%s.rc.new; mv %s.rc.new %s.rc")
    :format(run, base, base, base, base, base, base, base)
  -- what is preloaded for our own interpreter (a sanitizer) is not for others
  os.execute(("unset LD_PRELOAD; ( %s ) >/dev/null 2>&1 &"):format(script))
  return self
end

--- All that the program has written so far.
-- @treturn string
function process:output()
  return read_file(self.base .. ".out")
end

--- What it wrote to its standard error.
-- @treturn string
function process:errors()
  return read_file(self.base .. ".err")
end

--- Its exit status, once it has ended.
-- @treturn ?number
function process:status()
  return tonumber(read_file(self.base .. ".rc"))
end

--- Waits for a condition while the program runs.
local function wait_for(self, seconds, condition)
  local deadline = os.time() + (seconds or 30)
  while true do
    local status = self:status() -- before the condition: what it wrote last is then complete
    local value = condition(status)
    if value then return value end
    if status then return nil, "ended with status " .. status .. ": " .. self:errors() end
    if os.time() > deadline then return nil, "timeout: " .. self:errors() end
    self.idle()
  end
end

--- The next line of output.
-- @tparam ?number seconds how long to wait for it; 30 without
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string how it ended, or `"timeout"`, and what it wrote to its standard error
function process:line(seconds)
  return wait_for(self, seconds, function()
    local line, past = self:output():match("^([^\n]*)\n()", self.at)
    if line then self.at = past end
    return line
  end)
end

--- Waits for a line that matches a pattern and skips those before it.
-- @tparam string pattern
-- @tparam ?number seconds
-- @treturn[1] string the pattern's captures, as string.match gives them
-- @treturn[2] nil
-- @treturn[2] string why not
function process:expect(pattern, seconds)
  repeat
    local line, why = self:line(seconds)
    if not line then return nil, ("no line %q; %s"):format(pattern, why) end
    if line:match(pattern) then return line:match(pattern) end
  until false
end

--- Waits for its end.
-- @tparam ?number seconds
-- @treturn[1] number exit status
-- @treturn[2] nil
-- @treturn[2] string
function process:wait(seconds)
  return wait_for(self, seconds, function(status) return status end)
end

--- Ends the program if it still runs, and removes its files.
function process:stop()
  if self.stopped then return end
  self.stopped = true
  local pid = read_file(self.base .. ".pid"):match("%d+")
  if pid and not self:status() then
    os.execute(("kill %s 2>/dev/null"):format(pid))
    self.idle = sleep
    self:wait(5)
  end
  os.execute(("rm -f %s %s.*"):format(self.base, self.base))
end

--- Runs a program to its end.
-- @tparam {string,...} arguments
-- @tparam ?table options as for `start`
-- @treturn number exit status
-- @treturn string its output
-- @treturn string its standard error
function process.run(arguments, options)
  local self = process.start(arguments, options)
  local status = self:wait(LIMIT)
  local output, errors = self:output(), self:errors()
  self:stop()
  return status, output, errors
end

return process
