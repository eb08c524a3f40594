// AES, PCLMULQDQ, SHA.
#include "simd.h"

#define AES(X)                                                            \
  X(aesenc, INTEGER, I, I, _mm_aesenc_si128(x, y))                        \
  X(aesenclast, INTEGER, I, I, _mm_aesenclast_si128(x, y))                \
  X(aesdec, INTEGER, I, I, _mm_aesdec_si128(x, y))                        \
  X(aesdeclast, INTEGER, I, I, _mm_aesdeclast_si128(x, y))                \
  X(aesimc, INTEGER, I, I, _mm_aesimc_si128(x))                           \
  X(aeskeygenassist_01, INTEGER, I, I, _mm_aeskeygenassist_si128(x, 1))   \
  X(aeskeygenassist_36, INTEGER, I, I, _mm_aeskeygenassist_si128(x, 0x36))

#define PCLMUL(X)                                                         \
  X(pclmulqdq_00, INTEGER, I, I, _mm_clmulepi64_si128(x, y, 0x00))        \
  X(pclmulqdq_01, INTEGER, I, I, _mm_clmulepi64_si128(x, y, 0x01))        \
  X(pclmulqdq_10, INTEGER, I, I, _mm_clmulepi64_si128(x, y, 0x10))        \
  X(pclmulqdq_11, INTEGER, I, I, _mm_clmulepi64_si128(x, y, 0x11))

#define SHA(X)                                                            \
  X(sha1rnds4_0, INTEGER, I, I, _mm_sha1rnds4_epu32(x, y, 0))             \
  X(sha1rnds4_1, INTEGER, I, I, _mm_sha1rnds4_epu32(x, y, 1))             \
  X(sha1rnds4_2, INTEGER, I, I, _mm_sha1rnds4_epu32(x, y, 2))             \
  X(sha1rnds4_3, INTEGER, I, I, _mm_sha1rnds4_epu32(x, y, 3))             \
  X(sha1nexte, INTEGER, I, I, _mm_sha1nexte_epu32(x, y))                  \
  X(sha1msg1, INTEGER, I, I, _mm_sha1msg1_epu32(x, y))                    \
  X(sha1msg2, INTEGER, I, I, _mm_sha1msg2_epu32(x, y))                    \
  X(sha256rnds2, INTEGER, I, I, _mm_sha256rnds2_epu32(x, y, z))           \
  X(sha256msg1, INTEGER, I, I, _mm_sha256msg1_epu32(x, y))                \
  X(sha256msg2, INTEGER, I, I, _mm_sha256msg2_epu32(x, y))

static int has_aes(void) { return cpuid_bit(1, 0, 2, 25); }
static int has_pclmul(void) { return cpuid_bit(1, 0, 2, 1); }
static int has_sha(void) { return cpuid_bit(7, 0, 1, 29); }

FAMILY(aes, "aes", has_aes, AES)
FAMILY(pclmul, "pclmulqdq", has_pclmul, PCLMUL)
FAMILY(sha, "sha", has_sha, SHA)
