// System calls of the test tools that Swift's Glibc module does not offer, and socket addresses.
// Every function returns -errno on failure unless it says otherwise.
#ifndef P2PFWD_CTOOLS_H
#define P2PFWD_CTOOLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

// An IPv4, IPv6 or UNIX socket address.
struct tools_address {
    unsigned char bytes[112];
    unsigned length;
};

// Monotonic time in nanoseconds.
int64_t tools_now(void);

// Parses "1.2.3.4:80", "[::1]:80", "localhost:80" or "/path".
int tools_address_parse(const char *text, struct tools_address *address);
// Writes the same form; `capacity` of 128 is enough for every address.
void tools_address_format(const struct tools_address *address, char *text, size_t capacity);
// 1 when both are the same address and port.
int tools_address_equal(const struct tools_address *left, const struct tools_address *right);
int tools_local_address(int socket, struct tools_address *address);

int tools_tcp_listen(const struct tools_address *address);
int tools_tcp_accept(int listener);
// Starts connecting without waiting; the socket does not block and has TCP_NODELAY.
int tools_tcp_connect(const struct tools_address *address);
// Receives up to `count` bytes and throws them away (the kernel copies nothing).
ssize_t tools_tcp_discard(int socket, size_t count);

int tools_udp_bind(const struct tools_address *address);
int tools_udp_connect(const struct tools_address *address);
ssize_t tools_udp_receive(int socket, void *bytes, size_t count, struct tools_address *source);
ssize_t tools_udp_send(int socket, const void *bytes, size_t count,
                       const struct tools_address *destination);

// A TUN device without packet information header, in the current network namespace.
int tools_tun_open(const char *name, int mtu, int queue_length);

// A descriptor that becomes readable on SIGINT or SIGTERM; SIGPIPE is ignored.
int tools_signal_descriptor(void);
int tools_set_nonblocking(int descriptor);
void tools_raise_descriptor_limit(void);

int tools_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);
// A negative timeout waits for ever.
int tools_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds);

#endif
