-- User names and security contexts over net.tcp under TLS; under Windows authentication: spec/interop.
local tcp_messages = require "spec.support.tcp_messages"

describe("messages over net.tcp under ssl", function() tcp_messages.specs(tcp_messages.ssl) end)
