-- The matrix of security descriptions: each of the 23 binding settings and 12 channel-wide ones, with each binding, on
-- each side, is taken and does what it says, or is refused by name. Bindings that need a KDC: spec/interop.
local cases = require "spec.support.matrix_cases"
local describe_of = require "wws.describe"
local descriptions = require "spec.support.descriptions"
local matrix = require "spec.support.matrix"

local CHANNEL = { tcp_sspi = "tcp", namedpipe_sspi = "namedpipe" }
local VALUES = { boolean = true, ["number (seconds)"] = 7, ["whole number"] = 7, ["whole number (bits)"] = 256,
  string = "text", ["function"] = function() return true end, table = { max_processed_headers = 3 } }

local function value_for(row)
  if row.values then return row.type == "string" and row.values[1] or { row.values[1] } end
  return VALUES[row.type]
end

describe("the matrix of settings, bindings and sides:", function()
  local seen, refused = { wide = {}, own = {} }, {}

  for _, cell in ipairs(matrix.cells()) do
    seen[cell.wide and "wide" or "own"][cell.row.number] = true
    if cell.taken and not matrix.TICKETS[cell.binding] and not matrix.ELSEWHERE[cell.setting .. "." .. cell.binding] then
      it("performs " .. cell.name, function()
        local case = cases[cell.binding][cell.setting]
        assert.is_function(case, "nothing shows what it does")
        case(cell.side)
      end)
    elseif not cell.wide and not cell.taken then
      refused[#refused + 1] = cell
    end
  end

  it("refuses all the others, naming binding and setting", function()
    assert.is_true(#refused > 300)
    for _, cell in ipairs(refused) do
      local description = descriptions.around(cell.binding, cell.side, CHANNEL[cell.binding] or "http",
        { [cell.setting] = value_for(cell.row) })
      local made, err = describe_of.describe(description, cell.side)
      assert.is_nil(made, cell.name)
      assert.same({ "invalidarg", cell.binding, cell.setting }, { err.code, err.binding, err.property })
    end
  end)

  it("knows where the rest is shown", function()
    for cell, path in pairs(matrix.ELSEWHERE) do
      local file = assert(io.open(path))
      local text = file:read "*a"
      file:close()
      assert.is_truthy(text:find(cell:match "^[^.]+", 1, true), cell)
    end
  end)

  it("has all 23 and all 12", function()
    assert.same({ 23, 12 }, { #seen.own, #seen.wide })
  end)

  it("shows nothing that there is not", function()
    local there = {}
    for _, cell in ipairs(matrix.cells()) do
      if cell.taken then there[cell.binding .. "." .. cell.setting] = true end
    end
    for binding, list in pairs(cases) do
      for setting in pairs(list) do assert.is_true(there[binding .. "." .. setting], binding .. "." .. setting) end
    end
  end)
end)
