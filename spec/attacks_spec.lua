-- Every attack of the threat model's lists has a number, and every number a spec whose titles name it: as
-- "(attack C5)", "(attacks C3, C8)" or "A3 …". What has none says why, in the model.

local LAST = { A = 19, B = 6, C = 10, D = 7, E = 10, F = 20, G = 6 }

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

local MODEL = assert(read "csrc/THREATS.md")

-- The numbers that the titles and comments of a spec name, by their "attack" or at the start of a title.
local function named(text)
  local ids = {}
  local function note(list)
    for id in list:gmatch "%f[%w]%u%d+%f[%W]" do ids[id] = true end
  end
  for line in text:gmatch "[^\n]+" do
    for list in line:gmatch "[aA]ttacks? ([%u%d, ]+)" do note(list) end
    for list in line:gmatch '["%(]([%u%d ]+):? [%l%(]' do note(list) end
    for list in line:gmatch "%(([%u%d, ]+)%)" do note(list) end
  end
  return ids
end

-- id -> { paths } for what is defended, true for what says why it is not.
local function claims()
  local all = {}
  local function set(id, value)
    assert.is_nil(all[id], id .. " stands twice in the threat model")
    all[id] = value
  end
  for line in MODEL:gmatch "[^\n]+" do
    local id, rest = line:match "^| (%u%d+) | (.*) |$"
    if id then
      local shown = rest:match ".* | ([^|]*)$"
      local paths = {}
      for path in shown:gmatch "spec/[%w_/%-]+%.lua" do paths[#paths + 1] = path end
      if #paths == 0 then assert.is_true(#shown > 20, id .. " names neither a spec nor a reason") end
      set(id, #paths > 0 and paths or true)
    end
  end
  return all
end

describe("attacks", function()
  local all = claims()

  local function check(id)
    it(id .. " is shown by specs that name it, or says why it cannot be", function()
      local paths = all[id]
      assert.is_truthy(paths, id .. " is not in csrc/THREATS.md")
      if paths == true then return end
      for _, path in ipairs(paths) do
        local text = assert(read(path), path)
        assert.is_true(named(text)[id] or false, path .. " does not name " .. id)
      end
    end)
  end

  for letter, last in pairs(LAST) do
    for number = 1, last do check(letter .. number) end
  end
  for id in pairs(all) do -- what the model has beyond the list
    local letter, number = id:match "^(%u)(%d+)$"
    if tonumber(number) > (LAST[letter] or 0) then check(id) end
  end
end)
