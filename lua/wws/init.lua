--- The Windows Web Services security family for Lua.
-- @module wws
local core = require "wws.core"
local channel = require "wws.channel"
local describe = require "wws.describe"
local driver = require "wws.driver"
local listener = require "wws.listener"
local proxy = require "wws.proxy"
local service = require "wws.service"
local token = require "wws.token"
local trust = require "wws.trust"
local store = require "wws.store"
local xml = require "wws.xml"

local wws = { _VERSION = "0.1.0" }

--- Creates a client's channel.
-- @function channel
-- @see wws.channel
wws.channel = channel.new

--- Creates a client's channel and opens it.
-- @function connect
-- @see wws.channel
wws.connect = channel.connect

--- Creates a server's listener.
-- @function listener
-- @see wws.listener
wws.listener = listener.new

--- Serves operations of one or more endpoints.
-- @function service_host
-- @see wws.service
wws.service_host = service.host

--- Calls operations of a service by name, over a pool of channels.
-- @function service_proxy
-- @see wws.proxy
wws.service_proxy = proxy.new

--- Validates a security description and fills in every default.
-- @function describe
-- @see wws.describe
wws.describe = describe.describe

--- What each binding type accepts.
-- @function bindings
-- @see wws.describe
wws.bindings = describe.bindings

--- Compares two strings in a time that does not depend on where they differ.
-- @function equal
-- @tparam string a
-- @tparam string b
-- @treturn boolean
wws.equal = core.equal

--- Chooses the driver for all objects made from now on.
-- @function use
-- @tparam ?table driver nil goes back to the default
wws.use = driver.use

--- Makes a security token of XML, for the xml_token binding.
-- @function xml_token
-- @see wws.token
wws.xml_token = token.xml_token

--- Asks an issuer for a security token.
-- @function request_security_token
-- @see wws.trust
wws.request_security_token = trust.request_security_token

--- Where trace events can go.
-- @see wws.trace
wws.trace = require "wws.trace"

--- Where security contexts rest when several workers or machines share them.
-- @see wws.store
wws.store = store

--- XML to tables and back.
-- @see wws.xml
wws.xml = xml

--- Endpoint references, read and written.
-- @see wws.address
wws.address = require "wws.address"

--- What an XML element holds that has no value (`xsi:nil`).
wws.null = xml.null

return wws
