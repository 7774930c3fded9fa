-- The threat model says what is so: the specs that it names are there, and it knows every attack that a spec names.

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

local MODEL = assert(read "csrc/THREATS.md")

describe("the threat model", function()
  it("names specs that exist, and of its own attacks alone", function()
    local claims, paths = 0, {}
    for line in MODEL:gmatch "[^\n]+" do
      local id, shown = line:match "^| (%u%d+) | .* | ([^|]*) |$"
      if id then
        claims = claims + 1
        local count = 0
        for path in shown:gmatch "spec/[%w_/%-]+%.lua" do
          assert.is_truthy(paths[path] or read(path), id .. ": " .. path)
          paths[path] = true
          count = count + 1
        end
        assert.is_true(count > 0 or #shown > 20, id .. " names neither a spec nor a reason")
      end
    end
    assert.is_true(claims > 50, tostring(claims))
  end)

  it("knows every attack that a spec names, as one that is defended", function()
    local found = assert(io.popen "grep -rhoE '[aA]ttacks? [A-G][0-9]+(, [A-G][0-9]+)*' spec --include=*_spec.lua")
    local ids = 0
    for line in found:lines() do
      for id in line:gmatch "%u%d+" do
        ids = ids + 1
        assert.is_truthy(MODEL:find("\n| " .. id .. " | ", 1, true), id)
      end
    end
    found:close()
    assert.is_true(ids > 50, tostring(ids))
  end)

  it("has settings among its defaults that exist, with the values they have", function()
    local bindings, settings, _, properties = require("wws").bindings()
    assert.equal(300, settings.max_allowed_clock_skew.default)
    assert.equal(300, settings.timestamp_validity_duration.default)
    local context = bindings.security_context.settings
    assert.equal("combined", context.key_entropy_mode.default)
    assert.same({ 1000, 100 }, { context.max_active_contexts.default, context.max_pending_contexts.default })
    assert.same({ "revocation_offline" }, bindings.ssl.settings.cert_failures_to_ignore.default)
    assert.is_false(bindings.ssl.settings.require_ssl_client_cert.default)
    assert.same({ 65536, 4194304 },
      { properties.max_buffered_message_size.default, properties.max_streamed_message_size.default })
    assert.is_false(properties.enable_http_redirect.default)
    assert.same({ true, false }, { properties.faults_as_errors.default, properties.allow_unsecured_faults.default })
  end)
end)
