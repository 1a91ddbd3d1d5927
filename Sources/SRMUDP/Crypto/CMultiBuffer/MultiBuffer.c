#include "CMultiBuffer.h"

// Where the headers were missing when this was built, nothing is known of the library and OpenSSL
// does the work.
#if defined(__x86_64__) && __has_include(<intel-ipsec-mb.h>)

#include <dlfcn.h>
#include <intel-ipsec-mb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { KEY = 32, TAG = 16 };

// The header aligns the schedule for those alone who define LINUX; the functions count on it.
struct cmultibuffer_key {
    _Alignas(64) struct gcm_key_data schedule;
    struct gcm_context_data message;
};

// What the library has for this processor; null without it. Which code fits is decided once for the
// process, as the linker does for memcpy, and does not change after that.
static struct {
    aes_gcm_pre_t prepare;
    aes_gcm_enc_dec_t encrypt;
    aes_gcm_enc_dec_t decrypt;
    aes_gcm_init_t begin;
    aes_gcm_enc_dec_update_t update;
    aes_gcm_enc_dec_finalize_t finish;
    const char *version;
} functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool is_equal(const uint8_t *left, const uint8_t *right) {
    uint8_t difference = 0;
    for (int index = 0; index < TAG; index++) difference |= left[index] ^ right[index];
    return difference == 0;
}

// Test case 14 of the proposal of GCM to NIST: key, nonce and one block, all zero. It is sealed at
// once, opened, and sealed in two pieces that do not end where the blocks of AES do.
static bool passes_known_answer(void) {
    static const uint8_t wanted[TAG + TAG] = {
        0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18,
        0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19,
    };
    const uint8_t zero[KEY] = {0};
    uint8_t sealed[TAG + TAG] = {0};
    struct cmultibuffer_key key;
    functions.prepare(zero, &key.schedule);
    cmultibuffer_seal(&key, sealed, TAG, zero, zero, 0, sealed + TAG);
    if (!is_equal(sealed, wanted) || !is_equal(sealed + TAG, wanted + TAG)) return false;
    if (!cmultibuffer_open(&key, sealed, TAG, zero, zero, 0, sealed + TAG)) return false;
    if (!is_equal(sealed, zero)) return false;
    const size_t piece = 5;
    cmultibuffer_begin(&key, zero, zero, 0);
    cmultibuffer_update(&key, zero, sealed, piece);
    cmultibuffer_update(&key, zero + piece, sealed + piece, TAG - piece);
    cmultibuffer_finish(&key, sealed + TAG);
    return is_equal(sealed, wanted) && is_equal(sealed + TAG, wanted + TAG);
}

// Takes from the library what fits this processor.
static bool find(void *library) {
    unsigned (*version)(void) = (unsigned (*)(void))dlsym(library, "imb_get_version");
    const char *(*name)(void) = (const char *(*)(void))dlsym(library, "imb_get_version_str");
    IMB_MGR *(*make)(uint64_t) = (IMB_MGR * (*)(uint64_t)) dlsym(library, "alloc_mb_mgr");
    void (*init)(IMB_MGR *, IMB_ARCH *) =
        (void (*)(IMB_MGR *, IMB_ARCH *))dlsym(library, "init_mb_mgr_auto");
    void (*free_manager)(IMB_MGR *) = (void (*)(IMB_MGR *))dlsym(library, "free_mb_mgr");
    if (!version || !name || !make || !init || !free_manager) return false;
    // The library writes into structures whose size was taken from the headers. Of another version it
    // might know larger ones; what is fixed in between does not change them.
    if (version() >> 8 != IMB_VERSION_NUM >> 8) return false;
    IMB_MGR *manager = make(0);
    if (!manager) return false;
    IMB_ARCH architecture = IMB_ARCH_NONE;
    init(manager, &architecture);
    // Without instructions for AES the library has tables, whose use of the cache tells of the key.
    bool fits = architecture != IMB_ARCH_NONE && architecture != IMB_ARCH_NOAESNI
        && (manager->features & IMB_FEATURE_AESNI);
    if (fits) {
        functions.prepare = manager->gcm256_pre;
        functions.encrypt = manager->gcm256_enc;
        functions.decrypt = manager->gcm256_dec;
        functions.begin = manager->gcm256_init;
        functions.update = manager->gcm256_enc_update;
        functions.finish = manager->gcm256_enc_finalize;
        functions.version = name();
    }
    // The functions need no manager, only the library.
    free_manager(manager);
    return fits && functions.prepare && functions.encrypt && functions.decrypt && functions.begin
        && functions.update && functions.finish;
}

