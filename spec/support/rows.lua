--- The rows of a table of vectors: fields between tabs; `\n`, `\t`, `\r` and `\\` stand for what they name.
local NAMES = { n = "\n", t = "\t", r = "\r", ["\\"] = "\\" }

--- @tparam string path
-- @treturn {{string,...},...}
return function(path)
  local rows = {}
  for line in io.lines(path) do
    if line ~= "" and line:sub(1, 1) ~= "#" then
      local row = {}
      for field in (line .. "\t"):gmatch "([^\t]*)\t" do row[#row + 1] = field:gsub("\\(.)", NAMES) end
      rows[#rows + 1] = row
    end
  end
  return rows
end
