#define _GNU_SOURCE
#include "Internal.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>

int csystem_multicast_interfaces(uint32_t *indexes, int maximum) {
    struct ifaddrs *list;
    int result = CALL(int, getifaddrs(&list));
    if (result < 0) return result;
    int count = 0;
    // Each interface has one entry with its address on the link.
    for (struct ifaddrs *entry = list; entry && count < maximum; entry = entry->ifa_next) {
        if (!entry->ifa_addr || entry->ifa_addr->sa_family != AF_PACKET) continue;
        if (!(entry->ifa_flags & IFF_UP)) continue;
        if (!(entry->ifa_flags & (IFF_MULTICAST | IFF_LOOPBACK))) continue;
        struct sockaddr_ll link;
        memcpy(&link, entry->ifa_addr, sizeof link);
        indexes[count++] = (uint32_t)link.sll_ifindex;
    }
    freeifaddrs(list);
    return count;
}

int csystem_multicast_share(int descriptor, bool ipv4) {
    int result = set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    if (result < 0) return result;
    // Otherwise what another program joined arrives here too.
    if (ipv4) return set_option(descriptor, IPPROTO_IP, IP_MULTICAST_ALL, 0);
#ifdef IPV6_MULTICAST_ALL
    // Kernels before 4.20 do not know it.
    (void)set_option(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
#endif
    return 0;
}

int csystem_multicast_confine(int descriptor, bool ipv4) {
    int level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
    int result = set_option(descriptor, level, ipv4 ? IP_TTL : IPV6_UNICAST_HOPS, 1);
    if (result >= 0) {
        result = set_option(descriptor, level, ipv4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, 1);
    }
    if (result >= 0) {
        result = set_option(descriptor, level, ipv4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP, 1);
    }
    return result;
}

int csystem_multicast_join(
    int descriptor, bool ipv4, const struct csystem_address *group, uint32_t interface) {
    int result;
    if (ipv4) {
        if (!is_mapped(group)) return -EAFNOSUPPORT;
        struct ip_mreqn request = {.imr_ifindex = (int)interface};
        request.imr_multiaddr.s_addr = htonl((uint32_t)group->low);
        result = CALL(
            int,
            setsockopt(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request));
    } else {
        struct ipv6_mreq request = {.ipv6mr_interface = interface};
        put_ipv6(&request.ipv6mr_multiaddr, group);
        result = CALL(
            int,
            setsockopt(descriptor, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request));
    }
    return result == -EADDRINUSE ? 0 : result;
}

int csystem_multicast_send(
    int descriptor, bool ipv4, const void *memory, size_t length,
    const struct csystem_address *destination, uint32_t interface) {
    union socket_address name;
    socklen_t name_length = put_address(&name, ipv4, destination);
    if (name_length == 0) return -EAFNOSUPPORT;
    struct iovec vector = {(void *)memory, length};
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control = {0};
    struct msghdr message = {
        .msg_name = &name,
        .msg_namelen = name_length,
        .msg_iov = &vector,
        .msg_iovlen = 1,
    };
    if (interface != 0) {
        struct in_pktinfo ipv4_information = {.ipi_ifindex = (int)interface};
        struct in6_pktinfo ipv6_information = {.ipi6_ifindex = interface};
        size_t size = ipv4 ? sizeof ipv4_information : sizeof ipv6_information;
        control.aligned.cmsg_level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
        control.aligned.cmsg_type = ipv4 ? IP_PKTINFO : IPV6_PKTINFO;
        control.aligned.cmsg_len = CMSG_LEN(size);
        memcpy(
            CMSG_DATA(&control.aligned),
            ipv4 ? (void *)&ipv4_information : (void *)&ipv6_information, size);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(size);
    }
    int result = (int)CALL(ssize_t, sendmsg(descriptor, &message, 0));
    return result < 0 ? result : 0;
}
