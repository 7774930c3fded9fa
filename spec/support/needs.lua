--- Specs that need a program which may not be installed.
local it, pending = require("busted").it, require("busted").pending -- busted gives no globals to required files

--- Declares, for a program that is missing, one spec that says so: skipped here, failed in CI.
-- @tparam ?string why what is missing
-- @treturn boolean whether the specs can run
local function needs(why)
  if not why then return true end
  if os.getenv "CI" == "true" then
    it("has its peer", function() error(why) end)
  else
    pending("has no peer: " .. why)
  end
  return false
end

return needs
