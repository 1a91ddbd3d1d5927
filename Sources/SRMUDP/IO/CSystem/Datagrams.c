#define _GNU_SOURCE
#include "Internal.h"

#include <netinet/udp.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

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

int csystem_allow_fragments(int descriptor, bool ipv4) {
    int result = set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
    if (ipv4 || result < 0) return result;
    return set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT);
}

int csystem_enable_coalescing(int descriptor) {
    return set_option(descriptor, IPPROTO_UDP, UDP_GRO, 1);
}

// Room for all that is asked for at once: a segment size, ECN, a hop limit and an address.
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
    char *end = (char *)message->msg_control + message->msg_controllen;
    struct cmsghdr *item = (struct cmsghdr *)end;
    item->cmsg_level = level;
    item->cmsg_type = type;
    item->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(item), data, length);
    message->msg_controllen += CMSG_SPACE(length);
}

// IPv4 packets take an option of IPv4, also on a dual-stack socket.
static void add_number(
    struct msghdr *message, const struct csystem_outgoing *outgoing, int ipv4_type, int ipv6_type,
    int value) {
    if (is_mapped(&outgoing->destination)) {
        add_control(message, IPPROTO_IP, ipv4_type, &value, sizeof value);
    } else {
        add_control(message, IPPROTO_IPV6, ipv6_type, &value, sizeof value);
    }
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
    if (outgoing->ecn) add_number(message, outgoing, IP_TOS, IPV6_TCLASS, outgoing->ecn);
    if (outgoing->hop_limit) {
        add_number(message, outgoing, IP_TTL, IPV6_HOPLIMIT, outgoing->hop_limit);
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
