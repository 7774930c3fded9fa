local blocking = require "wws.io.blocking"
local core = require "wws.core"

local PATIENCE = 10 * (os.getenv "WWS_STRESS" and 20 or 1)

local function shell(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

describe("os: Unix sockets", function()
  local directory
  before_each(function() directory = shell "mktemp -d" end)
  after_each(function() os.execute("rm -rf " .. directory) end)

  local function at(name) return directory .. "/" .. name end
  local function names() return shell("ls -A " .. directory) end

  it("carry bytes both ways and say who is at the other end", function()
    local listener = assert(core.unix_listen(at "x"))
    assert.same({ nil, "again" }, { listener:accept() })
    assert.equal(0, listener:port())
    local client = assert(core.unix_connect(at "x"))
    local server = assert(listener:accept())
    for _, ends in ipairs { { client, server }, { server, client } } do
      assert.equal(5, ends[1]:write("hello", 0))
      assert.equal("hello", ends[2]:read(100))
      local user, group, process = core.unix_peer(ends[1])
      assert.same({ core.unix_user(), tonumber(shell "id -g") }, { user, group })
      assert.is_true(process > 0)
    end
    client:close()
    assert.same({ nil, "closed" }, { server:read(1) })
    server:close()
    listener:close()
    assert.is_nil((core.unix_peer(client)))
  end)

  it("leave nothing behind, and only their own user may connect unless that is said", function()
    for _, case in ipairs { { false, "srw-------" }, { true, "srw-rw-rw-" } } do
      local listener = assert(core.unix_listen(at "x", case[1]))
      assert.equal(case[2], shell("stat -c %A " .. at "x"))
      listener:close()
      assert.equal("", names())
    end
    assert.same({ nil, "not found" }, { core.unix_connect(at "x") })
  end)

  it("never take the place of what is there", function()
    local listener = assert(core.unix_listen(at "x"))
    assert.same({ nil, "address in use" }, { core.unix_listen(at "x") })
    assert(core.unix_connect(at "x")):close()
    listener:close()
    for _, command in ipairs { "touch ", "mkdir ", "ln -s /nowhere " } do
      assert.equal("", shell(command .. at "x"))
      assert.same({ nil, "address in use" }, { core.unix_listen(at "x") })
      assert.equal("x", names())
      os.execute("rm -rf " .. at "x")
    end
  end)

  -- A process that ends without closing what it listens on.
  local function leave(program, name)
    shell(("env -u LD_PRELOAD lua5.4 -e 'package.cpath = [[%s]] local core = require [[wws.core]] %s os.exit(0, false)'")
      :format("build/lua5.4/?.so", program:format(at(name))))
  end

  it("clean up after a listener of ours that died, and after nobody else", function()
    leave("L = core.unix_listen [[%s]]", "ours")
    assert.equal("ours\nours.lock", names())
    assert.same({ nil, "refused" }, { core.unix_connect(at "ours") })
    local listener = assert(core.unix_listen(at "ours"))
    assert(core.unix_connect(at "ours")):close()
    os.rename(at "ours", at "theirs") -- nothing of ours beside it
    assert.same({ nil, "address in use" }, { core.unix_listen(at "theirs") })
    assert(core.unix_connect(at "theirs")):close() -- and it lives
    assert.equal("ours.lock\ntheirs", names())
    listener:close()
    assert.equal("theirs", names()) -- it is not at the place where we put one
    assert.same({ nil, "address in use" }, { core.unix_listen(at "theirs") })
  end)

  it("refuse a place that others could change, and a lock that is no file of ours", function()
    shell("mkdir -m 777 " .. at "open" .. " && mkdir -m 1777 " .. at "sticky")
    assert.same({ nil, "other users may change the socket's directory" }, { core.unix_listen(at "open/x") })
    core.unix_listen(at "sticky/x"):close()
    shell("ln -s /nowhere " .. at "x.lock")
    assert.is_nil((core.unix_listen(at "x")))
    os.remove(at "x.lock")
    assert.same({ nil, "not found" }, { core.unix_listen(at "nowhere/x") })
    assert.same({ nil, "the path of the socket is not absolute" }, { core.unix_listen "x" })
    for _, call in ipairs { core.unix_listen, core.unix_connect } do
      assert.same({ nil, "the path of the socket is too long" }, { call("/" .. ("x"):rep(107)) })
      assert.is_nil((call ""))
      assert.has_error(function() call "/tmp/x\0y" end)
    end
  end)

  it("live in directories that are private", function()
    assert(core.unix_private(at "run", true))
    assert.equal("drwx------", shell("stat -c %A " .. at "run"))
    assert(core.unix_private(at "run", true))
    assert(core.unix_private(at "run"))
    assert.same({ nil, "not found" }, { core.unix_private(at "none") })
    local WHY = "it is not a directory of this user that is closed to all others"
    shell("ln -s run " .. at "link && mkdir -m 750 " .. at "group && touch " .. at "file")
    for _, name in ipairs { "link", "group", "file" } do
      assert.same({ nil, WHY }, { core.unix_private(at(name), true) })
    end
  end)

  it("serve the driver under unix: and a path", function()
    local acceptor = assert(blocking.listen("unix:" .. at "x", nil, {}))
    local got = {}
    for i = 1, 3 do
      blocking.spawn(function()
        local stream = assert(blocking.connect("unix:" .. at "x", nil, { deadline = blocking.now() + PATIENCE }))
        assert(stream:write(tostring(i)))
        local answer = stream:read(10, blocking.now() + PATIENCE)
        got[#got + 1] = answer
        stream:close()
      end)
    end
    for _ = 1, 3 do
      local stream = assert(acceptor:accept(blocking.now() + PATIENCE))
      assert.equal(core.unix_user(), (stream:peer()))
      assert(stream:write("=" .. stream:read(10, blocking.now() + PATIENCE)))
      stream:close()
    end
    local deadline = blocking.now() + PATIENCE
    while #got < 3 and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.01) end
    table.sort(got)
    assert.same({ "=1", "=2", "=3" }, got)
    acceptor:close()
    assert.same({ nil, "not found" }, { blocking.connect("unix:" .. at "x") })
  end)
end)
