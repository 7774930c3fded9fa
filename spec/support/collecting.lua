--- Loaded by busted before all specs. LuaJIT's compiled traces keep objects that they were specialised to (constant
-- upvalues): where a spec asks for a full collection it means all that nobody holds, so the traces go first.
if jit then
  local original, flush = collectgarbage, jit.flush
  local stressed = os.getenv "WWS_STRESS" -- the JIT compiler is off there
  function collectgarbage(what, ...) -- luacheck: ignore 121
    if not stressed and (what == nil or what == "collect") then flush() end
    return original(what, ...)
  end
end
return {}
