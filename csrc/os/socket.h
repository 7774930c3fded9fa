/**
 * @file socket.h
 * Sockets without waiting: every call returns at once. Closed on exec, no delay, no SIGPIPE.
 */
#ifndef WWS_OS_SOCKET_H
#define WWS_OS_SOCKET_H

#include "base/result.h"
#include "base/span.h"

/** How a call went. Failures are told apart by a static text: "refused", "reset", "unreachable", "address in use" … */
typedef enum wws_io {
    WWS_IO_OK = 1,
    WWS_IO_AGAIN, /**< not now: wait until the socket is ready, then try again */
    WWS_IO_END,   /**< read: the peer ended the stream in order; others: the socket is closed here */
    WWS_IO_FAILED
} wws_io;

/** Heap object counted by reference (from any thread): its descriptor lives until the last holder lets go. */
typedef struct wws_socket wws_socket;

enum { WWS_ADDRESS_TEXT = 64, WWS_ADDRESSES_MAX = 16 };

/** Numeric addresses of a name, in the order to try them. */
typedef struct wws_addresses {
    char text[WWS_ADDRESSES_MAX][WWS_ADDRESS_TEXT];
    size_t count;
} wws_addresses;

/** Looks @p host up; may block. @param why  set on WWS_IO_FAILED, static; so in all calls below */
WWS_MUST_CHECK wws_io wws_resolve(const char *host, wws_addresses *out, const char **why);
/** @return true when @p text is a numeric address, v4 or v6 */
bool wws_address_is_numeric(const char *text);

/** @return OK: connected; AGAIN: wait until it is writable, then wws_socket_connected; @p out is set in both cases. */
WWS_MUST_CHECK wws_io wws_socket_connect(const char *address, uint16_t port, wws_socket **out, const char **why);
/** What a connection does by itself; times in seconds, of which the kernel takes whole ones. */
typedef struct wws_socket_tuning {
    bool no_delay;   /**< small pieces go out at once */
    bool keep_alive; /**< a peer that is silent is asked whether it is there */
    double idle;     /**< after so long */
    double interval; /**< and then again */
} wws_socket_tuning;

/** New connections send small pieces at once and ask nobody. */
void wws_socket_tune(wws_socket *socket, const wws_socket_tuning *tuning);
void wws_socket_tuned(const wws_socket *socket, wws_socket_tuning *out);
/** How a connect that had to wait ended. @return OK, AGAIN, FAILED */
WWS_MUST_CHECK wws_io wws_socket_connected(wws_socket *socket, const char **why);
typedef struct wws_listening {
    int backlog;  /**< how many connections may wait to be accepted; 0: the usual number */
    bool only_v6; /**< "::" does not take v4, too */
} wws_listening;

/** @param address  numeric; "::" takes v4 too where the system can, unless it must not */
WWS_MUST_CHECK wws_io wws_socket_listen(const char *address, uint16_t port, const wws_listening *terms,
                                        wws_socket **out, const char **why);
WWS_MUST_CHECK wws_io wws_socket_accept(wws_socket *socket, wws_socket **out, const char **why);
WWS_MUST_CHECK wws_io wws_socket_read(wws_socket *socket, uint8_t *out, size_t max, size_t *got, const char **why);
/** @param put  how many of the bytes went; fewer than all is OK */
WWS_MUST_CHECK wws_io wws_socket_write(wws_socket *socket, wws_span bytes, size_t *put, const char **why);

/** @return the port at this end; 0 when closed */
uint16_t wws_socket_port(const wws_socket *socket);
/** @return the descriptor, or -1 when closed; for polling only */
int wws_socket_fd(const wws_socket *socket);
/** @param fd  taken, also on failure: anything that can be polled. @return NULL when there is no memory */
wws_socket *wws_socket_adopt(int fd);
wws_socket *wws_socket_keep(wws_socket *socket);
/** Closes the descriptor for all holders. Idempotent. */
void wws_socket_close(wws_socket *socket);
/** Gives up one reference, the last one closes. NULL is fine. */
void wws_socket_free(wws_socket *socket);
/** Moves the descriptor into a socket of its own; for all other holders the old one is closed. @return NULL if it was
 */
wws_socket *wws_socket_take(wws_socket *socket);

#endif
