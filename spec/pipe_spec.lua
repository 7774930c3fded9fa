-- Sessions over pipes, that is, Unix sockets: both ends in one process.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local core = require "wws.core"
local hex = require "spec.support.hex"
local wws = require "wws"

local PATIENCE = 10 * (os.getenv "WWS_STRESS" and 20 or 1)
local ADD = "urn:add"
local SSL = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } }
local TRUST = { { type = "ssl", trust = certs.ca } }
local STRING = { type = "string", username = "a", password = "b" }

local function shell(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

local function text(n) return ("<n xmlns='urn:x'>%d</n>"):format(n) end
local function number(message) return message and tonumber(message.body:match ">(%d+)<") end

describe("pipes", function()
  local opened, directory
  before_each(function() opened, directory = {}, shell "mktemp -d" end)
  after_each(function()
    for i = #opened, 1, -1 do opened[i]:close() end
    os.execute("rm -rf " .. directory)
  end)

  local function keep(object)
    opened[#opened + 1] = object
    return object
  end

  local function with(base, more)
    for key, value in pairs(more or {}) do base[key] = value end
    return base
  end

  local function urls()
    return { ["net.pipe"] = "net.pipe://localhost/calculator/one", ["net.uds"] = "net.uds://" .. directory .. "/x.sock" }
  end

  local function new_host(url, options)
    return keep(assert(wws.service_host { with({ url = url, run_directory = directory, close_timeout = 0.02, operations = {
      [ADD] = function(request) return text(number(request) + 1) end,
    } }, options) }))
  end

  local function serve(url, options)
    local host = new_host(url, options)
    assert(host:open())
    return host, host.urls[1]
  end

  local function channel_to(url, options)
    local channel = assert(wws.channel(with({ timeout = PATIENCE, run_directory = directory }, options)))
    local ok, err = channel:open(url)
    if not ok then return nil, err end
    return keep(channel)
  end

  for _, scheme in ipairs { "net.pipe", "net.uds" } do
    it("carry requests and replies under " .. scheme .. ", and leave nothing behind", function()
      local host, url = serve(urls()[scheme])
      assert.equal(urls()[scheme], url)
      local channels = {}
      for i = 1, 3 do channels[i] = assert(channel_to(url)) end
      for n = 1, 9 do assert.equal(n + 1, number(assert(channels[n % 3 + 1]:request(ADD, text(n))))) end
      assert.same({ "namedpipe", "duplex_session", "binary_session" },
        { channels[1]:get "channel_binding", channels[1]:get "channel_type", channels[1]:get "encoding" })
      for _, channel in ipairs(channels) do assert(channel:close()) end
      assert.equal(3, host:info().accepted)
      host:close()
      assert.equal("", shell("ls -A " .. directory))
      local channel, err = channel_to(url)
      assert.is_nil(channel)
      assert.same({ "endpoint_not_found", "not found" }, { err.code, err.got })
    end)
  end

  it("are found in the directory of the session, which is made", function()
    local script = [[
      local wws = require "wws"
      local listener = assert(wws.listener {})
      assert(listener:open "net.pipe://localhost/a")
      io.popen("find %s -mindepth 1 | sort; stat -c %%A %s/wws"):read "*a":gsub("[^\n]+", print)
      listener:close()]]
    local file = directory .. "/script"
    local out = assert(io.open(file, "w"))
    out:write((script:format(directory .. "/run", directory .. "/run")))
    out:close()
    shell("mkdir -m 700 " .. directory .. "/run")
    local got = shell(("env -u LD_PRELOAD XDG_RUNTIME_DIR=%s/run LUA_PATH='lua/?.lua;lua/?/init.lua' LUA_CPATH='build/lua5.4/?.so' "
      .. "lua5.4 %s 2>&1"):format(directory, file))
    assert.equal(("R/run/wws\nR/run/wws/a.pipe\nR/run/wws/a.pipe.lock\ndrwx------"):gsub("R", directory), got)
  end)

  it("refuse a directory that others may enter, on both sides (attack F6)", function()
    shell("chmod 755 " .. directory)
    local ok, err = new_host("net.pipe://localhost/x"):open()
    assert.is_nil(ok)
    assert.same({ "endpoint_access_denied", "run_directory" }, { err.code, err.property })
    ok, err = channel_to "net.pipe://localhost/x"
    assert.is_nil(ok)
    assert.same({ "endpoint_access_denied", "run_directory" }, { err.code, err.property })
    ok, err = channel_to("net.pipe://localhost/x", { run_directory = directory .. "/none" })
    assert.is_nil(ok)
    assert.same({ "endpoint_not_found", "run_directory" }, { err.code, err.property })
  end)

  it("refuse a socket that is there already (attack F6)", function()
    local url = urls()["net.uds"]
    local other = keep(assert(core.unix_listen(directory .. "/x.sock")))
    local ok, err = new_host(url):open()
    assert.is_nil(ok)
    assert.equal("address_in_use", err.code)
    other:close()
    assert(new_host(url):open())
    local third
    third, err = new_host(url):open()
    assert.is_nil(third)
    assert.equal("address_in_use", err.code)
  end)

  -- A driver that says somebody else is at the other end.
  local function disguised(user)
    local driver = with({}, blocking)
    local function disguise(stream)
      if not stream then return end
      return setmetatable({ peer = function() return user, user, 1 end }, { __index = function(_, name)
        local value = stream[name]
        if type(value) ~= "function" then return value end
        return function(_, ...) return value(stream, ...) end
      end })
    end
    function driver.connect(...)
      local stream, why = blocking.connect(...)
      return disguise(stream), why
    end
    function driver.listen(...)
      local acceptor, why = blocking.listen(...)
      if not acceptor then return nil, why end
      return { host = acceptor.host, port = acceptor.port, close = function() acceptor:close() end,
               accept = function(_, deadline)
                 local stream, failure = acceptor:accept(deadline)
                 return disguise(stream), failure
               end }
    end
    return driver
  end

  it("talk to nobody but this user, root, and whom they list (attack F6)", function()
    local other = core.unix_user() + 17
    local _, url = serve("net.pipe://localhost/mine")
    for _, allowed in ipairs { false, { other + 1 }, { other }, "any" } do
      local channel, err = channel_to(url, { driver = disguised(other), allowed_peers = allowed or nil })
      local welcome = allowed == "any" or allowed and allowed[1] == other
      assert.equal(welcome, channel ~= nil)
      if not welcome then assert.is_truthy(err.got:find(tostring(other), 1, true)) end
    end
    assert(channel_to(url, { driver = disguised(0) }))
  end)

  it("turn others away at the listener (attack F6)", function()
    local other = core.unix_user() + 17
    local host, url = serve("net.pipe://localhost/yours", { driver = disguised(other) })
    assert.is_nil((channel_to(url)))
    local deadline = core.now() + PATIENCE
    local function said() return host:info().endpoints[1].last_error end
    while not said() and core.now() < deadline do blocking.sleep(core.now() + 0.01) end
    assert.is_truthy(said().message:find("the user " .. other, 1, true))
    host:close()
    url = select(2, serve("net.pipe://localhost/ours", { driver = disguised(other), allowed_peers = { other } }))
    assert.equal("srw-rw-rw-", shell("stat -c %A " .. directory .. "/ours.pipe"))
    assert(channel_to(url))
  end)

  it("say what is wrong with their options", function()
    for name, values in pairs { run_directory = { "here", 1 }, allowed_peers = { "all", { "root" }, { -1 }, { 0.5 }, { a = 1 }, 1 } } do
      for _, value in ipairs(values) do
        for _, make in ipairs { wws.channel, wws.listener } do
          local object, err = make { [name] = value }
          assert.is_nil(object)
          assert.same({ "invalidarg", name }, { err.code, err.property })
        end
      end
    end
  end)

  it("carry what their binding allows, and no more", function()
    local PIPE = { type = "namedpipe_sspi", credential = STRING }
    for _, case in ipairs {
      { "net.pipe://localhost/x", { TRUST[1] }, "type" },
      { "net.pipe://localhost/x", { { type = "tcp_sspi", credential = STRING } }, "type" },
      { "net.pipe://localhost/x", { transport_protection_level = "none", { type = "username", credential = STRING } }, "type" },
      { "net.tcp://localhost:1/x", { PIPE }, "type" },
      { "http://localhost:1/x", { PIPE }, "type" },
      { "net.uds://" .. directory .. "/x", { PIPE, { type = "username", credential = STRING } }, nil },
    } do
      local channel, err = wws.channel { security = case[2], timeout = PATIENCE }
      local ok
      if channel then ok, err = channel:open(case[1]) end
      assert.is_nil(ok)
      assert.equal("invalidarg", err.code)
      if case[3] then assert.equal(case[3], err.property) end
    end
    local channel = assert(wws.channel { binding = "namedpipe" })
    local ok, err = channel:open "net.tcp://localhost:1/x"
    assert.is_nil(ok)
    assert.same({ "invalidarg", "binding" }, { err.code, err.property })
  end)

  it("are upgraded to TLS under net.uds, where message bindings may follow", function()
    local url = urls()["net.uds"]
    serve(url, { security = { SSL[1], { type = "username", validate_password = function(name) return name == "alice" end } } })
    local USER = { type = "username", credential = { type = "string", username = "alice", password = "x" } }
    local address = { url = url, identity = { dns = "localhost" } }
    local channel = assert(channel_to(address, { security = { TRUST[1], USER } }))
    assert.equal(4, number(assert(channel:request(ADD, text(3)))))
    assert.equal("tcp", channel:get "channel_binding")
    local plain, err = channel_to(url)
    assert.is_nil(plain)
    assert.equal("UpgradeInvalid", err.fault and err.fault.subcode or tostring(err):match "UpgradeInvalid")
  end)

  -- What a client of our own making does, as raw bytes.
  local function raw(name, bytes, last)
    local stream = assert(blocking.connect("unix:" .. directory .. "/" .. name))
    assert(stream:write(bytes, core.now() + PATIENCE))
    local got = ""
    local more = stream:read(65536, core.now() + PATIENCE)
    while more do
      got = got .. more
      if last and got:sub(-#last) == last then break end
      more = stream:read(65536, core.now() + PATIENCE)
    end
    stream:close()
    return got
  end

  local function preamble(url, rest)
    return "\0\1\0\1\2\2" .. string.char(#url) .. url .. "\3\8" .. rest
  end
  local POSIX = "\9\21application/unixposix"

  it("take WCF's upgrade to the socket's credentials, and the client may leave it out", function()
    local url = urls()["net.uds"]
    serve(url)
    for _, posix in ipairs { true, false } do
      assert.equal(2, number(assert(assert(channel_to(url, { posix_identity = posix })):request(ADD, text(1)))))
    end
    assert.equal("\10", raw("x.sock", preamble(url, POSIX), "\10"))
    assert.equal("\11\7", raw("x.sock", preamble(url, "\12\7"), "\7"))
    for _, bytes in ipairs { POSIX .. POSIX, POSIX .. "\12", "\9\21application/negotiate" } do
      local got = raw("x.sock", preamble(url, bytes))
      assert.is_truthy(got:find("UpgradeInvalid", 1, true) or got == "", got)
    end
    url = select(2, serve "net.pipe://localhost/p")
    assert.is_truthy(raw("p.pipe", preamble(url, POSIX)):find("UpgradeInvalid", 1, true))
  end)

  -- What WCF's client once sent over TCP, but for the address, which is as long.
  local function recorded(url)
    local bytes = {}
    for line in io.lines "spec/vectors/framing/tcp-none-session.cap" do
      local said = line:match "^C\t(%x%x+)$"
      if said then bytes[#bytes + 1] = hex.decode(said) end
    end
    local whole, count = table.concat(bytes):gsub("net%.tcp://localhost:%d+/tcp%-none", function(old)
      assert.equal(#old, #url)
      return url
    end)
    assert.equal(2, count)
    return whole
  end

  it("serve what WCF's client sends in a session", function()
    local seen = {}
    local function note(request)
      seen[#seen + 1] = (request.body:gsub("<(%a+)[^>]*>", "<%1>"))
      return "<r xmlns='urn:x'/>"
    end
    local base = "urn:wws:peers:calc/ICalculator/"
    local _, url = serve("net.pipe://localhost/tcp-none.pipe", { to_header_matching_options = { "exact_path" },
      operations = { [base .. "Add"] = note, [base .. "Subtract"] = note } })
    local got = raw("tcp-none.pipe.pipe", recorded(url), "\7")
    assert.same({ "<Add><a>0</a><b>40</b></Add>", "<Subtract><a>1</a><b>40</b></Subtract>" }, seen)
    assert.equal("\11\6", got:sub(1, 2))
  end)

  it("end what is silent, and answer what is wrong, as over TCP (attack F2)", function()
    local _, url = serve("net.pipe://localhost/x", { connect_timeout = 0.05 })
    assert.equal("", raw("x.pipe", "\0"))
    assert.is_truthy(raw("x.pipe", preamble("net.pipe://localhost/other", "\12")):find("EndpointNotFound", 1, true))
    assert.is_truthy(raw("x.pipe", preamble((url:gsub("pipe:", "tcp:")), "\12")):find("EndpointNotFound", 1, true))
  end)

  it("leave a connection for the next channel that talks to that peer", function()
    local host, url = serve("net.pipe://localhost/again")
    for _ = 1, 3 do
      local channel = assert(channel_to(url, { reuse_connection = true }))
      assert.equal(2, number(assert(channel:request(ADD, text(1)))))
      assert(channel:close())
    end
    assert.equal(1, host:info().connections)
  end)
end)
