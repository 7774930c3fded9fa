/**
 * @file
 * The floor under one secured call: TLS 1.3 on loopback, kept connections, a request of 1,900 bytes and a reply of 900;
 * no HTTP, no XML; without TLS when the certificate is "-". Prints calls per second, and microseconds of CPU per call
 * on the client's and on the server's side. Usage: tls_floor CERTIFICATE KEY SECONDS CHANNELS [REQUEST REPLY]: the
 * sizes, when they are others
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE_MAX_BYTES = 65536, CHANNELS = 64 };

static int request_size = 1900, reply_size = 900;
static bool plain;

struct side {
    SSL *tls[CHANNELS];
    int descriptor[CHANNELS];
    int received[CHANNELS];
    int channels;
    int poll;
    char bytes[SIZE_MAX_BYTES];
};

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

static void require(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "tls_floor: %s\n", what);
        exit(1);
    }
}

/** Takes a connected descriptor into the side: no delay, TLS done, watched. */
static void add_channel(struct side *side, SSL_CTX *context, int descriptor, int (*shake)(SSL *))
{
    int i = side->channels++;
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    side->descriptor[i] = descriptor;
    if (!plain) {
        side->tls[i] = SSL_new(context);
        SSL_set_fd(side->tls[i], descriptor);
        require(shake(side->tls[i]) == 1, "handshake failed");
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};
    epoll_ctl(side->poll, EPOLL_CTL_ADD, descriptor, &event);
}

/** Reads what came on a channel. @return 1 when `size` bytes are complete, 0 when not yet, -1 at its end. */
static int receive(struct side *side, int i, int size)
{
    int wanted = size - side->received[i];
    int count = plain ? (int)recv(side->descriptor[i], side->bytes, (size_t)wanted, 0)
                      : SSL_read(side->tls[i], side->bytes, wanted);
    if (count <= 0) {
        return -1;
    }
    side->received[i] += count;
    if (side->received[i] < size) {
        return 0;
    }
    side->received[i] = 0;
    return 1;
}

static void give(struct side *side, int i, int size)
{
    if (plain) {
        const int sent = (int)send(side->descriptor[i], side->bytes, (size_t)size, 0);
        require(sent == size || errno == EPIPE, "cannot send"); /* the client may have had enough */
    } else {
        SSL_write(side->tls[i], side->bytes, size);
    }
}

static void serve(int listening, const char *certificate, const char *key, int channels, int report)
{
    static struct side side;
    struct epoll_event events[CHANNELS];
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    require(plain || SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1, "no certificate");
    require(plain || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1, "no private key");
    side.poll = epoll_create1(0);
    while (side.channels < channels) {
        add_channel(&side, context, accept(listening, NULL, NULL), SSL_accept);
    }
    double start = cpu_seconds();
    for (int open = channels; open > 0;) {
        int ready = epoll_wait(side.poll, events, CHANNELS, -1);
        for (int k = 0; k < ready; k++) {
            int i = (int)events[k].data.u32;
            int got = receive(&side, i, request_size);
            if (got > 0) {
                give(&side, i, reply_size);
            } else if (got < 0) {
                close(side.descriptor[i]);
                open--;
            }
        }
    }
    double spent = cpu_seconds() - start;
    require(write(report, &spent, sizeof spent) == sizeof spent, "no report");
}

static void call(struct side *side, const struct sockaddr_storage *address, socklen_t length, int channels)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    side->poll = epoll_create1(0);
    while (side->channels < channels) {
        int descriptor = socket(address->ss_family, SOCK_STREAM, 0);
        require(connect(descriptor, (const struct sockaddr *)address, length) == 0, "no connection");
        add_channel(side, context, descriptor, SSL_connect);
    }
}

static long count_calls(struct side *side, double seconds)
{
    struct epoll_event events[CHANNELS];
    long calls = 0;
    double start = wall_seconds();
    for (int i = 0; i < side->channels; i++) {
        give(side, i, request_size);
    }
    while (wall_seconds() - start < seconds) {
        int ready = epoll_wait(side->poll, events, CHANNELS, 1000);
        for (int k = 0; k < ready; k++) {
            int i = (int)events[k].data.u32;
            if (receive(side, i, reply_size) > 0) {
                calls++;
                give(side, i, request_size);
            }
        }
    }
    for (int i = 0; i < side->channels; i++) {
        close(side->descriptor[i]);
    }
    return calls;
}

/** A listening socket, of which the system chose the address: on the loopback interface, or a Unix socket's. */
static int listen_somewhere(int family, struct sockaddr_storage *address, socklen_t *length)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr nameless = {.sa_family = AF_UNIX};
    const int listening = socket(family, SOCK_STREAM, 0);
    const int bound = family == AF_UNIX ? bind(listening, &nameless, sizeof nameless.sa_family)
                                        : bind(listening, (struct sockaddr *)&loopback, sizeof loopback);
    require(bound == 0 && listen(listening, CHANNELS) == 0, "no listener");
    getsockname(listening, (struct sockaddr *)address, length);
    return listening;
}

int main(int count, char **arguments)
{
    static struct side side;
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int report[2];
    require(count == 5 || count == 7, "usage: tls_floor CERTIFICATE KEY SECONDS CHANNELS [REQUEST REPLY]");
    const bool local = strcmp(arguments[1], "unix") == 0;
    plain = local || strcmp(arguments[1], "-") == 0;
    if (count == 7) {
        request_size = atoi(arguments[5]);
        reply_size = atoi(arguments[6]);
    }
    require(request_size > 0 && request_size <= SIZE_MAX_BYTES && reply_size > 0 && reply_size <= SIZE_MAX_BYTES,
            "sizes from 1 to 65536");
    int channels = atoi(arguments[4]);
    require(channels > 0 && channels <= CHANNELS, "1 to 64 channels");
    signal(SIGPIPE, SIG_IGN);
    int listening = listen_somewhere(local ? AF_UNIX : AF_INET, &address, &length);
    require(pipe(report) == 0, "no pipe");
    pid_t server = fork();
    if (server == 0) {
        serve(listening, arguments[1], arguments[2], channels, report[1]);
        _exit(0);
    }
    close(report[1]);
    call(&side, &address, length, channels);
    double cpu = cpu_seconds();
    double start = wall_seconds();
    long calls = count_calls(&side, atof(arguments[3]));
    double client = cpu_seconds() - cpu;
    double elapsed = wall_seconds() - start;
    double spent = 0;
    require(read(report[0], &spent, sizeof spent) == sizeof spent, "no report of the server");
    waitpid(server, NULL, 0);
    printf("%.0f %.2f %.2f\n", (double)calls / elapsed, client / (double)calls * 1e6, spent / (double)calls * 1e6);
    return 0;
}