static void load(void) {
    void *library = dlopen("libIPSec_MB.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    if (find(library) && passes_known_answer()) return;
    memset(&functions, 0, sizeof functions);
    dlclose(library);
}

const char *cmultibuffer_version(void) {
    pthread_once(&once, load);
    return functions.version;
}

struct cmultibuffer_key *cmultibuffer_key_make(const uint8_t *bytes) {
    pthread_once(&once, load);
    if (!functions.prepare) return NULL;
    struct cmultibuffer_key *key = aligned_alloc(_Alignof(struct cmultibuffer_key), sizeof *key);
    if (key) functions.prepare(bytes, &key->schedule);
    return key;
}

void cmultibuffer_key_free(struct cmultibuffer_key *key) {
    if (!key) return;
    explicit_bzero(key, sizeof *key);
    free(key);
}

void cmultibuffer_seal(
    const struct cmultibuffer_key *key, uint8_t *data, size_t length, const uint8_t *nonce,
    const uint8_t *associated, size_t associated_length, uint8_t *tag) {
    struct gcm_context_data context;
    functions.encrypt(
        &key->schedule, &context, data, data, length, nonce, associated, associated_length, tag, TAG);
}

void cmultibuffer_begin(
    struct cmultibuffer_key *key, const uint8_t *nonce, const uint8_t *associated,
    size_t associated_length) {
    functions.begin(&key->schedule, &key->message, nonce, associated, associated_length);
}

void cmultibuffer_update(
    struct cmultibuffer_key *key, const uint8_t *from, uint8_t *to, size_t length) {
    functions.update(&key->schedule, &key->message, to, from, length);
}

void cmultibuffer_finish(struct cmultibuffer_key *key, uint8_t *tag) {
    functions.finish(&key->schedule, &key->message, tag, TAG);
}

bool cmultibuffer_open(
    const struct cmultibuffer_key *key, uint8_t *data, size_t length, const uint8_t *nonce,
    const uint8_t *associated, size_t associated_length, const uint8_t *tag) {
    struct gcm_context_data context;
    uint8_t computed[TAG];
    functions.decrypt(
        &key->schedule, &context, data, data, length, nonce, associated, associated_length, computed,
        TAG);
    return is_equal(computed, tag);
}

#else

const char *cmultibuffer_version(void) { return NULL; }

struct cmultibuffer_key *cmultibuffer_key_make(const uint8_t *key) {
    (void)key;
    return NULL;
}

void cmultibuffer_key_free(struct cmultibuffer_key *key) { (void)key; }

// Without a key nobody comes here.
void cmultibuffer_seal(
    const struct cmultibuffer_key *key, uint8_t *data, size_t length, const uint8_t *nonce,
    const uint8_t *associated, size_t associated_length, uint8_t *tag) {
    (void)key, (void)data, (void)length, (void)nonce, (void)associated, (void)associated_length;
    (void)tag;
    __builtin_trap();
}

void cmultibuffer_begin(
    struct cmultibuffer_key *key, const uint8_t *nonce, const uint8_t *associated,
    size_t associated_length) {
    (void)key, (void)nonce, (void)associated, (void)associated_length;
    __builtin_trap();
}

void cmultibuffer_update(
    struct cmultibuffer_key *key, const uint8_t *from, uint8_t *to, size_t length) {
    (void)key, (void)from, (void)to, (void)length;
    __builtin_trap();
}

void cmultibuffer_finish(struct cmultibuffer_key *key, uint8_t *tag) {
    (void)key, (void)tag;
    __builtin_trap();
}

bool cmultibuffer_open(
    const struct cmultibuffer_key *key, uint8_t *data, size_t length, const uint8_t *nonce,
    const uint8_t *associated, size_t associated_length, const uint8_t *tag) {
    (void)key, (void)data, (void)length, (void)nonce, (void)associated, (void)associated_length;
    (void)tag;
    __builtin_trap();
}

#endif
