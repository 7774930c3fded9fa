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

  it("is never the blocking one unasked inside OpenResty", function()
    rawset(_G, "ngx", { socket = {} })
    local ok, why = pcall(driver.of, nil)
    rawset(_G, "ngx", nil)
    assert.is_false(ok)
    assert.is_truthy(tostring(why):find("no driver was chosen", 1, true))
  end)
end)
