#define _GNU_SOURCE
#include "CTools.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_BUFFER_BYTES (16 << 20)

_Static_assert(sizeof(struct sockaddr_un) <= sizeof(((struct tools_address *)0)->bytes),
               "every address fits");

static int family_of(const struct tools_address *address)
{
    sa_family_t family;
    memcpy(&family, address->bytes, sizeof family);
    return family;
}

static int fail(int descriptor)
{
    int error = errno;
    if (descriptor >= 0) close(descriptor);
    return -error;
}

int64_t tools_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int tools_address_parse(const char *text, struct tools_address *address)
{
    memset(address, 0, sizeof *address);
    if (text[0] == '/') {
        struct sockaddr_un local = {.sun_family = AF_UNIX};
        if (strlen(text) >= sizeof local.sun_path) return -ENAMETOOLONG;
        strcpy(local.sun_path, text);
        memcpy(address->bytes, &local, sizeof local);
        address->length = sizeof local;
        return 0;
    }

    char host[64];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) return -EINVAL;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    char *end;
    long port = strtol(colon + 1, &end, 10);
    if (*end != 0 || end == colon + 1 || port < 0 || port > 65535) return -EINVAL;

    if (host[0] == '[') {
        size_t length = strlen(host);
        if (host[length - 1] != ']') return -EINVAL;
        host[length - 1] = 0;
        struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        if (inet_pton(AF_INET6, host + 1, &six.sin6_addr) != 1) return -EINVAL;
        memcpy(address->bytes, &six, sizeof six);
        address->length = sizeof six;
        return 0;
    }
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const char *numeric = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    if (inet_pton(AF_INET, numeric, &four.sin_addr) != 1) return -EINVAL;
    memcpy(address->bytes, &four, sizeof four);
    address->length = sizeof four;
    return 0;
}

void tools_address_format(const struct tools_address *address, char *text, size_t capacity)
{
    char host[INET6_ADDRSTRLEN] = "?";
    switch (family_of(address)) {
    case AF_INET: {
        struct sockaddr_in four;
        memcpy(&four, address->bytes, sizeof four);
        inet_ntop(AF_INET, &four.sin_addr, host, sizeof host);
        snprintf(text, capacity, "%s:%u", host, ntohs(four.sin_port));
        break;
    }
    case AF_INET6: {
        struct sockaddr_in6 six;
        memcpy(&six, address->bytes, sizeof six);
        inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof host);
        snprintf(text, capacity, "[%s]:%u", host, ntohs(six.sin6_port));
        break;
    }
    default:
        snprintf(text, capacity, "%.107s", (const char *)address->bytes + sizeof(sa_family_t));
    }
}

int tools_address_equal(const struct tools_address *left, const struct tools_address *right)
{
    return left->length == right->length && memcmp(left->bytes, right->bytes, left->length) == 0;
}

int tools_local_address(int socket, struct tools_address *address)
{
    memset(address, 0, sizeof *address);
    socklen_t length = sizeof address->bytes;
    if (getsockname(socket, (struct sockaddr *)address->bytes, &length) < 0) return -errno;
    address->length = length;
    return 0;
}

static void set_no_delay(int socket)
{
    int on = 1;
    // Fails on UNIX sockets, which need it not.
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int tools_tcp_listen(const struct tools_address *address)
{
    int listener = socket(family_of(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) return -errno;
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family_of(address) == AF_UNIX)
        unlink((const char *)address->bytes + sizeof(sa_family_t));
    if (bind(listener, (const struct sockaddr *)address->bytes, address->length) < 0)
        return fail(listener);
    if (listen(listener, 4096) < 0) return fail(listener);
    return listener;
}

int tools_tcp_accept(int listener)
{
    int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return -errno;
    set_no_delay(accepted);
    return accepted;
}

int tools_tcp_connect(const struct tools_address *address)
{
    int connected = socket(family_of(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connected < 0) return -errno;
    set_no_delay(connected);
    int result = connect(connected, (const struct sockaddr *)address->bytes, address->length);
    if (result < 0 && errno != EINPROGRESS) return fail(connected);
    return connected;
}

ssize_t tools_tcp_discard(int socket, size_t count)
{
    ssize_t received = recv(socket, NULL, count, MSG_TRUNC);
    return received < 0 ? -errno : received;
}

static int udp_socket(const struct tools_address *address)
{
    int created = socket(family_of(address), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (created < 0) return -errno;
    int size = SOCKET_BUFFER_BYTES;
    // The forced form needs a privilege; without it the system's maximum has to do.
    if (setsockopt(created, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        setsockopt(created, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(created, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
        setsockopt(created, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return created;
}

int tools_udp_bind(const struct tools_address *address)
{
    int bound = udp_socket(address);
    if (bound < 0) return bound;
    if (bind(bound, (const struct sockaddr *)address->bytes, address->length) < 0)
        return fail(bound);
    return bound;
}

int tools_udp_connect(const struct tools_address *address)
{
    int connected = udp_socket(address);
    if (connected < 0) return connected;
    if (connect(connected, (const struct sockaddr *)address->bytes, address->length) < 0)
        return fail(connected);
    return connected;
}

ssize_t tools_udp_receive(int socket, void *bytes, size_t count, struct tools_address *source)
{
    socklen_t length = sizeof source->bytes;
    ssize_t received =
        recvfrom(socket, bytes, count, 0, (struct sockaddr *)source->bytes, &length);
    if (received < 0) return -errno;
    source->length = length;
    return received;
}

ssize_t tools_udp_send(int socket, const void *bytes, size_t count,
                       const struct tools_address *destination)
{
    ssize_t sent;
    if (destination == NULL)
        sent = send(socket, bytes, count, MSG_NOSIGNAL);
    else
        sent = sendto(socket, bytes, count, MSG_NOSIGNAL,
                      (const struct sockaddr *)destination->bytes, destination->length);
    return sent < 0 ? -errno : sent;
}

int tools_tun_open(const char *name, int mtu, int queue_length)
{
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (strlen(name) >= IFNAMSIZ) return -ENAMETOOLONG;
    strcpy(request.ifr_name, name);
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0) return -errno;
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(device, TUNSETIFF, &request) < 0) return fail(device);

    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return fail(device);
    request.ifr_mtu = mtu;
    int result = ioctl(control, SIOCSIFMTU, &request);
    if (result == 0) {
        request.ifr_qlen = queue_length;
        result = ioctl(control, SIOCSIFTXQLEN, &request);
    }
    if (result < 0) {
        int failed = fail(device);
        close(control);
        return failed;
    }
    close(control);
    return device;
}

int tools_signal_descriptor(void)
{
    signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0) return -errno;
    int descriptor = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int tools_set_nonblocking(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
    return 0;
}

void tools_raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int tools_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token)
{
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int tools_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds)
{
    struct timespec timeout = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, events, capacity, nanoseconds < 0 ? NULL : &timeout, NULL);
    return count < 0 ? -errno : count;
}
