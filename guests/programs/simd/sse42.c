// SSE4.2: text comparison in all of its modes, PCMPGTQ, CRC32.
#include "simd.h"

/** Short alphabets, so that something is found; a zero ends the implicit strings. */
#define LETTERS _mm_set1_epi8(3)
#define X_TEXT _mm_and_si128(x, LETTERS)
#define Y_TEXT _mm_and_si128(y, LETTERS)
#define LENGTH(p) ((int)((p)[16] % 20) - 2)

#define FLAGS(name, x, y, imm)                                                                            \
  (u32)(_mm_cmpistra(x, y, imm) << 8 | _mm_cmpistrc(x, y, imm) << 9 | _mm_cmpistro(x, y, imm) << 10 |      \
        _mm_cmpistrs(x, y, imm) << 11 | _mm_cmpistrz(x, y, imm) << 12)
#define EXPLICIT_FLAGS(x, i, y, j, imm)                                                                   \
  (u32)(_mm_cmpestra(x, i, y, j, imm) << 8 | _mm_cmpestrc(x, i, y, j, imm) << 9 |                          \
        _mm_cmpestro(x, i, y, j, imm) << 10 | _mm_cmpestrs(x, i, y, j, imm) << 11 | _mm_cmpestrz(x, i, y, j, imm) << 12)

#define TEXT(X, imm)                                                                                              \
  X(pcmpistri_##imm, INTEGER, I, W,                                                                               \
    (u32)_mm_cmpistri(X_TEXT, Y_TEXT, 0x##imm) | FLAGS(, X_TEXT, Y_TEXT, 0x##imm))                                \
  X(pcmpistrm_##imm, INTEGER, I, I, _mm_cmpistrm(X_TEXT, Y_TEXT, 0x##imm))                                        \
  X(pcmpestri_##imm, INTEGER, I, W,                                                                               \
    (u32)_mm_cmpestri(X_TEXT, LENGTH(a), Y_TEXT, LENGTH(b), 0x##imm) |                                            \
        EXPLICIT_FLAGS(X_TEXT, LENGTH(a), Y_TEXT, LENGTH(b), 0x##imm))                                            \
  X(pcmpestrm_##imm, INTEGER, I, I, _mm_cmpestrm(X_TEXT, LENGTH(a), Y_TEXT, LENGTH(b), 0x##imm))

#ifdef __x86_64__
#define LIST_64(X) X(crc32_64, INTEGER, Q, Q, _mm_crc32_u64(x, y))
#else
#define LIST_64(X)
#endif

#define LIST(X)                                                      \
  TEXT(X, 00) TEXT(X, 01) TEXT(X, 02) TEXT(X, 03)                    \
  TEXT(X, 04) TEXT(X, 05) TEXT(X, 08) TEXT(X, 09)                    \
  TEXT(X, 0c) TEXT(X, 0d) TEXT(X, 0e) TEXT(X, 14)                    \
  TEXT(X, 1a) TEXT(X, 38) TEXT(X, 44) TEXT(X, 47)                    \
  TEXT(X, 5b) TEXT(X, 6c) TEXT(X, 72)                                \
  X(pcmpgtq, INTEGER, I, I, _mm_cmpgt_epi64(x, y))                   \
  X(crc32_8, INTEGER, W, W, _mm_crc32_u8(x, (u8)y))                  \
  X(crc32_16, INTEGER, W, W, _mm_crc32_u16(x, (u16)y))               \
  X(crc32_32, INTEGER, W, W, _mm_crc32_u32(x, y))                    \
  LIST_64(X)

static int is_present(void) { return cpuid_bit(1, 0, 2, 20); }

FAMILY(sse42, "sse4.2", is_present, LIST)
