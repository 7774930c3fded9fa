local trace = require "wws.trace"

local function lines_of(events)
  local path = os.tmpname()
  local write = assert(trace.jsonl(path))
  for _, event in ipairs(events) do write(event) end
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  os.remove(path)
  return lines
end

describe("trace: jsonl", function()
  it("writes one object a line, the common names first", function()
    assert.same({
      '{"time":1795248000.25,"side":"client","step":"request","bytes":120,"action":"urn:a","message":"<a/>"}',
      '{"step":"reply","detail":"x","secured":true}',
    }, lines_of {
      { time = 1795248000.25, side = "client", step = "request", bytes = 120, action = "urn:a", message = "<a/>" },
      { step = "reply", secured = true, detail = "x" },
    })
  end)

  it("escapes what JSON cannot hold, whatever a peer sent", function()
    assert.same({ [[{"detail":"\"\\\n\r\t\u0000\u0001\u007f"}]] }, lines_of { { detail = '"\\\n\r\t\0\1\127' } })
    assert.same({ '{"detail":"gr\195\188n \226\130\172 \240\159\152\128"}' },
      lines_of { { detail = "gr\195\188n \226\130\172 \240\159\152\128" } })
    assert.same({ [[{"detail":"\u00ff\u0080a"}]] }, lines_of { { detail = "\255\128a" } })
    assert.same({ '{"bytes":null}' }, lines_of { { bytes = math.huge } })
  end)

  it("says why it cannot open the file", function()
    local write, err = trace.jsonl("/no/such/directory/trace")
    assert.is_nil(write)
    assert.equal("invalidarg", err.code)
    assert.has_error(function() trace.jsonl(7) end, "the path must be a string, not a number")
  end)
end)
