// What the files of the shim share.
#ifndef P2PFWD_CSYSTEM_INTERNAL_H
#define P2PFWD_CSYSTEM_INTERNAL_H

#include "CSystem.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// Repeats a call while signals interrupt it and turns its failure into -errno.
#define CALL(type, expression)                                \
    ({                                                        \
        type result_;                                         \
        do {                                                  \
            result_ = (expression);                           \
        } while (result_ < 0 && errno == EINTR);              \
        result_ < 0 ? (type)-errno : result_;                 \
    })

static inline int set_option(int descriptor, int level, int name, int value) {
    return CALL(int, setsockopt(descriptor, level, name, &value, sizeof value));
}

union socket_address {
    struct sockaddr generic;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_storage storage;
};

static inline bool is_mapped(const struct csystem_address *address) {
    return address->high == 0 && address->low >> 32 == 0xffff;
}

static inline void put_ipv6(struct in6_addr *target, const struct csystem_address *address) {
    uint64_t words[2] = {htobe64(address->high), htobe64(address->low)};
    memcpy(target, words, sizeof words);
}

static inline void take_ipv4(struct csystem_address *address, struct in_addr source) {
    address->high = 0;
    address->low = 0xffff00000000 | ntohl(source.s_addr);
}

static inline void take_ipv6(struct csystem_address *address, const struct in6_addr *source) {
    uint64_t words[2];
    memcpy(words, source, sizeof words);
    address->high = be64toh(words[0]);
    address->low = be64toh(words[1]);
}

// Returns the length, or 0 where an IPv4 socket is given an IPv6 address.
static inline socklen_t put_address(
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

static inline void take_address(
    struct csystem_address *address, const union socket_address *source) {
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

#endif
