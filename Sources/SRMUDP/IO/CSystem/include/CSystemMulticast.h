// Datagrams to a group on the links of this machine; conventions as in CSystem.h.
#ifndef P2PFWD_CSYSTEM_MULTICAST_H
#define P2PFWD_CSYSTEM_MULTICAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csystem_address;

// The indexes of the interfaces that are up and can multicast, loopback among them; returns how
// many, at most `maximum`.
int csystem_multicast_interfaces(uint32_t *indexes, int maximum);
// Before bind: lets other sockets have the same port, and takes in only groups that it joined.
int csystem_multicast_share(int descriptor, bool ipv4);
// Datagrams leave with a hop limit of 1, to groups and to single machines, and come back to groups
// of this machine.
int csystem_multicast_confine(int descriptor, bool ipv4);
// Joins on one interface; also succeeds if it has joined already.
int csystem_multicast_join(
    int descriptor, bool ipv4, const struct csystem_address *group, uint32_t interface);
// Sends one datagram; by `interface`, if that is not 0.
int csystem_multicast_send(
    int descriptor, bool ipv4, const void *memory, size_t length,
    const struct csystem_address *destination, uint32_t interface);

#endif
