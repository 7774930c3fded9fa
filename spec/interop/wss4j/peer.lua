--- Compiles and starts the WSS4J peer. Its verbs are in Peer.java.
local process = require "spec.support.process"

local peer = {}

local JARS = { "wss4j", "xmlsec", "slf4j-api", "slf4j-nop", "commons-logging", "commons-codec" }
local SOURCES, CLASSES = "spec/interop/wss4j", "build/wss4j"

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function class_path()
  local parts = {}
  for index, name in ipairs(JARS) do parts[index] = "/usr/share/java/" .. name .. ".jar" end
  parts[#parts + 1] = CLASSES
  return table.concat(parts, ":")
end

--- Why the peer cannot run on this machine; nil when it can.
-- @treturn ?string
function peer.missing()
  for _, name in ipairs(JARS) do
    if not exists("/usr/share/java/" .. name .. ".jar") then return "libwss4j-java is not installed" end
  end
  if process.run { "javac", "-version" } ~= 0 then return "default-jdk-headless is not installed" end
end

--- Compiles the peer, unless its classes are newer than its sources.
function peer.compile()
  local newer = ("test -e %s/Peer.class && test -z \"$(find %s -name '*.java' -newer %s/Peer.class)\"")
    :format(CLASSES, SOURCES, CLASSES)
  if process.run { "sh", "-c", newer } == 0 then return end
  local status, _, errors = process.run {
    "sh", "-c", ("mkdir -p %s && javac -nowarn -cp %s -d %s %s/*.java"):format(CLASSES, class_path(), CLASSES, SOURCES),
  }
  assert(status == 0, errors)
end

--- The command line that runs the peer.
-- @tparam {string,...} arguments verb and options
-- @treturn {string,...}
function peer.line(arguments)
  local line = {
    "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Dsun.net.httpserver.nodelay=true",
    "-Dorg.apache.commons.logging.Log=org.apache.commons.logging.impl.NoOpLog", "-cp", class_path(), "Peer",
  }
  for _, argument in ipairs(arguments) do line[#line + 1] = argument end
  return line
end

--- Starts the peer.
-- @tparam {string,...} arguments verb and options
-- @tparam ?table options as for process.start
-- @treturn process
function peer.start(arguments, options)
  return process.start(peer.line(arguments), options)
end

return peer
