// Why this file exists: carry-less multiplication (PCLMULQDQ) has no spelling in Swift. One function folds a run of
// bytes for every reflected CRC of up to 64 bits; what differs between CRCs is only the constants it is given.
// Compiler built-ins instead of <immintrin.h>: that header is a module of its own, which disagrees with _GNU_SOURCE.
//
// See: Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009.
// In reflected order the low 64 bits of a 16-byte load are the half of higher degree, H, and the high 64 bits the
// other, L. Moving a block D bits ahead is H * x^(64+D) + L * x^D modulo the polynomial. The product of two
// reflected 64-bit values comes out one bit low, hence the constants are x^(64+D-1) and x^(D-1).
#ifndef CAIRN_CHECKSUM_H
#define CAIRN_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
typedef long long cairn_block __attribute__((vector_size(16)));

static inline int cairn_has_carryless_multiply(void) {
    unsigned int a = 1, b, c = 0, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c >> 1) & 1;
}

static inline cairn_block cairn_load_block(const uint8_t *bytes) {
    cairn_block block;
    __builtin_memcpy(&block, bytes, sizeof block);
    return block;
}

__attribute__((target("pclmul")))
static inline cairn_block cairn_fold_block(cairn_block block, cairn_block constants, cairn_block next) {
    return __builtin_ia32_pclmulqdq128(block, constants, 0x00) ^ __builtin_ia32_pclmulqdq128(block, constants, 0x11) ^
           next;
}

// Folds `count` bytes, a multiple of 16 and at least 64, into the 16 bytes of `folded`, whose CRC from a zero
// register is the register after all of `bytes` from `state`. `constants` holds H and L for D = 512, then for D = 128.
__attribute__((target("pclmul")))
static inline void cairn_crc_fold(const void *bytes, size_t count, uint64_t state, const void *constants,
                                  void *folded) {
    const uint8_t *next = (const uint8_t *)bytes;
    const cairn_block by512 = cairn_load_block((const uint8_t *)constants);
    const cairn_block by128 = cairn_load_block((const uint8_t *)constants + 16);
    const cairn_block start = { (long long)state, 0 };
    cairn_block x0 = cairn_load_block(next) ^ start;
    cairn_block x1 = cairn_load_block(next + 16);
    cairn_block x2 = cairn_load_block(next + 32);
    cairn_block x3 = cairn_load_block(next + 48);
    for (next += 64, count -= 64; count >= 64; next += 64, count -= 64) {
        x0 = cairn_fold_block(x0, by512, cairn_load_block(next));
        x1 = cairn_fold_block(x1, by512, cairn_load_block(next + 16));
        x2 = cairn_fold_block(x2, by512, cairn_load_block(next + 32));
        x3 = cairn_fold_block(x3, by512, cairn_load_block(next + 48));
    }
    x1 = cairn_fold_block(x0, by128, x1);
    x2 = cairn_fold_block(x1, by128, x2);
    x3 = cairn_fold_block(x2, by128, x3);
    for (; count >= 16; next += 16, count -= 16) { x3 = cairn_fold_block(x3, by128, cairn_load_block(next)); }
    __builtin_memcpy(folded, &x3, sizeof x3);
}
#else
// Elsewhere the tables do the work; the function is never called.
static inline int cairn_has_carryless_multiply(void) { return 0; }
static inline void cairn_crc_fold(const void *bytes, size_t count, uint64_t state, const void *constants,
                                  void *folded) {
    (void)bytes, (void)count, (void)state, (void)constants;
    __builtin_memset(folded, 0, 16);
}
#endif

#endif
