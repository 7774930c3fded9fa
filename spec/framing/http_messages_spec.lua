--- Requests one behind another: where one ends is where the next begins, for us as for everybody (request smuggling).
local http_node = require "spec.support.http_node"
local messages = require "spec.support.http_messages"
local needs = require "spec.support.needs"
local probe = require "wws.probe"

-- The bytes of a body and what follows it, fed in pieces; nil when it is refused, false when more would have to come.
local function body_of(head, bytes, size)
  local decoder = probe.http_body(head.framing, head.length)
  local body, rest = decoder:feed ""
  while body == false and bytes ~= "" do
    body, rest = decoder:feed(bytes:sub(1, size))
    bytes = bytes:sub(size + 1)
  end
  if body then return body, rest .. bytes end
  return body
end

-- What is seen of a connection on which these bytes come in pieces.
local function seen(bytes, size)
  local all = {}
  while bytes ~= "" do
    local head = probe.http_head(bytes, "request")
    if head == nil then all[#all + 1] = "refused" end
    if head == false then all[#all + 1] = "waits" end
    if not head then break end
    local body, rest = body_of(head, bytes:sub(head.used + 1), size)
    if not body then
      all[#all + 1] = body == nil and "refused" or "waits"
      break
    end
    all[#all + 1] = ("[%s %s %s]"):format(head.method, head.target, body)
    if not head.keep_alive then break end
    bytes = rest
  end
  return table.concat(all)
end

describe("framing: HTTP requests one behind another", function()
  for _, case in ipairs(messages) do
    it("are told apart (attack A4): " .. case[1], function()
      assert.equal(case[3], seen(case[2], #case[2]))
      assert.equal(case[3], seen(case[2], 1))
    end)
  end

  if not needs(http_node.missing()) then return end

  it("are what Node sees of them, or there is a reason to differ", function()
    local verdicts = http_node.verdicts(messages, "messages")
    for i, case in ipairs(messages) do
      local expected = http_node.expected(case)
      if expected ~= "either" then assert.equal(expected, verdicts[i], "Node: " .. case[1]) end
      assert.equal(case[3] ~= case[4], case[5] ~= nil, "a reason for: " .. case[1])
    end
  end)
end)
