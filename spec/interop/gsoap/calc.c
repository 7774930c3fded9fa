/* A client and a server of the calculator, with a user name and a time-stamp in each message, over TLS.
 * Usage: calc server PEM PASSWORD | calc client URL CA USER PASSWORD CALLS */
#include "soapH.h"

#include "calc.nsmap"
#include "wsaapi.h"
#include "wsseapi.h"

#define ADD "http://example.org/ICalculator/Add"

static const char *password;

static int check(struct soap *soap)
{
    const char *name = soap_wsse_get_Username(soap);
    if (soap_wsse_verify_Timestamp(soap)) {
        return soap->error;
    }
    if (name == NULL || soap_wsse_verify_Password(soap, password)) {
        return soap->error;
    }
    printf("user %s\n", name);
    soap_wsse_delete_Security(soap);
    return SOAP_OK;
}

int ns__Add(struct soap *soap, int a, int b, struct ns__AddResponse *out)
{
    if (check(soap) || soap_wsa_reply(soap, NULL, ADD "Response")) {
        return soap->error;
    }
    soap_wsse_add_Timestamp(soap, NULL, 300);
    out->AddResult = a + b;
    return SOAP_OK;
}

/* gSOAP wants one for faults that are sent as requests. */
int SOAP_ENV__Fault(struct soap *soap, char *code, char *text, char *actor, struct SOAP_ENV__Detail *detail,
                    struct SOAP_ENV__Code *code_2, struct SOAP_ENV__Reason *reason, char *node, char *role,
                    struct SOAP_ENV__Detail *detail_2)
{
    (void)code, (void)text, (void)actor, (void)detail, (void)code_2, (void)reason, (void)node, (void)role,
        (void)detail_2;
    return soap->error;
}

static int serve(struct soap *soap, const char *pem)
{
    struct sockaddr_in here;
    socklen_t size = sizeof here;
    if (soap_ssl_server_context(soap, SOAP_SSL_DEFAULT & ~SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION, pem, "", NULL, NULL,
                                NULL, NULL, "wws") ||
        !soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 50)) ||
        getsockname(soap->master, (struct sockaddr *)&here, &size)) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    printf("port %d\n", ntohs(here.sin_port));
    while (soap_valid_socket(soap_accept(soap))) {
        if (soap_ssl_accept(soap) == SOAP_OK) {
            soap_serve(soap);
        }
        soap_destroy(soap);
        soap_end(soap);
    }
    return 0;
}

static int call(struct soap *soap, char **arguments, int a)
{
    struct ns__AddResponse reply;
    soap_wsse_delete_Security(soap);
    soap_wsa_request(soap, soap_wsa_rand_uuid(soap), arguments[0], ADD);
    soap_wsse_add_Timestamp(soap, "_0", 300);
    soap_wsse_add_UsernameTokenText(soap, NULL, arguments[2], arguments[3]);
    if (soap_call_ns__Add(soap, arguments[0], ADD, a, 2, &reply)) {
        soap_print_fault(soap, stdout);
        return 1;
    }
    if (soap_wsse_verify_Timestamp(soap)) {
        puts("the reply has no valid time-stamp");
        return 1;
    }
    printf("sum %d\n", reply.AddResult);
    soap_destroy(soap);
    soap_end(soap);
    return 0;
}

int main(int count, char **arguments)
{
    struct soap *soap = soap_new1(SOAP_IO_KEEPALIVE | SOAP_XML_CANONICAL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    soap_register_plugin(soap, soap_wsa);
    soap_register_plugin(soap, soap_wsse);
    soap->send_timeout = soap->recv_timeout = 20;
    if (count == 4 && strcmp(arguments[1], "server") == 0) {
        password = arguments[3];
        return serve(soap, arguments[2]);
    }
    if (count != 7) {
        return 2;
    }
    if (soap_ssl_client_context(soap, SOAP_SSL_DEFAULT, NULL, NULL, arguments[3], NULL, NULL)) {
        soap_print_fault(soap, stdout);
        return 1;
    }
    for (int i = 0; i < atoi(arguments[6]); i++) {
        if (call(soap, arguments + 2, i)) {
            return 1;
        }
    }
    return 0;
}
