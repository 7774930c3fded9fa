local probe = require "wws.probe"

-- By their numbers in csrc/framing/nmf_states.h; WRONG is nil.
local RECORDS = { [0] = "version", "mode", "via", "known", "extensible", "unsized", "sized", "end", "fault", "upgrade",
                  "response", "ack", "preamble_end" }
local STATES = { [0] = "version", "mode", "via", "encoding", "preamble end", "upgrade", "messages", "singleton",
                 "singleton end", "raw", "nothing", "quiet", "client upgrade", "client ack", "client messages",
                 "client reply", "client reply end", "wrong" }

-- MC-NMF sections 2.2.3 and 3: all that may come; every other cell is an error.
local LEGAL = {
  ["version"] = { version = "mode" },
  ["mode"] = { mode = "via" },
  ["via"] = { via = "encoding" },
  ["encoding"] = { known = "preamble end", extensible = "preamble end" },
  ["preamble end"] = { upgrade = "upgrade", preamble_end = "messages" },
  ["upgrade"] = {},
  ["messages"] = { sized = "messages", ["end"] = "nothing" },
  ["singleton"] = { unsized = "singleton end" },
  ["singleton end"] = { ["end"] = "nothing" },
  ["raw"] = {},
  ["nothing"] = {},
  ["quiet"] = {},
  ["client upgrade"] = { response = "quiet", fault = "nothing" },
  ["client ack"] = { ack = "client messages", fault = "nothing" },
  ["client messages"] = { sized = "client messages", ["end"] = "nothing", fault = "nothing" },
  ["client reply"] = { unsized = "client reply end", ["end"] = "nothing", fault = "nothing" },
  ["client reply end"] = { ["end"] = "nothing", fault = "nothing" },
  ["wrong"] = {},
}

describe("framing: states of message framing", function()
  for state = 0, #STATES do
    local name = STATES[state]
    it(("accepts in the state %q what the protocol allows and nothing else (attacks F3, F5)"):format(name), function()
      for record = 0, #RECORDS do
        local after = probe.nmf_next(state, record)
        assert.equal(LEGAL[name][RECORDS[record]], after and STATES[after], RECORDS[record])
      end
    end)

    it(("ends a reader in the state %q at every octet that may not come"):format(name), function()
      for octet = 0, 255 do
        local known = RECORDS[octet]
        if name ~= "raw" and not (known and LEGAL[name][known]) then
          local reader = probe.nmf_reader(state <= 10 and "server" or "client")
          reader:state(state)
          local _, _, err = reader:feed(string.char(octet))
          assert.is_table(err)
          assert.equal(name == "wrong" and "object_faulted" or "invalid_format", err.code)
          assert.equal(17, reader:state())
        end
      end
    end)
  end
end)
