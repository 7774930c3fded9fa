-- Runs each command given, shows its output, and closes with one line for all. Usage: tally.lua COMMAND...
local passed, failed, skipped = 0, 0, 0

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo \"exit status $?\""))
  local counted, status = false, nil
  for line in pipe:lines() do
    local plain = line:gsub("\27%[[%d;]*m", "")
    local good, bad, errors, pending = plain:match("(%d+) success%a* / (%d+) failure%a* / (%d+) error%a* / (%d+) pending")
    if good then
      passed, failed, skipped = passed + good, failed + bad + errors, skipped + pending
      counted = true
    end
    status = plain:match("^exit status (%d+)$") or status
    if not plain:match("^exit status ") then print(line) end
  end
  pipe:close()
  if status ~= "0" and (not counted or failed == 0) then failed = failed + 1 end
end

for _, command in ipairs(arg) do run(command) end
print(("%d passed, %d failed%s"):format(passed, failed, skipped > 0 and (", " .. skipped .. " skipped") or ""))
os.exit(failed == 0 and passed > 0)
