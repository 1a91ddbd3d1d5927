#define _GNU_SOURCE
#include "CSystem.h"

#include <endian.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

// Repeats a call while signals interrupt it and turns its failure into -errno.
#define CALL(type, expression)                                \
    ({                                                        \
        type result_;                                         \
        do {                                                  \
            result_ = (expression);                           \
        } while (result_ < 0 && errno == EINTR);              \
        result_ < 0 ? (type)-errno : result_;                 \
    })

const char *csystem_error_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}

// ---- Event loop ----

int64_t csystem_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int csystem_poll_create(void) { return CALL(int, epoll_create1(EPOLL_CLOEXEC)); }

static int poll_control(
    int poll, int operation, int descriptor, uint32_t generation, uint32_t interest) {
    struct epoll_event event = {0};
    if (interest & CSYSTEM_READABLE) event.events |= EPOLLIN;
    if (interest & CSYSTEM_WRITABLE) event.events |= EPOLLOUT;
    event.data.u64 = (uint64_t)generation << 32 | (uint32_t)descriptor;
    return CALL(int, epoll_ctl(poll, operation, descriptor, &event));
}

int csystem_poll_add(int poll, int descriptor, uint32_t generation, uint32_t interest) {
    return poll_control(poll, EPOLL_CTL_ADD, descriptor, generation, interest);
}

int csystem_poll_modify(int poll, int descriptor, uint32_t generation, uint32_t interest) {
    return poll_control(poll, EPOLL_CTL_MOD, descriptor, generation, interest);
}

int csystem_poll_remove(int poll, int descriptor) {
    return poll_control(poll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

// epoll_wait counts in milliseconds; rounding up makes sure that a deadline is due when it ends.
static int wait_milliseconds(int poll, struct epoll_event *events, int64_t nanoseconds) {
    int64_t milliseconds = nanoseconds < 0 ? -1 : (nanoseconds + 999999) / 1000000;
    if (milliseconds > INT32_MAX) milliseconds = INT32_MAX;
    return epoll_wait(poll, events, CSYSTEM_POLL_MAXIMUM, (int)milliseconds);
}

int csystem_poll_wait(int poll, struct csystem_event *events, int64_t nanoseconds) {
    struct epoll_event reported[CSYSTEM_POLL_MAXIMUM];
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int count = epoll_pwait2(
        poll, reported, CSYSTEM_POLL_MAXIMUM, nanoseconds < 0 ? NULL : &time, NULL);
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
        count = wait_milliseconds(poll, reported, nanoseconds);
    }
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        uint32_t flags = reported[index].events;
        uint64_t data = reported[index].data.u64;
        events[index].descriptor = (int32_t)(uint32_t)data;
        events[index].generation = (uint32_t)(data >> 32);
        events[index].readiness = (flags & EPOLLIN ? CSYSTEM_READABLE : 0)
            | (flags & EPOLLOUT ? CSYSTEM_WRITABLE : 0)
            | (flags & (EPOLLHUP | EPOLLERR) ? CSYSTEM_HANGUP : 0);
    }
    return count;
}

int csystem_wakeup_create(bool blocking) {
    int flags = EFD_CLOEXEC | (blocking ? EFD_SEMAPHORE : EFD_NONBLOCK);
    return CALL(int, eventfd(0, flags));
}

int csystem_wakeup_signal(int descriptor) {
    uint64_t one = 1;
    return (int)CALL(ssize_t, write(descriptor, &one, sizeof one));
}

int csystem_wakeup_consume(int descriptor) {
    uint64_t count;
    return (int)CALL(ssize_t, read(descriptor, &count, sizeof count));
}

int csystem_timer_create(void) {
    return CALL(int, timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
}

int csystem_timer_arm(int descriptor, int64_t nanoseconds) {
    struct itimerspec time = {0};
    time.it_value.tv_sec = nanoseconds / 1000000000;
    time.it_value.tv_nsec = nanoseconds % 1000000000;
    return CALL(int, timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &time, NULL));
}

