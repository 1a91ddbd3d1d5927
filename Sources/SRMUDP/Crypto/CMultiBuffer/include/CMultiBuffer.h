// AES-256-GCM of libIPSec_MB, the library of Intel's that DPDK encrypts packets with.
//
// It takes a packet in one call and has code for each generation of processors, also for those that
// encrypt several blocks with one instruction (VAES), which OpenSSL 3.0 does not use. It is for x86
// alone, is loaded at run time and need not be there: nothing of it is linked.
//
// All sizes are in bytes. Nonces have 12, tags 16. Nothing here fails but making a key.
#ifndef P2PFWD_CMULTIBUFFER_H
#define P2PFWD_CMULTIBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A key with its schedule, and the state of the message that is being sealed in parts.
struct cmultibuffer_key;

// The library's version, such as "v1.3.0"; NULL where no key can be made.
const char *cmultibuffer_version(void);

// NULL if the library is not here, is another one than this was built for, or does not know this
// processor; `key` has 32 bytes.
struct cmultibuffer_key *cmultibuffer_key_make(const uint8_t *key);
// Wipes it as well.
void cmultibuffer_key_free(struct cmultibuffer_key *key);

// Encrypts `data` in place and writes its tag.
void cmultibuffer_seal(
    const struct cmultibuffer_key *key, uint8_t *data, size_t length, const uint8_t *nonce,
    const uint8_t *associated, size_t associated_length, uint8_t *tag);
// The same in parts: one beginning, encrypted bytes from `from` to `to` (which may be the same place)
// in any portions, and the tag at the end.
void cmultibuffer_begin(
    struct cmultibuffer_key *key, const uint8_t *nonce, const uint8_t *associated,
    size_t associated_length);
void cmultibuffer_update(
    struct cmultibuffer_key *key, const uint8_t *from, uint8_t *to, size_t length);
void cmultibuffer_finish(struct cmultibuffer_key *key, uint8_t *tag);
// Decrypts `data` in place; false if `tag` does not fit, then `data` holds rubbish.
bool cmultibuffer_open(
    const struct cmultibuffer_key *key, uint8_t *data, size_t length, const uint8_t *nonce,
    const uint8_t *associated, size_t associated_length, const uint8_t *tag);

#endif
