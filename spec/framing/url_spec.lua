local probe = require "wws.probe"

describe("framing: URL", function()
  for _, case in ipairs {
    { "http://localhost/", "http", "localhost", 80, "/" },
    { "https://localhost", "https", "localhost", 443, "/" },
    { "HTTPS://Host.Example:8443/a/b?c=d&e#f", "https", "Host.Example", 8443, "/a/b?c=d&e", true },
    { "http://127.0.0.1:0/", "http", "127.0.0.1", 0, "/", true },
    { "https://[::1]:65535/x", "https", "::1", 65535, "/x", true, true },
    { "http://[fe80::1]", "http", "fe80::1", 80, "/", false, true },
    { "net.tcp://host/service", "net.tcp", "host", 808, "/service" },
    { "net.pipe://localhost/pipe", "net.pipe", "localhost", 0, "/pipe" },
    { "net.uds:///run/socket", "net.uds", "", 0, "/run/socket" },
    { "http://host/%41%2f", "http", "host", 80, "/%41%2f" },
    { "http://" .. ("h"):rep(255) .. "/", "http", ("h"):rep(255), 80, "/" },
  } do
    it("reads " .. case[1]:sub(1, 40), function()
      assert.same({ scheme = case[2], host = case[3], host_text_agrees = true, port = case[4], path = case[5],
                    port_given = case[6] or false, is_ipv6 = case[7] or false }, probe.url(case[1]))
    end)
  end

  for _, case in ipairs {
    { "nothing", "", "scheme" },
    { "no scheme", "localhost/x", "scheme" },
    { "an unknown scheme", "ftp://host/", "scheme" },
    { "a scheme without slashes", "http:/host", "scheme" },
    { "no host", "http:///x", "no host" },
    { "a port without a host", "http://:80/", "no host" },
    { "an empty IPv6 literal", "http://[]/", "no host" },
    { "an open IPv6 literal", "http://[::1/", "bracket" },
    { "something behind an IPv6 literal", "http://[::1]x/", "port" },
    { "an empty port", "http://host:/", "port" },
    { "a port of letters", "http://host:8o/", "port" },
    { "a signed port", "http://host:+80/", "port" },
    { "a port past 65535", "http://host:65536/", "port" },
    { "a long port", "http://host:000080/", "port" },
    { "two ports", "http://host:80:80/", "port" },
    { "a user", "http://user@host/", "user information" },
    { "a user with a password", "http://user:secret@host/", "user information" },
    { "a query without a path", "http://host?x", "path" },
    { "a space", "http://ho st/", "percent" },
    { "a line break", "http://host/\r\nX: y", "percent" },
    { "NUL", "http://host\0.evil/", "percent" },
    { "a control character", "http://host/\127", "percent" },
    { "a backslash", "http://host\\@evil/", "percent" },
    { "raw UTF-8", "http://höst/", "percent" },
    { "a host that is too long", "http://" .. ("h"):rep(256) .. "/", "255" },
  } do
    it("refuses " .. case[1], function()
      local url, err = probe.url(case[2])
      assert.is_nil(url)
      assert.equal("invalid_endpoint_url", err.code)
      assert.matches(case[3], err.message)
      assert.is_nil(tostring(err):find("secret", 1, true))
    end)
  end

  it("compares paths as WS_URL_EXACT_PATH does", function()
    for _, pair in ipairs { { "/a", "/a" }, { "/a?x", "/a?y" }, { "/%61b", "/ab" }, { "/%2F", "/%2f" },
                            { "/", "/?" } } do
      assert.is_true(probe.url_same_path(pair[1], pair[2]), pair[1])
    end
    for _, pair in ipairs { { "/a", "/A" }, { "/a", "/a/" }, { "/a/b", "/a%2fb" }, { "/a", "/ab" }, { "/%6", "/%61" },
                            { "", "/" } } do
      assert.is_false(probe.url_same_path(pair[1], pair[2]), pair[1])
    end
  end)
end)
