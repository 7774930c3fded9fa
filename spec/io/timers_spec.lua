local timers = require "wws.io.timers"

describe("io: timers", function()
  it("gives items in the order of their moments", function()
    local heap, seed = {}, 7
    for _ = 1, 500 do
      seed = (seed * 16807) % 2147483647
      timers.add(heap, seed, {})
    end
    local before, count = 0, 0
    local item = timers.due(heap, math.huge)
    while item do
      assert.is_true(item.at >= before)
      before, count = item.at, count + 1
      item = timers.due(heap, math.huge)
    end
    assert.equal(500, count)
    assert.is_nil(timers.next(heap))
  end)

  it("lets items leave early, from anywhere", function()
    local heap, items, seed = {}, {}, 3
    for i = 1, 300 do
      seed = (seed * 16807) % 2147483647
      items[i] = {}
      timers.add(heap, seed, items[i])
    end
    for i = 1, 300, 3 do timers.remove(heap, items[i]) end
    timers.remove(heap, items[1])
    local before, count = 0, 0
    for item in function() return timers.due(heap, math.huge) end do
      assert.is_true(item.at >= before)
      before, count = item.at, count + 1
    end
    assert.equal(200, count)
  end)

  it("holds back what is not due", function()
    local heap, item = {}, {}
    timers.add(heap, 10, item)
    assert.is_nil(timers.due(heap, 9))
    assert.equal(10, timers.next(heap))
    assert.equal(item, timers.due(heap, 10))
  end)
end)
