--- What editors are told (lua/wws/meta) is what there is: functions, methods, fields and options, both ways.
local core = require "wws.core"
local types = require "wws.doc_types"
local world = require "spec.support.world"
local wws = require "wws"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local TEXT = read "lua/wws/meta/wws.lua" .. read "lua/wws/meta/serving.lua" .. read(types.path)

-- Methods by class, fields by class: a class is followed by its fields and by the local that has its methods.
local function parse()
  local methods, fields, class, of_local = {}, {}, nil, {}
  for line in TEXT:gmatch "[^\n]+" do
    local name = line:match "^%-%-%-@class ([%w_.]+)"
    if name then
      class = name
      fields[class], methods[class] = fields[class] or {}, methods[class] or {}
    end
    local field = line:match "^%-%-%-@field ([%w_]+)"
    if field and class then fields[class][field] = true end
    local holder = line:match "^local ([%w_]+) = {}"
    if holder then of_local[holder] = class end
    local owner, method = line:match "^function ([%w_.]+)[.:]([%w_]+)%("
    if owner then
      local whose = of_local[owner] or owner
      methods[whose] = methods[whose] or {}
      methods[whose][method] = true
    end
  end
  return methods, fields
end

local METHODS, FIELDS = parse()

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- What the drive loop calls, and no user.
local MACHINE = { attach = true, step = true }

local function functions_of(map, others)
  local set = {}
  for name, value in pairs(map) do
    if type(value) == "function" and not name:find "^__" and not (others and others[name]) then set[name] = true end
  end
  return sorted(set)
end

-- The options that Lua itself looks at, as the core lists them.
local function others_of(path)
  local list = assert(read(path):match "%[%] = {([^}]-)NULL}")
  local set = {}
  for name in list:gmatch '"([%w_]+)"' do set[name] = true end
  return set
end

local function check_options(class, path, side, missing)
  local set = others_of(path)
  for name in pairs(missing or {}) do set[name] = nil end
  assert.same(sorted(set), sorted(FIELDS[class]))
  local expected = {}
  local _, _, _, properties = wws.bindings()
  for name, row in pairs(properties) do
    for _, of in ipairs(row.sides) do
      if of == side then expected[name] = true end
    end
  end
  assert.same(sorted(expected), sorted(FIELDS["wws." .. side .. "_properties"]))
end

describe("the types for editors", function()
  it("of descriptions are those that the C tables print (make tables)", function()
    assert.equal(types.text(), read(types.path))
  end)

  it("have the functions of the module, and of the modules in it", function()
    assert.same(functions_of(wws), sorted(METHODS["wws"]))
    for name, value in pairs(wws) do
      if type(value) == "table" then
        assert.same(functions_of(value), sorted(METHODS["wws." .. name]))
      elseif type(value) ~= "function" then
        assert.is_true(FIELDS["wws"][name], name)
      end
    end
  end)

  it("have the methods of every object", function()
    local host, url = world.host()
    local channel = world.channel()
    assert(channel:open(url))
    local reply = assert(channel:request(world.ADD, world.BODY))
    local listener = assert(wws.listener { security = world.served() })
    local proxy = assert(wws.service_proxy { url = url, security = world.secured(), operations = {} })
    local token = assert(wws.xml_token { xml = "<t xmlns='urn:t'/>" })
    assert.same(functions_of(getmetatable(channel).__index, MACHINE), sorted(METHODS["wws.client_channel"]))
    assert.same(functions_of(getmetatable(host)), sorted(METHODS["wws.service_host"]))
    assert.same(functions_of(getmetatable(proxy), { new = true }), sorted(METHODS["wws.service_proxy"]))
    for name in pairs(METHODS["wws.listener"]) do assert.is_function(listener[name], name) end
    assert.same(functions_of(core.message.methods), sorted(METHODS["wws.message"]))
    for name in pairs(METHODS["wws.security_context"]) do
      assert.is_function(channel:security_context()[name], name)
    end
    for name in pairs(METHODS["wws.security_token"]) do assert.is_function(token[name], name) end
    for _, name in ipairs { "action", "body", "headers", "message_id", "relates_to", "to", "is_fault" } do
      assert.is_true(FIELDS["wws.message"][name], name)
    end
    assert.is_string(reply.action)
    channel:close()
    host:close()
    token:close()
  end)

  it("have the methods of channels that a listener accepts", function()
    local listener = assert(wws.listener { security = world.served() })
    assert(listener:open "https://localhost:0/one")
    local client, served = world.channel(), nil
    local driver = require "wws.io.blocking"
    driver.spawn(function()
      served = assert(listener:accept(10))
      local request = assert(served:receive())
      assert(served:reply(request, "urn:r", "<r/>"))
    end)
    assert(client:open(listener.url))
    assert(client:request("urn:q", "<q/>"))
    for name in pairs(METHODS["wws.server_channel"]) do assert.is_function(served[name], name) end
    client:close()
    listener:close()
  end)

  it("have the methods of sessions that a listener accepts", function()
    local listener = assert(wws.listener { binding = "tcp" })
    assert(listener:open "net.tcp://localhost:0/one")
    local client, session = assert(wws.channel {}), nil
    require("wws.io.blocking").spawn(function() session = listener:accept(10) end)
    assert(client:open(listener.url))
    for _ = 1, 100 do
      if session then break end
      require("wws.io.blocking").step(0.1)
    end
    assert.same(functions_of(getmetatable(session)), sorted(METHODS["wws.session_channel"]))
    client:abort()
    listener:close()
  end)

  it("have the options of channels and listeners", function()
    check_options("wws.channel_options", "csrc/lua/channel_args.c", "channel")
    check_options("wws.listener_options", "csrc/lua/listener_lua.c", "listener")
  end)

  it("have what info() gives", function()
    local host, url = world.host()
    local channel, seen = world.channel { trace = function(event)
      for name in pairs(event) do assert.is_true(FIELDS["wws.trace_event"][name], name) end
    end }, nil
    host.endpoints[1].operations[world.ADD] = function(request)
      seen = request:property("security_context"):info()
      return world.add(request)
    end
    assert(channel:open(url))
    assert(channel:request(world.ADD, world.BODY))
    for _, info in ipairs { seen, channel:security_context():info() } do
      for name in pairs(info) do assert.is_true(FIELDS["wws.context_info"][name], name) end
    end
    assert.is_nil(channel:request("urn:nobody", "<a"))
    channel:close()
    local info = host:info().endpoints[1]
    info.last_error = info.last_error or "none"
    local names = sorted(info)
    host:close()
    assert.same(names, sorted(FIELDS["wws.listener_info"]))
  end)

  it("have the options of messages and of requests for tokens", function()
    local channel = assert(wws.channel {})
    assert(channel:open "http://localhost:1/")
    local function refused(name, ask)
      local ok, _, err = pcall(ask, { [name] = print })
      return ok and err ~= nil and err.message:find "no such" ~= nil -- one that is known raises for its value
    end
    local function message(options) return channel:request("urn:a", nil, options) end
    local function token(options) return wws.request_security_token(channel, options) end
    for class, ask in pairs { ["wws.message_options"] = message, ["wws.token_request"] = token } do
      for name in pairs(FIELDS[class]) do assert.is_false(refused(name, ask), name) end
      assert.is_true(refused("unheard_of", ask))
    end
  end)

  it("are Lua", function()
    for _, path in ipairs { "lua/wws/meta/wws.lua", "lua/wws/meta/serving.lua", types.path } do
      assert.is_function(loadfile(path))
    end
  end)
end)
