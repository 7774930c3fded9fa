// The calculator as gSOAP's generator reads it, with headers of WS-Security and WS-Addressing.
#import "wsse.h"
#import "wsa5.h"
//gsoap ns service name: calc
//gsoap ns service style: document
//gsoap ns service encoding: literal
//gsoap ns service namespace: http://example.org/
//gsoap ns schema namespace: http://example.org/
//gsoap ns schema form: qualified
//gsoap ns service method-action: Add "http://example.org/ICalculator/Add"
//gsoap ns service method-output-action: Add "http://example.org/ICalculator/AddResponse"
struct ns__AddResponse { int AddResult; };
int ns__Add(int a, int b, struct ns__AddResponse *out);