int csystem_timer_consume(int descriptor) { return csystem_wakeup_consume(descriptor); }

int csystem_signals_create(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int index = 0; index < count; index++) sigaddset(&set, signals[index]);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) return -error;
    return CALL(int, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int csystem_signals_next(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t length = CALL(ssize_t, read(descriptor, &information, sizeof information));
    return length < 0 ? (int)length : (int)information.ssi_signo;
}

int csystem_ignore_broken_pipe(void) {
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0;
}

int csystem_thread_start(void *(*body)(void *), void *context) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_t thread;
    // The new thread inherits the mask: signals stay with the thread of the event loop.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, body, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) return -error;
    pthread_detach(thread);
    return 0;
}

uint64_t csystem_thread_current(void) { return (uint64_t)pthread_self(); }

// ---- Addresses ----

union socket_address {
    struct sockaddr generic;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_storage storage;
};

static bool is_mapped(const struct csystem_address *address) {
    return address->high == 0 && address->low >> 32 == 0xffff;
}

static void put_ipv6(struct in6_addr *target, const struct csystem_address *address) {
    uint64_t words[2] = {htobe64(address->high), htobe64(address->low)};
    memcpy(target, words, sizeof words);
}

static void take_ipv4(struct csystem_address *address, struct in_addr source) {
    address->high = 0;
    address->low = 0xffff00000000 | ntohl(source.s_addr);
}

static void take_ipv6(struct csystem_address *address, const struct in6_addr *source) {
    uint64_t words[2];
    memcpy(words, source, sizeof words);
    address->high = be64toh(words[0]);
    address->low = be64toh(words[1]);
}

// Returns the length, or 0 where an IPv4 socket is given an IPv6 address.
static socklen_t put_address(
    union socket_address *target, bool ipv4, const struct csystem_address *address) {
    if (ipv4) {
        if (!is_mapped(address)) return 0;
        target->ipv4 = (struct sockaddr_in){.sin_family = AF_INET};
        target->ipv4.sin_port = htons(address->port);
        target->ipv4.sin_addr.s_addr = htonl((uint32_t)address->low);
        return sizeof target->ipv4;
    }
    target->ipv6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
    target->ipv6.sin6_port = htons(address->port);
    target->ipv6.sin6_scope_id = address->scope;
    put_ipv6(&target->ipv6.sin6_addr, address);
    return sizeof target->ipv6;
}

static void take_address(struct csystem_address *address, const union socket_address *source) {
    *address = (struct csystem_address){0};
    if (source->generic.sa_family == AF_INET) {
        take_ipv4(address, source->ipv4.sin_addr);
        address->port = ntohs(source->ipv4.sin_port);
    } else if (source->generic.sa_family == AF_INET6) {
        take_ipv6(address, &source->ipv6.sin6_addr);
        address->scope = source->ipv6.sin6_scope_id;
        address->port = ntohs(source->ipv6.sin6_port);
    }
}

// ---- Sockets of all kinds ----

static int set_option(int descriptor, int level, int name, int value) {
    return CALL(int, setsockopt(descriptor, level, name, &value, sizeof value));
}

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

// ---- UDP ----

int csystem_set_buffers(int descriptor, int bytes) {
    // The forced variant passes the system's limit but needs a privilege.
    if (set_option(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0) {
        int result = set_option(descriptor, SOL_SOCKET, SO_RCVBUF, bytes);
        if (result < 0) return result;
    }
    if (set_option(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, bytes) < 0) {
        return set_option(descriptor, SOL_SOCKET, SO_SNDBUF, bytes);
    }
    return 0;
}

int csystem_receive_buffer(int descriptor) {
    int bytes = 0;
    socklen_t length = sizeof bytes;
    int result = CALL(int, getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, &length));
    return result < 0 ? result : bytes;
}

