local certs = require("spec.support.certs")
local probe = require("wws.probe")
local tls_pair = require("spec.support.tls_pair")

local VERSIONS = { ["TLSv1.2"] = 0x20 + 0xc, ["TLSv1.3"] = 0x10 + 0xc }

local function connect(client_options, server_options, host)
  local client, server, seen = tls_pair.connect(tls_pair.client(client_options), tls_pair.server(server_options), host)
  return client, server, seen
end

describe("crypto: TLS engine", function()
  for version, disallowed in pairs(VERSIONS) do
    it("shakes hands and carries bytes both ways in " .. version, function()
      local client, server, seen = connect({ disallowed = disallowed })
      assert.is_nil(seen.client_error)
      assert.is_true(seen.client)
      assert.is_true(seen.server)
      assert.equal(version, client:version())
      for _, turn in ipairs { { client, server }, { server, client } } do
        local text = ("hello "):rep(10000)
        assert(turn[1]:write(text))
        tls_pair.move(turn[1], turn[2])
        local got, ended = assert(turn[2]:read())
        assert.equal(text, got)
        assert.is_false(ended)
      end
    end)
  end
end)
