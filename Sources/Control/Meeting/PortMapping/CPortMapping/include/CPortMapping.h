// What is used of miniupnpc, the library that speaks UPnP with a router.
//
// It is loaded at run time and need not be there: nothing of it is linked, and its headers are not
// read. All calls block, for seconds if the router does not answer.
//
// Functions return 0, or the code of an error: a positive one is the router's, as UPnP's standard for
// WANIPConnection numbers them, a negative one the library's.
#ifndef P2PFWD_CPORTMAPPING_H
#define P2PFWD_CPORTMAPPING_H

#include <stdint.h>

// The library as it was loaded, and a router that it found.
struct cportmapping_library;
struct cportmapping_router;

// NULL if there is no version of the library here whose interface is known.
struct cportmapping_library *cportmapping_open(void);
void cportmapping_close(struct cportmapping_library *library);

// Asks the network of the address `client` for routers, and the one at `gateway` for its description;
// both are IPv4 addresses in text form. NULL if that one does not answer within the time, or maps no
// ports.
struct cportmapping_router *cportmapping_find(
    struct cportmapping_library *library, const char *gateway, const char *client,
    int milliseconds);
void cportmapping_free(struct cportmapping_router *router);
// By these two it is found again without asking; they live as long as the router.
const char *cportmapping_control_url(const struct cportmapping_router *router);
const char *cportmapping_service(const struct cportmapping_router *router);

// The router's outer IPv4 address as a number.
int cportmapping_external_address(
    struct cportmapping_library *library, const char *control_url, const char *service,
    uint32_t *address);
// Has a UDP port forwarded to `client`, for so many seconds; with 0 until it is removed.
int cportmapping_add(
    struct cportmapping_library *library, const char *control_url, const char *service,
    uint16_t external_port, const char *client, uint16_t internal_port, uint32_t seconds);
int cportmapping_remove(
    struct cportmapping_library *library, const char *control_url, const char *service,
    uint16_t external_port);

#endif
