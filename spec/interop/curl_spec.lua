local wws = require "wws"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local needs = require "spec.support.needs"
local process = require "spec.support.process"

local SOAP = {
  soap_1_1 = { "http://schemas.xmlsoap.org/soap/envelope/", "text/xml; charset=utf-8" },
  soap_1_2 = { "http://www.w3.org/2003/05/soap-envelope", "application/soap+xml; charset=utf-8" },
}
-- As WCF writes it, layout included; times are put in when it is sent.
local OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
local MESSAGE = table.concat {
  '<s:Envelope xmlns:s="%s" xmlns:a="http://www.w3.org/2005/08/addressing" ',
  'xmlns:u="', OASIS, 'wssecurity-utility-1.0.xsd"><s:Header>',
  '<a:Action s:mustUnderstand="1">http://example.org/ICalculator/Add</a:Action>',
  '<a:MessageID>urn:uuid:6a4be3b7-4a4b-4a9a-9bb0-0f3b7ad0b0c1</a:MessageID>',
  '<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>',
  '<a:To s:mustUnderstand="1">%s</a:To>',
  '<o:Security s:mustUnderstand="1" xmlns:o="', OASIS, 'wssecurity-secext-1.0.xsd">',
  '<u:Timestamp u:Id="_0"><u:Created>%s</u:Created><u:Expires>%s</u:Expires></u:Timestamp>',
  '<o:UsernameToken u:Id="uuid-5f7a36bd-6a22-4b1e-8f0d-1b0f63f9d3c1-1"><o:Username>alice</o:Username>',
  '<o:Password Type="', OASIS, 'username-token-profile-1.0#PasswordText">%s</o:Password></o:UsernameToken>',
  '</o:Security></s:Header><s:Body><Add xmlns="http://example.org/"><a>40</a><b>2</b></Add></s:Body></s:Envelope>',
}

