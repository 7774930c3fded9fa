--- Responses of an issuer, made in Lua: whatever a spec wants to be wrong with them is.
local probe = require "wws.probe"
local soap = require "spec.support.soap"

local rstr = {}

local FEB2005, SC13 = soap.FEB2005, soap.SC13
local BASES = { [FEB2005] = soap.trust[FEB2005], [SC13] = soap.trust[SC13] }

rstr.ACTIONS = { [FEB2005] = BASES[FEB2005] .. "/RSTR/Issue", [SC13] = BASES[SC13] .. "/RSTRC/IssueFinal" }

--- A token of no known kind, with a wsu:Id.
rstr.TOKEN = ('<x:token xmlns:x="urn:x" xmlns:u="%s" u:Id="t1">hush-hush</x:token>'):format(soap.WSU)

--- @tparam string secret
-- @tparam[opt] string kind of the BinarySecret: "Nonce", "SymmetricKey"
function rstr.secret(secret, kind)
  return "<t:BinarySecret" .. (kind and ' Type="%T/' .. kind .. '"' or "") .. ">" .. probe.base64_write(secret)
    .. "</t:BinarySecret>"
end

--- A proof that is the key itself.
function rstr.proof(secret, kind)
  return "<t:RequestedProofToken>" .. rstr.secret(secret, kind) .. "</t:RequestedProofToken>"
end

--- Proof and entropy of a key that both sides make.
function rstr.computed(entropy)
  return "<t:RequestedProofToken><t:ComputedKey>%T/CK/PSHA1</t:ComputedKey></t:RequestedProofToken>"
    .. "<t:Entropy>" .. rstr.secret(entropy, "Nonce") .. "</t:Entropy>"
end

local function within(name, content, attributes)
  return content and ("<t:%s%s>%s</t:%s>"):format(name, attributes or "", content, name) or ""
end

--- The content of the body. In `parts` and in texts `%T` is the trust namespace.
-- @tparam number version soap.FEB2005 or soap.SC13
-- @tparam table parts `token` (XML; false: none), `keys` (XML of proof and entropy), `before`, `after` (XML), `context`,
-- `bare` (true: no collection), `times` (XML of the Lifetime)
function rstr.make(version, parts)
  local token = parts.token == nil and rstr.TOKEN or parts.token
  local context = parts.context and (' Context="%s"'):format(parts.context) or ""
  local content = (parts.before or "") .. within("RequestedSecurityToken", token) .. (parts.keys or "")
    .. within("Lifetime", parts.times, " xmlns:u='" .. soap.WSU .. "'") .. (parts.after or "")
  local text = within("RequestSecurityTokenResponse", content, context .. ' xmlns:t="%T"')
  if version == SC13 and not parts.bare then
    text = within("RequestSecurityTokenResponseCollection", text, ' xmlns:t="%T"')
  end
  return (text:gsub("%%T", BASES[version]))
end

return rstr
