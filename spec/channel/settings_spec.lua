local probe = require "wws.probe"

local TCP = 2

local function refuse(side, options, binding)
  local got, err = probe.settings(side, options, binding)
  assert.is_nil(got)
  return err
end

describe("channel: settings", function()
  it("give a client channel WWSAPI's defaults", function()
    local all = assert(probe.settings("client", {}))
    assert.are.equal(65536, all.max_buffered_message_size)
    assert.are.equal("text_utf8", all.encoding)
    assert.are.equal("soap_1_2", all.envelope_version)
    assert.are.equal("1.0", all.addressing_version)
    assert.are.equal(math.huge, all.resolve_timeout)
    assert.are.equal(30, all.connect_timeout)
    assert.are.equal(30, all.send_timeout)
    assert.are.equal(30, all.receive_response_timeout)
    assert.are.equal(30, all.receive_timeout)
    assert.are.equal("buffered", all.transfer_mode)
    assert.are.equal("auto", all.cookie_mode)
    assert.is_true(all.enable_timeouts)
    assert.is_true(all.faults_as_errors)
    assert.is_false(all.allow_unsecured_faults)
    assert.is_false(all.enable_http_redirect)
    assert.is_nil(all.listen_backlog)
  end)

  it("give a listener its own", function()
    local all = assert(probe.settings("server", {}))
    assert.are.equal(15, all.connect_timeout)
    assert.are.equal(5, all.close_timeout)
    assert.are.equal(65536, all.max_http_request_headers_buffer_size)
    assert.are.same({ "Mozilla" }, all.disallowed_user_agent)
    assert.are.same({ "this_host", "port", "exact_path", "no_query" }, all.to_header_matching_options)
    assert.is_nil(all.faults_as_errors)
  end)

  it("take what is given", function()
    local all = assert(probe.settings("client", {
      security = {}, max_buffered_message_size = 1, send_timeout = 0.25, envelope_version = "soap_1_1",
      allow_unsecured_faults = true, receive_timeout = math.huge, cookie_mode = "manual",
    }))
    assert.are.equal(1, all.max_buffered_message_size)
    assert.are.equal(0.25, all.send_timeout)
    assert.are.equal("soap_1_1", all.envelope_version)
    assert.is_true(all.allow_unsecured_faults)
    assert.are.equal(math.huge, all.receive_timeout)
    assert.are.equal("manual", all.cookie_mode)
  end)

  it("accept a dot and an underscore alike in versions", function()
    assert.are.equal("1.0", probe.settings("client", { addressing_version = "1_0" }).addressing_version)
    assert.are.equal("soap_1_1", probe.settings("client", { envelope_version = "soap.1.1" }).envelope_version)
  end)

  it("make every time-out infinite that was not given, when time-outs are off", function()
    local _, seconds = probe.settings("client", { enable_timeouts = false })
    assert.are.equal(math.huge, seconds)
    _, seconds = probe.settings("client", { enable_timeouts = false, send_timeout = 3 })
    assert.are.equal(3, seconds)
  end)

  it("refuse an unknown name with a hint at the nearest (attack F4)", function()
    local err = refuse("client", { max_buffered_message = 1 })
    assert.are.equal("invalidarg", err.code)
    assert.are.equal("max_buffered_message", err.got)
    assert.are.equal("did you mean 'max_buffered_message_size'?", err.hint)
    assert.is_nil(refuse("client", { zebra = 1 }).hint)
  end)

  it("refuse a list part and keys that are no strings", function()
    assert.are.equal("invalidarg", refuse("client", { "x" }).code)
    assert.are.equal("invalidarg", refuse("client", { [true] = 1 }).code)
  end)

  it("refuse a property of the other side", function()
    local err = refuse("client", { listen_backlog = 5 })
    assert.are.equal("listen_backlog", err.property)
    assert.are.equal("it belongs to a listener", err.hint)
    assert.are.equal("cookie_mode", refuse("server", { cookie_mode = "auto" }).property)
  end)

  for name, case in pairs {
    ["a size of zero"] = { { max_buffered_message_size = 0 }, "whole number from 1" },
    ["a size above a ULONG"] = { { max_buffered_message_size = 2 ^ 32 }, "whole number from 1" },
    ["half a byte"] = { { max_buffered_message_size = 1.5 }, "whole number" },
    ["a size that is no number"] = { { max_buffered_message_size = 0 / 0 }, "whole number" },
    ["a size as text"] = { { max_buffered_message_size = "1" }, "a whole number" },
    ["a negative time-out"] = { { send_timeout = -1 }, "seconds" },
    ["a boolean as text"] = { { enable_timeouts = "yes" }, "true or false" },
    ["an encoding that does not exist"] = { { encoding = "utf8" }, "one of text_utf8" },
    ["an encoding as a number"] = { { encoding = 5 }, "a string" },
  } do
    it("refuse " .. name, function()
      local err = refuse("client", case[1])
      assert.are.equal("invalidarg", err.code)
      assert.are.equal(next(case[1]), err.property)
      assert.is_truthy(err.expected:find(case[2], 1, true), err.expected)
    end)
  end

  for name, value in pairs {
    encoding = "raw", envelope_version = "none",
    encoder = "gzip", http_message_mapping = "none",
  } do
    it("know " .. name .. " = " .. tostring(value) .. " but do not perform it (attack F4)", function()
      local err = refuse("client", { [name] = value })
      assert.are.equal("notimpl", err.code)
      assert.are.equal(name, err.property)
    end)
  end

  it("accept the default of what is not performed", function()
    assert(probe.settings("client", { transfer_mode = "buffered" }))
  end)

  it("belong to a transport", function()
    local err = refuse("client", { no_delay = true })
    assert.are.equal("invalidarg", err.code)
    assert.are.equal("no_delay", err.property)
    assert.are.equal("invalidarg", refuse("client", { ip_version = "4" }).code)
    assert.are.equal("invalidarg", refuse("client", { cookie_mode = "auto" }, TCP).code)
  end)

  it("turn away user agents by substring", function()
    assert.is_true(probe.disallows_agent({}, "Mozilla/5.0"))
    assert.is_false(probe.disallows_agent({}, "mozilla"))
    assert.is_false(probe.disallows_agent({ disallowed_user_agent = {} }, "Mozilla/5.0"))
    assert.is_true(probe.disallows_agent({ disallowed_user_agent = { "x", "curl" } }, "curl/8"))
  end)

  it("survive running out of memory", function()
    collectgarbage()
    local before = probe.blocks()
    for n = 0, 20 do
      probe.memory(n)
      local all, err = probe.settings("server", { disallowed_user_agent = { "a", "b" }, close_timeout = 1 })
      probe.memory()
      assert(all or err.code == "outofmemory")
      collectgarbage()
      collectgarbage()
      assert.are.equal(before, probe.blocks())
      if all then return end
    end
    error("it never succeeded")
  end)
end)
