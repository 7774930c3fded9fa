local driver = require "wws.driver"

describe("driver", function()
  after_each(function() driver.use(nil) end)

  it("is the blocking one when nobody chose", function()
    assert.equal(require "wws.io.blocking", driver.of(nil))
  end)

  it("is the object's own, else the chosen one", function()
    local mine = { connect = function() end, now = os.clock }
    local own = { connect = function() end, now = os.clock }
    driver.use(mine)
    assert.equal(mine, driver.of(nil))
    assert.equal(own, driver.of(own))
    driver.use(nil)
    assert.equal(require "wws.io.blocking", driver.of(nil))
  end)

  it("is refused when it cannot be one", function()
    assert.has_error(function() driver.use("blocking") end, "a driver is a table, not a string")
    assert.has_error(function() driver.of { connect = print } end,
      "a driver has a function 'now', this table has none")
  end)

  it("is OpenResty's own inside OpenResty", function()
    local name, mine = "wws.io.openresty", {}
    package.loaded[name] = mine
    rawset(_G, "ngx", { socket = {} })
    local ok, found = pcall(driver.of, nil)
    rawset(_G, "ngx", nil)
    package.loaded[name] = nil
    assert.is_true(ok)
    assert.equal(mine, found)
  end)
end)
