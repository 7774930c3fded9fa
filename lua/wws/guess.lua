--- Which of the names that exist was meant by one that does not.

-- Levenshtein's distance, a row at a time.
local function distance_between(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local changed = diagonal + (a:byte(i) == b:byte(j) and 0 or 1)
      diagonal = row[j]
      row[j] = math.min(changed, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

local LONGEST = 64

--- @tparam string name
-- @tparam table candidates names, in the order in which they are preferred
-- @treturn ?string the nearest of them, when one is near
return function(name, candidates)
  local best, least
  for _, candidate in ipairs(candidates) do
    if #name <= LONGEST and #candidate <= LONGEST then
      local distance = distance_between(name:lower(), candidate:lower())
      if distance <= 1 + #candidate / 4 and (not best or distance < least) then
        best, least = candidate, distance
      end
    end
  end
  return best
end
