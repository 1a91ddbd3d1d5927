#define _GNU_SOURCE
#include "Internal.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

int csystem_close(int descriptor) {
    // Linux frees the number even when a signal interrupts close, so it must not be repeated.
    return close(descriptor) < 0 && errno != EINTR ? -errno : 0;
}

int csystem_socket(bool ipv4, bool stream) {
    int type = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    return CALL(int, socket(ipv4 ? AF_INET : AF_INET6, type, 0));
}

int csystem_bind(int descriptor, bool ipv4, const struct csystem_address *address) {
    union socket_address name;
    socklen_t length = put_address(&name, ipv4, address);
    if (length == 0) return -EAFNOSUPPORT;
    return CALL(int, bind(descriptor, &name.generic, length));
}

int csystem_local_address(int descriptor, struct csystem_address *address) {
    union socket_address name;
    socklen_t length = sizeof name;
    int result = CALL(int, getsockname(descriptor, &name.generic, &length));
    if (result >= 0) take_address(address, &name);
    return result;
}

int csystem_peer_address(int descriptor, struct csystem_address *address) {
    union socket_address name;
    socklen_t length = sizeof name;
    int result = CALL(int, getpeername(descriptor, &name.generic, &length));
    if (result >= 0) take_address(address, &name);
    return result;
}

int csystem_take_error(int descriptor) {
    int error = 0;
    socklen_t length = sizeof error;
    int result = CALL(int, getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length));
    return result < 0 ? result : error;
}

// ---- Stream sockets ----

int csystem_listen(int descriptor, int backlog) { return CALL(int, listen(descriptor, backlog)); }

int csystem_accept(int descriptor, struct csystem_address *source) {
    union socket_address name = {0};
    socklen_t length = sizeof name;
    int result = CALL(
        int, accept4(descriptor, &name.generic, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (result >= 0) take_address(source, &name);
    return result;
}

int csystem_connect(int descriptor, bool ipv4, const struct csystem_address *address) {
    union socket_address name;
    socklen_t length = put_address(&name, ipv4, address);
    if (length == 0) return -EAFNOSUPPORT;
    // An interrupted connect goes on by itself and must not be repeated.
    if (connect(descriptor, &name.generic, length) == 0) return 0;
    return errno == EINTR ? -EINPROGRESS : -errno;
}

int csystem_tune_stream(int descriptor) {
    int result = set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    return result < 0 ? result : set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
}

int csystem_limit_unsent(int descriptor, int bytes) {
    return set_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
}

int csystem_reuse_address(int descriptor) {
    return set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
}

int csystem_ipv6_only(int descriptor, bool only) {
    return set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, only);
}

int csystem_shutdown_write(int descriptor) { return CALL(int, shutdown(descriptor, SHUT_WR)); }

int csystem_reset_on_close(int descriptor) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    return CALL(int, setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

int64_t csystem_read(int descriptor, void *memory, size_t length) {
    return CALL(int64_t, read(descriptor, memory, length));
}

int64_t csystem_write(int descriptor, const void *memory, size_t length) {
    return CALL(int64_t, send(descriptor, memory, length, MSG_NOSIGNAL));
}

static struct msghdr put_parts(
    struct iovec *vector, const struct csystem_part *parts, int count) {
    if (count > CSYSTEM_PART_MAXIMUM) count = CSYSTEM_PART_MAXIMUM;
    for (int i = 0; i < count; i++) {
        vector[i] = (struct iovec){.iov_base = parts[i].memory, .iov_len = parts[i].length};
    }
    return (struct msghdr){.msg_iov = vector, .msg_iovlen = (size_t)count};
}

int64_t csystem_read_parts(int descriptor, const struct csystem_part *parts, int count) {
    if (count == 1) return csystem_read(descriptor, parts->memory, parts->length);
    struct iovec vector[CSYSTEM_PART_MAXIMUM];
    struct msghdr message = put_parts(vector, parts, count);
    return CALL(int64_t, recvmsg(descriptor, &message, 0));
}

int64_t csystem_write_parts(int descriptor, const struct csystem_part *parts, int count) {
    if (count == 1) return csystem_write(descriptor, parts->memory, parts->length);
    struct iovec vector[CSYSTEM_PART_MAXIMUM];
    struct msghdr message = put_parts(vector, parts, count);
    return CALL(int64_t, sendmsg(descriptor, &message, MSG_NOSIGNAL));
}

// ---- Streams that may be no sockets ----

int64_t csystem_file_read_parts(int descriptor, const struct csystem_part *parts, int count) {
    struct iovec vector[CSYSTEM_PART_MAXIMUM];
    struct msghdr message = put_parts(vector, parts, count);
    return CALL(int64_t, readv(descriptor, message.msg_iov, (int)message.msg_iovlen));
}

int64_t csystem_file_write_parts(int descriptor, const struct csystem_part *parts, int count) {
    struct iovec vector[CSYSTEM_PART_MAXIMUM];
    struct msghdr message = put_parts(vector, parts, count);
    return CALL(int64_t, writev(descriptor, message.msg_iov, (int)message.msg_iovlen));
}

// ---- Stream sockets with a path as name (AF_UNIX) ----

static int put_path(struct sockaddr_un *name, const char *path) {
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0) return -ENOENT;
    if (length >= sizeof name->sun_path) return -ENAMETOOLONG;
    memcpy(name->sun_path, path, length);
    return 0;
}

int csystem_local_socket(void) {
    return CALL(int, socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

int csystem_local_bind(int descriptor, const char *path, unsigned mode) {
    struct sockaddr_un name;
    int result = put_path(&name, path);
    // The file gets the mode of the socket, so that there is no moment at which others may use it;
    // the mask would take bits away that are wished.
    if (result >= 0) result = CALL(int, fchmod(descriptor, mode & 0777));
    if (result < 0) return result;
    mode_t mask = umask(~mode & 0777);
    result = CALL(int, bind(descriptor, (struct sockaddr *)&name, sizeof name));
    umask(mask);
    return result;
}

int csystem_local_connect(int descriptor, const char *path) {
    struct sockaddr_un name;
    int result = put_path(&name, path);
    if (result < 0) return result;
    return CALL(int, connect(descriptor, (struct sockaddr *)&name, sizeof name));
}

int64_t csystem_local_peer_user(int descriptor) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    int result = CALL(int, getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length));
    return result < 0 ? result : (int64_t)peer.uid;
}

// ---- Names ----

int csystem_resolve(const char *name, struct csystem_address *addresses, int maximum) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int result = getaddrinfo(name, NULL, &hints, &list);
    if (result != 0) return result;
    int count = 0;
    for (struct addrinfo *item = list; item && count < maximum; item = item->ai_next) {
        if (item->ai_family != AF_INET && item->ai_family != AF_INET6) continue;
        union socket_address address = {0};
        memcpy(&address, item->ai_addr, item->ai_addrlen);
        take_address(&addresses[count++], &address);
    }
    freeaddrinfo(list);
    return count;
}

const char *csystem_resolve_error_text(int code) { return gai_strerror(code); }
