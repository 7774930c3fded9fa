-- In processes that bring an OpenSSL of their own. The hosts have Lua 5.4 in them: its run of the specs has these.
if rawget(_G, "jit") then return end
local needs = require "spec.support.needs"
local process = require "spec.support.process"

local HOSTS = "build/hosts/"
local ENVIRONMENT = 'LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua" LUA_CPATH="build/lua5.4/?.so" LC_ALL=C'
local ASK = HOSTS .. "ask.lua"

local function compile(name, ...)
  local line = { "sh", "-c", 'mkdir -p "$1" && shift && exec "$@"', "sh", HOSTS, "gcc", "-O1", "-o", HOSTS .. name, ... }
  line[#line + 1] = "-Wl,--no-as-needed"
  local pipe = io.popen "pkg-config --cflags --libs lua5.4"
  for word in (pipe:read "*a"):gmatch "%S+" do line[#line + 1] = word end
  pipe:close()
  local status, _, errors = process.run(line)
  assert(status == 0, errors)
end

local function run(line, more)
  return process.run(line, { environment = ENVIRONMENT .. " " .. (more or "") })
end

describe("interop: the OpenSSL guard", function()
  setup(function()
    os.execute("mkdir -p " .. HOSTS)
    local file = assert(io.open(ASK, "w"))
    file:write 'require "wws.core"; print "loaded"\n'
    file:close()
  end)

  it("lets a host pass that brings none", function()
    compile("plain", "-rdynamic", "spec/interop/openssl/host.c")
    local status, output = run { HOSTS .. "plain", ASK }
    assert.same({ 0, "loaded\n" }, { status, output })
  end)

  -- the first is one of a few that stand for their library, the other is not
  for _, name in ipairs { "EVP_MAC_fetch", "X509_verify_cert" } do
    it("refuses a host that exports a " .. name .. " of its own, and names the files", function()
      compile(name, "-rdynamic", "-DEXPORTED=" .. name, "spec/interop/openssl/host.c")
      local status, output = run { HOSTS .. name, ASK }
      assert.equal(1, status)
      assert.is_truthy(output:find("OpenSSL's symbols come from different files", 1, true), output)
      assert.is_truthy(output:find(HOSTS .. name, 1, true), output)
      assert.is_truthy(output:find("libcrypto.so", 1, true), output)
      assert.is_nil(output:find("was called", 1, true))
    end)
  end

  describe("in Node, whose binary has all of an OpenSSL", function()
    if not needs(process.run { "node", "--version" } ~= 0 and "node is not installed" or nil) then return end
    local LOAD = ("try { process.dlopen({ exports: {} }, '%s') } catch (e) { console.log(e.message) }"):format(
      io.popen("pwd"):read "*l" .. "/" .. HOSTS .. "inside.so")

    setup(function() compile("inside.so", "-shared", "-fPIC", "spec/interop/openssl/inside.c") end)

    it("finds one OpenSSL, with which a security context lives and ends", function()
      local status, output, errors = run({ "node", "-e", LOAD }, "HOSTED=" .. ASK)
      assert.same({ 0, "loaded\n" }, { status, output }, errors)
      status, output, errors = run({ "node", "-e", LOAD }, "HOSTED=examples/01_security_context.lua")
      assert.equal(0, status, output .. errors)
      assert.is_truthy(output:find("cancel", 1, true), output)
    end)
  end)
end)
