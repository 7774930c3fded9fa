--- Prints the C tables into the files that show them: the README's bindings, the types for editors (make tables).
local doc = require "wws.doc"
local types = require "wws.doc_types"

local function write(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  file:close()
end

local file = assert(io.open "README.md")
local readme = file:read "*a"
file:close()
local from = assert(readme:find("| `type` | level |", 1, true))
local to = assert(readme:find("\n\n", from, true))
write("README.md", readme:sub(1, from - 1) .. doc.overview() .. readme:sub(to))
write(types.path, types.text())
