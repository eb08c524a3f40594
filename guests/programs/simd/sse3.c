// SSE3: horizontal and alternating arithmetic, duplicating moves, LDDQU, FISTTP.
#include "simd.h"

static u64 fisttp(const u8 *a) {
  u64 r;
  __asm__ volatile("fninit\n\tfldl (%1)\n\tfisttpll %0\n\tfninit" : "=m"(r) : "r"(a) : "memory", "st");
  return r;
}

#define LIST(X)                                                 \
  X(addsubps, FLOAT32, S, S, _mm_addsub_ps(x, y))               \
  X(addsubpd, FLOAT64, D, D, _mm_addsub_pd(x, y))               \
  X(haddps, FLOAT32, S, S, _mm_hadd_ps(x, y))                   \
  X(haddpd, FLOAT64, D, D, _mm_hadd_pd(x, y))                   \
  X(hsubps, FLOAT32, S, S, _mm_hsub_ps(x, y))                   \
  X(hsubpd, FLOAT64, D, D, _mm_hsub_pd(x, y))                   \
  X(movshdup, INTEGER, S, S, _mm_movehdup_ps(x))                \
  X(movsldup, INTEGER, S, S, _mm_moveldup_ps(x))                \
  X(movddup, INTEGER, D, D, _mm_movedup_pd(x))                  \
  X(lddqu, INTEGER, I, I, _mm_lddqu_si128((const __m128i *)(a + 7))) \
  X(fisttp, FLOAT64, D, Q, fisttp(a))

static int is_present(void) { return cpuid_bit(1, 0, 2, 0); }

FAMILY(sse3, "sse3", is_present, LIST)
