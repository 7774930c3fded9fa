#include "soap/version.h"

static const wws_soap_names SOAP[] = {
    [WWS_SOAP_1_1] = {.ns = "http://schemas.xmlsoap.org/soap/envelope/",
                      .media_type = "text/xml",
                      .role = "actor",
                      .next = "http://schemas.xmlsoap.org/soap/actor/next",
                      .sender = "Client",
                      .receiver = "Server"},
    [WWS_SOAP_1_2] = {.ns = "http://www.w3.org/2003/05/soap-envelope",
                      .media_type = "application/soap+xml",
                      .role = "role",
                      .next = "http://www.w3.org/2003/05/soap-envelope/role/next",
                      .ultimate = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
                      .sender = "Sender",
                      .receiver = "Receiver"},
};

#define NS_1_0 "http://www.w3.org/2005/08/addressing"
#define NS_0_9 "http://schemas.xmlsoap.org/ws/2004/08/addressing"

static const wws_addressing_names ADDRESSING[] = {
    [WWS_ADDRESSING_0_9] = {.ns = NS_0_9,
                            .fault_ns = NS_0_9,
                            .anonymous = NS_0_9 "/role/anonymous",
                            .fault_action = NS_0_9 "/fault",
                            .default_fault = NS_0_9 "/fault"},
    [WWS_ADDRESSING_1_0] = {.ns = NS_1_0,
                            .fault_ns = NS_1_0,
                            .anonymous = NS_1_0 "/anonymous",
                            .none = NS_1_0 "/none",
                            .fault_action = NS_1_0 "/fault",
                            .default_fault = NS_1_0 "/soap/fault"},
    [WWS_ADDRESSING_TRANSPORT] = {.fault_ns = "http://schemas.microsoft.com/ws/2005/05/addressing/none"},
};

const wws_soap_names *wws_soap_names_of(wws_envelope_version version)
{
    return &SOAP[version];
}

const wws_addressing_names *wws_addressing_names_of(wws_addressing_version version)
{
    return &ADDRESSING[version];
}
