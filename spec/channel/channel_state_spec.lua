local probe = require "wws.probe"

-- the diagram of WWSAPI (WS_CHANNEL_STATE), one row a state; "-" is invalid_operation
local EVENTS = { "open", "opened", "open_failed", "call", "abort", "close", "close_done", "reset" }
local STATES = { "created", "opening", "accepting", "open", "faulted", "closing", "closed" }
local TABLE = {
  created = { "opening", "-", "-", "-", "created", "closed", "-", "created" },
  opening = { "-", "open", "created", "-", "created", "-", "-", "-" },
  accepting = { "-", "open", "created", "-", "created", "-", "-", "-" },
  open = { "-", "-", "-", "open", "faulted", "closing", "-", "-" },
  faulted = { "-", "-", "-", "-", "faulted", "closing", "-", "-" },
  closing = { "-", "-", "-", "-", "closing", "-", "closed", "-" },
  closed = { "-", "-", "-", "-", "closed", "closed", "-", "created" },
}

describe("channel: states", function()
  for from, state in ipairs(STATES) do
    for number, event in ipairs(EVENTS) do
      local expected = TABLE[state][number]
      it(("%s + %s -> %s"):format(state, event, expected), function()
        local got, err = probe.channel_state(from - 1, number - 1)
        if expected ~= "-" then
          assert.are.equal(expected, got)
        else
          assert.is_nil(got)
          assert.are.equal("invalid_operation", err.code)
          assert.are.equal(state, err.got)
        end
      end)
    end
  end
end)
