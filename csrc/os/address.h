/** @file address.h  Addresses as the kernel wants them; only this room looks. */
#ifndef WWS_OS_ADDRESS_H
#define WWS_OS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

typedef struct wws_os_address {
    struct sockaddr_storage any;
    socklen_t len;
} wws_os_address;

/** @return false when @p text is not a numeric address */
bool wws_address_read(const char *text, uint16_t port, wws_os_address *out);
uint16_t wws_address_port(const wws_os_address *address);

#endif
