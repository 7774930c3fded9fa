local probe = require "wws.probe"
local vectors = require "spec.vectors.framing.http_digest"

local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function challenge(row)
  return ("Digest realm=%s, nonce=%s, qop=\"auth-int, auth\"%s, opaque=\"o\""):format(quoted(row[3]), quoted(row[7]),
    row[1] and ", algorithm=" .. row[1] or "")
end

describe("framing: digest authentication", function()
  it("answers challenges as the published vectors and curl do", function()
    for _, row in ipairs(vectors) do
      local value = assert(probe.http_digest(challenge(row),
        { method = row[5], uri = row[6], username = row[2], password = row[4], cnonce = row[8] }))
      local said = probe.http_auth(value)[1]
      assert.equal(row[9], said.response)
      assert.same({ row[2], row[3], row[7], row[6], row[8], "auth", "00000001", "o", row[1] }, { said.username,
        said.realm, said.nonce, said.uri, said.cnonce, said.qop, said.nc, said.opaque, said.algorithm })
    end
  end)

  it("tells what a response must be, from the secret alone", function()
    local value = assert(probe.http_digest(challenge(vectors[5]),
      { method = "POST", uri = "/svc", username = "alice", password = "Password-alice", cnonce = vectors[5][8] }))
    local expected, said = probe.http_digest_response(value, "POST", "5c7d56c0daf9b7a3aee469c058f4deb6")
    assert.equal(vectors[5][9], expected)
    assert.equal(expected, said)
    assert.are_not.equal(said, (probe.http_digest_response(value, "GET", "5c7d56c0daf9b7a3aee469c058f4deb6")))
  end)

  it("refuses what it does not know, and what is incomplete", function()
    local about = { method = "POST", uri = "/", username = "a", password = "b", cnonce = "c" }
    for value, code in pairs {
      ['Digest realm="x", nonce="y"'] = "not_supported",
      ['Digest realm="x", nonce="y", qop="auth-int"'] = "not_supported",
      ['Digest realm="x", nonce="y", qop="auth", algorithm=SHA-512-256'] = "not_supported",
      ['Digest realm="x", qop="auth"'] = "invalid_format",
    } do
      local out, err = probe.http_digest(value, about)
      assert.is_nil(out)
      assert.equal(code, err.code, value)
    end
    local whole = 'Digest username="a", realm="x", nonce="y", uri="/", cnonce="c", response="r", qop=auth, nc=0000000f'
    assert(probe.http_digest_response(whole, "POST", "s"))
    assert(probe.http_digest_response(whole:gsub("=auth", '="auth"'):gsub("nc=(%x+)", 'nc="%1"'), "POST", "s"))
    for _, name in ipairs { "username", "realm", "nonce", "uri", "cnonce", "response", "qop", "nc" } do
      assert.is_nil((probe.http_digest_response(whole:gsub(name .. "=", "other="), "POST", "s")), name)
    end
    for _, wrong in ipairs { { "0000000f", "f" }, { "0000000f", "0000000g" }, { '"a"', '"a:b"' },
      { "Digest ", "Digest userhash=true, " } } do
      assert.is_nil((probe.http_digest_response(whole:gsub(wrong[1], wrong[2]), "POST", "s")), wrong[2])
    end
  end)
end)
