--- Messages for the specs of soap and security, and names that they all need.
local soap = {
  SOAP11 = 1,
  SOAP12 = 2,
  ADDRESSING_2004 = 1,
  ADDRESSING_10 = 2,
  TRANSPORT = 3,
  FEB2005 = 1,
  SC13 = 2,
  ISSUE = 1,
  RENEW = 2,
  CANCEL = 3,
  S11 = "http://schemas.xmlsoap.org/soap/envelope/",
  S12 = "http://www.w3.org/2003/05/soap-envelope",
  A10 = "http://www.w3.org/2005/08/addressing",
  A2004 = "http://schemas.xmlsoap.org/ws/2004/08/addressing",
  WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
  WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
  DS = "http://www.w3.org/2000/09/xmldsig#",
}

soap.sc = {
  [soap.FEB2005] = "http://schemas.xmlsoap.org/ws/2005/02/sc",
  [soap.SC13] = "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512",
}
soap.trust = {
  [soap.FEB2005] = "http://schemas.xmlsoap.org/ws/2005/02/trust",
  [soap.SC13] = "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
}

--- A whole SOAP 1.2 message; both arguments are XML and may be absent.
function soap.message(headers, body, ns)
  return ('<s:Envelope xmlns:s="%s" xmlns:a="%s" xmlns:u="%s" '
    .. 'xmlns:o="%s"><s:Header>%s</s:Header><s:Body>%s</s:Body></s:Envelope>')
    :format(ns or soap.S12, soap.A10, soap.WSU, soap.WSSE, headers or "", body or "")
end

--- Replaces the only place where `from` stands in `text`, literally.
function soap.swap(text, from, to)
  local first, last = text:find(from, 1, true)
  assert(first and not text:find(from, last + 1, true), "not exactly one place: " .. from)
  return text:sub(1, first - 1) .. to .. text:sub(last + 1)
end

--- The kind and version of an RST by its action, and the action of a message.
function soap.action(message) return message:match(":Action[^>]*>([^<]*)<") end

return soap