int csystem_prepare_udp(int descriptor, bool ipv4, bool destinations) {
    // A dual-stack socket carries IPv4 as well and takes the options of both.
    int result = set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    if (result >= 0) result = set_option(descriptor, IPPROTO_IP, IP_RECVTOS, 1);
    if (result >= 0 && destinations) result = set_option(descriptor, IPPROTO_IP, IP_PKTINFO, 1);
    if (ipv4 || result < 0) return result;
    result = set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    if (result >= 0) result = set_option(descriptor, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    if (result >= 0 && destinations) {
        result = set_option(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
    return result;
}

int csystem_enable_coalescing(int descriptor) {
    return set_option(descriptor, IPPROTO_UDP, UDP_GRO, 1);
}

enum { CONTROL_SIZE = 128 };

union control_buffer {
    struct cmsghdr aligned;
    char bytes[CONTROL_SIZE];
};

static void take_control(struct csystem_received *received, struct msghdr *message) {
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
        const void *data = CMSG_DATA(item);
        if (item->cmsg_level == IPPROTO_UDP && item->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, data, sizeof size);
            if (size > 0 && (uint32_t)size < received->length) received->segment_size = size;
        } else if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TOS) {
            received->ecn = *(const uint8_t *)data & 3;
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_TCLASS) {
            int traffic_class;
            memcpy(&traffic_class, data, sizeof traffic_class);
            received->ecn = traffic_class & 3;
        } else if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo information;
            memcpy(&information, data, sizeof information);
            take_ipv4(&received->destination, information.ipi_addr);
            received->destination.scope = information.ipi_ifindex;
            received->has_destination = true;
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo information;
            memcpy(&information, data, sizeof information);
            take_ipv6(&received->destination, &information.ipi6_addr);
            received->destination.scope = information.ipi6_ifindex;
            received->has_destination = true;
        }
    }
}

int csystem_receive(
    int descriptor, void *memory, size_t slot, int count, struct csystem_received *received) {
    struct mmsghdr messages[CSYSTEM_BATCH_MAXIMUM];
    struct iovec vectors[CSYSTEM_BATCH_MAXIMUM];
    union socket_address sources[CSYSTEM_BATCH_MAXIMUM];
    union control_buffer controls[CSYSTEM_BATCH_MAXIMUM];
    if (count > CSYSTEM_BATCH_MAXIMUM) count = CSYSTEM_BATCH_MAXIMUM;
    for (int index = 0; index < count; index++) {
        vectors[index] = (struct iovec){(char *)memory + (size_t)index * slot, slot};
        messages[index].msg_hdr = (struct msghdr){
            .msg_name = &sources[index],
            .msg_namelen = sizeof sources[index],
            .msg_iov = &vectors[index],
            .msg_iovlen = 1,
            .msg_control = &controls[index],
            .msg_controllen = CONTROL_SIZE,
        };
    }
    int result = CALL(int, recvmmsg(descriptor, messages, count, 0, NULL));
    for (int index = 0; index < result; index++) {
        struct csystem_received *entry = &received[index];
        *entry = (struct csystem_received){0};
        entry->length = messages[index].msg_len;
        entry->segment_size = entry->length;
        entry->is_truncated = messages[index].msg_hdr.msg_flags & MSG_TRUNC;
        take_address(&entry->source, &sources[index]);
        take_control(entry, &messages[index].msg_hdr);
    }
    return result;
}

static void add_control(
    struct msghdr *message, int level, int type, const void *data, size_t length) {
    struct cmsghdr *item = (struct cmsghdr *)((char *)message->msg_control + message->msg_controllen);
    item->cmsg_level = level;
    item->cmsg_type = type;
    item->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(item), data, length);
    message->msg_controllen += CMSG_SPACE(length);
}

