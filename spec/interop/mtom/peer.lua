--- Compiles and starts JAX-WS with MTOM. Its verbs are in Peer.java.
local process = require "spec.support.process"

local peer = {}

local JARS = "jaxws-rt jaxws-ri-runtime jaxws-api jaxb-api jaxb-core jaxb-impl jaxb-runtime istack-commons-runtime txw2 "
  .. "stax-ex streambuffer mimepull saaj-impl saaj-api metro-policy gmbal gmbal-pfl-basic javax.activation "
  .. "geronimo-annotation-1.3-spec jws-api jsr181-api FastInfoset wscompile ha-api management-api javax.xml.soap-api "
  .. "glassfish-pfl-basic glassfish-pfl-tf glassfish-pfl-dynamic glassfish-pfl-asm"
local SOURCES, CLASSES = "spec/interop/mtom", "build/peers/mtom"

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function class_path()
  local parts = { CLASSES }
  for name in JARS:gmatch "%S+" do
    local jar = "/usr/share/java/" .. name .. ".jar"
    if exists(jar) then parts[#parts + 1] = jar end
  end
  return table.concat(parts, ":")
end

--- Why the peer cannot run on this machine; nil when it can.
-- @treturn ?string
function peer.missing()
  if not exists "/usr/share/java/jaxws-rt.jar" then return "libjaxws-java is not installed" end
  if process.run { "javac", "-version" } ~= 0 then return "default-jdk-headless is not installed" end
end

--- Compiles the peer, unless it was made of these sources. Several processes may ask at once.
function peer.compile()
  local script = ([[
set -e
mkdir -p CLASSES
exec 9>CLASSES/lock
flock 9
sum=$(sha256sum <SOURCES/Peer.java)
[ "$sum" != "$(cat CLASSES/sum 2>/dev/null)" ] || exit 0
javac -nowarn -parameters -cp PATHS -d CLASSES SOURCES/Peer.java 9>&-
echo "$sum" >CLASSES/sum]]):gsub("CLASSES", CLASSES):gsub("SOURCES", SOURCES):gsub("PATHS", class_path())
  local status, output, errors = process.run { "sh", "-c", script }
  assert(status == 0, tostring(output) .. tostring(errors))
end

--- Starts the peer.
-- @tparam {string,...} arguments verb and what it needs
-- @tparam ?table options as for process.start
-- @treturn process
function peer.start(arguments, options)
  local line = { "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Dsun.net.httpserver.nodelay=true",
                 "-Dcom.sun.xml.ws.monitoring.endpoint=false", "-Dcom.sun.xml.ws.monitoring.client=false",
                 "--add-opens", "java.base/java.lang=ALL-UNNAMED", "-cp", class_path(), "Peer" }
  for _, argument in ipairs(arguments) do line[#line + 1] = argument end
  return process.start(line, options)
end

return peer
