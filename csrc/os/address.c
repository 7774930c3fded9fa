#include "os/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "os/socket.h"

/* The C library takes "*" for the loopback address. */
static bool is_star(const char *text)
{
    return strcmp(text, "*") == 0;
}

bool wws_address_read(const char *text, uint16_t port, wws_os_address *out)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    if (is_star(text) || getaddrinfo(text, service, &hints, &found) != 0) {
        return false;
    }
    memcpy(&out->any, found->ai_addr, found->ai_addrlen);
    out->len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

bool wws_address_is_numeric(const char *text)
{
    wws_os_address address;
    return wws_address_read(text, 0, &address);
}

uint16_t wws_address_port(const wws_os_address *address)
{
    if (address->any.ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, &address->any, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    struct sockaddr_in v4;
    if (address->any.ss_family != AF_INET) {
        return 0;
    }
    memcpy(&v4, &address->any, sizeof v4);
    return ntohs(v4.sin_port);
}

wws_io wws_resolve(const char *host, wws_addresses *out, const char **why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    out->count = 0;
    if (is_star(host) || getaddrinfo(host, NULL, &hints, &found) != 0) {
        *why = "host not found";
        return WWS_IO_FAILED;
    }
    for (const struct addrinfo *each = found; each != NULL && out->count < WWS_ADDRESSES_MAX; each = each->ai_next) {
        if (getnameinfo(each->ai_addr, each->ai_addrlen, out->text[out->count], WWS_ADDRESS_TEXT, NULL, 0,
                        NI_NUMERICHOST) == 0) {
            out->count++;
        }
    }
    freeaddrinfo(found);
    *why = "host not found";
    return out->count > 0 ? WWS_IO_OK : WWS_IO_FAILED;
}
