--- What the core could do to the world at all, read off its sources: attacks that need a door which is not there.

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local all

-- By path, without their comments.
local function sources()
  if all then return all end
  all = {}
  local found = assert(io.popen "find csrc -name '*.[ch]' ! -name 'probe*'")
  for path in found:lines() do all[path] = read(path):gsub("/%*.-%*/", "") end
  found:close()
  return all
end

-- Every distinct match of a pattern with the files that have it, as "match file file".
local function uses(pattern)
  local seen = {}
  for path, text in pairs(sources()) do
    for match in text:gmatch(pattern) do
      seen[match] = seen[match] or {}
      seen[match][path] = true
    end
  end
  local list = {}
  for match, paths in pairs(seen) do
    for path in pairs(paths) do list[#list + 1] = match .. " " .. path end
  end
  table.sort(list)
  return list
end

describe("the sources", function()
  it("never lift libxml2's own limits, and never let it fetch anything (attack E2)", function()
    assert.same({ "XML_PARSE_NONET csrc/encoding/xml_sax.c" }, uses "XML_PARSE_[%u%d_]+")
  end)

  it("use libxml2's push parser alone: no tree, schemas, catalogs, XInclude, XPath or ids (attacks A17, E3)", function()
    local allowed = {
      xmlByteConsumed = true, xmlCreatePushParserCtxt = true, xmlCtxtReset = true, xmlCtxtResetPush = true,
      xmlCtxtUseOptions = true, xmlDictSize = true, xmlFreeDoc = true,
      xmlFreeParserCtxt = true, xmlParseChunk = true, xmlResetLastError = true, xmlStopParser = true,
    }
    for _, use in ipairs(uses "%f[%w_](xml%u[%w]*)%s*%(") do
      local name, path = use:match "^(%S+) (.*)$"
      assert.is_truthy(allowed[name], use)
      assert.equal("csrc/encoding/xml_sax.c", path)
    end
    local headers = { ["libxml/parser.h"] = true, ["libxml/parserInternals.h"] = true, ["libxml/xmlerror.h"] = true }
    for _, use in ipairs(uses "libxml/[%w]+%.h") do
      local header, path = use:match "^(%S+) (.*)$"
      assert.is_truthy(headers[header], use)
      assert.matches("^csrc/encoding/", path)
    end
  end)

  it("call nothing that keeps its answer where another thread may change it (attack F7)", function()
    for _, name in ipairs {
      "getpwuid", "getpwnam", "getgrgid", "getgrnam", "getlogin", "gethostbyname", "gethostbyaddr", "getservbyname",
      "inet_ntoa", "localtime", "gmtime", "ctime", "asctime", "strtok", "strerror", "setlocale", "getenv", "setenv",
      "putenv", "rand", "srand", "ttyname", "tmpnam", "crypt", "basename", "dirname",
    } do
      assert.same({}, uses("%f[%w_](" .. name .. ")%("))
    end
  end)

  it("open connections and look names up in the room of sockets alone, which Lua drives: nothing that is read can "
    .. "make the core go anywhere (attack D7)", function()
    for _, header in ipairs { "sys/socket%.h", "netdb%.h", "sys/un%.h" } do
      for _, use in ipairs(uses("<(" .. header .. ")>")) do assert.matches("csrc/os/", use) end
    end
    for _, name in ipairs { "getaddrinfo", "connect", "socket", "fopen", "open", "popen", "system" } do
      for _, use in ipairs(uses("%f[%w_](" .. name .. ")%(")) do
        assert.matches("csrc/os/", use)
      end
    end
  end)
end)
