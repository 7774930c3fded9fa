-- Streamed messages over net.tcp, client and server in one process, in which one thing after another fails once.
-- WWS_TORTURE_STRIDE=n tries only every nth place.
local wws = require "wws"
local core = require "wws.core"
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local faulty = require "spec.support.faulty"
local streaming = require "spec.support.streaming"

local STRIDE = tonumber(os.getenv "WWS_TORTURE_STRIDE" or 1)
local SERVED = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } }
local TRUSTED = { { type = "ssl", trust = certs.ca } }
local TEXT = "<a>" .. ("x!"):rep(40000) .. "</a>"

-- Two calls over one connection. Each step answers something, or nil and an error; what is read is whole or an error.
local function converse(url, world)
  local good
  local channel, why = wws.channel { security = world.secured and TRUSTED or nil, transfer_mode = "streamed",
    encoding = world.encoding, env = world.env, driver = world.driver, timeout = 1 }
  if not channel then return nil, why end
  local function steps()
    local answer, err = channel:open(url)
    for _ = 1, 2 do
      if answer then answer, err = channel:request("urn:echo", streaming.pieces(TEXT, 30000)) end
      if answer then answer, err = streaming.drain(answer, 50000) end
      if answer and not answer:find(TEXT:sub(4), 1, true) then error "another text" end
    end
    if answer then answer, err = channel:close() end
    return answer, err
  end
  good, why = steps()
  channel:abort()
  return good, why
end

--- Runs `client(url)` against a host in the same process, to the end of both.
local function with_host(world, client)
  local host, why = wws.service_host {
    driver = world.driver,
    { url = "net.tcp://localhost:0/s", env = world.env, operations = { ["urn:echo"] = streaming.echo }, encoding = world.encoding,
      security = world.secured and SERVED or nil, transfer_mode = "streamed", close_timeout = 0.05 },
  }
  if not host then return nil, why end
  local good
  good, why = host:open()
  if good then
    local called
    blocking.spawn(function() called = { pcall(client, host.urls[1]) } end)
    while not called do host:step(0.01) end
    if not called[1] then error(called[2], 0) end
    good, why = called[2], called[3]
  end
  host:close()
  return good, why
end

local function assert_error(why)
  assert.truthy(why, "nil without an error")
  assert.equal("string", type(why.code), tostring(why))
  assert.is_true(#why.message > 0)
end

describe("torture: streamed messages", function()
  for _, encoding in ipairs { "text_utf8", "binary" } do
    it("survive each allocation that fails, in " .. encoding, function()
      local place, refused = 0, 0
      repeat
        local world = { env = assert(core.env {}), driver = blocking, encoding = encoding, secured = encoding == "binary" }
        world.env:fail_after(place)
        local good, why = with_host(world, function(url)
          local first, reason = converse(url, world)
          if not world.env:fails() then assert(converse(url, world)) end -- the host goes on serving
          return first, reason
        end)
        local failed = not world.env:fails()
        world.env:fail_after()
        if not good then
          assert_error(why)
          refused = refused + 1
        end
        place = place + STRIDE
      until not failed
      assert.is_true(refused > 0)
      print(("%d allocations, %d of them ended the conversation"):format(place, refused))
    end)
  end

  for _, text in ipairs { "closed", "timeout", "a broken wire" } do
    it(("survive each read, write and connect that answers %q"):format(text), function()
      local place, refused = 1, 0
      repeat
        local driver = faulty.driver(blocking, place, text)
        local world = { env = core.env {}, driver = driver, encoding = "binary" }
        local good, why = with_host(world, function(url) return converse(url, world) end)
        if not good then
          assert_error(why)
          refused = refused + 1
        end
        place = place + 1
      until not driver.failed()
      assert.is_true(refused > 0)
      print(("%d operations, %d of them ended the conversation"):format(place, refused))
    end)
  end
end)