static void put_source(struct msghdr *message, const struct csystem_outgoing *outgoing) {
    const struct csystem_address *source = &outgoing->source;
    if (is_mapped(&outgoing->destination)) {
        struct in_pktinfo information = {.ipi_ifindex = 0};
        information.ipi_spec_dst.s_addr = htonl((uint32_t)source->low);
        add_control(message, IPPROTO_IP, IP_PKTINFO, &information, sizeof information);
    } else {
        struct in6_pktinfo information = {.ipi6_ifindex = source->scope};
        put_ipv6(&information.ipi6_addr, source);
        add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &information, sizeof information);
    }
}

static void put_control(
    struct msghdr *message, const struct csystem_outgoing *outgoing, bool segmented) {
    if (segmented) {
        uint16_t size = (uint16_t)outgoing->segment_size;
        add_control(message, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
    }
    if (outgoing->ecn) {
        int value = outgoing->ecn;
        // IPv4 packets take their mark from the IPv4 option, also on a dual-stack socket.
        if (is_mapped(&outgoing->destination)) {
            add_control(message, IPPROTO_IP, IP_TOS, &value, sizeof value);
        } else {
            add_control(message, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
        }
    }
    if (outgoing->has_source) put_source(message, outgoing);
    if (message->msg_controllen == 0) message->msg_control = NULL;
}

int csystem_send(int descriptor, bool ipv4, const struct csystem_outgoing *outgoing, int count) {
    struct mmsghdr messages[CSYSTEM_BATCH_MAXIMUM];
    struct iovec vectors[CSYSTEM_BATCH_MAXIMUM];
    union socket_address destinations[CSYSTEM_BATCH_MAXIMUM];
    union control_buffer controls[CSYSTEM_BATCH_MAXIMUM];
    if (count > CSYSTEM_BATCH_MAXIMUM) count = CSYSTEM_BATCH_MAXIMUM;
    int prepared = 0;
    for (; prepared < count; prepared++) {
        const struct csystem_outgoing *entry = &outgoing[prepared];
        socklen_t length = put_address(&destinations[prepared], ipv4, &entry->destination);
        if (length == 0) break;
        vectors[prepared] = (struct iovec){(void *)entry->memory, entry->length};
        messages[prepared].msg_hdr = (struct msghdr){
            .msg_name = &destinations[prepared],
            .msg_namelen = length,
            .msg_iov = &vectors[prepared],
            .msg_iovlen = 1,
            .msg_control = &controls[prepared],
        };
        put_control(&messages[prepared].msg_hdr, entry, entry->length > entry->segment_size);
    }
    if (prepared == 0) return -EAFNOSUPPORT;
    return CALL(int, sendmmsg(descriptor, messages, prepared, 0));
}

int csystem_send_segments(
    int descriptor, bool ipv4, const struct csystem_outgoing *outgoing, int limit) {
    struct mmsghdr messages[CSYSTEM_BATCH_MAXIMUM];
    struct iovec vectors[CSYSTEM_BATCH_MAXIMUM];
    union socket_address destination;
    union control_buffer control;
    socklen_t length = put_address(&destination, ipv4, &outgoing->destination);
    if (length == 0) return -EAFNOSUPPORT;
    struct msghdr common = {
        .msg_name = &destination,
        .msg_namelen = length,
        .msg_iovlen = 1,
        .msg_control = &control,
    };
    put_control(&common, outgoing, false);
    if (limit > CSYSTEM_BATCH_MAXIMUM) limit = CSYSTEM_BATCH_MAXIMUM;
    int count = 0;
    uint32_t offset = 0;
    while (offset < outgoing->length && count < limit) {
        uint32_t size = outgoing->length - offset;
        if (size > outgoing->segment_size) size = outgoing->segment_size;
        vectors[count] = (struct iovec){(char *)outgoing->memory + offset, size};
        messages[count].msg_hdr = common;
        messages[count].msg_hdr.msg_iov = &vectors[count];
        offset += size;
        count++;
    }
    return CALL(int, sendmmsg(descriptor, messages, count, 0));
}

// ---- Names ----

int csystem_resolve(const char *name, struct csystem_address *addresses, int maximum) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
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
