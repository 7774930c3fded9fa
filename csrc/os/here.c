#include "os/here.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static socklen_t length_of(const struct sockaddr *address)
{
    return address->sa_family == AF_INET    ? sizeof(struct sockaddr_in)
           : address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                            : 0;
}

static void add(wws_here *here, const struct sockaddr *address)
{
    const socklen_t len = address == NULL ? 0 : length_of(address);
    char *text = here->address[here->count];
    if (len == 0 || getnameinfo(address, len, text, WWS_ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST) != 0) {
        return;
    }
    char *scope = strchr(text, '%'); /* no URL names the interface */
    if (scope != NULL) {
        *scope = '\0';
    }
    here->count++;
}

void wws_here_find(wws_here *out)
{
    struct ifaddrs *all = NULL;
    memset(out, 0, sizeof *out);
    if (gethostname(out->name, sizeof out->name - 1) != 0) {
        out->name[0] = '\0';
    }
    if (getifaddrs(&all) != 0) {
        return;
    }
    for (const struct ifaddrs *each = all; each != NULL && out->count < WWS_HERE_MAX; each = each->ifa_next) {
        add(out, each->ifa_addr);
    }
    freeifaddrs(all);
}
