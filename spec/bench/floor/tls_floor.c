/**
 * @file
 * The floor under one secured call: TLS 1.3 on loopback, kept connections, a request of 1,900 bytes and a reply of 900;
 * no HTTP, no XML. Prints calls per second, and microseconds of CPU per call on the client's and on the server's side.
 * Usage: tls_floor CERTIFICATE KEY SECONDS CHANNELS [REQUEST REPLY]: the sizes, when they are others. Instead of a
 * certificate: "-" for no TLS, "unix" for none over a Unix socket, "gss" for what Kerberos seals, with the service's
 * name (such as host@localhost) as the key
 */
#include <arpa/inet.h>
#include <errno.h>
#include <gssapi/gssapi.h>
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

enum { SIZE_MAX_BYTES = 65536, CHANNELS = 256, LENGTH = 4 };

static int request_size = 1900, reply_size = 900;
static enum { TLS, PLAIN, SEALED } kind;

struct side {
    SSL *tls[CHANNELS];
    gss_ctx_id_t sealed[CHANNELS];
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

/** Sends a token behind its length, in one piece. */
static void send_token(int descriptor, const gss_buffer_desc *token)
{
    static char bytes[2 * SIZE_MAX_BYTES];
    const uint32_t length = htonl((uint32_t)token->length);
    require(token->length <= sizeof bytes - LENGTH, "a token that is too long");
    memcpy(bytes, &length, LENGTH);
    memcpy(bytes + LENGTH, token->value, token->length);
    const ssize_t sent = send(descriptor, bytes, LENGTH + token->length, 0);
    require(sent == (ssize_t)(LENGTH + token->length) || errno == EPIPE, "cannot send a token");
}

/** Waits for a whole token. @return false at the end of the stream */
static bool receive_token(int descriptor, gss_buffer_desc *token)
{
    static char bytes[2 * SIZE_MAX_BYTES];
    uint32_t length = 0;
    if (recv(descriptor, &length, LENGTH, MSG_WAITALL) != LENGTH || ntohl(length) > sizeof bytes) {
        return false;
    }
    token->length = ntohl(length);
    token->value = bytes;
    return recv(descriptor, bytes, token->length, MSG_WAITALL) == (ssize_t)token->length;
}

/** Kerberos with mutual authentication. @param service  the one to ask for; NULL on the service's side */
static gss_ctx_id_t agree(int descriptor, const char *service)
{
    gss_OID_desc kerberos = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
    gss_buffer_desc in = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc text = {service == NULL ? 0 : strlen(service), (char *)service};
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor = 0;
    OM_uint32 major = GSS_S_CONTINUE_NEEDED;
    const OM_uint32 flags =
        GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    if (service != NULL) {
        require(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name) == GSS_S_COMPLETE, "no such name");
    }
    while (major == GSS_S_CONTINUE_NEEDED) {
        if (service == NULL || context != GSS_C_NO_CONTEXT) {
            require(receive_token(descriptor, &in), "no token");
        }
        major = service != NULL ? gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context, name, &kerberos, flags, 0,
                                                       GSS_C_NO_CHANNEL_BINDINGS, &in, NULL, &out, NULL, NULL)
                                : gss_accept_sec_context(&minor, &context, GSS_C_NO_CREDENTIAL, &in,
                                                         GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &out, NULL, NULL, NULL);
        require(!GSS_ERROR(major), "no Kerberos");
        if (out.length > 0) {
            send_token(descriptor, &out);
            gss_release_buffer(&minor, &out);
        }
    }
    return context;
}

/** Takes a connected descriptor into the side: no delay, its security agreed, watched. */
static void add_channel(struct side *side, SSL_CTX *context, int descriptor, int (*shake)(SSL *), const char *service)
{
    int i = side->channels++;
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    side->descriptor[i] = descriptor;
    if (kind == TLS) {
        side->tls[i] = SSL_new(context);
        SSL_set_fd(side->tls[i], descriptor);
        require(shake(side->tls[i]) == 1, "handshake failed");
    } else if (kind == SEALED) {
        side->sealed[i] = agree(descriptor, service);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};
    epoll_ctl(side->poll, EPOLL_CTL_ADD, descriptor, &event);
}

static int receive_sealed(const struct side *side, int i, int size)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    if (!receive_token(side->descriptor[i], &token)) {
        return -1;
    }
    const OM_uint32 major = gss_unwrap(&minor, side->sealed[i], &token, &text, NULL, NULL);
    require(major == GSS_S_COMPLETE && text.length == (size_t)size, "cannot unwrap");
    gss_release_buffer(&minor, &text);
    return 1;
}

static void give_sealed(struct side *side, int i, int size)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc text = {(size_t)size, side->bytes};
    OM_uint32 minor = 0;
    require(gss_wrap(&minor, side->sealed[i], 1, GSS_C_QOP_DEFAULT, &text, NULL, &token) == GSS_S_COMPLETE,
            "cannot wrap");
    send_token(side->descriptor[i], &token);
    gss_release_buffer(&minor, &token);
}

/** Reads what came on a channel. @return 1 when `size` bytes are complete, 0 when not yet, -1 at its end. */
static int receive(struct side *side, int i, int size)
{
    if (kind == SEALED) {
        return receive_sealed(side, i, size);
    }
    int wanted = size - side->received[i];
    int count = kind == PLAIN ? (int)recv(side->descriptor[i], side->bytes, (size_t)wanted, 0)
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
    if (kind == SEALED) {
        give_sealed(side, i, size);
    } else if (kind == PLAIN) {
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
    require(kind != TLS || SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1, "no certificate");
    require(kind != TLS || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1, "no private key");
    side.poll = epoll_create1(0);
    while (side.channels < channels) {
        add_channel(&side, context, accept(listening, NULL, NULL), SSL_accept, NULL);
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

static void call(struct side *side, const struct sockaddr_storage *address, socklen_t length, int channels,
                 const char *service)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    side->poll = epoll_create1(0);
    while (side->channels < channels) {
        int descriptor = socket(address->ss_family, SOCK_STREAM, 0);
        require(connect(descriptor, (const struct sockaddr *)address, length) == 0, "no connection");
        add_channel(side, context, descriptor, SSL_connect, service);
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
    kind = local || strcmp(arguments[1], "-") == 0 ? PLAIN : strcmp(arguments[1], "gss") == 0 ? SEALED : TLS;
    if (count == 7) {
        request_size = atoi(arguments[5]);
        reply_size = atoi(arguments[6]);
    }
    require(request_size > 0 && request_size <= SIZE_MAX_BYTES && reply_size > 0 && reply_size <= SIZE_MAX_BYTES,
            "sizes from 1 to 65536");
    int channels = atoi(arguments[4]);
    require(channels > 0 && channels <= CHANNELS, "1 to 256 channels");
    signal(SIGPIPE, SIG_IGN);
    int listening = listen_somewhere(local ? AF_UNIX : AF_INET, &address, &length);
    require(pipe(report) == 0, "no pipe");
    pid_t server = fork();
    if (server == 0) {
        serve(listening, arguments[1], arguments[2], channels, report[1]);
        _exit(0);
    }
    close(report[1]);
    call(&side, &address, length, channels, arguments[2]);
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
