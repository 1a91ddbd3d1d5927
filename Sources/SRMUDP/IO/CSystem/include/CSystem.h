// System calls that Swift's Glibc module does not offer, in a form that Swift can use directly.
//
// All functions return a value >= 0 on success and -errno on failure, and repeat the call when a
// signal interrupts it. Addresses and numbers cross this border in host byte order.
#ifndef P2PFWD_CSYSTEM_H
#define P2PFWD_CSYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CSystemMulticast.h"

// An IPv6 address or a mapped IPv4 address, and a port.
struct csystem_address {
    uint64_t high;
    uint64_t low;
    uint32_t scope;
    uint16_t port;
};

// Text of an errno value; static, never NULL.
const char *csystem_error_text(int code);

// Gives free memory of the heap back to the system, where the C library can.
void csystem_return_memory(void);

// ---- Event loop ----

enum { CSYSTEM_READABLE = 1, CSYSTEM_WRITABLE = 2, CSYSTEM_HANGUP = 4 };
enum { CSYSTEM_POLL_MAXIMUM = 256 };

struct csystem_event {
    int32_t descriptor;
    uint32_t generation;
    uint32_t readiness;
};

// Nanoseconds of CLOCK_BOOTTIME, which goes on during sleep and never jumps.
int64_t csystem_now(void);

int csystem_poll_create(void);
int csystem_poll_add(int poll, int descriptor, uint32_t generation, uint32_t interest);
int csystem_poll_modify(int poll, int descriptor, uint32_t generation, uint32_t interest);
int csystem_poll_remove(int poll, int descriptor);
// Waits up to `nanoseconds` (negative: for ever) for at most CSYSTEM_POLL_MAXIMUM events.
int csystem_poll_wait(int poll, struct csystem_event *events, int64_t nanoseconds);

// An eventfd; a blocking one counts like a semaphore.
int csystem_wakeup_create(bool blocking);
int csystem_wakeup_signal(int descriptor);
int csystem_wakeup_consume(int descriptor);

// A timer on CLOCK_BOOTTIME; `nanoseconds` is an absolute time.
int csystem_timer_create(void);
int csystem_timer_arm(int descriptor, int64_t nanoseconds);
int csystem_timer_consume(int descriptor);

// Blocks the signals in the calling thread and returns a descriptor that reports them.
int csystem_signals_create(const int *signals, int count);
// The next pending signal, or -EAGAIN.
int csystem_signals_next(int descriptor);
int csystem_ignore_broken_pipe(void);

// A file in memory that nobody can open by a name.
int csystem_memory_file(void);

// Starts a detached thread with all signals blocked.
int csystem_thread_start(void *(*body)(void *), void *context);
// The calling thread.
uint64_t csystem_thread_current(void);

// ---- Sockets of all kinds ----

int csystem_close(int descriptor);
// A non-blocking socket that is closed on exec.
int csystem_socket(bool ipv4, bool stream);
int csystem_bind(int descriptor, bool ipv4, const struct csystem_address *address);
int csystem_local_address(int descriptor, struct csystem_address *address);
int csystem_peer_address(int descriptor, struct csystem_address *address);
// The pending error of a socket as a positive errno, which is thereby taken away; 0 for none.
int csystem_take_error(int descriptor);

// ---- Stream sockets ----

int csystem_listen(int descriptor, int backlog);
int csystem_accept(int descriptor, struct csystem_address *source);
int csystem_connect(int descriptor, bool ipv4, const struct csystem_address *address);
// TCP_NODELAY and SO_KEEPALIVE; without effect on sockets that are not TCP.
int csystem_tune_stream(int descriptor);
// Has the system hold back at most so many bytes that are not on their way yet.
int csystem_limit_unsent(int descriptor, int bytes);
int csystem_reuse_address(int descriptor);
int csystem_ipv6_only(int descriptor, bool only);
int csystem_shutdown_write(int descriptor);
// Makes the next close send RST instead of FIN.
int csystem_reset_on_close(int descriptor);
int64_t csystem_read(int descriptor, void *memory, size_t length);
int64_t csystem_write(int descriptor, const void *memory, size_t length);

enum { CSYSTEM_PART_MAXIMUM = 8 };

struct csystem_part {
    void *memory;
    size_t length;
};

// Likewise with memory in up to CSYSTEM_PART_MAXIMUM parts, one at least.
int64_t csystem_read_parts(int descriptor, const struct csystem_part *parts, int count);
int64_t csystem_write_parts(int descriptor, const struct csystem_part *parts, int count);
// The same for what may be no socket.
int64_t csystem_file_read_parts(int descriptor, const struct csystem_part *parts, int count);
int64_t csystem_file_write_parts(int descriptor, const struct csystem_part *parts, int count);

// ---- Stream sockets with a path as name (AF_UNIX) ----

int csystem_local_socket(void);
// Makes the file with this mode, whatever the process's mask is.
int csystem_local_bind(int descriptor, const char *path, unsigned mode);
int csystem_local_connect(int descriptor, const char *path);
// The user that the process at the other end had when it connected or listened.
int64_t csystem_local_peer_user(int descriptor);

// ---- UDP ----

enum { CSYSTEM_BATCH_MAXIMUM = 64 };

struct csystem_received {
    uint32_t length;
    // Size of all parts but the last, which may be shorter; equals `length` for a single datagram.
    uint32_t segment_size;
    struct csystem_address source;
    // The address the datagram was sent to, with the interface index as scope, where known.
    struct csystem_address destination;
    uint8_t ecn;
    bool has_destination;
    bool is_truncated;
};

struct csystem_outgoing {
    const void *memory;
    uint32_t length;
    uint32_t segment_size;
    struct csystem_address destination;
    // Address to send from, if `has_source`.
    struct csystem_address source;
    uint8_t ecn;
    // After so many routers the datagrams are dropped; 0 leaves it to the system.
    uint8_t hop_limit;
    bool has_source;
};

// Sets receive and send buffers to `bytes` or as near as the system allows.
int csystem_set_buffers(int descriptor, int bytes);
int csystem_receive_buffer(int descriptor);
// Forbids fragmentation and asks for ECN marks and, if wished, destination addresses.
int csystem_prepare_udp(int descriptor, bool ipv4, bool destinations);
// Has datagrams above the MTU sent in fragments.
int csystem_allow_fragments(int descriptor, bool ipv4);
// Lets the kernel hand over runs of equal datagrams as one.
int csystem_enable_coalescing(int descriptor);
// Fills up to `count` slots of `slot` bytes each; returns how many.
int csystem_receive(
    int descriptor, void *memory, size_t slot, int count, struct csystem_received *received);
// Sends each entry in one message, segmented by the kernel if longer than `segment_size`.
// Returns how many were sent if any was, else the error of the first.
int csystem_send(int descriptor, bool ipv4, const struct csystem_outgoing *outgoing, int count);
// Sends the segments of one entry as messages of their own, up to `limit` a call, and returns
// likewise.
int csystem_send_segments(
    int descriptor, bool ipv4, const struct csystem_outgoing *outgoing, int limit);

// ---- Names ----

// Addresses of a host name in the system's order; returns how many, or an EAI_ code (negative).
int csystem_resolve(const char *name, struct csystem_address *addresses, int maximum);
const char *csystem_resolve_error_text(int code);

#endif