local function moment(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%S.000Z", os.time() + seconds)
end

describe("interop: curl", function()
  if not needs(process.run { "curl", "--version" } ~= 0 and "curl is not installed" or nil) then return end
  local host, url, envelope

  local function serve(version)
    envelope = version
    host = assert(wws.service_host {
      { url = "https://localhost:0/calculator", security = calculator.server_username(), envelope_version = version,
        operations = calculator.operations },
    })
    assert(host:open())
    url = host.urls[1]
  end

  after_each(function()
    if host then host:close() end
    host = nil
  end)

  local function message(password)
    return MESSAGE:format(SOAP[envelope][1], url, moment(0), moment(300), password or calculator.PASSWORD)
  end

  --- Posts a message; `more` are further options. Returns curl's exit status, its output and what -v said.
  local function post(text, more)
    local line = { "curl", "-sv", "--max-time", "20", "--cacert", certs.ca }
    line[#line + 1] = "-H"
    line[#line + 1] = "Content-Type: " .. SOAP[envelope][2]
    if envelope == "soap_1_1" then
      line[#line + 1] = "-H"
      line[#line + 1] = 'SOAPAction: "' .. calculator.ADD .. '"'
    end
    for _, option in ipairs(more or {}) do line[#line + 1] = option end
    for _, option in ipairs { "--data-binary", "@-", "-w", "\n%{http_code} %{num_connects}", url } do
      line[#line + 1] = option
    end
    local curl = process.start(line, { input = text, idle = function() host:step(0.02) end })
    local status = curl:wait()
    local output, errors = curl:output(), curl:errors()
    curl:stop()
    return status, output, errors
  end

  local function answered(status, output, errors)
    assert.equal(0, status, errors)
    assert.equal("42", output:match "<AddResult[^>]*>(%d+)<")
    assert.equal("\n200 1", output:sub(-6))
  end

  for version in pairs(SOAP) do
    it("posts a user name and is answered, in " .. version, function()
      serve(version)
      local status, output, errors = post(message())
      answered(status, output, errors)
      assert.truthy(errors:find("content-type: " .. SOAP[version][2]:match "^[^;]+", 1, true)
        or errors:find("Content-Type: " .. SOAP[version][2]:match "^[^;]+", 1, true))
    end)

    it("is refused with a wrong password, in " .. version, function()
      serve(version)
      local status, output = post(message "wrong")
      assert.equal(0, status)
      assert.truthy(output:find("FailedAuthentication", 1, true))
      assert.equal("500", output:match "\n(%d+) 1$")
    end)
  end

  it("uploads in chunks", function()
    serve "soap_1_2"
    local status, output, errors = post(message(), { "-H", "Transfer-Encoding: chunked" })
    answered(status, output, errors)
    assert.truthy(errors:find("> Transfer-Encoding: chunked", 1, true))
  end)

  it("is told to continue", function()
    serve "soap_1_2"
    local status, output, errors = post(message(), { "-H", "Expect: 100-continue" })
    answered(status, output, errors)
    assert.truthy(errors:find("< HTTP/1.1 100", 1, true))
  end)

  it("is answered in HTTP/1.0", function()
    serve "soap_1_2"
    local status, output, errors = post(message(), { "--http1.0" })
    answered(status, output, errors)
    assert.truthy(errors:find("> POST /calculator HTTP/1.0", 1, true))
    assert.is_nil(errors:lower():find("< transfer-encoding: chunked", 1, true))
  end)

  it("keeps the connection for a second request", function()
    serve "soap_1_2"
    local status, output, errors = post(message(), { url })
    assert.equal(0, status, errors)
    assert.truthy(output:find("\n200 1<", 1, true))
    assert.equal("\n200 0", output:sub(-6))
  end)

  -- What curl says of a request without a message: the status, the Allow field, the size of the body.
  local function bare(options)
    local line = { "curl", "-s", "--max-time", "20", "--cacert", certs.ca, "-w", "%{http_code} %{size_download}", "-D", "-" }
    for _, option in ipairs(options) do line[#line + 1] = option end
    local curl = process.start(line, { idle = function() host:step(0.02) end })
    assert.equal(0, curl:wait(), curl:errors())
    local output = curl:output()
    curl:stop()
    return output:match "(%d+ %d+)%s*$", output:match "\r\n[Aa]llow: ([^\r\n]*)"
  end

  it("gets nothing by GET, HEAD, PUT, DELETE and OPTIONS, and hears what is allowed", function()
    serve "soap_1_2"
    for _, method in ipairs { "GET", "PUT", "DELETE", "OPTIONS" } do
      assert.same({ "405 0", "POST" }, { bare { "-X", method, url } })
    end
    assert.same({ "405 0", "POST" }, { bare { "--head", url } })
  end)

  it("finds nothing at another path, under another type, or as a browser", function()
    serve "soap_1_2"
    local typed = { "-H", "Content-Type: application/soap+xml", "--data-binary", "<x/>" }
    local function with(...)
      local line = { ... }
      for _, option in ipairs(typed) do line[#line + 1] = option end
      return (bare(line))
    end
    assert.equal("404 0", with(url .. "/more"))
    assert.equal("404 0", with(url .. "?wsdl"))
    assert.equal("404 0", with("-H", "Host: elsewhere.example", url))
    assert.equal("403 0", with("-A", "Mozilla/5.0", url))
    assert.equal("415 0", with("-H", "Content-Encoding: gzip", url))
    assert.equal("415 0", (bare { "--data-binary", "<x/>", url }))
    assert.equal("500", (with(url):match "^%d+")) -- XML, but no envelope: a fault says so
    typed[4] = "<x"
    assert.equal("400 0", with(url))
  end)

  it("refuses our certificate under another authority", function()
    serve "soap_1_2"
    assert.equal(60, (post(message(), { "--cacert", certs.other_ca })))
  end)
end)
