local core = require "wws.core"

describe("framing: which socket a pipe's URL means", function()
  for _, case in ipairs {
    { "net.pipe://localhost/calculator", "calculator.pipe" },
    { "net.pipe://LOCALHOST/a/b/", "a+b.pipe" },
    { "net.pipe://localhost", "+.pipe" },
    { "net.pipe://localhost/", "+.pipe" },
    { "net.pipe://localhost//", "+.pipe" },
    { "net.pipe://localhost/..", "...pipe" },
    { "net.pipe://localhost/../../etc/passwd", "..+..+etc+passwd.pipe" },
    { "net.pipe://localhost/a%2Fb", "a%2Fb.pipe" },
    { "net.pipe://localhost/a+b", "a%2Bb.pipe" },
    { "net.pipe://localhost/%c3%a4=%41", "%C3%A4%3DA.pipe" },
    { "net.pipe://localhost/" .. ("x"):rep(40), ("x"):rep(40) .. ".pipe" },
    { "net.uds:///run/wws/x.sock", "/run/wws/x.sock", true },
    { "net.uds://localhost/run/x", "/run/x", true },
    { "net.uds:///a%20b/%2e%2e.x", "/a b/...x", true },
    { "net.uds:///" .. ("x"):rep(106), "/" .. ("x"):rep(106), true },
  } do
    it("finds " .. case[1]:sub(1, 50), function()
      local path, absolute = core.pipe_path(case[1])
      assert.same({ case[2], case[3] or false }, { path, absolute })
    end)
  end

  it("names long paths by their hash, each its own", function()
    local a = core.pipe_path("net.pipe://localhost/" .. ("x"):rep(41))
    local b = core.pipe_path("net.pipe://localhost/" .. ("x"):rep(42))
    assert.not_equal(a, b)
    local pipe = io.popen(("printf %%s %s | sha256sum"):format(("x"):rep(41)))
    assert.equal("=" .. pipe:read(32) .. ".pipe", a)
    pipe:close()
  end)

  for _, case in ipairs {
    { "another host", "net.pipe://example.org/x", "localhost" },
    { "an address", "net.pipe://127.0.0.1/x", "localhost" },
    { "another host of a socket", "net.uds://example.org/x", "localhost" },
    { "a port", "net.pipe://localhost:808/x", "no port" },
    { "a query", "net.uds:///x?y", "no query" },
    { "a NUL", "net.pipe://localhost/x%00y", "NUL" },
    { "a NUL in a socket's path", "net.uds:///x%00y", "NUL" },
    { "half an escape", "net.pipe://localhost/x%4", "escape" },
    { "an escape of other letters", "net.uds:///x%4g", "escape" },
    { "a directory", "net.uds:///run/", "file" },
    { "the root", "net.uds:///", "file" },
    { "a way out", "net.uds:///run/../x", "file" },
    { "an escaped way out", "net.uds:///run/%2e%2E/x", "file" },
    { "itself", "net.uds:///run/.", "file" },
    { "an escaped slash at the end", "net.uds:///run%2f", "file" },
    { "too long a path", "net.uds:///" .. ("x"):rep(107), "107" },
    { "far too long a path", "net.pipe://localhost/" .. ("x"):rep(5000), "too long" },
  } do
    it("refuses " .. case[1], function()
      local path, err = core.pipe_path(case[2])
      assert.is_nil(path)
      assert.equal("invalid_endpoint_url", err.code)
      assert.is_truthy(err.message:find(case[3], 1, true), err.message)
    end)
  end

  it("is none for other schemes", function()
    assert.equal("invalidarg", select(2, core.pipe_path "net.tcp://localhost/x").code)
  end)
end)
