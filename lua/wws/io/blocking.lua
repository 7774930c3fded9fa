--- The driver for plain Lua: its calls block, but while one waits all coroutines that it spawned go on.
-- One thread serves many clients that way. Outside of such coroutines a call runs the others until it is through.
-- @module wws.io.blocking
local assemble = require "wws.io.assemble"
local scheduler = require "wws.io.scheduler"

--- Runs all coroutines until none is left. All other functions of the driver are those of wws.io.assemble.
-- @function blocking.run
local blocking = assemble("blocking", scheduler)

return blocking
