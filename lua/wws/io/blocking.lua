--- The driver for plain Lua: its calls block, but while one waits all coroutines that it spawned go on.
-- One thread serves many clients that way. Outside of such coroutines a call runs the others until it is through.
local assemble = require "wws.io.assemble"
local scheduler = require "wws.io.scheduler"

return assemble("blocking", scheduler)
