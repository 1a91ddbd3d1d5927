#include "CPortMapping.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The interface has been the same since version 17 in all that is used here. A later one might pass
// other structures: none is loaded that nobody has looked at.
static const char *const names[] = {
    "libminiupnpc.so.21", "libminiupnpc.so.20", "libminiupnpc.so.19", "libminiupnpc.so.18",
    "libminiupnpc.so.17",
};

// A router of version 2 answers to questions for version 1 too; some do not know that.
static const char *const devices[] = {
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    NULL,
};
static const char *const services[] = {
    "urn:schemas-upnp-org:service:WANIPConnection:",
    "urn:schemas-upnp-org:service:WANPPPConnection:",
};

// The library's structures. Of the first one only the beginning is known.
struct device {
    struct device *next;
    char *description_url;
};

struct urls {
    char *control;
    char *other[4];
};

enum { TEXT = 128 };

struct service {
    char control_url[TEXT];
    char event_url[TEXT];
    char description_url[TEXT];
    char type[TEXT];
};

struct description {
    char element[TEXT];
    char base_url[TEXT];
    char presentation_url[TEXT];
    int level;
    struct service common;
    struct service first;
    struct service second;
    struct service firewall;
    struct service parsed;
};

struct cportmapping_library {
    void *handle;
    struct device *(*discover)(
        const char *const types[], int milliseconds, const char *interface, const char *daemon,
        int port, int is_ipv6, unsigned char hop_limit, int *error, int wants_all);
    void (*free_devices)(struct device *);
    int (*describe)(
        const char *url, struct urls *, struct description *, char *own_address, int length);
    void (*free_urls)(struct urls *);
    int (*external_address)(const char *url, const char *service, char *address);
    int (*add)(
        const char *url, const char *service, const char *external_port,
        const char *internal_port, const char *client, const char *label, const char *protocol,
        const char *remote_host, const char *seconds);
    int (*remove)(
        const char *url, const char *service, const char *external_port, const char *protocol,
        const char *remote_host);
};

struct cportmapping_router {
    struct urls urls;
    struct description description;
    void (*free_urls)(struct urls *);
};

static bool find_functions(struct cportmapping_library *library) {
    struct {
        void *place;
        const char *name;
    } functions[] = {
        {&library->discover, "upnpDiscoverDevices"},
        {&library->free_devices, "freeUPNPDevlist"},
        {&library->describe, "UPNP_GetIGDFromUrl"},
        {&library->free_urls, "FreeUPNPUrls"},
        {&library->external_address, "UPNP_GetExternalIPAddress"},
        {&library->add, "UPNP_AddPortMapping"},
        {&library->remove, "UPNP_DeletePortMapping"},
    };
    for (size_t index = 0; index < sizeof functions / sizeof *functions; index++) {
        void *symbol = dlsym(library->handle, functions[index].name);
        if (!symbol) return false;
        // POSIX lets an object pointer hold a function; C has no cast for that.
        memcpy(functions[index].place, &symbol, sizeof symbol);
    }
    return true;
}

struct cportmapping_library *cportmapping_open(void) {
    struct cportmapping_library *library = calloc(1, sizeof *library);
    if (!library) return NULL;
    for (size_t index = 0; !library->handle && index < sizeof names / sizeof *names; index++)
        library->handle = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
    if (library->handle && find_functions(library)) return library;
    cportmapping_close(library);
    return NULL;
}

void cportmapping_close(struct cportmapping_library *library) {
    if (library->handle) dlclose(library->handle);
    free(library);
}

// Whether an URL of HTTP leads to this host and to nobody else: whatever answers in a network may
// name any place.
static bool leads_to(const char *url, const char *host) {
    static const char scheme[] = "http://";
    if (!url || strncmp(url, scheme, sizeof scheme - 1) != 0) return false;
    url += sizeof scheme - 1;
    size_t length = strlen(host);
    return strncmp(url, host, length) == 0 && (url[length] == ':' || url[length] == '/');
}

static bool maps_ports(const struct cportmapping_router *router) {
    const char *type = router->description.first.type;
    if (!memchr(type, 0, TEXT)) return false;
    for (size_t index = 0; index < sizeof services / sizeof *services; index++)
        if (strncmp(type, services[index], strlen(services[index])) == 0) return true;
    return false;
}

static struct cportmapping_router *describe(
    struct cportmapping_library *library, const char *url, const char *gateway) {
    struct cportmapping_router *router = calloc(1, sizeof *router);
    if (!router) return NULL;
    char own_address[64];
    if (library->describe(
            url, &router->urls, &router->description, own_address, sizeof own_address) == 1) {
        router->free_urls = library->free_urls;
        if (maps_ports(router) && leads_to(router->urls.control, gateway)) return router;
    }
    cportmapping_free(router);
    return NULL;
}

struct cportmapping_router *cportmapping_find(
    struct cportmapping_library *library, const char *gateway, const char *client,
    int milliseconds) {
    int error = 0;
    struct device *list =
        library->discover(devices, milliseconds, client, NULL, 0, 0, 2, &error, 0);
    struct cportmapping_router *router = NULL;
    for (struct device *device = list; device && !router; device = device->next)
        if (leads_to(device->description_url, gateway))
            router = describe(library, device->description_url, gateway);
    if (list) library->free_devices(list);
    return router;
}

void cportmapping_free(struct cportmapping_router *router) {
    if (router->free_urls) router->free_urls(&router->urls);
    free(router);
}

const char *cportmapping_control_url(const struct cportmapping_router *router) {
    return router->urls.control;
}

const char *cportmapping_service(const struct cportmapping_router *router) {
    return router->description.first.type;
}

int cportmapping_external_address(
    struct cportmapping_library *library, const char *control_url, const char *service,
    uint32_t *address) {
    // The library wants room for 16 bytes.
    char text[64] = "";
    int error = library->external_address(control_url, service, text);
    if (error != 0) return error;
    text[sizeof text - 1] = 0;
    struct in_addr number = {0};
    // Without a connection to the internet there is none.
    inet_pton(AF_INET, text, &number);
    *address = ntohl(number.s_addr);
    return 0;
}

int cportmapping_add(
    struct cportmapping_library *library, const char *control_url, const char *service,
    uint16_t external_port, const char *client, uint16_t internal_port, uint32_t seconds) {
    char external[8], internal[8], lease[16];
    snprintf(external, sizeof external, "%u", (unsigned)external_port);
    snprintf(internal, sizeof internal, "%u", (unsigned)internal_port);
    snprintf(lease, sizeof lease, "%u", (unsigned)seconds);
    return library->add(
        control_url, service, external, internal, client, "p2pfwd", "UDP", NULL, lease);
}

int cportmapping_remove(
    struct cportmapping_library *library, const char *control_url, const char *service,
    uint16_t external_port) {
    char external[8];
    snprintf(external, sizeof external, "%u", (unsigned)external_port);
    return library->remove(control_url, service, external, "UDP", NULL);
}
