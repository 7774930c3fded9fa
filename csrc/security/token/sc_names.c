/* Two versions of WS-SecureConversation with their WS-Trust, one table. */
#include "security/description/description.h"
#include "security/token/context_token.h"

#define NAMES(sc, trust)                                                                                               \
    .sc_ns = (sc), .trust_ns = (trust), .token_type = sc "/sct", .issue_action = trust "/RST/SCT",                     \
    .issue_response_action = trust "/RSTR/SCT", .renew_action = trust "/RST/SCT/Renew",                                \
    .renew_response_action = trust "/RSTR/SCT/Renew", .cancel_action = trust "/RST/SCT/Cancel",                        \
    .cancel_response_action = trust "/RSTR/SCT/Cancel", .issue = trust "/Issue", .renew = trust "/Renew",              \
    .cancel = trust "/Cancel", .nonce = trust "/Nonce", .symmetric_key = trust "/SymmetricKey",                        \
    .computed_key = trust "/CK/PSHA1"

static const wws_sc_names VERSIONS[] = {
    [WWS_SC_FEBRUARY_2005] = {NAMES(WWS_NS_SC_2005, WWS_NS_TRUST_2005), .sc_prefix = "c", .trust_prefix = "t"},
    [WWS_SC_1_3] = {NAMES(WWS_NS_SC_13, WWS_NS_TRUST_13), .sc_prefix = "sc", .trust_prefix = "trust",
                    .collection = true},
};

const wws_sc_names *wws_sc_names_of(int version)
{
    return &VERSIONS[version == WWS_SC_1_3 ? WWS_SC_1_3 : WWS_SC_FEBRUARY_2005];
}

bool wws_sc_fault_is(const wws_fault *fault, const char *local)
{
    const wws_qname *names[] = {&fault->subcode, &fault->code};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (wws_qname_is(names[i], WWS_NS_SC_2005, local) || wws_qname_is(names[i], WWS_NS_SC_13, local)) {
            return true;
        }
    }
    return false;
}
