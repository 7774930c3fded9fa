--- Who is to be woken when: a binary heap of items that know their own place, so that each can leave early.
local timers = {}

local function put(heap, index, item)
  heap[index] = item
  item.place = index
end

local function rise(heap, index)
  local item = heap[index]
  while index > 1 do
    local above = math.floor(index / 2)
    if heap[above].at <= item.at then break end
    put(heap, index, heap[above])
    index = above
  end
  put(heap, index, item)
end

local function sink(heap, index)
  local item, count = heap[index], #heap
  while 2 * index <= count do
    local below = 2 * index
    if below < count and heap[below + 1].at < heap[below].at then below = below + 1 end
    if heap[below].at >= item.at then break end
    put(heap, index, heap[below])
    index = below
  end
  put(heap, index, item)
end

--- Adds an item.
-- @tparam table heap
-- @tparam number at when it is due
-- @tparam table item gets the fields `at` and `place`; it may be in one heap only
function timers.add(heap, at, item)
  item.at = at
  local index = #heap + 1
  heap[index] = item
  rise(heap, index)
end

--- Takes an item out; does nothing when it is not in the heap.
-- @tparam table heap
-- @tparam table item
function timers.remove(heap, item)
  local index = item.place
  if not index then return end
  local count = #heap
  local last = heap[count]
  item.place = nil
  heap[count] = nil
  if last == item then return end
  put(heap, index, last)
  rise(heap, index)
  sink(heap, last.place)
end

--- @treturn number|nil when the first item is due
function timers.next(heap)
  return heap[1] and heap[1].at
end

--- @treturn table|nil the first item, taken out, when it is due at `now`
function timers.due(heap, now)
  local item = heap[1]
  if item and item.at <= now then
    timers.remove(heap, item)
    return item
  end
end

return timers
